{
    "name": "HCRM HIS Interface",
    "summary": "HL7 v2 from the hospital information system: stored first, processed exactly once",
    "version": "19.0.1.0.0",
    "category": "Hospital CRM",
    "author": "HCRM contributors",
    "license": "LGPL-3",
    "depends": ["hcrm_base"],
    "data": [
        "security/ir.model.access.csv",
        "security/hcrm_his_message_security.xml",
        "data/ir_config_parameter_data.xml",
        "data/ir_cron_data.xml",
    ],
    "application": True,
}
