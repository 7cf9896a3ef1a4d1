{
    "name": "HCRM Complaints",
    "summary": "Complaints and suggestions: heard on seven channels, answered on time, learned from",
    "version": "19.0.1.0.0",
    "category": "Hospital CRM",
    "author": "HCRM contributors",
    "license": "LGPL-3",
    "depends": ["hcrm_communication", "portal", "rating"],
    "data": [
        "security/ir.model.access.csv",
        "security/hcrm_complaint_security.xml",
        "data/hcrm_complaint_topic_data.xml",
        "views/hcrm_complaint_views.xml",
        "views/hcrm_complaint_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["hcrm_complaint/static/src/**/*"],
        "web.assets_tests": ["hcrm_complaint/static/tests/tours/*"],
    },
    "external_dependencies": {"python": ["python-stdnum"]},
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
