from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..tools.purposes import CHANNELS
from .consent_case import NOW, ConsentCase


@tagged("post_install", "-at_install")
class TestConsent(ConsentCase):
    """What is recorded, by whom, and what follows from it."""

    def test_yes_to_all_lifts_a_narrow_no(self):
        """Given "no SMS", a "yes" to everything through the one function says yes to SMS, too."""
        self._say(status="withdrawn", channel="sms", days=5)
        self.consents._record(self.person, [("marketing", False, False, "granted")], method="phone")
        self.assertEqual(self._status(channel="sms"), "granted")

    def test_the_same_answer_is_not_repeated(self):
        said = [("marketing", False, "sms", "withdrawn")]
        self.assertTrue(self.consents._record(self.person, said, method="phone"))
        self.assertFalse(self.consents._record(self.person, said, method="phone"))

    def test_rows_are_never_changed(self):
        row = self._say()
        with self.assertRaises(UserError):
            row.status = "withdrawn"
        with self.assertRaises(UserError):
            row.unlink()

    def test_nobody_decides_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self._say(days=-2)

    def test_a_child_agrees_through_a_guardian(self):
        """Given a child under 14, only who may consent agrees, until the 14th birthday."""
        child = self._child()
        with self.assertRaisesRegex(ValidationError, "under 14"):
            self._say(child)
        stranger = self._person("王强")
        with self.assertRaisesRegex(ValidationError, "may not consent"):
            self._say(child, by_partner_id=stranger.id)
        row = self._say(child, by_partner_id=self.person.id)
        self.assertEqual(row.expires_on, date(2032, 5, 31))
        self._say(child, status="withdrawn")  # a "no" needs nobody's leave

    def test_staff_cannot_pretend_to_be_a_machine(self):
        officer = self.consents.with_user(self.users["officer"])
        values = {"partner_id": self.person.id, "purpose": "survey", "status": "granted"}
        with self.assertRaises(UserError):
            officer.create({**values, "method": "portal"})
        with self.assertRaises(AccessError):
            officer.create({**values, "recorded_at": "2020-01-01 00:00:00"})
        self.assertEqual(officer.create(values).user_id, self.users["officer"])

    def test_published_words_stay(self):
        wording = self.env["hcrm.consent.wording"].create(
            {"name": "News", "purpose": "marketing", "body": "We tell you news.", "lang": "en_US"}
        )
        with self.assertRaises(ValidationError):
            self._say(wording_id=wording.id)
        wording.action_publish()
        self.assertEqual(wording.number, 1)
        with self.assertRaises(UserError):
            wording.body = "We tell everybody."
        with self.assertRaises(UserError):
            wording.unlink()
        draft = wording.copy()
        draft.action_publish()
        self.assertEqual(draft.number, 2)
        self.assertEqual(
            self.env["hcrm.consent.wording"]._current("en_US", self.company)["marketing"], draft
        )

    # PROJECTIONS

    def test_marketing_flag_follows(self):
        self._say(channel="sms")
        self.assertTrue(self.person.marketing_allowed)
        self._say(status="withdrawn")
        self.assertFalse(self.person.marketing_allowed)

    def test_marketing_flag_counts_channels(self):
        """Given "yes", then "no" channel by channel, nobody may see the contact any more."""
        self._say(days=2)
        *most, last = CHANNELS
        for channel in most:
            self._say(status="withdrawn", channel=channel)
            self.assertTrue(self.person.marketing_allowed)
        self._say(status="withdrawn", channel=last)
        self.assertFalse(self.person.marketing_allowed)

    def test_expiry_reaches_the_flag_at_night(self):
        self._say(days=3, expires_on=NOW.date())
        self.assertTrue(self.person.marketing_allowed)
        self.env.cr._now = NOW + timedelta(days=1)
        self.addCleanup(setattr, self.env.cr, "_now", NOW)
        self.consents._cron_project()
        self.assertFalse(self.person.marketing_allowed)

    def test_profiling_follows(self):
        self._say(purpose="profiling", status="withdrawn")
        self.assertTrue(self.person.profiling_refused)
        self._say(purpose="profiling")
        self.assertFalse(self.person.profiling_refused)

    def _listed(self, model, column, address):
        return bool(self.env[model].search([(column, "=", address)]))

    def test_blacklists_follow(self):
        """Given a shared phone, one "no" to marketing lists the number; care is not concerned."""
        wife = self._person("李娜", phone="13800138000")
        self._say(wife, channel="sms")
        self._say(status="withdrawn", purpose="care")
        self.assertFalse(self._listed("phone.blacklist", "number", "+8613800138000"))
        self._say(status="withdrawn")
        self.assertTrue(self._listed("phone.blacklist", "number", "+8613800138000"))
        self.assertTrue(self._listed("mail.blacklist", "email", "zhang@example.com"))
        self._say(channel="sms")
        self.assertFalse(self._listed("phone.blacklist", "number", "+8613800138000"))
        self.assertTrue(self._listed("mail.blacklist", "email", "zhang@example.com"))

    def test_blacklisting_by_hand_is_a_refusal(self):
        """Given somebody put on Odoo's list, the ledger knows; taking off is refused."""
        self._say()
        listed = self.env["mail.blacklist"]._add("Zhang@Example.com")
        self.assertEqual(self._status(channel="email"), "withdrawn")
        self.assertEqual(self._status(channel="sms"), "granted")
        with self.assertRaisesRegex(UserError, "refused marketing"):
            self.env["mail.blacklist"]._remove("zhang@example.com")
        with self.assertRaises(UserError):
            listed.unlink()
        self._say(channel="email")
        self.assertFalse(listed.active)

    def test_numbers_of_nobody_stay_as_typed(self):
        listed = self.env["mail.blacklist"].create({"email": "nobody@example.com"})
        self._say(status="withdrawn")
        self.consents._cron_project()
        self.assertTrue(listed.active)
        listed.active = False
        self.assertFalse(listed.active)

    # MERGES

    def test_the_strictest_wins_a_merge_and_comes_back(self):
        """Given one record with "no SMS" and one with a later "yes", the merge refuses SMS."""
        twin = self._person("张伟", email="zhang2@example.com")
        self._say(twin, status="withdrawn", channel="sms", days=9)
        self._say(days=3)
        self._say(channel="sms", days=2)
        log = self.person._hcrm_merge(twin, "same card")
        self.assertEqual(self._status(channel="sms"), "withdrawn")
        self.assertEqual(self._status(channel="email"), "granted")
        self.assertEqual(self._status(twin, channel="email"), "granted")
        [row] = self.consents.search([("merge_log_id", "=", log.id)])
        self.assertEqual((row.channel, row.method), ("sms", "merge"))
        log.action_undo()
        self.assertTrue(row.is_void)
        self.assertEqual(self._status(channel="sms"), "granted")
        self.assertEqual(self._status(twin, channel="sms"), "withdrawn")

    def test_merged_names_are_read_together(self):
        twin = self._person("张伟")
        self._say(twin)
        self.person._hcrm_merge(twin, "same card")
        self.assertEqual(self._status(), "granted")
        self.assertTrue(self.person.marketing_allowed)

    # IMPORT

    def test_bulk_import_checks_as_create_does(self):
        """Given good and bad lines, the good ones are in, the others are named with a reason."""
        child = self._child()
        lines = [
            (1, self.person.id, "marketing", "granted", "sms", 3, None),
            (2, self.person.id, "cats", "granted", None, 3, None),
            (3, child.id, "marketing", "granted", None, 3, None),
            (4, child.id, "marketing", "granted", None, 3, self.person.id),
            (5, self.person.id, "survey", "maybe", None, 3, None),
            (6, self.person.id, "survey", "granted", None, -3, None),
            (7, 2**31 - 1, "survey", "granted", None, 3, None),
            (8, self.person.id, "marketing", "granted", "sms", 3, None),
        ]
        source = SQL(
            "SELECT line, partner_id, %s AS company_id, purpose, NULL::int AS topic_id, channel,"
            " status, %s::timestamp - make_interval(days => ago) AS decided_at,"
            " NULL::date AS expires_on, by_partner_id, 'box 7' AS evidence,"
            " NULL AS trouble"
            " FROM (VALUES %s) AS told"
            " (line, partner_id, purpose, status, channel, ago, by_partner_id)",
            self.company.id,
            NOW,
            SQL(", ").join(SQL("(%s, %s, %s, %s, %s, %s, %s::int)", *line) for line in lines),
        )
        wrong = [
            (2, "purpose"),
            (3, "guardian"),
            (5, "status"),
            (6, "decided_at"),
            (7, "no_person"),
        ]
        self.assertEqual(self.consents._import_rows(source), (2, wrong))
        self.assertEqual(self._status(channel="sms"), "granted")
        self.assertTrue(self.person.marketing_allowed)
        guarded = self.consents.search([("partner_id", "=", child.id)])
        self.assertEqual(guarded.expires_on, date(2032, 5, 31))
        self.assertEqual(self.consents._import_rows(source), (0, wrong))
        self.assertEqual(self.consents.search_count([("partner_id", "=", self.person.id)]), 1)

    def test_many_are_projected_one_by_one(self):
        """Given more persons than PostgreSQL has heard of, the ledger is asked once for each."""
        people = self.env["res.partner"].create(
            [
                {
                    "name": f"P{number}",
                    "kind_ids": self.patient_kind.ids,
                    "email": f"p{number}@example.com",
                }
                for number in range(150)
            ]
        )
        before = self._looks_into_the_ledger()
        self.consents._project_persons(people.ids)
        self.assertLess(self._looks_into_the_ledger() - before, 10 * len(people))

    def _looks_into_the_ledger(self):
        self.env.flush_all()
        [(looks,)] = self.env.execute_query(
            SQL(
                "SELECT seq_scan + idx_scan FROM pg_stat_xact_user_tables"
                " WHERE relname = 'hcrm_consent'"
            )
        )
        return looks
