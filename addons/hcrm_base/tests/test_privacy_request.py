from datetime import date, datetime
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import HcrmCommon


class PrivacyCommon(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.manager, cls.officer = cls.users["service_manager"], cls.users["officer"]
        cls.second_manager = new_test_user(
            cls.env, login="test_second", groups="hcrm_base.group_service_manager"
        )
        cls.person = cls._person("顾小满", phone="13800001234", lang="en_US")
        cls.users["portal"].partner_id.kind_ids = cls.patient_kind

    @classmethod
    def _request(cls, kind="access", user=None, **vals):
        """Return a request about ``cls.person``, taken in by a manager unless ``user`` says."""
        requests = cls.env["hcrm.privacy.request"].with_user(user or cls.manager)
        return requests.create(
            {
                "partner_id": cls.person.id,
                "kind_id": cls.env.ref(f"hcrm_base.privacy_kind_{kind}").id,
                "identity_method": "card",
                **vals,
            }
        )

    @classmethod
    def _started(cls, kind="access", **vals):
        """Return a request in progress."""
        request = cls._request(kind, **vals)
        request.action_check_identity()
        request.action_start()
        return request


@tagged("post_install", "-at_install")
class TestPrivacyRequest(PrivacyCommon):
    def test_receipt_number_and_deadline(self):
        """A request taken in at the desk has a number, 15 working days and somebody in charge."""
        request = self._request(user=self.officer, received_at="2026-03-02 01:00:00")
        self.assertRegex(request.name, r"^PR\d{4}-\d{5}$")
        self.assertEqual(request.due_date, date(2026, 3, 23))
        self.assertIn(request.user_id, self.manager | self.second_manager | request.user_id)
        self.assertTrue(request.user_id.has_group("hcrm_base.group_service_manager"))
        self.assertEqual(request.sudo().activity_ids.date_deadline, request.due_date)
        self.assertIn("15", request.clock_text)

    def test_numbers_are_unique(self):
        first, second = self._request(), self._request()
        self.assertNotEqual(first.name, second.name)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            second.sudo().name = first.name
            self.env.flush_all()

    def test_whole_life(self):
        """Each verb moves one step and is written down with its author."""
        request = self._request(user=self.officer, description="All about me")
        request = request.with_user(self.manager)
        request.action_check_identity()
        self.assertEqual(request.identity_checked_by_id, self.manager)
        request.action_start()
        request.answer = "Handed over at the desk."
        request.sudo().kind_id = self.env.ref("hcrm_base.privacy_kind_restrict")
        request.action_done()
        self.assertTrue(request.closed_at)
        self.assertFalse(request.sudo().activity_ids, "no reminder of what is done")
        steps = [(step.from_state, step.to_state, step.user_id) for step in request.step_ids]
        self.assertEqual(
            steps,
            [
                (False, "new", self.officer),
                ("new", "checked", self.manager),
                ("checked", "progress", self.manager),
                ("progress", "done", self.manager),
            ],
        )

    def test_no_step_is_skipped(self):
        request = self._request()
        with self.assertRaises(UserError):
            request.action_start()
        with self.assertRaises(UserError):
            request.action_done()
        request.action_withdraw()
        for verb in ("check_identity", "start", "wait", "refuse", "withdraw"):
            with self.subTest(verb=verb), self.assertRaises(UserError):
                getattr(request, f"action_{verb}")()

    def test_identity_is_shown_somehow(self):
        request = self._request(identity_method=False)
        with self.assertRaises(UserError):
            request.action_check_identity()

    def test_refusal_names_a_lawful_ground(self):
        request = self._started()
        with self.assertRaises(UserError):
            request.action_refuse()
        request.refusal_ground_id = self.env.ref("hcrm_base.privacy_ground_secrecy")
        with self.assertRaises(UserError):
            request.action_refuse()
        request.refusal_text = "The file is under seal."
        request.action_refuse()
        self.assertEqual(request.state, "refused")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            request.sudo().refusal_ground_id = False
            self.env.flush_all()

    def test_state_is_not_written_by_hand(self):
        request = self._request()
        for vals in ({"state": "done"}, {"name": "PR1"}, {"paused_days": 99}):
            with self.assertRaises(AccessError):
                request.write(vals)
        with self.assertRaises(AccessError):
            self._request(state="done")

    def test_nobody_deletes(self):
        request = self._request()
        with self.assertRaises(UserError):
            request.sudo().unlink()
        with self.assertRaises(UserError):
            request.step_ids.sudo().unlink()
        self.env.flush_all()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "UPDATE hcrm_privacy_step SET user_id = 1 WHERE request_id = %s", [request.id]
            )

    def test_officer_takes_in_and_no_more(self):
        request = self._request(user=self.officer)
        for verb in ("check_identity", "start", "done", "refuse", "withdraw", "wait"):
            with self.subTest(verb=verb), self.assertRaises(AccessError):
                getattr(request, f"action_{verb}")()

    def test_who_asks_for_somebody_else_shows_authority(self):
        with self.assertRaises(ValidationError):
            self._request(requester="guardian", requester_name="顾大明")
        with self.assertRaises(ValidationError):
            self._request(requester="guardian", authority_evidence="Household register")
        asked = {"requester_name": "顾大明", "authority_evidence": "Certificate of kinship"}
        with self.assertRaises(ValidationError):
            self._request(requester="relative", **asked)
        self.person.is_deceased = True
        self.assertTrue(self._request(requester="relative", **asked))

    def test_form_of_the_desk(self):
        """Given the officer's form, kind and person are enough."""
        requests = self.env["hcrm.privacy.request"].with_user(self.officer)
        with Form(requests) as form:
            form.kind_id = self.env.ref("hcrm_base.privacy_kind_copy")
            form.partner_id = self.person
            form.identity_method = "card"
        self.assertEqual(form.record.state, "new")

    def test_objection_stops_profiling(self):
        """The flag is set when the request is done, and the strictest wins in a merge."""
        request = self._started("object")
        self.assertFalse(self.person.profiling_refused)
        request.action_done()
        self.assertTrue(self.person.profiling_refused)
        self.assertIn("profiling_refused", request.step_ids.mapped("event"))
        twin = self._person("顾小满")
        twin._hcrm_merge(self.person, "twins")
        self.assertTrue(twin.profiling_refused)

    def test_merged_person(self):
        """What is asked for an absorbed person is asked for the survivor."""
        request, twin = self._request(), self._person("顾小满")
        twin.with_user(self.manager)._hcrm_merge(self.person, "twins")
        self.assertEqual(request.partner_id, twin)
        self.assertEqual(self._request().partner_id, twin)


