from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestCustomerPanel(HcrmCommon):
    """What the left side of the 360° view says, to each role its part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person(phone="13800138000", birth_date="1980-05-06")

    def _panel(self, role="officer", person=None):
        person = person or self.person
        return person.with_user(self.users[role]).get_card_values()["panel"]

    def _relate(self, person, related, relation, **vals):
        return self.env["hcrm.relationship"].create(
            {
                "partner_id": person.id,
                "related_partner_id": related.id,
                "relation": relation,
                **vals,
            }
        )

    def test_each_role_has_its_sections(self):
        everybody = {"next_steps", "relations", "same_phone", "employer"}
        visits = {"next_appointment", "last_visit"}
        for role, sections in (
            ("officer", everybody | visits | {"numbers"}),
            ("doctor", everybody | visits | {"numbers"}),
            ("hcrm_admin", everybody),
        ):
            with self.subTest(role=role):
                # other addons have sections of their own
                ours = everybody | visits | {"numbers"}
                self.assertEqual(set(self._panel(role)) & ours, sections)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self._panel("marketing")

    def test_numbers_and_phones_are_masked_by_role(self):
        self.env["hcrm.identifier"].create(
            {"partner_id": self.person.id, "system": "HIS", "value": "00012345"}
        )
        child = self._person("王小明", phone="13900139000")
        self._relate(self.person, child, "child", may_receive_messages=True)
        for role, number, phone in (
            ("officer", "****2345", "139****9000"),
            ("doctor", "00012345", "+8613900139000"),
        ):
            with self.subTest(role=role):
                panel = self._panel(role)
                self.assertEqual([line["value"] for line in panel["numbers"]], [number])
                self.assertEqual([line["phone"] for line in panel["relations"]], [phone])

    def test_family_from_both_sides(self):
        """Given a relation recorded on the other person, it is told the right way round, once."""
        mother, husband = self._person("王秀英"), self._person("李强")
        self._relate(mother, self.person, "child", may_consent=True)
        self._relate(self.person, mother, "parent", may_receive_messages=True)
        self._relate(husband, self.person, "spouse")
        found = {
            line["name"]: (line["relation"], line["gets_messages"], line["may_consent"])
            for line in self._panel()["relations"]
        }
        self.assertEqual(
            found, {"王秀英": ("Parent", True, False), "李强": ("Spouse", False, False)}
        )

    def test_relative_who_may_not_be_read_is_a_name(self):
        self._encounter(self.person, self.cardiology)
        stranger = self._person("王秀英", phone="13900139000")
        self._relate(self.person, stranger, "parent")
        [line] = self._panel("department_head")["relations"]
        self.assertEqual((line["id"], line["name"], line["phone"]), (False, "王秀英", ""))

    def test_who_else_answers_the_phone(self):
        """A relative is not told twice; a number in the other field counts too."""
        daughter = self._person("李小妹", phone="13800138000")
        self._relate(self.person, daughter, "child")
        flatmate = self._person("赵四", phone="13900000000", phone_other="13800138000")
        self._person("钱七", phone="13900000001")
        self.assertEqual([line["name"] for line in self._panel()["same_phone"]], [flatmate.name])

    def test_last_visit_and_next_appointment(self):
        now = fields.Datetime.now()
        self._encounter(self.person, self.cardiology, started_at=now - timedelta(days=9))
        newest = self._encounter(self.person, self.oncology, started_at=now - timedelta(days=2))
        appointments = self.env["hcrm.appointment"].create(
            [
                {
                    "partner_id": self.person.id,
                    "starts_at": now + timedelta(days=days),
                    "state": state,
                    "service": f"in {days} days",
                }
                for days, state in ((1, "cancelled"), (3, "booked"), (8, "booked"), (-1, "booked"))
            ]
        )
        panel = self._panel()
        self.assertEqual(panel["last_visit"]["id"], newest.id)
        self.assertEqual(panel["last_visit"]["text"], "Outpatient · 肿瘤科")
        self.assertEqual(panel["next_appointment"]["id"], appointments[1].id)
        self.assertEqual(panel["next_appointment"]["text"], "in 3 days")
        panel = self._panel(person=self._person("李四"))
        self.assertEqual((panel["last_visit"], panel["next_appointment"]), (False, False))

    def test_next_steps_until_they_are_done(self):
        note = self.env["hcrm.contact.note"].with_user(self.users["officer"])
        note = note.create(
            {
                "partner_id": self.person.id,
                "summary": "Asked for the plan",
                "next_step": "Send the plan",
                "next_on": fields.Date.today() - timedelta(days=1),
            }
        )
        [step] = self._panel()["next_steps"]
        self.assertEqual((step["id"], step["text"]), (note.id, "Send the plan"))
        self.assertTrue(step["is_late"])
        self.assertEqual(step["who"], "Test officer")
        note.activity_ids.action_feedback("sent")
        self.assertEqual(self._panel()["next_steps"], [])

    def test_employer_that_is_a_client(self):
        kind = self.env.ref("hcrm_base.kind_corporate")
        client = self._person("江城钢铁集团", kind_ids=[kind.id], is_company=True)
        self.person.employer = "江城钢铁集团"
        self.assertEqual(self._panel()["employer"], {"id": client.id, "name": "江城钢铁集团"})
        self.person.employer = "unknown"
        self.assertEqual(self._panel()["employer"], {"id": False, "name": "unknown"})


@tagged("post_install", "-at_install")
class TestCustomerBadges(HcrmCommon):
    def _badges(self, role="officer", **vals):
        person = self._person(**vals)
        badges = person.with_user(self.users[role]).get_card_values()["badges"]
        return {badge["key"]: badge["title"] for badge in badges}

    def test_nothing_special(self):
        self.company.partner_id.lang = "en_US"
        self.assertEqual(self._badges(lang="en_US", birth_date="1980-05-06"), {})

    def test_what_must_be_seen_at_once(self):
        today = fields.Date.context_today(self.env.user)
        self.assertIn("death", self._badges(is_deceased=True, death_date="2025-01-02"))
        self.assertIn("birthday", self._badges(birth_date=today - relativedelta(years=40)))
        self.assertNotIn(
            "birthday", self._badges(birth_date=today - relativedelta(years=40), is_deceased=True)
        )
        self.assertIn("file", self._badges(is_protected=True))
        self.company.partner_id.lang = "zh_CN"
        self.assertIn("language", self._badges(lang="en_US"))
        self.company.partner_id.lang = "en_US"
        self.assertNotIn("language", self._badges(lang="en_US"))

    def test_child_and_who_decides(self):
        born = fields.Date.today() - relativedelta(years=8, days=40)
        self.assertIn("none is recorded", self._badges(birth_date=born)["minor"])
        self.company.partner_id.lang = "en_US"
        child = self._person("王小明", birth_date=born, lang="en_US")
        mother = self._person("王秀英")
        self.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": mother.id,
                "relation": "parent",
                "may_consent": True,
            }
        )
        badges = child.with_user(self.users["nurse"])._hcrm_badges()[child.id]
        self.assertEqual([badge["title"] for badge in badges], ["A guardian decides: 王秀英"])

    def test_as_many_queries_for_many_as_for_one(self):
        born = fields.Date.today() - relativedelta(years=8)
        people = self.env["res.partner"]
        for number in range(50):
            people |= self._person(f"王{number}", birth_date=born, is_protected=number % 2)
        people.with_user(self.users["nurse"])[:1]._hcrm_badges()
        counts = []
        for some in (people[:1], people):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(some.with_user(self.users["nurse"])._hcrm_badges()), len(some))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1, counts)

    def test_card_asks_as_much_for_many_facts_as_for_few(self):
        person = self._person(phone="13800138000")
        card = person.with_user(self.users["nurse"])
        counts = []
        for number in (1, 20):
            self._live(person, number)
            self.env.flush_all()
            card.get_card_values()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            card.get_card_values()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0], counts)

    def _live(self, person, number):
        """Give the person so many visits, relatives and next steps more."""
        for _more in range(number):
            self._encounter(person, self.cardiology)
            relative = self._person("王秀英", phone="13900139000")
            self.env["hcrm.relationship"].create(
                {
                    "partner_id": person.id,
                    "related_partner_id": relative.id,
                    "relation": "other",
                }
            )
            self.env["hcrm.contact.note"].create(
                {"partner_id": person.id, "summary": "x", "next_step": "y"}
            )
