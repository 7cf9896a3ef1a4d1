from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.governance import Governance

SHOWN = 10


class HcrmSegmentAdd(models.TransientModel):
    """Adds customers selected in a list, or a pasted list of numbers, to a segment."""

    _name = "hcrm.segment.add"
    _description = "Add to a Segment"
    _hcrm = Governance(data_class="wizard")

    segment_id = fields.Many2one(
        "hcrm.segment",
        required=True,
        domain="[('kind', '=', 'fixed'), ('may_write', '=', True)]",
        context={"default_kind": "fixed"},
    )
    partner_ids = fields.Many2many("res.partner", string="Customers")
    partner_count = fields.Integer(string="Selected", compute="_compute_partner_count")
    numbers = fields.Text(
        string="Or paste numbers",
        groups="hcrm_base.group_identity_reader",
        help="Record numbers, insurance numbers or other numbers of customers, one a line.",
    )

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for wizard in self:
            wizard.partner_count = len(wizard.partner_ids)

    @api.model
    def default_get(self, fields):
        """Take the customers selected in a list."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "res.partner" and "partner_ids" not in values:
            values["partner_ids"] = [Command.set(self.env.context.get("active_ids", []))]
        return values

    def action_add(self):
        """Add the customers, and say how many were new and which numbers nobody has."""
        self.ensure_one()
        partners, unclear = self._find_numbers()
        partners |= self.partner_ids
        if not partners and not unclear:
            raise UserError(self.env._("Select customers in a list, or paste their numbers."))
        added = self.segment_id._add_members(partners) if partners else 0
        lines = [
            self.env._(
                "%(segment)s: %(added)s added, %(known)s were in it already.",
                segment=self.segment_id.name,
                added=added,
                known=len(partners) - added,
            )
        ]
        if unclear:
            lines.append(
                self.env._(
                    "%(count)s numbers that no customer or more than one has: %(numbers)s",
                    count=len(unclear),
                    numbers=", ".join(unclear[:SHOWN]) + ("…" if len(unclear) > SHOWN else ""),
                )
            )
        action = self.segment_id._notify(*lines, kind="warning" if unclear else "success")
        action["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return action

    def _find_numbers(self):
        """Return (customers of the pasted numbers, numbers that name nobody or several)."""
        typed = list(dict.fromkeys((self.sudo().numbers or "").split()))
        identifiers, nobody = self.env["hcrm.identifier"], self.env["res.partner"]
        if not typed:
            return nobody, []
        identifiers.check_access("read")
        owners = {}
        for number in identifiers.search([("value", "in", typed)]).sudo():
            owners[number.value_key] = owners.get(number.value_key, nobody) | number.partner_id
        partners, unclear = nobody, []
        for text in typed:
            keys = set(identifiers._possible_keys([text]))
            found = nobody.union(*(owners.get(key, nobody) for key in keys))
            if len(found) == 1:
                partners |= found
            else:
                unclear.append(text)
        return partners.with_env(self.env), unclear
