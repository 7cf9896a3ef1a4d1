from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import contact_policy as policy
from ..tools.purposes import PURPOSES
from .contact_words import REASONS

EDITABLE = (
    "effect", "days", "hours", "maximum", "hour_from", "hour_to", "urgent_passes", "asked_passes",
    "leaves_task",
)  # fmt: skip


class HcrmContactRule(models.Model):
    """A cell of the contact policy: what a reason does to messages of a purpose.

    Rows without a hospital are the shipped policy and stay as shipped; a hospital's own rows go
    before them. Hard rows have no row of a hospital.
    """

    _name = "hcrm.contact.rule"
    _description = "Contact Rule"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "sequence, purpose, company_id"
    _hcrm = Governance(data_class="setting")

    code = fields.Selection(
        selection=[(code, word) for code, word in REASONS.items()], string="Reason", required=True
    )
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()], required=True
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        index="btree_not_null",
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Empty: as shipped.",
    )
    effect = fields.Selection(
        selection=[
            ("allow", "Allow"),
            ("delay", "Delay"),
            ("next_channel", "Try the next channel"),
            ("refuse", "Refuse"),
            ("guardian", "To the guardian"),
            ("other_recipient", "Only to another recipient"),
            ("sandbox", "Sandbox only"),
        ],
        required=True,
    )
    days = fields.Integer(
        aggregator=None, help="The window of a cap or loss, or days after closing."
    )
    hours = fields.Integer(
        string="Look again after hours", aggregator=None, help="Where no end is known yet."
    )
    maximum = fields.Integer(string="Messages at most", aggregator=None)
    hour_from = fields.Float(string="Quiet from", aggregator=None)
    hour_to = fields.Float(string="Quiet until", aggregator=None)
    urgent_passes = fields.Boolean(string="Urgent ones pass")
    asked_passes = fields.Boolean(string="What was asked for passes")
    leaves_task = fields.Boolean(
        string="Leave a task", help="A nurse is told when nothing goes out."
    )
    is_hard = fields.Boolean(
        string="Fixed", compute="_compute_is_hard", help="No hospital may change this."
    )
    sequence = fields.Integer(compute="_compute_sequence", store=True, precompute=True)

    _cell_uniq = models.UniqueIndex(
        "(code, purpose, COALESCE(company_id, 0))", "This hospital already has such a rule."
    )
    _cap_is_whole = models.Constraint(
        "CHECK (code <> 'cap' OR effect = 'allow' OR (maximum > 0 AND days > 0))",
        "A cap needs a number of messages and of days.",
    )
    _hours_of_day = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < 24 AND hour_to >= 0 AND hour_to < 24)",
        "Hours go from 0 to 24.",
    )
    _not_negative = models.Constraint(
        "CHECK (days >= 0 AND hours >= 0 AND maximum >= 0)", "Use numbers from zero on."
    )
    # beyond this PostgreSQL's dates end, and a gateway's claims with them
    _within_reason = models.Constraint(
        "CHECK (days <= 1000 AND hours <= 8760 AND maximum <= 1000)",
        "At most 1000 days, 8760 hours (a year) and 1000 messages.",
    )

    @api.depends("code")
    def _compute_is_hard(self):
        for rule in self:
            rule.is_hard = rule.code in policy.HARD

    @api.depends("code")
    def _compute_sequence(self):
        order = {code: number for number, code in enumerate(policy.CODES)}
        for rule in self:
            rule.sequence = order.get(rule.code, 99)

    @api.depends("code", "purpose")
    def _compute_display_name(self):
        codes = dict(self._fields["code"]._description_selection(self.env))
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        for rule in self:
            rule.display_name = f"{purposes.get(rule.purpose, '')}: {codes.get(rule.code, '')}"

    @api.constrains("code", "purpose", "effect", "company_id")
    def _check_own_rule(self):
        for rule in self:
            if rule.company_id and rule.is_hard:
                raise ValidationError(
                    self.env._("“%(rule)s” is fixed by law or safety.", rule=rule.display_name)
                )
            if rule.effect == "delay" and rule.code not in policy.DELAYABLE:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” does not end by itself: refuse or allow.",
                        rule=rule.display_name,
                    )
                )
            if rule.effect in ("guardian", "other_recipient", "sandbox") and rule.company_id:
                raise ValidationError(
                    self.env._("Choose to allow, delay, refuse or try the next channel.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(
            "company_id" in vals and not vals["company_id"] for vals in vals_list
        ):
            raise UserError(self.env._("The shipped policy stays: add a rule of your hospital."))
        return super().create(vals_list)

    def write(self, vals):
        self._check_shipped()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self):
        self._check_shipped()

    def _check_shipped(self):
        if not self.env.su and any(not rule.company_id for rule in self):
            raise UserError(self.env._("The shipped policy stays: add a rule of your hospital."))

    @api.model
    def _load_defaults(self):
        """Bring the shipped rows in line with ``tools/contact_policy.py`` (install, upgrade)."""
        rules_sudo = self.sudo()
        known = {
            (rule.code, rule.purpose): rule
            for rule in rules_sudo.search([("company_id", "=", False)])
        }
        new = []
        for (code, purpose), rule in policy.DEFAULTS.items():
            values = {name: getattr(rule, name) for name in EDITABLE}
            if shipped := known.pop((code, purpose), None):
                shipped.write(values)
            else:
                new.append({**values, "code": code, "purpose": purpose, "company_id": False})
        rules_sudo.create(new)
        for gone in known.values():
            gone.unlink()

    @api.model
    def _rules(self):
        """Return {(company id, code, purpose): Rule} of all hospitals."""
        rules_sudo = self.sudo()
        rows = rules_sudo.search_fetch([], ["code", "purpose", "company_id", *EDITABLE])
        shipped, own = {}, {}
        for row in rows:
            rule = policy.Rule(**{name: row[name] for name in EDITABLE})
            key = (row.code, row.purpose)
            if row.company_id:
                own[(row.company_id.id, *key)] = rule
            else:
                shipped[key] = rule
        companies = self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all
        found = {(one.id, *key): rule for one in companies for key, rule in shipped.items()}
        return found | {key: rule for key, rule in own.items() if key[1] not in policy.HARD}

    @api.model
    def _get_stamp(self):
        """Return what changes with any rule, and with the hospitals they are for."""
        self.flush_model()
        [stamp] = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT array_agg(id ORDER BY id) FROM res_company),
                       (SELECT md5(string_agg(rule::text, ' ' ORDER BY id))
                          FROM hcrm_contact_rule AS rule)
                """
            )
        )
        companies, rules = stamp
        return tuple(companies), rules

    # THE TABLE ON SCREEN

    @api.model
    def get_table(self):
        """Return the policy of the current hospital as the table of reasons by purposes."""
        self.check_access("read")
        company = self.env.company
        codes = dict(self._fields["code"]._description_selection(self.env))
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        cells = {}
        for rule in self.search([("company_id", "in", (False, company.id))]):
            key = (rule.code, rule.purpose)
            if key not in cells or rule.company_id:
                cells[key] = rule
        return {
            "mayChange": self.has_access("create"),
            "purposes": [{"code": code, "label": purposes[code]} for code in PURPOSES],
            "rows": [
                {
                    "code": code,
                    "label": codes[code],
                    "is_hard": code in policy.HARD,
                    "cells": [
                        {"purpose": purpose, **cells.get((code, purpose), self)._cell_values()}
                        for purpose in PURPOSES
                    ],
                }
                for code in policy.CODES
            ],
        }

    def _cell_values(self):
        """Return how the rule reads in its cell; a cell without a rule has a dash."""
        if not self:
            return {"text": "–", "effect": "", "own_id": False}
        effects = dict(self._fields["effect"]._description_selection(self.env))
        parts = [effects[self.effect], *self._cell_details()]
        return {
            "text": ", ".join(parts),
            "effect": self.effect,
            "own_id": bool(self.company_id) and self.id,
        }

    def _cell_details(self):
        if self.effect == "allow":
            return
        if self.code == "cap":
            yield self.env._("%(count)s in %(days)s days", count=self.maximum, days=self.days)
        elif self.code == "quiet_hours":
            yield f"{_clock(self.hour_from)}–{_clock(self.hour_to)}"
        elif self.days and self.code in policy.HOLDS:
            yield self.env._("until %(days)s days after its end", days=self.days)
        elif self.days:
            yield self.env._("%(days)s days", days=self.days)
        if self.urgent_passes:
            yield self.env._("urgent passes")
        if self.asked_passes:
            yield self.env._("unless asked for")
        if self.leaves_task and self.effect in ("refuse", "next_channel"):
            yield self.env._("and a task")

    @api.model
    def action_change(self, code, purpose):
        """Open this hospital's rule for a cell, or a new one that starts from the shipped."""
        company = self.env.company
        found = self.search([("code", "=", code), ("purpose", "=", purpose)])
        own = found.filtered(lambda rule: rule.company_id == company)
        shipped = found.filtered(lambda rule: not rule.company_id)
        defaults = {name: shipped[name] for name in EDITABLE} if shipped else {"effect": "refuse"}
        defaults |= {"code": code, "purpose": purpose, "company_id": company.id}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contact rule"),
            "res_model": self._name,
            "res_id": own.id,
            "views": [[False, "form"]],
            "target": "new",
            "context": {f"default_{name}": value for name, value in defaults.items()},
        }


def _clock(hour):
    return f"{int(hour):02}:{round(hour % 1 * 60):02}"
