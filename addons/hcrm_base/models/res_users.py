from odoo import api, fields, models
from odoo.fields import Domain

from .own_domain import own_persons


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["hcrm.segment.rights.mixin", "res.users"]

    hcrm_department_ids = fields.Many2many(
        "hr.department",
        string="Hospital departments",
        compute="_compute_hcrm_department_ids",
        compute_sudo=True,
        help="Departments of the user's employees and those they manage, with all below them.",
    )

    @api.depends("employee_ids.department_id")
    def _compute_hcrm_department_ids(self):
        departments = self.env["hr.department"]
        for user in self:
            own = user.with_context(active_test=True).employee_ids
            roots = own.department_id | departments.search([("manager_id", "in", own.ids)])
            user.hcrm_department_ids = departments.search([("id", "child_of", roots.ids)])

    def _hcrm_partner_domain(self, operation):
        """Return the contacts this user may ``read`` or ``write``, for record rules."""
        self.ensure_one()
        if self.share:
            own = Domain("id", "=", self.partner_id.id)
            # core's rule opens the whole company of a portal user: colleagues may be patients
            others = Domain("is_customer_person", "=", False)
            return list(own | others if operation == "read" else own)
        parts = [self._hcrm_non_customer_domain(operation)]
        suffix = "reader" if operation == "read" else "writer"
        if self.has_group(f"hcrm_base.group_organisation_{suffix}"):
            parts.append(
                Domain("is_customer", "=", True) & Domain("is_customer_person", "=", False)
            )
            if operation == "write":
                # the contact persons of an organisation are no customers themselves
                parts.append(
                    Domain("is_customer", "=", False)
                    & Domain("parent_id.is_customer", "=", True)
                    & Domain("parent_id.is_customer_person", "=", False)
                )
        elif operation == "read" and self.has_group("hcrm_base.group_organisation_own"):
            parts.append(
                Domain("is_customer", "=", True)
                & Domain("is_customer_person", "=", False)
                & Domain("user_id", "=", self.id)
            )
        parts.append(self._hcrm_person_domain(operation))
        return list(Domain.OR(parts))

    def _hcrm_own_domain(self, partner_field="partner_id"):
        """Return, for record rules, the rows about this user's own persons."""
        return own_persons(self, partner_field)

    def _hcrm_open_file_domain(self, partner_field="partner_id"):
        """Return, for record rules, the rows whose person's file is not closed to this user now.

        The few closed persons are excluded, not the many open ones listed; and as it rests on a
        ``search=`` method, the domain may be cached: it is answered anew by each query.
        """
        return Domain(partner_field, "not any!", Domain("is_file_closed", "=", True))

    def _hcrm_non_customer_domain(self, operation):
        """Contacts that are no customers follow core's rights."""
        if operation == "read" or self.has_group("base.group_partner_manager"):
            return Domain("is_customer", "=", False)
        return Domain("id", "=", self.partner_id.id)

    def _hcrm_person_domain(self, operation):
        """Persons by role: everybody, the own ones, those who agreed to marketing, nobody."""
        persons = Domain("is_customer_person", "=", True)
        names = {
            "read": ("person_all", "person_own", "person_consented"),
            "write": ("person_writer", "person_writer_own", None),
        }[operation]
        everybody, own, consented = (
            name and self.has_group(f"hcrm_base.group_{name}") for name in names
        )
        if everybody:
            return persons
        parts = []
        if own:
            parts.append(self._hcrm_own_domain("id"))
        if consented:
            parts.append(Domain("marketing_allowed", "=", True))
        return persons & Domain.OR(parts)
