from ast import literal_eval

from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools.explanation import Explanation, Part

ANY = ("any", "not any", "any!", "not any!")
#: Fields whose value a person is shown beside the name: their own, and short.
SHOWN_TYPES = ("integer", "float", "date", "boolean", "selection", "char")


class HcrmSegmentExplainedMixin(models.AbstractModel):
    """Why a person is in a segment by rule, told to that person.

    Told are the data that the rule looks at, and the person's own values of them. Not told are the
    segment's inner name, its purpose and the limits that its owner set.
    """

    _name = "hcrm.segment.explained.mixin"
    _description = "Segments Explained"

    def _hcrm_explain_segments(self):
        """Return an explanation for each segment by rule in which the person is now."""
        self.ensure_one()
        members_sudo = self.env["hcrm.segment.member"].sudo()
        open_here = Domain("partner_id", "in", self._hcrm_alias_ids()) & Domain(
            "left_at", "=", False
        )
        ours = Domain("segment_id.kind", "=", "rule") & Domain(
            "segment_id.company_id", "in", self.env.companies.ids
        )
        found = members_sudo.search(open_here & ours, order="entered_at")
        return [self.sudo()._hcrm_explain_membership(member_sudo) for member_sudo in found]

    def _hcrm_explain_membership(self, member_sudo):
        segment_sudo = member_sudo.segment_id
        name = segment_sudo.public_name or self.env._("Group no. %s", segment_sudo.id)
        return Explanation(
            title=self.env._("You are in a group of customers: %s", name),
            result=self.env._("You fit all conditions of this group."),
            logic=self.env._(
                "A member of staff wrote conditions on the data below, and everybody who fits them "
                "is in the group. No score is computed, and nobody judged you alone."
            ),
            parts=self._hcrm_explain_rule(segment_sudo.domain_stored),
            decided_at=format_date(self.env, member_sudo.entered_at),
        )

    def _hcrm_explain_rule(self, text):
        """Return the data that a rule looks at, each once."""
        try:
            domain = Domain(literal_eval(text or "[]"))
        except (ValueError, TypeError, SyntaxError):
            return []
        partners = self.env["res.partner"]
        found = {}
        for path in _paths(domain):
            labels, is_own = self._hcrm_explain_path(partners, path)
            if labels:
                value = self._hcrm_own_value(path) if is_own else ""
                found.setdefault(" › ".join(labels), value)
        return [Part(label, value) for label, value in found.items()]

    def _hcrm_explain_path(self, model, path):
        """Return (labels of the steps, True for a plain field of the person)."""
        labels, names = [], path.split(".")
        for name in names:
            field = model._fields.get(name)
            if field is None:
                break
            labels.append(model.fields_get([name], ["string"])[name]["string"])
            if not field.relational:
                break
            model = self.env[field.comodel_name]
        return labels, len(names) == 1

    def _hcrm_own_value(self, name):
        field = self._fields.get(name)
        if field is None or field.type not in SHOWN_TYPES:
            return ""
        value = self[name]
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if not value and field.type not in ("integer", "float"):
            return ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return format_date(self.env, value) if field.type == "date" else str(value)


def _paths(domain):
    """Yield the paths of all conditions, also of those within a condition."""
    for condition in domain.iter_conditions():
        if condition.operator in ANY:
            for path in _paths(Domain(condition.value)):
                yield f"{condition.field_expr}.{path}"
        else:
            yield condition.field_expr
