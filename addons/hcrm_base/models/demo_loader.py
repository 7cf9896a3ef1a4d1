"""Writes the rows of ``tools/demo`` into the tables."""

from odoo.tools import SQL

from ..tools.number_warnings import to_store
from .bulk_table import BulkTable, copy_rows

SOURCE = "HIS"
PARTNER_COLUMNS = (
    "name", "is_company", "sex", "birth_date", "is_deceased", "death_date", "phone_stored",
    "phone_other_stored", "email", "street", "area_code", "occupation", "employer", "industry_id",
    "marketing_allowed", "user_id",
)  # fmt: skip


class DemoLoader:
    """Loads one hospital.

    ``departments`` and ``staff`` are ids by code, ``users`` ids by login.
    """

    def __init__(self, env, hospital, departments, staff, users):
        self._env = env
        self._hospital = hospital
        self._departments = departments
        self._staff = staff
        self._users = users

    def load(self):
        """Load everything; return the ids of the customers in the order of the generator."""
        self._partners = self._load_customers()
        self._load_identifiers()
        self._load_relationships()
        self._encounters = self._load_encounters()
        self._load_diagnoses()
        self._load_observations()
        self._load_prescriptions()
        self._load_immunizations()
        self._load_charges()
        self._load_appointments()
        self._load_contact_notes()
        self._analyze()
        return self._partners

    def _load_customers(self):
        hospital, company = self._hospital, self._env.company
        place = {
            "city": company.city,
            "state_id": company.state_id.id,
            "country_id": company.country_id.id,
            "lang": "zh_CN",
            "tz": "Asia/Shanghai",
        }
        industries = self._industries()
        partners = self._env["res.partner"].with_context(tracking_disable=True)
        ids = [None] * len(hospital.customers)
        for is_company in (True, False):
            found = [row for row in hospital.customers if row.is_company == is_company]
            sample = {"name": "x", **place}
            table = BulkTable(partners, sample)
            # the kinds must be there when stored fields are computed
            made = table.insert(
                PARTNER_COLUMNS, (self._partner_row(row, industries) for row in found)
            )
            for row, new in zip(found, made, strict=True):
                ids[row.position] = new
            self._load_kinds(found, ids)
            table.compute(PARTNER_COLUMNS, made)
        return ids

    def _partner_row(self, row, industries):
        is_deceased = bool(row.death_date)
        industry, user = industries.get(row.industry), self._users.get(row.owner)
        return (
            row.name, row.is_company, row.sex, row.birth_date, is_deceased, row.death_date,
            row.phone, row.phone_other, row.email, row.street, row.area_code, row.occupation,
            row.employer, industry, row.marketing_allowed, user,
        )  # fmt: skip

    def _industries(self):
        names = sorted({row.industry for row in self._hospital.customers if row.industry})
        records = self._env["res.partner.industry"].create([{"name": name} for name in names])
        return dict(zip(names, records.ids, strict=True))

    def _load_kinds(self, customers, ids):
        kinds = {kind.code: kind.id for kind in self._env["hcrm.customer.kind"].search([])}
        copy_rows(
            self._env.cr,
            "hcrm_partner_kind_rel",
            ("partner_id", "kind_id"),
            ((ids[row.position], kinds[code]) for row in customers for code in sorted(row.kinds)),
        )

    def _load_identifiers(self):
        systems = self._env["hcrm.identifier.system"]
        codes = {row.system for row in self._hospital.identifiers}
        found = {code: systems._find_or_create(code).id for code in sorted(codes)}
        sample = {
            "partner_id": self._partners[0],
            "system_id": systems._find_or_create(SOURCE).id,
            "value": "demo-sample",
        }
        BulkTable(self._env["hcrm.identifier"], sample).load(
            ("partner_id", "system_id", "value_stored", "use", "warning_list"),
            (
                (
                    self._partners[row.person],
                    found[row.system],
                    row.value,
                    row.use,
                    row.warning and to_store(row.warning.split(", ")),
                )
                for row in self._hospital.identifiers
            ),
        )

    def _load_relationships(self):
        if not self._hospital.relationships:
            return
        sample = {
            "partner_id": self._partners[0],
            "related_partner_id": self._partners[-1],
            "relation": "other",
        }
        BulkTable(self._env["hcrm.relationship"], sample).load(
            ("partner_id", "related_partner_id", "relation", "may_receive_messages", "may_consent"),
            (
                (self._partners[row.person], self._partners[row.related], *row[2:5])
                for row in self._hospital.relationships
            ),
        )

    def _load_encounters(self):
        given = (
            "visit_number", "encounter_class", "state", "started_at", "ended_at", "location",
            "disposition", "reason", "booked_at", "checked_in_at", "called_at", "seen_at",
            "left_at", "payer",
        )  # fmt: skip
        rows = self._hospital.encounters
        self._places = [
            (self._departments[row.department], self._staff[row.doctor]) for row in rows
        ]
        ids = self._load_facts(
            "hcrm.encounter",
            {},
            rows,
            given,
            when=lambda row: row.ended_at or row.started_at,
            places=self._places,
        )
        self._serve_departments()
        return ids

    def _load_diagnoses(self):
        self._load_of_encounter(
            "hcrm.diagnosis",
            {"code": "I10", "name": "x"},
            self._hospital.diagnoses,
            ("code", "name", "kind", "is_main", "recorded_at"),
            when=lambda row: row.recorded_at,
        )

    def _load_observations(self):
        self._load_of_encounter(
            "hcrm.observation",
            {"code": "8480-6", "name": "x", "value_number": 1.0, "has_number": True},
            self._hospital.observations,
            (
                "code", "name", "value_number", "unit", "reference_range", "abnormal_flag",
                "observed_at", "issued_at",
            ),
            when=lambda row: row.issued_at,
        )  # fmt: skip

    def _load_prescriptions(self):
        starts = self._hospital.encounters
        self._load_of_encounter(
            "hcrm.prescription",
            {"drug_code": "x", "drug_name": "x"},
            self._hospital.prescriptions,
            (
                "drug_code", "drug_name", "dose", "dose_unit", "route", "frequency", "quantity",
                "quantity_unit", "days_supply", "start_date", "state",
            ),
            when=lambda row: starts[row.encounter].started_at,
        )  # fmt: skip

    def _load_charges(self):
        self._load_of_encounter(
            "hcrm.charge",
            {"item_code": "x", "item_name": "x"},
            self._hospital.charges,
            (
                "charged_at", "kind", "item_code", "item_name", "category", "quantity",
                "list_amount", "discount_amount", "paid_amount", "cost_amount", "payer",
            ),
            when=lambda row: row.charged_at,
        )  # fmt: skip

    def _load_immunizations(self):
        rows = self._hospital.immunizations
        self._load_facts(
            "hcrm.immunization",
            {"vaccine_code": "x", "vaccine_name": "x"},
            rows,
            ("vaccine_code", "vaccine_name", "dose_number", "given_on", "lot_number", "site"),
            when=lambda row: row.given_on,
            places=[(self._departments["COMM"], None)] * len(rows),
        )

    def _load_appointments(self):
        rows = self._hospital.appointments
        self._load_facts(
            "hcrm.appointment",
            {"starts_at": "2026-01-01 00:00:00"},
            rows,
            ("service", "starts_at", "ends_at", "state", "reason"),
            when=lambda row: None,
            places=[(self._departments[row.department], self._staff[row.doctor]) for row in rows],
        )

    def _load_contact_notes(self):
        """Load the notes; those whose next step is still to be done get their activity."""
        places = {
            person.login: self._departments[person.department]
            for person in self._hospital.staff
            if person.login
        }
        rows = self._hospital.contact_notes
        given = (
            "way", "direction", "summary", "noted_at", "duration", "next_step", "next_on",
        )  # fmt: skip
        ids = BulkTable(
            self._env["hcrm.contact.note"], {"partner_id": self._partners[0], "summary": "x"}
        ).load(
            ("partner_id", "user_id", "department_id", "create_date", *given),
            (
                (
                    self._partners[row.person],
                    self._users[row.login],
                    places[row.login],
                    row.noted_at,
                    *(getattr(row, name) for name in given),
                )
                for row in rows
            ),
        )
        waiting = [new for new, row in zip(ids, rows, strict=True) if row.is_next_open]
        self._env["hcrm.contact.note"].browse(waiting)._schedule_next_sudo()

    def _load_of_encounter(self, model, sample, rows, given, when):
        """Load facts that have the department and doctor of their encounter."""
        self._load_facts(
            model,
            sample,
            rows,
            given,
            when,
            places=[self._places[row.encounter] for row in rows],
            encounters=[self._encounters[row.encounter] for row in rows],
        )

    def _load_facts(self, model, sample, rows, given, when, places, encounters=None):
        """Load ``rows`` of a fact model; ``when`` tells the time at which the source knew a row."""
        if not rows:
            return []
        columns = ["partner_id", "department_id", "doctor_id", "source", "source_time", *given]
        fields = [rows[0]._fields.index(name) for name in given]
        partners = self._partners
        made = (
            (partners[row.person], *place, SOURCE, when(row), *[row[index] for index in fields])
            for row, place in zip(rows, places, strict=True)
        )
        if encounters:
            columns.append("encounter_id")
            made = ((*row, encounter) for row, encounter in zip(made, encounters, strict=True))
        table = BulkTable(self._env[model], {"partner_id": partners[0], **sample})
        return table.load(tuple(columns), made)

    def _serve_departments(self):
        self._env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_partner_department_rel (partner_id, department_id)
                SELECT DISTINCT partner_id, department_id
                  FROM hcrm_encounter
                 WHERE department_id IS NOT NULL
                    ON CONFLICT DO NOTHING
                """
            )
        )
        self._env["res.partner"].invalidate_model(["served_department_ids"])

    def _analyze(self):
        """The planner must know the new rows before the first list is opened."""
        tables = [
            self._env[name]._table
            for name in self._env.registry
            if name.startswith("hcrm.") and self._env[name]._auto and not self._env[name]._abstract
        ]
        for table in (
            "res_partner",
            "hcrm_partner_kind_rel",
            "hcrm_partner_department_rel",
            *tables,
        ):
            self._env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