@tagged("post_install", "-at_install")
class TestPrivacyClock(PrivacyCommon):
    def test_holiday_and_make_up_day(self):
        """National day 2025: 1 to 8 October off, Saturday the 11th worked."""
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "国庆节",
                "calendar_id": calendar.id,
                "company_id": self.company.id,
                "date_from": "2025-09-30 16:00:00",
                "date_to": "2025-10-08 15:59:59",
            }
        )
        days = self.env["hcrm.makeup.day"]
        if not days.search([("date", "=", "2025-10-11")]):  # an addon may bring China's own
            days.create({"date": "2025-10-11", "name": "国庆节"})
        request = self._request(received_at="2025-09-29 02:00:00", deadline_days=5)
        self.assertEqual(request.due_date, date(2025, 10, 13))
        request.deadline_days = 10
        self.assertEqual(request.due_date, date(2025, 10, 20))
        self.assertEqual(request.sudo().activity_ids.date_deadline, date(2025, 10, 20))

    def test_received_late_in_the_evening_counts_from_the_local_day(self):
        request = self._request(received_at="2026-03-01 17:30:00", deadline_days=1)
        self.assertEqual(request.due_date, date(2026, 3, 3), "it was already Monday here")

    def test_clock_stands_while_waiting(self):
        request = self._request(received_at="2026-03-02 01:00:00", deadline_days=5)
        self.assertEqual(request.due_date, date(2026, 3, 9))
        request.sudo().waiting_since = datetime(2026, 3, 4, 2)
        self.assertFalse(request.is_overdue)
        self.assertNotIn(request, request.search([("is_overdue", "=", True)]))
        with self.mock_now("2026-03-10 02:00:00"):
            request.action_resume()
        self.assertEqual(request.paused_days, 4)
        self.assertEqual(request.due_date, date(2026, 3, 13))
        self.assertFalse(request.waiting_since)
        self.assertEqual(request.sudo().activity_ids.date_deadline, request.due_date)

    def mock_now(self, text):
        moment = datetime.fromisoformat(text)
        return patch("odoo.fields.Datetime.now", lambda *_args: moment)

    def test_overdue(self):
        late = self._request(received_at="2020-01-01 02:00:00")
        done = self._request(received_at="2020-01-01 02:00:00")
        done.action_withdraw()
        fresh = self._request()
        self.assertEqual([one.is_overdue for one in (late, done, fresh)], [True, False, False])
        found = late.search([("is_overdue", "=", True)])
        self.assertIn(late, found)
        self.assertFalse(found & (done | fresh))

    def test_queries_of_many(self):
        """Core's chatter asks once per row whom to subscribe; nothing of ours asks per row."""
        kind = self.env.ref("hcrm_base.privacy_kind_copy")
        requests = self.env["hcrm.privacy.request"].with_user(self.manager)
        values = {"partner_id": self.person.id, "kind_id": kind.id, "identity_method": "card"}
        requests.create([values] * 2)
        counts = []
        for number in (1, 50):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            requests.create([values] * number)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 49, counts)


