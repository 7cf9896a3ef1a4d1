from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import clocks

DUTIES = [
    ("acknowledge", "Acknowledge"),
    ("explain", "Explanation of the staff"),
    ("answer", "Answer"),
    ("interim", "Interim letter"),
    ("close", "Close"),
]
UNITS = [
    (clocks.HOURS, "Hours"),
    (clocks.DAYS, "Days"),
    (clocks.WORKING_DAYS, "Working days"),
    (clocks.MONTHS, "Months"),
]
SITUATIONS = [
    ("at_once", "Can be settled at once"),
    ("complex", "Has to be investigated"),
    ("departments", "Several departments have to act"),
]


class HcrmRegulationClock(models.Model):
    """One time limit of a pack: for which duty, in which situation, from which event on."""

    _name = "hcrm.regulation.clock"
    _description = "Time Limit of a Regulation"
    _inherit = ["hcrm.cached.source.mixin"]
    _order = "regulation_id, sequence, id"
    _hcrm = Governance(data_class="regulation")

    regulation_id = fields.Many2one(
        "hcrm.regulation", string="Pack", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True, help="As staff and complainants read it.")
    duty = fields.Selection(selection=DUTIES, required=True)
    situation = fields.Selection(
        selection=SITUATIONS, help="Empty: in every situation without a time of its own."
    )
    scope = fields.Selection(
        selection=[
            ("all", "Everything that comes in"),
            ("answered", "All but praise"),
            ("complaint", "Complaints and reports"),
        ],
        required=True,
        default="answered",
    )
    starts_on = fields.Selection(
        selection=[
            ("received", "Receipt"),
            ("accepted", "Acceptance"),
            ("asked", "Asking the staff"),
            ("answered", "Answer sent"),
        ],
        required=True,
        default="received",
    )
    amount = fields.Integer(required=True, default=1, aggregator=None)
    unit = fields.Selection(selection=UNITS, required=True, default=clocks.WORKING_DAYS)
    may_pause = fields.Boolean(
        string="Stands while we wait for the person",
        default=True,
        help="Laws that know no waiting: untick.",
    )
    source = fields.Char(string="Article", translate=True)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A time limit is at least one.")
    _duty_uniq = models.UniqueIndex(
        "(regulation_id, duty, COALESCE(situation, ''), scope)",
        "This pack has a time for this duty and situation already.",
    )

    @api.constrains("amount", "unit", "duty", "situation", "starts_on", "scope", "may_pause")
    def _check_stricter(self):
        packs = self.regulation_id
        (packs | packs.search([("law_id", "in", packs.ids)]))._check_stricter()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_counted(self):
        clocks_sudo = self.env["hcrm.complaint.clock"].sudo()
        if clocks_sudo.search_count([("rule_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "Deadlines of cases were counted by this time. Change it, or make a new pack: "
                    "what was due stays as it was."
                )
            )

    def _word_time(self):
        """Return the time in words: "5 working days"."""
        self.ensure_one()
        units = dict(self._fields["unit"]._description_selection(self.env))
        return self.env._("%(amount)s %(unit)s", amount=self.amount, unit=units[self.unit].lower())

    def _check_stricter_than(self, law):
        """Refuse a time that could end after the law's: longer, begun later, or made to stand."""
        begins = self.starts_on in (law.starts_on, "received")
        if not (begins and clocks.is_stricter(self.amount, self.unit, law.amount, law.unit)):
            starts = dict(self._fields["starts_on"]._description_selection(self.env))
            raise ValidationError(
                self.env._(
                    "%(duty)s: the law gives %(law)s from “%(law_start)s” on, this pack %(own)s "
                    "from “%(own_start)s” on. Choose a time in the law's unit that is not longer "
                    "and begins no later.",
                    duty=self.name,
                    law=law._word_time(),
                    law_start=starts[law.starts_on],
                    own=self._word_time(),
                    own_start=starts[self.starts_on],
                )
            )
        if self.may_pause and not law.may_pause:
            raise ValidationError(
                self.env._(
                    "%(duty)s: the law's time does not stand while we wait for the person. Untick "
                    "it here, too.",
                    duty=self.name,
                )
            )

    def _fits(self, case):
        """True if this limit is meant for cases of this kind."""
        if self.scope == "complaint":
            return case.kind in ("complaint", "misconduct")
        return self.scope == "all" or case.kind != "praise"

    def _choose(self, case):
        """Return the limits that hold for a case: of each duty that of its situation, else the
        general one."""
        fitting = self.filtered(lambda one: one._fits(case))
        chosen = self.browse()
        for _duty, limits in fitting.grouped("duty").items():
            own = limits.filtered(lambda one: one.situation == case.situation)
            chosen |= (own or limits.filtered(lambda one: not one.situation))[:1]
        return chosen
