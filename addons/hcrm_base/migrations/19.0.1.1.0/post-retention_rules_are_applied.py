from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Raw messages were deleted by age before: their rule goes on doing it."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["hcrm.retention.rule"].search([("kind", "=", "message")]).mode = "apply"
