from lxml import etree

from odoo.tests import tagged

from .common import HcrmCommon

#: What a phone must show of each fact: the fields of its card.
CARDS = {
    "hcrm_encounter_action": {
        "partner_id",
        "encounter_class",
        "department_id",
        "started_at",
        "state",
    },
    "hcrm_appointment_action": {"partner_id", "service", "starts_at", "state"},
    "hcrm_diagnosis_action": {"partner_id", "name", "code", "recorded_at", "kind"},
    "hcrm_observation_action": {
        *("partner_id", "name", "value_display", "abnormal_flag", "observed_at"),
        *("reference_range", "unit_display"),
    },
    "hcrm_prescription_action": {
        *("partner_id", "drug_name", "dose_display", "frequency", "start_date", "state"),
    },
    "hcrm_immunization_action": {"partner_id", "vaccine_name", "dose_number", "given_on", "status"},
    "hcrm_charge_action": {"partner_id", "item_name", "paid_amount", "charged_at"},
}


@tagged("post_install", "-at_install")
class TestFactScreens(HcrmCommon):
    """Facts as a ward reads them: units as on paper, cards where there is no room for columns."""

    def _result(self, **vals):
        return self.env["hcrm.observation"].create(
            {"partner_id": self._person().id, "code": "x", "name": "体温", **vals}
        )

    def test_units_are_stored_as_sent_and_shown_as_read(self):
        result = self._result(value_number=36.60, has_number=True, unit="Cel")
        self.assertEqual((result.unit, result.unit_display), ("Cel", "℃"))
        self.assertEqual(result.value_display, "36.6℃")
        self.assertEqual(result.display_name, "体温 36.6℃")
        self.assertEqual(result.export_data(["unit", "unit_display"])["datas"], [["Cel", "℃"]])

    def test_shown_in_the_language_of_the_reader(self):
        result = self._result(name="Pulse", value_number=76, has_number=True, unit="/min")
        self.assertEqual(result.with_context(lang="zh_CN").value_display, "76次/分")
        self.assertEqual(result.with_context(lang="en_US").display_name, "Pulse 76/min")

    def test_results_that_are_no_numbers(self):
        for vals, shown in (
            ({"value_text": "阴性"}, "阴性"),
            ({"value_text": "<0.5", "unit": "umol/L"}, "<0.5 μmol/L"),
            ({"value_number": 0, "has_number": True, "unit": "mmol/L"}, "0 mmol/L"),
            ({"value_number": 1234567, "has_number": True}, "1234567"),
            ({}, ""),
        ):
            with self.subTest(vals=vals):
                self.assertEqual(self._result(**vals).value_display, shown)

    def test_doses(self):
        prescription = self.env["hcrm.prescription"].create(
            {
                "partner_id": self._person().id,
                "drug_code": "x",
                "drug_name": "左甲状腺素钠片",
                "dose": 50,
                "dose_unit": "ug",
            }
        )
        self.assertEqual(prescription.dose_display, "50 μg")
        prescription.dose = 0
        self.assertFalse(prescription.dose_display)

    def test_a_card_for_phones(self):
        """The web client takes cards on a phone where an action has them."""
        for name, fields in CARDS.items():
            with self.subTest(action=name):
                action = self.env.ref(f"hcrm_base.{name}").with_user(self.users["integration"])
                modes = [mode for _view_id, mode in action.sudo().views]
                self.assertEqual(modes[0], "list")
                self.assertIn("kanban", modes)
                model = self.env[action.sudo().res_model].with_user(self.users["integration"])
                view_id = dict(map(reversed, action.sudo().views))["kanban"]
                card = etree.fromstring(model.get_view(view_id, "kanban")["arch"]).find(
                    ".//t[@t-name]"
                )
                shown = {node.get("name") for node in card.iter("field")}
                self.assertLessEqual(fields, shown)

    def test_a_list_reads_no_more_for_fifty(self):
        """Units cost no query."""
        person = self._person()
        rows = self.env["hcrm.observation"].create(
            [
                {
                    "partner_id": person.id,
                    "code": "x",
                    "name": "x",
                    "value_number": i,
                    "has_number": True,
                    "unit": "umol/L",
                }
                for i in range(50)
            ]
        )
        nurse, counts = self.users["nurse"], []
        rows.with_user(nurse).read(["unit_display", "value_display"])
        for batch in (rows[:1], rows):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            batch.with_user(nurse).read(["name", "unit_display", "value_display", "campus_id"])
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_screens_of_customers_read_no_more_for_fifty(self):
        """Counts beside customers are collected for all rows of a list at once."""
        kinds = {
            "person": self.patient_kind,
            "organisation": self.env.ref("hcrm_base.kind_corporate"),
        }
        for kind, record in kinds.items():
            partners = self.env["res.partner"]
            for number in range(50):
                partners |= self._person(f"{kind} {number}", kind_ids=[record.id])
            if kind == "person":
                for partner in partners:
                    self._encounter(partner, self.cardiology)
            for role in ("service_manager", "doctor"):
                names = self._names_of_screens(kind, role)
                self._check_reads(partners.with_user(self.users[role]), names)

    def _names_of_screens(self, kind, role):
        """Return the fields of our list, card and form, and what is read beside the form."""
        partners = self.env["res.partner"].with_user(self.users[role])
        names = {
            name
            for name in partners._hcrm_card_fields()
            if partners._has_field_access(partners._fields[name], "read")
        }
        for view_type in ("list", "kanban", "form"):
            view = self.env.ref(f"hcrm_base.res_partner_view_{view_type}_{kind}", False)
            if view:
                arch = partners.get_view(view.id, view_type)["arch"]
                names |= {
                    node.get("name")
                    for node in etree.fromstring(arch).iter("field")
                    if not list(node.iterancestors("field"))
                }
        return sorted(names & partners._fields.keys())

    def _check_reads(self, partners, names):
        partners.read(names)
        counts = []
        for batch in (partners[:1], partners):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            batch.read(names)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0], (names, counts))
