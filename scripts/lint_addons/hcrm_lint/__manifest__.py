{
    "name": "HCRM Lint",
    "summary": "What Odoo's lint tests cannot know of our addons; installed by `make lint` alone",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "HCRM contributors",
    "license": "LGPL-3",
    "depends": ["test_lint"],
}
