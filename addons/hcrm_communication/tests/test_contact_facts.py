import random

from odoo.tests import tagged
from odoo.tools import SQL

from ..tools import contact_policy as policy
from .consent_case import NOW
from .policy_case import PolicyCase
from .policy_world import World

PERSONS = 60
ASKED = 700


@tagged("post_install", "-at_install")
class TestContactFacts(PolicyCase):
    """What SQL gathers over random histories is what one finds by looking at every row.

    Given people under several names, whose merges were undone, with guardians, stays, losses,
    holds, dead and refused addresses: plain ones, and those who take the longer way.
    """

    maxDiff = None

    def test_same_facts_and_verdicts_over_random_histories(self):
        rules = self.env["hcrm.contact.rule"]._rules()
        caps = {
            purpose: rule.days
            for (company_id, code, purpose), rule in rules.items()
            if code == "cap" and company_id == self.company.id
        }
        seen = set()
        for seed in range(3):
            dice = random.Random(seed)
            world = self._make(dice)
            asked = {ref: world.candidate(ref) for ref in range(1, ASKED + 1)}
            candidates = self.policy._candidates(
                [{**one, "company_id": self.company.id} for one in asked.values()]
            )
            wanted = [world.facts(one, self.company.id, caps) for one in asked.values()]
            found = sorted(self.policy._facts(candidates, NOW), key=lambda one: one.ref)
            for one, fact in zip(wanted, found, strict=True):
                self.assertEqual(fact._asdict(), one._asdict(), (seed, asked[one.ref]))
            decided = self.policy._decide(candidates, NOW)
            self.assertEqual(
                [policy.Decision(**one) for one in sorted(decided, key=lambda one: one["ref"])],
                policy.decide_all(wanted, rules, NOW),
            )
            seen |= {name for one in wanted for name, value in one._asdict().items() if value}
        self.assertEqual(seen, set(policy.Facts._fields) - {"sandbox"})

    # THE SAME HISTORY IN THE DATABASE

    def _make(self, dice):
        for table in ("hcrm_dead_address", "mail_blacklist", "phone_blacklist"):
            self.env.cr.execute(SQL("UPDATE %s SET active = FALSE", SQL.identifier(table)))
        topics = self.env["hcrm.message.topic"].search(
            [("code", "in", ("child", "greeting", "follow_up", "news"))]
        )
        flags = {topic.id: (topic.is_about_child, topic.is_greeting) for topic in topics}
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "kind_ids": [self.patient_kind.id]} for n in range(PERSONS)]
        )
        world = World(dice, people.ids, flags, NOW)
        self.env.flush_all()
        self._write_people(world)
        self._write_answers(world)
        here = {"company_id": self.company.id}
        self._insert("hcrm_relationship", world.relations)
        self._insert("hcrm_encounter", world.stays, **here)
        self._insert("hcrm_diagnosis", world.diagnoses, **here, name="x", kind="final")
        self._insert("hcrm_contact_hold", world.holds, **here)
        self._insert("hcrm_dead_address", world.dead)
        for row in world.sent:
            key = f"world/{people.ids[0]}/{row.id}"
            self._insert(
                "hcrm_communication", [row], **here, subject_id=row.recipient_id,
                message_class="marketing", priority=90, idempotency_key=key, ref=key,
                due_at=NOW, next_at=NOW, shown_at=NOW, channel="sms",
            )  # fmt: skip
        self._write_lists(world)
        self.env.invalidate_all()
        return world

    def _write_lists(self, world):
        for address in filter(None, world.listed):
            table, column = ("mail", "email") if "@" in address else ("phone", "number")
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %(table)s (%(column)s, active) VALUES (%(value)s, TRUE)"
                    " ON CONFLICT (%(column)s) DO UPDATE SET active = TRUE",
                    table=SQL.identifier(f"{table}_blacklist"),
                    column=SQL.identifier(column),
                    value=address,
                )
            )

    def _write_people(self, world):
        for person in world.people.values():
            values = SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in zip(person._fields[1:], person[1:], strict=True)
            )
            self.env.cr.execute(SQL("UPDATE res_partner SET %s WHERE id = %s", values, person.id))

    def _write_answers(self, world):
        """Rows that hang on merges, those undone void."""
        numbers = sorted({row.merge_log_id for row in world.said if row.merge_log_id})
        survivor, absorbed = list(world.people)[:2]
        logs = {
            number: self._insert_one(
                "hcrm_merge_log",
                survivor_id=survivor,
                absorbed_id=absorbed,
                user_id=1,
                state="undone" if number in world.undone else "done",
                merged_at=NOW,
            )
            for number in numbers
        }
        [(last,)] = self.env.execute_query(SQL("SELECT max(id) FROM hcrm_consent"))
        world.said = [row._replace(id=row.id + (last or 0)) for row in world.said]
        for row in world.said:
            values = {**row._asdict(), "merge_log_id": logs.get(row.merge_log_id)}
            self._insert_one(
                "hcrm_consent", **values, company_id=self.company.id, method="import",
                recorded_at=row.decided_at, user_id=1,
            )  # fmt: skip

    def _insert(self, table, rows, **more):
        for row in rows:
            values = row._asdict()
            del values["id"]  # PostgreSQL gives them in the same order
            self._insert_one(table, **values, **more)

    def _insert_one(self, table, **values):
        """Past the checks of the ORM, as years of use and imports leave rows."""
        names = SQL(", ").join(SQL.identifier(name) for name in values)
        given = SQL(", ").join(SQL("%s", value) for value in values.values())
        query = SQL(
            "INSERT INTO %s (%s) VALUES (%s) RETURNING id", SQL.identifier(table), names, given
        )
        [(new,)] = self.env.execute_query(query)
        return new
