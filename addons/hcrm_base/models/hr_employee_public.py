from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context

#: What an HCRM administrator may say about staff.
KEPT = frozenset(
    ("name", "staff_code", "hospital_title", "department_id", "parent_id", "user_id", "active")
)
LINKS = ("department_id", "parent_id", "user_id", "company_id")


class HrEmployeePublic(models.Model):
    """What every colleague may know of the staff: who is not of HR reads employees through it.

    An HCRM administrator also keeps it: what is written here goes to the employee of the same id.
    ``hr.employee`` itself stays closed to the administrator, and with it contracts and private
    addresses, but also its chatter and attachments, which a right on the model would open.
    """

    _name = "hr.employee.public"
    _inherit = "hr.employee.public"

    staff_code = fields.Char(readonly=True)
    hospital_title = fields.Char(string="Professional title", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        self.check_access("create")
        for vals in vals_list:
            self._check_kept(vals, KEPT | {"company_id"})
            company_id = vals.get("company_id") or self.env.company.id
            if company_id not in self.env.companies.ids:
                raise AccessError(self.env._("You have no access to this hospital."))
        clean = self.with_context(clean_context(self.env.context))
        return self.browse(clean._create_employees_sudo(vals_list))

    def write(self, vals):  # pylint: disable=method-required-super
        self.check_access("write")
        self._check_kept(vals, KEPT)
        if vals.get("user_id"):
            self._check_user_link(vals["user_id"])
        self._write_employees_sudo(vals)
        return True

    @api.model
    def _check_kept(self, vals, allowed):
        """Refuse what is not public, and links to what the user may not read."""
        if foreign := vals.keys() - allowed:
            raise AccessError(
                self.env._(
                    "Only the personnel office changes: %s.",
                    ", ".join(sorted(map(self._label, foreign))),
                )
            )
        for name in LINKS:
            if vals.get(name):
                self.env[self._fields[name].comodel_name].browse(vals[name]).check_access("read")

    @api.model
    def _label(self, name):
        field = self._fields.get(name)
        return field._description_string(self.env) if field else name

    def _check_user_link(self, user_id):
        """Users read the private data of their own employee: nobody takes another's."""
        if self.env.user.has_group("hr.group_hr_user"):
            return
        for employee in self.filtered(lambda one: one.user_id.id != user_id):
            if user_id == self.env.uid:
                raise UserError(
                    self.env._(
                        "You cannot link yourself to %s: a user reads the private data of the "
                        "employee. Ask a colleague or the personnel office.",
                        employee.name,
                    )
                )
            if employee.user_id:
                raise UserError(
                    self.env._(
                        "%(employee)s is linked to %(user)s: the personnel office changes that.",
                        employee=employee.name,
                        user=employee.user_id.name,
                    )
                )

    # UNDER SUDO: access, fields and links were checked

    @api.model
    def _create_employees_sudo(self, vals_list):
        employees_sudo = self.env["hr.employee"].sudo().create(vals_list)
        self._refresh()
        return employees_sudo.ids

    def _write_employees_sudo(self, vals):
        employees_sudo = self.env["hr.employee"].sudo().browse(self.ids)
        vals = dict(vals)
        is_active = vals.pop("active", None)
        if vals.get("user_id"):
            self._log_user_link_sudo(employees_sudo, vals["user_id"])
        if vals:
            employees_sudo.write(vals)
        if is_active is False:
            employees_sudo.with_context(no_wizard=True).action_archive()
        elif is_active:
            employees_sudo.action_unarchive()
        self._refresh()

    def _log_user_link_sudo(self, employees_sudo, user_id):
        """The personnel office sees who opened whose private data to which user."""
        user_sudo = self.env["res.users"].sudo().browse(user_id)
        for employee_sudo in employees_sudo.filtered(lambda one: one.user_id != user_sudo):
            employee_sudo._message_log(
                body=self.env._(
                    "Linked to the user %(user)s (%(login)s).",
                    user=user_sudo.name,
                    login=user_sudo.login,
                )
            )

    def _refresh(self):
        """The view is read from the tables of the employees."""
        self.env.flush_all()
        self.invalidate_model()
