from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.retention import period

_lt = LazyTranslate(__name__)

#: What a kind means, from when it counts, and what then happens.
_WORDS = {
    "outpatient": _lt(
        "Appointments and other outpatient records of a person are kept for %(period)s after the "
        "person's last visit of any kind. A new visit begins the time anew for all of them. Then "
        "they are deleted."
    ),
    "inpatient": _lt(
        "Visits, diagnoses, results, prescriptions and charges of somebody who was an inpatient "
        "are kept for %(period)s after the last discharge; of all others as long as the outpatient "
        "rule says. A new visit begins the time anew for all of them. Then they are deleted."
    ),
    "relation": _lt(
        "Of a person from whom nothing was heard for %(period)s (no visit, note, request, log-in; "
        "nobody of the family came either) and whose medical records are over as well, name, "
        "numbers and addresses are erased. What remains tells of nobody. Notes about callers who "
        "were never found are emptied after the same time."
    ),
    "message": _lt(
        "Messages of other systems that were processed or set aside are deleted %(period)s after "
        "they came. Dead letters wait for a person."
    ),
    "log": _lt(
        "Who looked at what, openings of protected files and their reviews are kept for "
        "%(period)s, at least for three years. The database itself refuses to remove a line "
        "earlier, to everybody. What waits for a review stays."
    ),
    "forever": _lt("Lists and definitions tell of nobody and stay."),
}
_ACTIONS = {
    "delete": _lt("Deleted: %s"),
    "blank": _lt("Emptied: %s"),
    "log": _lt("Removed by the database: %s"),
    "pseudonymise": _lt("Made anonymous: %s"),
    "person": _lt("With the person: %s"),
    "keep": _lt("Stays: %s"),
}


class HcrmRetentionWordsMixin(models.AbstractModel):
    """A retention rule in plain words."""

    _name = "hcrm.retention.words.mixin"
    _description = "Retention Rule in Words"

    period = fields.Char(string="Kept for", compute="_compute_words")
    explanation = fields.Text(string="In plain words", compute="_compute_words")
    consequence = fields.Text(
        string="What then happens", compute="_compute_words", help="By kind of record."
    )

    @api.depends("kind", "days")
    @api.depends_context("lang")
    def _compute_words(self):
        words = {
            "years": self.env._("%s years"),
            "months": self.env._("%s months"),
            "days": self.env._("%s days"),
        }
        for rule in self:
            number, unit = period(rule.days)
            rule.period = words[unit] % number if rule.kind != "forever" else False
            text = rule.kind and self.env._(_WORDS[rule.kind])
            rule.explanation = text and text % {"period": rule.period}
            rule.consequence = rule.kind and rule._consequence()

    def _consequence(self):
        """Return a line for each thing that happens, with the kinds of records it happens to."""
        found = {}
        for model in self._get_models():
            governance = model._hcrm
            if governance.expires == "keep" and not governance.about_persons:
                continue
            label = self.env["ir.model"]._get(model._name).name
            found.setdefault(governance.expires, []).append(label)
        lines = {action: self.env._(text) for action, text in _ACTIONS.items() if action in found}
        return "\n".join(text % ", ".join(sorted(found[name])) for name, text in lines.items())
