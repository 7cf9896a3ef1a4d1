"""A segment's rule: read, checked and asked with the rights of its owner, never with more.

The domain that a user typed is taken apart condition by condition, because core's search alone is
no guard: it does not ask the groups of computed fields, and it compares ids past record rules.
"""

from ast import literal_eval

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import segment_classes
from .segment_classifier import field_classes, model_class

ANY = ("any", "not any")
SEGMENTS = ("hcrm.segment", "hcrm.segment.member")
EQUALITY = ("=", "in", "!=", "not in")
PERSON_READERS = ",".join(
    f"hcrm_base.group_person_{reach}" for reach in ("all", "own", "consented")
)
ANALYST = "hcrm_base.group_analyst"


class SegmentRule:
    """The rule ``text`` of ``owner`` in the hospital ``company``; UserError says what is wrong.

    ``classes`` are the data classes it touches, ``query()`` gives the customers it finds.
    """

    def __init__(self, owner, company, text):
        owner = owner.sudo()
        self.env = owner.env
        self._check_owner(owner, company)
        #: An analyst may not see persons: what may be asked is a list, and nobody is shown.
        self.is_pseudonymous = self.is_for_analyst(owner)
        self._partners = self._as_owner(owner, company)
        self.classes = set()
        typed = self._read(text)
        if self.is_pseudonymous:
            self._check_whitelist(typed)
        try:
            self._domain = self._walk(self._partners, typed) & self._base_domain()
            is_empty = self._domain.optimize(self._partners).is_false()
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                self.env._("The rule cannot be read: %(reason)s", reason=error)
            ) from error
        if is_empty:
            raise UserError(
                self.env._(
                    "This rule can never find a customer, and segments hold customers only: "
                    "look for conditions that contradict each other or ask for other contacts."
                )
            )

    @property
    def is_clinical(self):
        return segment_classes.is_clinical(self.classes)

    @property
    def touches_charges(self):
        return segment_classes.CHARGES in self.classes

    def query(self):
        """Return the query of the customers, under the owner's rights."""
        return self._partners._search(self._domain)

    def count(self, limit=None):
        return self._partners.search_count(self._domain, limit=limit)

    @staticmethod
    def is_for_analyst(owner):
        """True for an owner who works on data without persons."""
        return owner.has_group(ANALYST) and not owner.has_groups(PERSON_READERS)

    # WHO ASKS

    def _check_owner(self, owner, company):
        """A rule needs somebody who may still ask."""
        if owner.id == SUPERUSER_ID or owner.share:
            raise UserError(
                self.env._("A segment belongs to an employee: %s cannot own one.", owner.name)
            )
        if not owner.active:
            raise UserError(
                self.env._("%s is archived: a colleague must take the segment over.", owner.name)
            )
        if company not in owner.company_ids:
            raise UserError(
                self.env._(
                    "%(owner)s does not work for %(hospital)s any more: "
                    "a colleague must take the segment over.",
                    owner=owner.name,
                    hospital=company.name,
                )
            )
        may_own = self.env["hcrm.segment"].with_user(owner).has_access("create")
        if not may_own or not owner.has_groups(f"{PERSON_READERS},{ANALYST}"):
            raise UserError(
                self.env._(
                    "%s may not make segments any more: a colleague must take it over.", owner.name
                )
            )

    def _as_owner(self, owner, company):
        """Return contacts as the owner sees them at work in this hospital, whoever runs this."""
        below = company.search([("id", "child_of", company.ids)])
        context = {
            "lang": owner.lang,
            "tz": owner.tz or company.partner_id.tz or "UTC",
            "allowed_company_ids": [company.id, *((below & owner.company_ids) - company).ids],
        }
        partners = self.env["res.partner"].with_user(owner)
        # nothing of the caller's context: the answer is the owner's
        partners = partners.with_context(context)  # pylint: disable=context-overridden
        return partners.sudo() if self.is_pseudonymous else partners

    def _base_domain(self):
        domain = Domain("is_customer", "=", True) & Domain("canonical_id", "=", False)
        if segment_classes.needs_open_file(self.classes):
            # what is not seen cannot be judged: "no visit for a year" would find all of them
            domain &= Domain("is_protected", "=", False)
        if self.is_pseudonymous:
            companies = self._partners.env.companies.ids
            domain &= Domain("is_customer_person", "=", True)
            domain &= Domain("company_id", "=", False) | Domain(
                "company_id", "parent_of", companies
            )
        return domain

    # WHAT IS ASKED

    def _read(self, text):
        """Return the domain that was typed; plain values only."""
        if not text:
            raise UserError(self.env._("A segment by rule needs a rule: add a condition."))
        try:
            return Domain(literal_eval(text))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
            raise UserError(
                self.env._("The rule cannot be read: %(reason)s", reason=error)
            ) from error

    def _check_whitelist(self, domain):
        allowed = self.env["res.partner"]._hcrm_segment_fields()
        for condition in domain.iter_conditions():
            if condition.field_expr not in allowed or condition.operator in ANY:
                raise UserError(
                    self.env._(
                        "An analyst's rule may not ask for “%(field)s”: it would tell about "
                        "persons. Choose from: %(allowed)s.",
                        field=condition.field_expr,
                        allowed=", ".join(self._labels(allowed)),
                    )
                )

    def _labels(self, names):
        fields = self.env["res.partner"].fields_get(sorted(names), ["string"])
        return sorted(field["string"] for field in fields.values())

    def _walk(self, model, domain):
        return domain.map_conditions(lambda condition: self._checked(model, condition))

    def _checked(self, model, condition):
        """Return the condition as it may be asked; notes what it tells about."""
        name, _dot, rest = condition.field_expr.partition(".")
        field = self._field(model, name)
        operator, value = condition.operator, condition.value
        if not field.relational:
            return condition
        comodel = model.env[field.comodel_name]
        self._check_model(comodel)
        if rest:
            operator, value = "any", Domain(rest, operator, value)
        if comodel._name in SEGMENTS:
            self._note_segments(comodel, operator, value)
        if operator in ANY:
            return Domain(name, operator, self._walk(comodel, Domain(value)))
        governance = getattr(comodel, "_hcrm", None)
        if operator in EQUALITY and governance and governance.about_persons:
            return self._under_rules(name, operator, value)
        return condition

    def _field(self, model, name):
        """Return a field that exists and that the owner may search by."""
        field, kind = model._fields.get(name), self._kind(model)
        if field is None:
            raise UserError(
                self.env._(
                    "The rule asks for “%(field)s”, which %(model)s does not have (any more): "
                    "change the rule.",
                    field=name,
                    model=kind,
                )
            )
        self._check_field(model, field, kind)
        self.classes |= field_classes(model, field)
        return field

    def _check_field(self, model, field, kind):
        label = self._label(model, field.name)
        if not model._has_field_access(field, "read"):
            raise UserError(
                self.env._(
                    "The rule asks for “%(field)s” of %(model)s, which its owner may not read: "
                    "change the rule, or let a colleague who may read it take the segment over.",
                    field=label,
                    model=kind,
                )
            )
        if not field._description_searchable:
            raise UserError(
                self.env._(
                    "The rule asks for “%(field)s” of %(model)s, by which nothing can be found: "
                    "change the rule.",
                    field=label,
                    model=kind,
                )
            )

    def _kind(self, model):
        return self.env["ir.model"]._get(model._name).name or model._name

    def _label(self, model, name):
        return self.env[model._name].fields_get([name], ["string"])[name]["string"]

    def _check_model(self, model):
        self.classes.add(model_class(model))
        if not model.has_access("read"):
            raise UserError(
                self.env._(
                    "The rule asks for %(model)s, which its owner may not read: "
                    "change the rule, or let a colleague who may read it take the segment over.",
                    model=self._kind(model),
                )
            )

    def _note_segments(self, model, operator, value):
        """A rule over segments is as clinical as they are; those not named could be any."""
        values = value if isinstance(value, list | tuple | set) else [value]
        is_named = model._name == "hcrm.segment" and operator in EQUALITY
        ids = [item for item in values if is_named and type(item) is int]
        asked = self.env["hcrm.segment"].browse(ids).exists()
        if not values or len(asked) < len(values) or any(asked.mapped("is_clinical")):
            self.classes.add(segment_classes.UNKNOWN)
        if any(asked.mapped("touches_charges")):
            self.classes.add(segment_classes.CHARGES)

    def _under_rules(self, name, operator, value):
        """Compare with rows about persons as far as the owner may read them.

        Core compares ids as they are: guessing numbers would tell which row is whose.
        """
        values = list(value) if isinstance(value, list | tuple | set) else [value]
        if any(isinstance(item, str) for item in values):
            return Domain(name, operator, value)
        ids = [item for item in values if item and item is not True]
        found = Domain(name, "any", Domain("id", "in", ids)) if ids else Domain.FALSE
        if True in values and 1 not in ids:
            found |= Domain(name, "any", Domain.TRUE)
        if not all(values):
            found |= Domain(name, "not any", Domain.TRUE)
        return ~found if operator in ("!=", "not in") else found
