from odoo.tests import HttpCase, tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestTours(HttpCase, HcrmCommon):
    """Click paths of roles, in a browser."""

    def test_officer_finds_a_person_by_two_characters(self):
        """The number is masked in the list and on the form."""
        self._person("李思源", phone="13800000000")
        self._person("张伟丽")
        self.start_tour(
            "/odoo/hospital-customers", "hcrm_officer_finds_person", login="test_officer"
        )

    def test_nurse_opens_results(self):
        """Counts and departments follow the form; a tab loads its rows when it is opened."""
        partner = self._person()
        self._encounter(partner, self.cardiology)
        self.env["hcrm.observation"].create(
            {
                "partner_id": partner.id,
                "code": "2345-7",
                "name": "葡萄糖",
                "value_number": 7.9,
                "has_number": True,
                "abnormal_flag": "H",
                "observed_at": "2026-03-01 00:00:00",
            }
        )
        address = f"/odoo/hospital-customers/{partner.id}"
        self.start_tour(address, "hcrm_nurse_opens_results", login="test_nurse")

    def test_service_manager_merges_and_undoes(self):
        """Both persons are there again."""
        known = {"birth_date": "1970-05-04", "sex": "male", "phone": "13800000001"}
        partners = self._person("吴博", city="绍兴", **known)
        partners |= self._person("吴博", city="杭州", **known)
        self.env["hcrm.duplicate"]._find()
        address = "/odoo/hcrm-duplicates"
        self.start_tour(address, "hcrm_manager_merges_and_undoes", login="test_service_manager")
        self.env.invalidate_all()
        log = self.env["hcrm.merge.log"].search([("absorbed_id", "in", partners.ids)])
        self.assertEqual(log.mapped("state"), ["undone"])
        self.assertEqual(partners.mapped("active"), [True, True])

    def test_officer_notes_a_contact(self):
        """Given the form of a customer, three words and Ctrl+Enter are a note with a next step."""
        partner = self._person()
        address = f"/odoo/hospital-customers/{partner.id}"
        self.start_tour(address, "hcrm_officer_notes_a_contact", login="test_officer")
        note = self.env["hcrm.contact.note"].search([])
        self.assertEqual(note.partner_id, partner)
        self.assertEqual(note.user_id, self.users["officer"])
        self.assertEqual(note.activity_ids.summary, "Send a map")

    def test_employee_notes_a_contact(self):
        """Given no role, the speech bubble of the menu bar asks for words, not for a customer."""
        self.start_tour("/odoo/discuss", "hcrm_employee_notes_a_contact", login="test_employee")
        note = self.env["hcrm.contact.note"].search([])
        self.assertEqual((note.who, note.user_id), ("老王, 3床", self.users["employee"]))

    def test_nurse_reads_the_timeline(self):
        """Results of a day unfold, kinds and words narrow, a note arrives at the top."""
        partner = self._person()
        self._encounter(partner, self.cardiology, started_at="2026-03-01 00:00:00")
        self.env["hcrm.observation"].create(
            [
                {
                    "partner_id": partner.id,
                    "code": code,
                    "name": name,
                    "value_number": 7.9,
                    "has_number": True,
                    "abnormal_flag": flag,
                    "observed_at": "2026-03-01 00:00:00",
                }
                for code, name, flag in (("2345-7", "葡萄糖", "H"), ("3084-1", "尿酸", "N"))
            ]
        )
        address = f"/odoo/hospital-customers/{partner.id}"
        self.start_tour(address, "hcrm_nurse_reads_timeline", login="test_nurse")
        note = self.env["hcrm.contact.note"].search([("partner_id", "=", partner.id)])
        self.assertEqual(note.summary, "Asked for the way")

    def test_officer_opens_a_relative(self):
        """Given a child, the desk sees who decides and goes there in one click."""
        child = self._person("王小明", birth_date="2020-01-02")
        mother = self._person("王秀英", phone="13800138000")
        self.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": mother.id,
                "relation": "parent",
                "may_consent": True,
            }
        )
        address = f"/odoo/hospital-customers/{child.id}"
        self.start_tour(address, "hcrm_officer_opens_relative", login="test_officer")
