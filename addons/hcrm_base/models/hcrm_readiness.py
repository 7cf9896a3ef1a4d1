from dataclasses import asdict

import pytz

from odoo import api, models
from odoo.exceptions import AccessError

from ..tools.readiness import ReadinessCheck

CAMPUS_ACTION = "hcrm_base.hcrm_campus_action"


class HcrmReadiness(models.AbstractModel):
    """The "Ready?" list. An addon takes part by extending ``_readiness_checks``.

    Checks count under sudo, and tell nothing but counts: the administrator who mends a setting need
    not see a patient.
    """

    _name = "hcrm.readiness"
    _description = "Readiness of the Hospital CRM"

    @api.model
    def get_checklist(self):
        """Return the checks as dictionaries, for the screen; administrators only."""
        if not self.env.user.has_group("hcrm_base.group_hcrm_admin"):
            raise AccessError(self.env._("Only an HCRM administrator opens the checklist."))
        return [self._prepare_line(check) for check in self._readiness_checks()]

    @api.model
    def _readiness_checks(self):
        """Return the list of :class:`ReadinessCheck`; addons add theirs to what super gives."""
        return [
            self._check_company_country(),
            self._check_company_timezone(),
            self._check_working_hours(),
            self._check_departments(),
            self._check_department_codes(),
            self._check_department_heads(),
            self._check_campuses(),
            self._check_staff_codes(),
            self._check_staff_users(),
            self._check_roles(),
            self._check_record_systems(),
            self._check_customers(),
        ]

    @api.model
    def _prepare_line(self, check):
        """Leave out a button that this user may not follow."""
        line = asdict(check)
        if isinstance(check.action, str):
            action = self.env.ref(check.action, raise_if_not_found=False)
            line["action"] = bool(action) and check.action
            model_name = action.sudo().res_model if action and "res_model" in action else None
        else:
            model_name = check.action and check.action.get("res_model")
        if model_name and not self.env[model_name].has_access("write"):
            line["action"] = False
        return line

    # hospital
    @api.model
    def _check_company_country(self):
        country = self.env.company.country_id
        return ReadinessCheck(
            code="company_country",
            section=self.env._("Hospital"),
            title=self.env._("Country"),
            state="done" if country else "todo",
            reason=self.env._(
                "Phone numbers without prefix are read as numbers of %(country)s.",
                country=country.name,
            )
            if country
            else self.env._("Without it, phone numbers are read as Chinese ones."),
            action=self._open_record(self.env.company),
            button=self.env._("Open the hospital"),
        )

    @api.model
    def _check_company_timezone(self):
        timezone = self.env.user.tz
        return ReadinessCheck(
            code="user_timezone",
            section=self.env._("Hospital"),
            title=self.env._("Time zone"),
            state="done" if timezone else "todo",
            reason=self.env._("Your times are shown as in %(timezone)s.", timezone=timezone)
            if timezone
            else self.env._("Your user has none: the times of visits are shown in UTC, hours off."),
            action=self._open_users([("tz", "=", False), ("share", "=", False)]),
            button=self.env._("Users without time zone"),
        )

    @api.model
    def _check_working_hours(self):
        calendar = self.env.company.sudo().resource_calendar_id
        days = calendar.attendance_ids.filtered(lambda line: line.day_period != "lunch")
        country_code = self.env.company.country_id.code
        is_local = not country_code or calendar.tz in pytz.country_timezones.get(country_code, ())
        return ReadinessCheck(
            code="working_hours",
            section=self.env._("Hospital"),
            title=self.env._("Working hours"),
            state="done" if days and is_local else "todo",
            reason=self._reason_working_hours(calendar, days, is_local),
            action=self._open_record(calendar or self.env.company),
            button=self.env._("Open the working hours"),
        )

    @api.model
    def _reason_working_hours(self, calendar, days, is_local):
        if not days:
            return self.env._("Without working hours no deadline can be counted.")
        values = {"calendar": calendar.name, "timezone": calendar.tz}
        if is_local:
            return self.env._(
                "%(calendar)s, %(timezone)s: deadlines are counted in these hours.", **values
            )
        return self.env._(
            "%(calendar)s is counted in %(timezone)s, "
            "which is not the time of the hospital's country.",
            **values,
        )

    # departments and staff
    @api.model
    def _check_departments(self):
        count = self.env["hr.department"].sudo().search_count(self._company_domain())
        return ReadinessCheck(
            code="departments",
            section=self.env._("Departments and staff"),
            title=self.env._("Departments"),
            state="done" if count > 1 else "todo",
            reason=self.env._("%(count)s departments.", count=count)
            if count > 1
            else self.env._("Visits need departments: clinics, wards, laboratories, offices."),
            action="hcrm_base.hr_department_action",
            button=self.env._("Departments"),
        )

    @api.model
    def _check_department_codes(self):
        return self._check_filled(
            code="department_codes",
            model_name="hr.department",
            field_name="code",
            title=self.env._("Department codes"),
            why=self.env._(
                "By the code a message of the hospital information system finds its department."
            ),
            action="hcrm_base.hr_department_action",
        )

    @api.model
    def _check_department_heads(self):
        return self._check_filled(
            code="department_heads",
            model_name="hr.department",
            field_name="manager_id",
            title=self.env._("Heads of department"),
            why=self.env._(
                "A head sees the own patients and receives what is routed to the department."
            ),
            action="hcrm_base.hr_department_action",
        )

    @api.model
    def _check_campuses(self):
        """A hospital in one place needs none; one in several says where each department is."""
        campuses_sudo = self.env["hcrm.campus"].sudo()
        names = campuses_sudo.search([("company_id", "=", self.env.company.id)]).mapped("name")
        own = [("company_id", "=", self.env.company.id)]
        lost = self.env["hr.department"].sudo().search_count([*own, ("campus_id", "=", False)])
        return ReadinessCheck(
            code="campuses",
            section=self.env._("Departments and staff"),
            title=self.env._("Campuses"),
            state="info" if not names else "todo" if lost else "done",
            reason=self._reason_campuses(names, lost),
            action="hcrm_base.hr_department_action" if lost and names else CAMPUS_ACTION,
            button=self.env._("Departments") if lost and names else self.env._("Campuses"),
        )

    @api.model
    def _reason_campuses(self, names, lost):
        if not names:
            return self.env._("The hospital works in one place; one in several adds them.")
        if not lost:
            return self.env._("%s: every department is in one.", ", ".join(names))
        return self.env._(
            "%(count)s departments are in none of: %(campuses)s.",
            count=lost,
            campuses=", ".join(names),
        )

    @api.model
    def _check_staff_codes(self):
        return self._check_filled(
            code="staff_codes",
            model_name="hr.employee",
            field_name="staff_code",
            title=self.env._("Staff codes"),
            why=self.env._("By the code a visit finds its doctor."),
            action="hcrm_base.hr_employee_public_action",
        )

    @api.model
    def _check_staff_users(self):
        return self._check_filled(
            code="staff_users",
            model_name="hr.employee",
            field_name="user_id",
            title=self.env._("Staff who can log in"),
            why=self.env._(
                "Who works here needs a user, linked to the employee; others need none."
            ),
            action="hcrm_base.hr_employee_public_action",
            optional=True,
        )

    # people's roles
    @api.model
    def _check_roles(self):
        groups = (
            self.env["res.groups"]
            .sudo()
            .search(
                [
                    (
                        "privilege_id.category_id",
                        "=",
                        self.env.ref("hcrm_base.module_category_hcrm").id,
                    )
                ]
            )
        )
        technical = self.env.ref("hcrm_base.group_integration")
        empty = (groups - technical).filtered(lambda group: not group.all_user_ids)
        return ReadinessCheck(
            code="roles",
            section=self.env._("Access"),
            title=self.env._("Roles"),
            state="todo" if empty else "done",
            reason=self.env._(
                "Nobody is: %(roles)s. "
                "Give roles on the users; a role nobody needs may stay empty.",
                roles=", ".join(empty.mapped("name")),
            )
            if empty
            else self.env._("Every role is held by somebody."),
            action=self._open_users([("share", "=", False)]),
            button=self.env._("Users and roles"),
        )

    # customers
    @api.model
    def _check_record_systems(self):
        systems = self.env["hcrm.identifier.system"].search([("type_code", "in", ("MR", "PI"))])
        state, reason = self._judge_record_systems(systems)
        return ReadinessCheck(
            code="record_systems",
            section=self.env._("Customers"),
            title=self.env._("Medical record numbers"),
            state=state,
            reason=reason,
            action="hcrm_base.hcrm_identifier_system_action",
            button=self.env._("Identifier systems"),
        )

    @api.model
    def _judge_record_systems(self, systems):
        """Return (state, reason)."""
        if not systems:
            return "todo", self.env._(
                "No system issues record numbers yet: add the record office under the code that "
                "the hospital information system writes. The first message adds it too."
            )
        hospitals = self.env["res.company"].sudo().search_count([("parent_id", "=", False)])
        shared = systems.filtered(lambda system: not system.company_id)
        if hospitals > 1 and shared:
            return "info", self.env._(
                "Every hospital may use the numbers of %(systems)s: name the hospital that issues "
                "them, unless they are meant to be shared.",
                systems=", ".join(shared.mapped("name")),
            )
        names = ", ".join(systems.mapped("name"))
        return "done", self.env._("Issued by: %(systems)s.", systems=names)

    @api.model
    def _check_customers(self):
        found = self.env["res.partner"].sudo().search([("is_customer_person", "=", True)], limit=1)
        return ReadinessCheck(
            code="customers",
            section=self.env._("Customers"),
            title=self.env._("First customers"),
            state="done" if found else "todo",
            reason=self.env._("There are customers.")
            if found
            else self.env._(
                "No customer yet: connect the hospital information system, or add one by hand."
            ),
            action="hcrm_base.res_partner_action_person",
            button=self.env._("Customers"),
        )

    # tools
    @api.model
    def _check_filled(self, *, code, model_name, field_name, title, why, action, optional=False):
        """Return the check that ``field_name`` is filled on the rows of this hospital."""
        rows = self.env[model_name].sudo()
        total = rows.search_count(self._company_domain())
        missing = rows.search_count([*self._company_domain(), (field_name, "=", False)])
        done = bool(total) and not missing
        return ReadinessCheck(
            code=code,
            section=self.env._("Departments and staff"),
            title=title,
            state="done" if done else "info" if optional else "todo",
            reason=self.env._(
                "%(done)s of %(total)s. %(why)s", done=total - missing, total=total, why=why
            ),
            action=action,
            button=self.env._("Departments")
            if model_name == "hr.department"
            else self.env._("Staff"),
        )

    @api.model
    def _company_domain(self):
        return [("company_id", "in", (False, self.env.company.id))]

    @api.model
    def _open_record(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    def _open_users(self, domain):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Users"),
            "res_model": "res.users",
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
            "target": "current",
        }
