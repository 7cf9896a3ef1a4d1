from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmIvrVersion(models.Model):
    """A menu as callers heard it from a day on: written by publishing, never changed."""

    _name = "hcrm.ivr.version"
    _description = "Published Telephone Menu"
    _order = "id DESC"
    _rec_name = "number"
    _hcrm = Governance(data_class="template")

    menu_id = fields.Many2one(
        "hcrm.ivr.menu", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="menu_id.company_id", store=True, index=True)
    number = fields.Integer(string="Version", required=True, readonly=True, aggregator=None)
    script = fields.Json(string="Menu as data", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Published by", required=True, readonly=True, ondelete="restrict"
    )
    published_at = fields.Datetime(string="Published", required=True, readonly=True)

    _number_uniq = models.Constraint(
        "UNIQUE (menu_id, number)", "Somebody published this menu just now: look at it again."
    )

    @api.model
    def _publish(self, menu, script):
        """Keep a script as the next version of its menu; who may is asked by the menu."""
        last = self.sudo().search([("menu_id", "=", menu.id)], order="number DESC", limit=1)
        return self.sudo().create(
            {
                "menu_id": menu.id,
                "number": last.number + 1,
                "script": script,
                "user_id": self.env.uid,
                "published_at": fields.Datetime.now(),
            }
        )

    def write(self, vals):  # pylint: disable=method-required-super
        self.check_access("write")
        raise UserError(self.env._("What callers heard stays as it was: publish a new version."))
