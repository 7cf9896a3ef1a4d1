from datetime import date, datetime, timedelta

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .consent_case import NOW
from .policy_case import PolicyCase


@tagged("post_install", "-at_install")
class TestPolicyStandsFirm(PolicyCase):
    """What somebody typed wrongly neither stops the policy nor lets a message through."""

    NIGHT = datetime(2026, 3, 2, 13, 30)  # 21:30 in Shanghai, 13:30 in UTC

    def _force(self, partner, **values):
        """Write as an import does, past the checks of the screen."""
        self.env.flush_all()
        for name, value in values.items():
            query = SQL("UPDATE res_partner SET %s = %s", SQL.identifier(name), value)
            self.env.cr.execute(SQL("%s WHERE id = %s", query, partner.id))
        self.env.invalidate_all()

    def test_a_time_zone_that_is_none(self):
        """Given a contact on Mars, the hospital's night counts; other people are decided, too."""
        self._force(self.person, tz="Mars/Olympus")
        decision = self._decide(at=self.NIGHT)
        self.assertVerdict(decision, "delay", "quiet_hours")
        self.assertEqual(decision["until"], datetime(2026, 3, 3, 0))
        [facts] = self.policy._facts(self._candidate(), self.NIGHT)
        self.assertEqual(facts.zone, "Asia/Shanghai")

    def test_a_hospital_without_time_zone(self):
        """Nothing said, UTC by default or nonsense: nobody is woken in a Chinese night."""
        for tz in (None, "Mars/Olympus"):
            for working in ("UTC", "Mars/Olympus"):
                self._force(self.company.partner_id, tz=tz)
                self.env.cr.execute("UPDATE resource_calendar SET tz = %s", [working])
                self.env.invalidate_all()
                with self.subTest(tz=tz, working=working):
                    self.assertVerdict(self._decide(at=self.NIGHT), "delay", "quiet_hours")
                    self.assertEqual(self.company._hcrm_zone(), "Asia/Shanghai")
        self.company.resource_calendar_id.tz = "Europe/Berlin"
        self.assertEqual(self.company._hcrm_zone(), "Europe/Berlin")
        self.assertVerdict(self._decide(at=self.NIGHT), "allow")

    def test_consents_on_mars(self):
        """The ledger is read and projected whatever the hospital's time zone is called."""
        self._force(self.company.partner_id, tz="Mars/Olympus")
        self._say(status="withdrawn")
        self.consents._cron_project()
        self.assertFalse(self.person.marketing_allowed)

    def test_the_checklist_says_so(self):
        def state():
            lines = self.env["hcrm.readiness"].with_user(self.users["hcrm_admin"]).get_checklist()
            return next(line["state"] for line in lines if line["code"] == "outbox_zone")

        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.assertEqual(state(), "done")
        self.company.partner_id.tz = False
        self.company.resource_calendar_id.tz = "UTC"
        self.assertEqual(state(), "todo")
        settings = self.env["res.config.settings"].create({"hcrm_timezone": "Asia/Shanghai"})
        settings.set_values()
        self.assertEqual(state(), "done")

    def test_rules_beyond_the_calendar(self):
        rules = self.env["hcrm.contact.rule"]
        for name, value in (("days", 10**9), ("hours", 10**9), ("maximum", 10**9)):
            values = {"maximum": 1, "days": 1, name: value}
            with (
                self.subTest(name=name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                rules.create(
                    {"code": "cap", "purpose": "marketing", "effect": "delay", **values}
                ).flush_recordset()

    def test_the_widest_rule_is_still_decided(self):
        stay = {"encounter_class": "inpatient", "started_at": NOW - timedelta(days=2)}
        self._encounter(self.person, **stay)
        self.env["hcrm.contact.rule"].create(
            {"code": "admitted", "purpose": "care", "effect": "delay", "hours": 8760}
        )
        self.assertEqual(self._decide()["until"].year, 2027)

    def test_a_death_by_a_slip_of_the_pen(self):
        """Given a death dated 2062 or a date without the mark, nothing goes out."""
        for values in (
            {"is_deceased": True, "death_date": date(2062, 2, 1)},
            {"is_deceased": False, "death_date": date(2062, 2, 1)},
            {"is_deceased": None, "death_date": date(2026, 2, 1)},
            {"is_deceased": True, "death_date": None},
        ):
            self._force(self.person, **values)
            with self.subTest(**values):
                self.assertVerdict(
                    self._decide(), "refuse", "subject_deceased", "recipient_deceased"
                )

    def test_a_guardian_who_has_died(self):
        child = self._child(phone="13700137000")
        self._force(self.person, is_deceased=True, death_date=date(2062, 2, 1))
        self.assertVerdict(self._decide(subject_id=child.id), "refuse", "minor")

    # ANOTHER ADDRESS THAN THE USUAL ONE

    def test_a_second_address_that_is_dead(self):
        self.env["hcrm.dead.address"]._bury("email", "zhang@work.example", "550")
        self.assertVerdict(self._decide(channel="email"), "allow")
        second = self._decide(channel="email", address="Zhang@Work.example")
        self.assertVerdict(second, "next_channel", "address_dead")
        self.env["hcrm.dead.address"]._bury("sms", "+8613900139000", "no such number")
        second = self._decide(address="+8613900139000")
        self.assertVerdict(second, "next_channel", "address_dead")

    def test_a_second_address_on_the_blacklist(self):
        self._say(days=3)
        self.env["mail.blacklist"]._add("zhang@work.example")
        self.env["phone.blacklist"]._add(["+8613900139000"])
        for channel, address in (("email", "zhang@work.example"), ("sms", "+8613900139000")):
            told = {"purpose": "marketing", "channel": channel}
            with self.subTest(channel=channel):
                self.assertVerdict(self._decide(**told), "allow")
                self.assertVerdict(self._decide(**told, address=address), "refuse", "blacklist")

    def test_a_second_address_is_an_address(self):
        """Given no usual number, the one that was asked for will do, on its own channel only."""
        self.person.phone = False
        decision = self._decide(address="+8613900139000")
        self.assertVerdict(decision, "allow")
        self.assertEqual(decision["address"], "+8613900139000")
        by_mail = self._decide(channel="email", address="+8613900139000")
        self.assertEqual(by_mail["address"], "zhang@example.com")
        self.assertVerdict(
            self._decide(address="zhang@work.example"), "next_channel", "address_missing"
        )

    def _candidate(self, **values):
        row = {
            "ref": 1,
            "company_id": self.company.id,
            "subject_id": self.person.id,
            "purpose": "care",
            "channel": "sms",
        }
        return self.policy._candidates([row | values])
