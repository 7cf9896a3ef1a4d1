{
    "name": "HCRM Communication",
    "summary": "One outbox for all who speak to customers: consent, contact policy, SMS, e-mail",
    "version": "19.0.1.0.0",
    "category": "Hospital CRM",
    "author": "HCRM contributors",
    "license": "LGPL-3",
    "depends": ["hcrm_base", "sms"],
    "data": [
        "security/ir.model.access.csv",
        "security/hcrm_communication_security.xml",
        "data/hcrm_message_topic_data.xml",
        "data/ir_cron_data.xml",
        "views/hcrm_message_topic_views.xml",
        "views/hcrm_gateway_views.xml",
        "views/hcrm_communication_views.xml",
        "views/hcrm_communication_menus.xml",
    ],
}
