import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import SQL

from odoo.addons.hcrm_base.tests.common import HcrmCommon

from .consent_case import NOW, ConsentCase


@tagged("post_install", "-at_install")
class TestContactScreens(ConsentCase):
    """The ten-second form, the question, the table of rules, the customer's form."""

    def _form(self, clicked, role="officer", partner=None, **values):
        form = self.env["hcrm.consent.form"].with_user(self.users[role])
        return form.create(
            {
                "partner_id": (partner or self.person).id,
                "answers": json.dumps(clicked),
                "decided_at": NOW,
                **values,
            }
        )

    def test_one_save_records_what_was_clicked(self):
        self._form({"marketing|": "withdrawn", "survey|sms": "granted"}).action_save()
        self.assertEqual(self._status(channel="email"), "withdrawn")
        self.assertEqual(self._status(purpose="survey", channel="sms"), "granted")
        self.assertEqual(self._status(purpose="survey", channel="email"), "unknown")

    def test_the_grid_shows_what_holds(self):
        self._say(channel="sms")
        grid = json.loads(self._form({}).grid)
        [row] = [row for row in grid["rows"] if row["code"] == "marketing"]
        self.assertEqual((row["cells"]["sms"], row["cells"][""]), ("granted", "unknown"))

    def test_nothing_clicked_is_told(self):
        with self.assertRaises(UserError):
            self._form({}).action_save()
        with self.assertRaises(UserError):
            self._form({"cats|": "granted"}).action_save()

    def test_a_childs_form_names_the_guardian(self):
        child = self._child()
        with Form(self.env["hcrm.consent.form"]) as form:
            form.partner_id = child
            self.assertEqual(form.by_partner_id, self.person)
            form.answers = json.dumps({"education|": "granted"})
            form.decided_at = NOW
        form.record.action_save()
        self.assertEqual(self._status(child, purpose="education"), "granted")

    def test_own_desks_record_for_own_persons_only(self):
        form = {"marketing|": "withdrawn"}
        with self.assertRaises(AccessError):
            self._form(form, role="vip_desk").action_save()
        self.person.user_id = self.users["vip_desk"]
        self._form(form, role="vip_desk").action_save()
        self.assertEqual(self._status(), "withdrawn")

    # THE QUESTION

    def _question(self, role="nurse", **values):
        question = self.env["hcrm.contact.question"].with_user(self.users[role])
        return question.create({"partner_id": self.person.id, "at": NOW, **values})

    def test_may_we_contact(self):
        question = self._question(purpose="marketing")
        self.assertEqual(question.verdict, "refuse")
        self.assertIn("Never asked for consent", question.reasons)
        self.assertEqual(self._question().verdict, "allow")

    def test_illness_is_told_to_clinical_staff_only(self):
        """Given a lost pregnancy, a nurse learns of it; for others the question is no oracle."""
        pregnancy, greeting = self._topic("pregnancy"), self._topic("greeting")
        self._say(days=3)
        asked = (
            {"topic_id": pregnancy.id},
            {"topic_id": self._topic("maternity_offer").id, "purpose": "marketing"},
            {"topic_id": greeting.id, "purpose": "marketing"},
            {"purpose": "marketing"},
        )
        roles = ("officer", "service_manager", "marketing", "hcrm_admin")
        before = [self._told(role, **values) for role in roles for values in asked]
        self.assertEqual(before[0][0], "ask")
        self.assertIn("nurse", before[0][2])
        self.env["hcrm.diagnosis"].create(
            {"partner_id": self.person.id, "code": "O03.9", "name": "流产", "recorded_at": NOW}
        )
        self._encounter(
            self.person, encounter_class="inpatient", started_at=NOW - timedelta(days=2)
        )
        nurse = self._question(topic_id=pregnancy.id)
        self.assertEqual(nurse.verdict, "refuse")
        self.assertIn("Pregnancy lost", nurse.reasons)
        self.assertIn("In hospital", nurse.reasons)
        for number, (role, values) in enumerate((r, v) for r in roles for v in asked):
            with self.subTest(role=role, **values):
                told = self._told(role, **values)
                if role in ("officer", "service_manager"):  # they may know who lies in hospital
                    self.assertNotIn("Pregnancy", told[2])
                    self.assertNotEqual(told[0], "refuse")
                else:
                    self.assertEqual(told, before[number])

    def test_a_closed_file_is_closed_here_too(self):
        """Given a protected person, a nurse who has not opened the file learns nothing either."""
        self.env["hcrm.diagnosis"].create(
            {"partner_id": self.person.id, "code": "O03.9", "name": "流产", "recorded_at": NOW}
        )
        self.person.is_protected = True
        nurse = self._question(topic_id=self._topic("pregnancy").id)
        self.assertEqual(nurse.verdict, "ask")
        self.assertNotIn("Pregnancy lost", nurse.reasons)

    def _told(self, role, **values):
        question = self._question(role, **values)
        return question.verdict, question.until, question.reasons

    def _topic(self, code):
        return self.env["hcrm.message.topic"].search([("code", "=", code)])

    def test_a_message_says_why_and_hides_illness(self):
        """Given a message that policy refused, its readers get words, never the raw reasons."""
        message = self.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": self.person.id,
                    "purpose": "care",
                    "channels": ["sms"],
                    "key": "test/why",
                    "body": "复诊提醒",
                }
            ]
        )
        message.flush_recordset()
        reasons = [["loss_topic", {"effect": "refuse", "on": "2026-01-01"}]]
        self.env.cr.execute(
            SQL(
                "UPDATE hcrm_communication SET state = 'refused', reasons = %s WHERE id = %s",
                json.dumps(reasons),
                message.id,
            )
        )
        message.invalidate_recordset()
        self.assertIn("Pregnancy lost", message.with_user(self.users["nurse"]).why)
        officer = message.with_user(self.users["officer"])
        self.assertNotIn("Pregnancy", officer.why)
        with self.assertRaises(AccessError):
            officer.read(["reasons"])

    def test_the_question_needs_the_right_to_the_person(self):
        with self.assertRaises(AccessError):
            self._question("vip_desk").read(["verdict"])

    # THE TABLE

    def test_table_reads_like_the_policy(self):
        rules = self.env["hcrm.contact.rule"].with_user(self.users["hcrm_admin"])
        table = rules.get_table()
        cells = {
            (row["code"], cell["purpose"]): cell["text"]
            for row in table["rows"]
            for cell in row["cells"]
        }
        self.assertEqual(cells["cap", "marketing"], "Delay, 4 in 30 days")
        self.assertEqual(cells["cap", "care"], "–")
        own = [cell["own_id"] for row in table["rows"] for cell in row["cells"]]
        self.assertEqual(set(own), {False})
        self.assertEqual(cells["quiet_hours", "care"], "Delay, 21:00–08:00, urgent passes")
        action = rules.action_change("cap", "marketing")
        with Form(rules.with_context(**action["context"])) as form:
            form.maximum = 2
        self.assertIn(
            "Delay, 2 in 30 days",
            [cell["text"] for row in rules.get_table()["rows"] for cell in row["cells"]],
        )
        manager = self.env["hcrm.contact.rule"].with_user(self.users["service_manager"])
        self.assertFalse(manager.get_table()["mayChange"])

    # THE CUSTOMER

    def test_badges_and_panel(self):
        self._say(status="withdrawn")
        self._say(status="withdrawn", purpose="care", channel="sms")
        officer = self.person.with_user(self.users["officer"])
        values = officer.get_card_values()
        keys = {badge["key"] for badge in values["badges"]}
        self.assertLessEqual({"no_marketing", "no_care"}, keys)
        self.assertEqual(values["consent_count"], 2)
        self.assertEqual(
            [(line["purpose"], line["no"]) for line in values["panel"]["consent"]],
            [("care", "SMS"), ("marketing", "all channels")],
        )
        kinds = {line["kind"] for line in officer.get_timeline()["lines"]}
        self.assertIn("hcrm.consent", kinds)

    def test_badges_of_many_cost_no_more(self):
        persons = self.person
        for number in range(49):
            persons |= self._person(f"P{number}")
        counts = []
        for some in (self.person, persons):
            self.env.invalidate_all()
            some._hcrm_badges()
            before = self.env.cr.sql_log_count
            some._hcrm_badges()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestContactPreferences(HcrmCommon, HttpCase):
    """The portal page, as the person's browser uses it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = cls.users["portal"].partner_id
        cls.me.kind_ids = cls.patient_kind
        cls.child = cls._person("小明", birth_date="2020-01-01")
        cls.env["hcrm.relationship"].create(
            {
                "partner_id": cls.child.id,
                "related_partner_id": cls.me.id,
                "relation": "parent",
                "may_consent": True,
            }
        )
        cls.stranger = cls._person("王强")

    def _click(self, person, decision):
        data = {"person": person.id, "decision": decision}
        return self._post(data)

    def _post(self, data):
        data["csrf_token"] = self._csrf()
        return self.url_open("/my/contact-preferences", data=data)

    def _csrf(self):
        page = self.url_open("/my/contact-preferences").text
        return page.split('name="csrf_token" value="')[1].split('"')[0]

    def _said(self, person):
        return [
            (row.purpose, row.channel, row.status, row.method, row.by_partner_id)
            for row in self.env["hcrm.consent"].search([("partner_id", "=", person.id)])
        ]

    def test_yes_and_no_are_one_click_each(self):
        self.authenticate("test_portal", "test_portal")
        page = self._click(self.me, "marketing::sms:granted")
        self.assertIn("alert-success", page.text)
        self._click(self.me, "marketing:::withdrawn")
        nobody = self.env["res.partner"]
        self.assertEqual(
            self._said(self.me),
            [
                ("marketing", False, "withdrawn", "portal", nobody),
                ("marketing", "sms", "granted", "portal", nobody),
            ],
        )

    def test_a_guardian_decides_for_the_child(self):
        self.authenticate("test_portal", "test_portal")
        self._click(self.child, "education:::granted")
        self.assertEqual(
            self._said(self.child), [("education", False, "granted", "portal", self.me)]
        )

    def test_nobody_decides_for_strangers(self):
        """Given another person's number in the form, the answer is one's own."""
        self.authenticate("test_portal", "test_portal")
        self._click(self.stranger, "marketing:::withdrawn")
        self.assertFalse(self._said(self.stranger))
        consents = self.env["hcrm.consent"].with_user(self.users["portal"])
        with self.assertRaises(AccessError):
            consents._record_by_person(
                self.stranger.sudo(), [("marketing", False, False, "granted")]
            )
        with self.assertRaises(AccessError):
            consents.create({"partner_id": self.me.id, "purpose": "care", "status": "granted"})

    def test_rubbish_changes_nothing(self):
        self.authenticate("test_portal", "test_portal")
        for decision in ("", "x", "cats:::granted", "marketing:abc::granted", "marketing::fish:no"):
            self._click(self.me, decision)
        self.assertFalse(self._said(self.me))
