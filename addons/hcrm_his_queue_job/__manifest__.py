{
    "name": "HCRM HIS Interface: Job Queue",
    "summary": "More workers for HL7 messages, run by OCA's queue_job",
    "version": "19.0.1.0.0",
    "category": "Hospital CRM",
    "author": "HCRM contributors",
    "license": "LGPL-3",
    "depends": ["hcrm_his", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "auto_install": True,
}
