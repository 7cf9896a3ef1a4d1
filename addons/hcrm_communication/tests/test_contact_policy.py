import json
import random
from datetime import date, datetime, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import contact_verdict_sql
from ..tools import contact_policy as policy
from ..tools.purposes import PURPOSES
from .consent_case import NOW, ConsentCase
from .policy_case import PolicyCase

FACTS = 3000
TYPES = {
    "ref": "bigint", "company_id": "int", "purpose": "text", "urgent": "bool", "asked_for": "bool",
    "recipient_id": "int", "is_other": "bool", "consent": "text", "consent_id": "int",
    "subject_deceased": "bool", "recipient_deceased": "bool", "minor_id": "int",
    "guardian_id": "int", "admitted": "bool", "loss_on": "date", "about_child": "bool",
    "greeting": "bool", "complaint_held": "bool", "complaint_until": "timestamp",
    "hold_held": "bool", "hold_until": "timestamp", "shared_phone_held": "bool",
    "shared_phone_until": "timestamp", "zone": "text", "sent": "timestamp[]",
    "blacklisted": "bool", "profiling": "bool", "address": "text", "dead_since": "date",
    "expires_at": "timestamp", "sandbox": "bool",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestContactVerdict(ConsentCase):
    """The pure function and its SQL decide alike, whatever the facts and the rules."""

    def test_same_verdicts_over_random_facts(self):
        told = set()
        for seed in range(4):
            dice = random.Random(seed)
            rules = self._random_rules(dice) if seed else self._shipped()
            at = NOW + timedelta(minutes=dice.randrange(24 * 60))
            facts = [self._random_facts(dice, ref, at, rules) for ref in range(FACTS)]
            wanted = policy.decide_all(facts, rules, at)
            self.assertEqual(self._decide_in_sql(facts, rules, at), wanted)
            self.assertEqual(
                {one.verdict for one in wanted}, {"allow", "delay", "next_channel", "refuse"}
            )
            told |= {code for one in wanted for code, _values in one.reasons}
        self.assertEqual(told, set(policy.CODES))

    def _shipped(self):
        return {(1, *key): rule for key, rule in policy.DEFAULTS.items()}

    def _random_rules(self, dice):
        """As hospitals might set them: other effects, days and hours."""
        rules = {}
        for company in (1, 2):
            for (code, purpose), rule in policy.DEFAULTS.items():
                if code in policy.HARD:
                    rules[company, code, purpose] = rule
                    continue
                effects = ["allow", "refuse", "next_channel"]
                effects += ["delay"] * 3 if code in policy.DELAYABLE else []
                rules[company, code, purpose] = policy.Rule(
                    dice.choice(effects),
                    days=dice.randrange(1, 40),
                    hours=dice.randrange(50),
                    maximum=dice.randrange(1, 4),
                    hour_from=dice.choice((21, 20.5, 0, 12)),
                    hour_to=dice.choice((8, 7.25, 0, 14)),
                    urgent_passes=dice.random() < 0.5,
                    asked_passes=dice.random() < 0.5,
                    leaves_task=dice.random() < 0.5,
                )
        return rules

    def _random_facts(self, dice, ref, at, rules):
        def some(chance, value):
            return value() if dice.random() < chance else None

        def moment(days):
            return at + timedelta(seconds=dice.randrange(-days * 86400, days * 86400))

        company = dice.choice(sorted({key[0] for key in rules}))
        purpose = dice.choice(list(PURPOSES))
        cap = rules.get((company, "cap", purpose))
        sent = (
            sorted(
                at - timedelta(seconds=dice.randrange(cap.days * 86400))
                for _number in range(dice.choice((0, 0, 0, 1, 2, 9)))
            )
            if cap
            else []
        )
        is_minor = dice.random() < 0.05
        return policy.Facts(
            ref, company, purpose, dice.random() < 0.3, dice.random() < 0.3,
            recipient_id=dice.randrange(200),
            is_other=dice.random() < 0.2,
            consent=dice.choice(("granted", "granted", "granted", "unknown", "withdrawn")),
            consent_id=some(0.5, lambda: dice.randrange(1, 999)),
            subject_deceased=dice.random() < 0.04,
            recipient_deceased=dice.random() < 0.03,
            minor_id=3 if is_minor else None,
            guardian_id=some(0.5, lambda: 4) if is_minor else None,
            admitted=dice.random() < 0.05,
            loss_on=some(0.2, lambda: at.date() - timedelta(days=dice.randrange(500))),
            about_child=dice.random() < 0.2,
            greeting=dice.random() < 0.2,
            complaint_held=dice.random() < 0.03,
            complaint_until=some(0.05, lambda: moment(20)),
            hold_held=dice.random() < 0.03,
            hold_until=some(0.05, lambda: moment(20)),
            shared_phone_held=dice.random() < 0.03,
            shared_phone_until=some(0.05, lambda: moment(20)),
            zone=dice.choice(("Asia/Shanghai", "UTC", "America/New_York", "Asia/Kathmandu")),
            sent=tuple(sent),
            blacklisted=dice.random() < 0.05,
            profiling=dice.random() < 0.05,
            address=some(0.95, lambda: "+8613800138000"),
            dead_since=some(0.03, lambda: date(2026, 1, 5)),
            expires_at=some(0.1, lambda: moment(5)),
            sandbox=dice.random() < 0.01,
        )  # fmt: skip

    def _decide_in_sql(self, facts, rules, at):
        rows = SQL(", ").join(
            SQL(
                "(%s)",
                SQL(", ").join(
                    SQL(f"%s::{TYPES[name]}", list(value) if name == "sent" else value)
                    for name, value in zip(one._fields, one, strict=True)
                ),
            )
            for one in facts
        )
        source = SQL(
            "SELECT * FROM (VALUES %s) AS facts (%s)", rows, SQL(", ".join(policy.Facts._fields))
        )
        zones = self.env["hcrm.contact.policy"]._known_zones()
        query = SQL("%s ORDER BY ref", contact_verdict_sql.decisions(source, rules, at, zones))
        return [policy.Decision(**row) for row in self.env.execute_query_dict(query)]


@tagged("post_install", "-at_install")
class TestContactPolicy(PolicyCase):
    """Rows of POLICY §1, each from records in the database."""

    def _topic(self, code):
        return self.env["hcrm.message.topic"].search([("code", "=", code)]).id

    def test_care_needs_no_consent_and_marketing_does(self):
        care = self._decide()
        self.assertVerdict(care, "allow")
        self.assertEqual(care["address"], "+8613800138000")
        self.assertEqual(care["recipient_id"], self.person.id)
        self.assertVerdict(self._decide(purpose="marketing"), "refuse", "consent_unknown")
        self.assertVerdict(self._decide(purpose="education"), "refuse", "consent_unknown")
        self.assertVerdict(self._decide(purpose="education", asked_for=True), "allow")

    def test_a_refused_channel_leads_to_the_next(self):
        self._say(purpose="care", status="withdrawn", channel="sms")
        decision = self._decide()
        self.assertVerdict(decision, "next_channel", "consent_withdrawn")
        self.assertTrue(decision["reasons"][0][1]["task"])
        self.assertVerdict(self._decide(channel="email"), "allow")

    def test_the_dead_get_nothing(self):
        widow = self._person("李娜", phone="13900139000")
        self.person.write({"is_deceased": True, "death_date": "2026-02-01"})
        self.assertVerdict(
            self._decide(purpose="service"), "refuse", "subject_deceased", "recipient_deceased"
        )
        self.assertVerdict(self._decide(purpose="service", recipient_id=widow.id), "allow")
        self.assertVerdict(self._decide(recipient_id=widow.id), "refuse", "subject_deceased")
        self.assertVerdict(self._decide(at=datetime(2026, 1, 15, 4)), "allow")

    def test_a_child_is_reached_through_the_guardian(self):
        child = self._child()
        decision = self._decide(subject_id=child.id)
        self.assertVerdict(decision, "allow", "minor")
        self.assertEqual(decision["recipient_id"], self.person.id)
        self.assertEqual(decision["address"], "+8613800138000")
        self.assertVerdict(
            self._decide(subject_id=child.id, purpose="marketing"),
            "refuse", "consent_unknown", "minor",
        )  # fmt: skip
        orphan = self._person("小红", birth_date="2020-01-01", phone="13700137000")
        alone = self._decide(subject_id=orphan.id)
        self.assertVerdict(alone, "refuse", "minor")
        self.assertTrue(alone["reasons"][1][1]["task"])

    def test_advertising_refused_never_stops_a_vaccine(self):
        """Given a father who wants no advertising, the child's reminder reaches him."""
        child = self._child()
        self._say(status="withdrawn")
        self.assertVerdict(self._decide(subject_id=child.id), "allow", "minor")

    def test_in_hospital(self):
        stay = self._encounter(
            self.person, encounter_class="inpatient", started_at=NOW - timedelta(days=2)
        )
        decision = self._decide()
        self.assertVerdict(decision, "delay", "admitted")
        self.assertEqual(decision["until"], datetime(2026, 3, 3, 4))
        self.assertVerdict(self._decide(urgent=True), "allow")
        self.assertVerdict(self._decide(purpose="service"), "allow")
        stay.write({"state": "finished", "ended_at": NOW - timedelta(hours=1)})
        self.assertVerdict(self._decide(), "allow")
        self.assertVerdict(self._decide(at=NOW - timedelta(days=1)), "delay", "admitted")

    def test_after_a_loss(self):
        """Given a lost pregnancy, its topics are silent until a new one; greetings half a year."""
        child = self._topic("child")
        loss = {"partner_id": self.person.id, "name": "流产", "code": "O03.900"}
        self.env["hcrm.diagnosis"].create({**loss, "recorded_at": NOW - timedelta(days=90)})
        self.assertVerdict(self._decide(topic_id=child), "refuse", "loss_topic")
        self.assertVerdict(self._decide(), "allow")
        self._say(days=200)
        greeting = self.env["hcrm.message.topic"].search(
            [("is_greeting", "=", True), ("purpose", "=", "marketing")], limit=1
        )
        self.assertTrue(greeting)
        wish = {"purpose": "marketing", "topic_id": greeting.id}
        self.assertVerdict(self._decide(**wish), "refuse", "loss_greeting")
        self.assertVerdict(self._decide(at=NOW + timedelta(days=91), **wish), "allow")
        self.env["hcrm.diagnosis"].create(
            {**loss, "code": "Z34.900", "recorded_at": NOW - timedelta(days=10)}
        )
        self.assertVerdict(self._decide(topic_id=child), "allow")

    def test_open_complaint(self):
        self._say(days=3)
        holds, source = self.env["hcrm.contact.hold"], self.person
        holds._open(self.person, "complaint", source)
        self.assertFalse(holds._open(self.person, "complaint", source))
        self.assertVerdict(self._decide(purpose="marketing"), "delay", "complaint")
        self.assertVerdict(self._decide(), "allow")
        holds._close(source, at=NOW + timedelta(hours=1))
        after = self._decide(purpose="marketing", at=NOW + timedelta(days=2))
        self.assertVerdict(after, "delay", "complaint")
        self.assertEqual(after["until"], datetime(2026, 3, 16, 5))
        self.assertVerdict(self._decide(purpose="marketing", at=NOW + timedelta(days=15)), "allow")

    def test_quiet_hours_of_the_recipient(self):
        night = datetime(2026, 3, 2, 13, 30)
        decision = self._decide(at=night)
        self.assertVerdict(decision, "delay", "quiet_hours")
        self.assertEqual(decision["until"], datetime(2026, 3, 3, 0))
        self.assertVerdict(self._decide(at=night, urgent=True), "allow")
        self.person.tz = "Europe/Berlin"
        self.assertVerdict(self._decide(at=night), "allow")

    def test_delays_end_outside_quiet_hours(self):
        """Given a hold that ends at night, the message waits for the morning."""
        self.env["hcrm.contact.hold"].create(
            {"partner_id": self.person.id, "since": NOW, "until": datetime(2026, 3, 4, 15)}
        )
        self.assertEqual(self._decide()["until"], datetime(2026, 3, 5, 0))

    def test_addresses(self):
        self.person.phone = "010-88886666"
        self.assertVerdict(self._decide(), "next_channel", "address_missing")
        self.assertVerdict(self._decide(channel="voice"), "allow")
        self.env["hcrm.dead.address"]._bury("email", "zhang@example.com", "550 no such user")
        self.assertVerdict(self._decide(channel="email"), "next_channel", "address_dead")
        self.env["hcrm.dead.address"]._revive("email", "zhang@example.com")
        self.assertVerdict(self._decide(channel="email"), "allow")

    def test_blacklist_is_for_marketing(self):
        """Given a shared number that the husband wants no advertising on, the wife gets none."""
        wife = self._person("李娜", phone="13800138000")
        self._say(wife, days=3)
        self._say(status="withdrawn")
        self.assertVerdict(
            self._decide(subject_id=wife.id, purpose="marketing"), "refuse", "blacklist"
        )
        self.assertVerdict(self._decide(subject_id=wife.id), "allow")

    def test_expiry_profiling_sandbox(self):
        self._say(days=3)
        self.assertVerdict(self._decide(expires_at=NOW), "refuse", "expired")
        self.person.profiling_refused = True
        self.assertVerdict(self._decide(purpose="marketing", mined=True), "refuse", "profiling")
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        sandboxed = self._decide()
        self.assertVerdict(sandboxed, "allow", "sandbox")

    def test_a_rating_link_is_service(self):
        self.assertVerdict(self._decide(purpose="survey", exempt_survey=True), "allow")
        self.assertVerdict(self._decide(purpose="survey"), "refuse", "consent_unknown")

    def test_another_recipient_must_have_agreed_too(self):
        """Given advertising about one person for another, both must agree; a carer stands in."""
        other = self._person("王强", phone="13900139000")
        self._say(days=3)
        about = {"purpose": "marketing", "recipient_id": other.id}
        self.assertVerdict(self._decide(**about), "refuse", "consent_unknown")
        self.env["hcrm.relationship"].create(
            {
                "partner_id": self.person.id,
                "related_partner_id": other.id,
                "relation": "child",
                "may_receive_messages": True,
            }
        )
        self.assertVerdict(self._decide(**about), "allow")
        self._say(other, status="withdrawn", channel="sms")
        self.assertVerdict(self._decide(**about), "refuse", "consent_withdrawn", "blacklist")

    def test_merged_names_are_followed(self):
        twin = self._person("张伟", phone="13900139000")
        self._say(twin, days=3)
        self.person._hcrm_merge(twin, "same card")
        for name in self.person | twin:
            decision = self._decide(subject_id=name.id, purpose="marketing")
            self.assertVerdict(decision, "allow")
            self.assertEqual(decision["recipient_id"], self.person.id)

    # RULES

    def test_a_hospital_changes_soft_rows_only(self):
        rules = self.env["hcrm.contact.rule"]
        rules.create({"code": "quiet_hours", "purpose": "care", "effect": "allow"})
        self.assertVerdict(self._decide(at=datetime(2026, 3, 2, 13, 30)), "allow")
        with self.assertRaises(ValidationError):
            rules.create({"code": "minor", "purpose": "care", "effect": "allow"})
        shipped = rules.search([("company_id", "=", False)], limit=1)
        with self.assertRaises(UserError):
            shipped.with_user(self.users["hcrm_admin"]).effect = "allow"

    def test_shipped_rows_are_the_table(self):
        rows = self.env["hcrm.contact.rule"].search([("company_id", "=", False)])
        self.assertEqual({(row.code, row.purpose) for row in rows}, set(policy.DEFAULTS))
        self.env["hcrm.contact.rule"]._load_defaults()
        self.assertEqual(len(rows), len(policy.DEFAULTS))

    def test_queries_do_not_grow(self):
        """Given one candidate or fifty, the decision is one statement and the rules one."""
        rows = [{"subject_id": self._person(f"P{n}").id} for n in range(50)]
        self._decide_all(rows)
        counts = []
        for size in (1, 50):
            self.env.invalidate_all()
            self.env["hcrm.contact.rule"].flush_model()
            before = self.env.cr.sql_log_count
            self._decide_all(rows[:size])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 8)

    def test_reasons_are_json(self):
        decision = self._decide(purpose="marketing")
        self.assertEqual(json.loads(json.dumps(decision["reasons"])), decision["reasons"])