@tagged("post_install", "-at_install")
class TestPrivacyPersonas(PrivacyCommon):
    def test_leader_sees_clocks_not_persons(self):
        request = self._request(description="About my file", answer="Done")
        request.message_post(body="Rang 顾小满")
        leader = self.users["leader"]
        seen = request.with_user(leader)
        self.assertEqual(seen.read(["name", "state", "due_date"])[0]["name"], request.name)
        for name in ("partner_id", "description", "answer", "requester_name"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                seen.read([name])
        self.assertFalse(seen._message_get_suggested_recipients())
        messages = self.env["mail.message"].with_user(leader)
        about = [("model", "=", request._name), ("res_id", "=", request.id)]
        self.assertFalse(messages.search(about))
        self.assertTrue(self.env["mail.message"].with_user(self.officer).search(about))

    def test_portal_person_asks_for_the_own_data_only(self):
        portal = self.users["portal"]
        kind = self.env.ref("hcrm_base.privacy_kind_object")
        requests = self.env["hcrm.privacy.request"].with_user(portal)
        mine = requests.create({"kind_id": kind.id, "description": "No advertising"})
        self.assertEqual(mine.partner_id, portal.partner_id)
        self.assertEqual((mine.channel, mine.identity_method), ("portal", "portal"))
        self.assertNotIn(portal.partner_id, mine.sudo().message_partner_ids)
        with self.assertRaises(AccessError):
            requests.create({"kind_id": kind.id, "partner_id": self.person.id})
        with self.assertRaises(AccessError):
            requests.create({"kind_id": kind.id, "answer": "Yes"})
        with self.assertRaises(AccessError):
            mine.write({"description": "changed"})
        self.assertNotIn(self._request(), requests.search([]))
        mine.action_withdraw()
        self.assertEqual(mine.state, "withdrawn")

    def test_portal_person_verifies_nothing(self):
        portal = self.users["portal"]
        kind = self.env.ref("hcrm_base.privacy_kind_object")
        mine = self.env["hcrm.privacy.request"].with_user(portal).create({"kind_id": kind.id})
        for verb in ("check_identity", "start", "done", "wait", "refuse"):
            with self.subTest(verb=verb), self.assertRaises(AccessError):
                getattr(mine, f"action_{verb}")()
        other = self._request()
        with self.assertRaises(AccessError):
            other.with_user(portal).action_withdraw()

    def test_receipt(self):
        """Every word of the receipt is there, in Chinese too."""
        request = self._request(description="Everything")
        for lang in ("en_US", "zh_CN"):
            self.env["res.lang"]._activate_lang(lang)
            report = self.env["ir.actions.report"].with_context(lang=lang)
            html, _kind = report._render_qweb_html("hcrm_base.report_privacy_request", request.ids)
            for text in (request.name, "顾小满", "Everything", str(request.due_date)):
                self.assertIn(text, html.decode())
