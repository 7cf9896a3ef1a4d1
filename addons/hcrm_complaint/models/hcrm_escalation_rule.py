from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.hcrm_base.tools.governance import Governance

from .hcrm_complaint_desk import LEVELS
from .hcrm_regulation_clock import DUTIES, UNITS

#: What is known the moment it is written: judged at once.
FACTS = [
    ("harm", "Harm, from this grade on"),
    ("death", "Death"),
    ("violence", "Threat of violence"),
    ("media", "In the media"),
    ("danger", "May endanger health"),
    ("repeats", "Earlier cases of the same person, from this number on"),
    ("ping_pong", "Passed back and forth"),
]
#: What time brings: judged by the scheduled job.
TIMES = [
    ("share", "Percent of the time for a duty used up"),
    ("stay", "Too long on a rung"),
]
#: The fields of a case from which facts are read.
FACT_FIELDS = frozenset(
    (
        "harm", "is_death", "is_violence", "is_media", "is_danger", "repeat_count", "is_ping_pong",
        "kind",
    )
)  # fmt: skip
COUNTED = ("harm", "repeats", "share")


class HcrmEscalationRule(models.Model):
    """What passes a case up by itself: a fact that weighs, or time that runs out.

    However many rules hold at the same moment, a case climbs one rung; each rule acts once on a
    case (again after it was opened again), and none hands a case to a body outside.
    """

    _name = "hcrm.escalation.rule"
    _description = "Rule of the Ladder"
    _inherit = ["hcrm.escalation.finder.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    _hcrm = Governance(data_class="regulation")

    name = fields.Char(required=True, translate=True, help="Stands in the custody ledger.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="Hospital", index="btree_not_null", help="Empty: all hospitals."
    )
    scope = fields.Selection(
        selection=[
            ("complaint", "Complaints and reports"),
            ("answered", "All but praise"),
            ("all", "Everything that comes in"),
        ],
        string="For",
        required=True,
        default="complaint",
    )
    ground = fields.Selection(selection=FACTS + TIMES, required=True, default="harm")
    threshold = fields.Integer(
        string="At least",
        default=0,
        aggregator=None,
        help="Grade of harm, number of cases, percent.",
    )
    duty = fields.Selection(
        selection=DUTIES, help="Whose time is used up. Empty: that of any running duty."
    )
    level = fields.Selection(selection=LEVELS[:-1], string="On the rung")
    amount = fields.Integer(string="For longer than", default=0, aggregator=None)
    unit = fields.Selection(selection=UNITS[:3], default="hours")
    is_untaken = fields.Boolean(
        string="Only while nobody has it in hand", help="Who works on it is left in peace."
    )
    highest = fields.Selection(
        selection=LEVELS[1:-1],
        string="Up to the rung",
        required=True,
        default="4",
        help="Nothing is handed to a body outside without somebody's decision.",
    )
    is_told = fields.Boolean(
        string="Tell the desk at once",
        help="By e-mail or in the inbox, as each user prefers; the case stands on their desk "
        "anyhow.",
    )
    raise_count = fields.Integer(string="Times it acted", compute="_compute_raise_count")

    _share_range = models.Constraint(
        "CHECK (ground <> 'share' OR threshold BETWEEN 1 AND 100)",
        "Percent of the time: from 1 to 100.",
    )
    _harm_range = models.Constraint(
        "CHECK (ground <> 'harm' OR threshold BETWEEN 1 AND 5)", "Harm is graded from 1 to 5."
    )
    _repeats_range = models.Constraint(
        "CHECK (ground <> 'repeats' OR threshold >= 1)", "Earlier cases: at least one."
    )
    _stay_whole = models.Constraint(
        "CHECK (ground <> 'stay' OR (level IS NOT NULL AND unit IS NOT NULL AND amount > 0))",
        "Too long on a rung: choose the rung and the time.",
    )

    @api.constrains("ground", "level", "highest")
    def _check_goes_up(self):
        for rule in self.filtered(lambda one: one.ground == "stay"):
            if rule.level >= rule.highest:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” would pass nothing up: choose a rung above the one on which "
                        "the case stays.",
                        rule=rule.name,
                    )
                )

    def _compute_raise_count(self):
        counts = dict(
            self.env["hcrm.complaint.raise"]
            .sudo()
            ._read_group([("rule_id", "in", self.ids)], ["rule_id"], ["__count"])
        )
        for rule in self:
            rule.raise_count = counts.get(rule, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        raises_sudo = self.env["hcrm.complaint.raise"].sudo()
        if raises_sudo.search_count([("rule_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._("This rule has passed up cases: archive it, the ledger names it.")
            )

    def _get_case_domain(self):
        """Return the domain of the cases on which this rule may act at all."""
        below = [level for level, _name in LEVELS if level < self.highest]
        domain = Domain("is_open", "=", True) & Domain("desk_id.level", "in", below)
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.scope == "complaint":
            domain &= Domain("kind", "in", ("complaint", "misconduct"))
        elif self.scope == "answered":
            domain &= Domain("kind", "!=", "praise")
        return domain

    def _get_fact_domain(self):
        """Return the domain of the fact that this rule looks at."""
        if self.ground == "harm":
            return Domain("harm", "in", [str(grade) for grade in range(self.threshold, 6)])
        if self.ground == "repeats":
            return Domain("repeat_count", ">=", self.threshold)
        return Domain(f"is_{self.ground}", "=", True)

    def _explain(self):
        """Return the reason as the custody ledger tells it: no word of who complained."""
        self.ensure_one()
        ground = dict(self._fields["ground"]._description_selection(self.env))[self.ground]
        if self.ground == "stay":
            return self._explain_stay()
        if self.ground == "share":
            duties = dict(self._fields["duty"]._description_selection(self.env))
            duty = duties.get(self.duty) or self.env._("any duty")
            return self.env._(
                "%(percent)s %% of the time used up: %(duty)s", percent=self.threshold, duty=duty
            )
        return f"{ground}: {self.threshold}" if self.ground in COUNTED else ground

    def _explain_stay(self):
        levels = dict(self._fields["level"]._description_selection(self.env))
        units = dict(self._fields["unit"]._description_selection(self.env))
        values = {
            "amount": self.amount,
            "unit": units[self.unit].lower(),
            "level": levels[self.level],
        }
        if self.is_untaken:
            return self.env._(
                "Longer than %(amount)s %(unit)s on the rung “%(level)s”, in nobody's hand",
                **values,
            )
        return self.env._("Longer than %(amount)s %(unit)s on the rung “%(level)s”", **values)
