import logging
import time

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools import demo
from ..tools.demo import place_tables
from ..tools.demo.department_tables import DEPARTMENTS, LOGINS, PORTAL_LOGIN
from ..tools.demo.showcase import PORTAL_PERSON, PROTECTED_PERSON
from .demo_loader import SOURCE, DemoLoader
from .segment_demo import SegmentDemo

_logger = logging.getLogger(__name__)

PARAMETER = "hcrm.demo.seed"
TIMEZONE = "Asia/Shanghai"
HOSPITAL_NAME = "仁爱医院"
CALENDAR_NAME = "医院工作时间（每周40小时）"
RECORD_OFFICE = {"en_US": "Record number of Ren'ai Hospital", "zh_CN": "仁爱医院病案号"}


class HcrmDemo(models.AbstractModel):
    """The demonstration hospital: for empty databases only, never for one in use.

    From the shell: ``env["hcrm.demo"]._generate(); env["hcrm.demo"]._open_desks();
    env.cr.commit()``. Every demo user has the name of the role as login and password.
    """

    _name = "hcrm.demo"
    _description = "Demonstration Hospital"
    _inherit = [
        "hcrm.demo.access.mixin",
        "hcrm.demo.answer.mixin",
        "hcrm.demo.promise.mixin",
        "hcrm.demo.organisation.mixin",
        "hcrm.demo.privacy.mixin",
    ]

    @api.model
    def _generate(self, customers=2000, seed=2026, months=12, today=None):
        """Fill this database with a hospital; return the number of rows by model.

        :param today: the day of which the hospital is a picture; default: the real one, so that it
            is alive: visits up to yesterday, appointments from today on
        """
        self._check_allowed()
        started = time.monotonic()
        today = today or fields.Date.context_today(self.with_context(tz=TIMEZONE))
        hospital = demo.hospital(customers, seed, months, today)
        self = self.with_context(tracking_disable=True, no_reset_password=True)
        self._set_up_company()
        self._set_up_record_office()
        users = self._create_users(hospital)
        departments = self._create_departments(self._create_campuses())
        staff = self._create_staff(hospital, departments, users)
        loader = DemoLoader(self.env, hospital, departments, staff, users)
        partners = loader.load()
        self._create_portal_user(hospital, partners)
        self._grant_administrator()
        self.env["ir.config_parameter"].set_param(PARAMETER, seed)
        self.env.flush_all()
        self.env.registry.clear_cache()  # record rules hold department ids
        _logger.info("Demonstration hospital made in %.1f s", time.monotonic() - started)
        return self._count(hospital)

    @api.model
    def _open_desks(self):
        """Put something on every desk: what would come up in the first days of work.

        Addons add theirs after super.
        """
        self.env["hcrm.duplicate"]._find_changed()
        partners = self.env["res.partner"].search([("name", "=", PROTECTED_PERSON)], limit=1)
        partners.is_protected = True
        self._create_answers()
        self._create_promises()
        self._create_organisation_work()
        SegmentDemo(self.env).add()
        self._create_privacy_requests()
        self._create_access_log()
        self._create_retention()

    def _check_allowed(self):
        if self.env["ir.config_parameter"].get_param(PARAMETER):
            raise UserError(
                self.env._(
                    "This database already holds the demonstration hospital: make a new one."
                )
            )
        partners = self.env["res.partner"].with_context(active_test=False)
        if partners.search_count([("is_customer", "=", True)], limit=1):
            raise UserError(
                self.env._("This database has customers: the demonstration needs an empty one.")
            )
        users = self.env["res.users"].with_context(active_test=False)
        taken = users.search([("login", "in", [*LOGINS, PORTAL_LOGIN])]).mapped("login")
        if taken:
            raise UserError(
                self.env._(
                    "Rename these logins first, the demonstration needs them: %s", ", ".join(taken)
                )
            )

    def _set_up_company(self):
        for lang in ("en_US", "zh_CN"):
            self.env["res.lang"]._activate_lang(lang)
        currency = self.env.ref("base.CNY")
        currency.active = True
        company = self.env.company
        company.write(
            {
                "name": HOSPITAL_NAME,
                "currency_id": currency.id,
                "country_id": self.env.ref("base.cn").id,
                "state_id": self.env.ref(f"base.state_cn_{place_tables.STATE}").id,
                "city": place_tables.CITY,
                "street": place_tables.HOSPITAL_STREET,
                "zip": place_tables.HOSPITAL_ZIP,
                "phone": place_tables.HOSPITAL_PHONE,
                "email": "service@example.com",
            }
        )
        company.partner_id.write({"lang": "zh_CN", "tz": TIMEZONE})
        company.resource_calendar_id.write({"name": CALENDAR_NAME, "tz": TIMEZONE})

    def _set_up_record_office(self):
        office = self.env["hcrm.identifier.system"]._find_or_create(SOURCE, "MR")
        for lang, name in RECORD_OFFICE.items():
            office.with_context(lang=lang).name = name

    def _create_users(self, hospital):
        """Create a login per role; return ids by login."""
        people = [person for person in hospital.staff if person.login]
        users = self.env["res.users"].create(
            [
                {
                    "name": person.name,
                    "login": person.login,
                    "password": person.login,
                    "email": f"{person.login}@example.com",
                    "lang": "zh_CN",
                    "tz": TIMEZONE,
                    "group_ids": [Command.set(self.env.ref(f"hcrm_base.group_{person.login}").ids)],
                }
                for person in people
            ]
        )
        return {person.login: user.id for person, user in zip(people, users, strict=True)}

    def _create_campuses(self):
        """Return ids by code."""
        rows = place_tables.CAMPUSES.items()
        campuses = self.env["hcrm.campus"].with_context(lang="en_US")
        campuses = campuses.create(
            [
                {
                    "code": code,
                    "name": english,
                    "street": street,
                    "city": place_tables.CITY,
                    "phone": phone,
                    "sequence": sequence,
                }
                for sequence, (code, (_name, english, street, phone)) in enumerate(rows)
            ]
        )
        for campus in campuses.with_context(lang="zh_CN"):
            campus.name = place_tables.CAMPUSES[campus.code][0]
        return {campus.code: campus.id for campus in campuses}

    def _create_departments(self, campuses):
        """Create parents first, each level in one go; return ids by code."""
        made = {"": False}
        waiting = list(DEPARTMENTS)
        while waiting:
            level = [row for row in waiting if row[1] in made]
            waiting = [row for row in waiting if row[1] not in made]
            records = (
                self.env["hr.department"]
                .with_context(lang="en_US")
                .create(
                    [
                        {
                            "code": code,
                            "parent_id": made[parent],
                            "hcrm_class": nature,
                            "name": english,
                            "own_campus_id": not parent and campuses.get(code, campuses["MAIN"]),
                        }
                        for code, parent, nature, _name, english, *_sizes in level
                    ]
                )
            )
            made.update((row[0], record.id) for row, record in zip(level, records, strict=True))
            for row, record in zip(level, records.with_context(lang="zh_CN"), strict=True):
                record.name = row[3]
        del made[""]
        return made

    def _create_staff(self, hospital, departments, users):
        """Create employees and make the first of each department its head; return ids by code."""
        self._place_odoo_rows(departments)
        employees = self.env["hr.employee"].create(
            [
                {
                    "name": person.name,
                    "staff_code": person.code,
                    "hospital_title": person.title,
                    "job_title": person.title,
                    "sex": person.sex,
                    "department_id": departments[person.department],
                    "user_id": users.get(person.login, False),
                    "tz": TIMEZONE,
                }
                for person in hospital.staff
            ]
        )
        for person, employee in zip(hospital.staff, employees, strict=True):
            if person.is_head:
                self.env["hr.department"].browse(
                    departments[person.department]
                ).manager_id = employee
        return {person.code: row.id for person, row in zip(hospital.staff, employees, strict=True)}

    def _place_odoo_rows(self, departments):
        """Odoo's own department and employee have no code of the hospital."""
        known = self.env["hr.department"].search([("code", "=", False)])
        employees = self.env["hr.employee"].search([("staff_code", "=", False)])
        employees.department_id = departments["INFO"]
        for number, employee in enumerate(employees, start=1):
            employee.staff_code = f"A{number:04d}"
        known.active = False

    def _create_portal_user(self, hospital, partners):
        """The portal user is a patient: the mother of the showcase family, if she is there."""
        patients = [row for row in hospital.customers if "patient" in row.kinds and row.email]
        known = [row for row in hospital.customers if row.name == PORTAL_PERSON]
        person = (known or patients or hospital.customers)[0]
        partner = self.env["res.partner"].browse(partners[person.position])
        partner.email = f"{PORTAL_LOGIN}@example.com"
        self.env["res.users"].create(
            {
                "login": PORTAL_LOGIN,
                "password": PORTAL_LOGIN,
                "partner_id": partner.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )

    def _grant_administrator(self):
        """The administrator of a demonstration sees everything."""
        roles = [self.env.ref(f"hcrm_base.group_{login}").id for login in LOGINS]
        admin = self.env.ref("base.user_admin")
        admin.write(
            {"group_ids": [Command.link(role) for role in roles], "tz": admin.tz or TIMEZONE}
        )

    def _count(self, hospital):
        names = (
            "customers", "identifiers", "relationships", "encounters", "diagnoses", "observations",
            "prescriptions", "immunizations", "charges", "appointments", "contact_notes", "staff",
        )  # fmt: skip
        return {name: len(getattr(hospital, name)) for name in names}
