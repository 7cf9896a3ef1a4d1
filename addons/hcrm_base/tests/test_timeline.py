import json
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HcrmCommon


class TimelineCase(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person("张伟丽")
        cls.env["res.users"].browse([user.id for user in cls.users.values()]).tz = "Asia/Shanghai"

    def _card(self, role="nurse", person=None):
        partner = (person or self.person).with_user(self.users[role])
        return partner.with_context(tz="Asia/Shanghai", lang="en_US")

    def _result(self, observed_at, flag=None, **vals):
        return self.env["hcrm.observation"].create(
            {
                "partner_id": self.person.id,
                "code": "2345-7",
                "name": "Glucose",
                "value_number": 7.9,
                "has_number": True,
                "abnormal_flag": flag,
                "observed_at": observed_at,
                **vals,
            }
        )

    def _diagnosis(self, recorded_at, name="Cold", person=None):
        return self.env["hcrm.diagnosis"].create(
            {
                "partner_id": (person or self.person).id,
                "code": "J00",
                "name": name,
                "recorded_at": recorded_at,
            }
        )

    def _prescription(self, start_date, **vals):
        return self.env["hcrm.prescription"].create(
            {
                "partner_id": self.person.id,
                "drug_code": "x",
                "drug_name": "Aspirin",
                "start_date": start_date,
                **vals,
            }
        )

    def _titles(self, page):
        return [line["title"] for line in page["lines"]]


@tagged("post_install", "-at_install")
class TestTimeline(TimelineCase):
    def test_newest_first_in_words(self):
        """Given facts of several kinds, each line says in words what happened."""
        visit = self._encounter(
            self.person,
            self.cardiology,
            started_at="2026-03-05 01:00:00",
            reason="Sore throat",
            state="finished",
        )
        self._diagnosis("2026-03-05 01:30:00", "Cold")
        self._prescription(
            "2026-03-05", dose=0.5, dose_unit="g", frequency="bid", days_supply=14, state="active"
        )
        page = self._card().get_timeline()
        self.assertEqual(self._titles(page), ["Aspirin", "Cold", "Outpatient"])
        drug, diagnosis, encounter = page["lines"]
        self.assertEqual(drug["subtitle"], "0.5 g, bid, 14 days")
        self.assertEqual(drug["badge"], {"label": "Active", "level": "success"})
        self.assertEqual(diagnosis["subtitle"], "J00")
        self.assertEqual(encounter["id"], visit.id)
        self.assertEqual(encounter["subtitle"], "心内科 · Sore throat")
        self.assertFalse(encounter["badge"])
        self.assertEqual({line["day"] for line in page["lines"]}, {"2026-03-05"})
        self.assertFalse(page["more"])

    def test_day_is_the_readers(self):
        """23:30 UTC is the next morning in Shanghai."""
        self._diagnosis("2026-03-05 23:30:00")
        [line] = self._card().get_timeline()["lines"]
        self.assertEqual((line["day"], line["at"]), ("2026-03-06", "2026-03-05 23:30:00"))

    def test_results_of_a_day_are_one_line(self):
        for minute, flag in ((1, None), (2, "H"), (3, "N")):
            self._result(f"2026-03-05 01:{minute:02}:00", flag)
        self._result("2026-03-05 17:00:00", "L")  # past midnight in Shanghai
        lines = self._card().get_timeline()["lines"]
        self.assertEqual([line["title"] for line in lines], ["Glucose 7.9", "3 results"])
        self.assertEqual([line["day"] for line in lines], ["2026-03-06", "2026-03-05"])
        self.assertEqual(lines[1]["badge"], {"label": "1 abnormal", "level": "danger"})
        self.assertTrue(lines[0]["alarm"])
        rows = self._card().get_timeline_day("hcrm.observation", "2026-03-05")
        self.assertEqual([row["at"][11:16] for row in rows], ["01:03", "01:02", "01:01"])
        self.assertEqual([row["alarm"] for row in rows], [False, True, False])

    def test_kinds_are_counted_and_chosen(self):
        self._diagnosis("2026-03-05 01:00:00")
        for hour in range(3):
            self._result(f"2026-03-05 0{hour}:00:00")
        page = self._card().get_timeline(kinds=["hcrm.observation"])
        self.assertEqual(self._titles(page), ["3 results"])
        counts = {kind["kind"]: kind["count"] for kind in page["kinds"]}
        self.assertEqual(counts, {"hcrm.observation": 3, "hcrm.diagnosis": 1})
        self.assertEqual(self._card().get_timeline(kinds=[])["lines"], [])

    def test_words_are_looked_for_where_the_reader_may_look(self):
        """The reason of a visit is clinical: an officer cannot find the visit by it."""
        self._encounter(self.person, self.cardiology, reason="Sore throat", visit_number="V-77")
        self._diagnosis("2026-03-05 01:00:00", "Sore throat, viral")
        self._result("2026-03-05 01:00:00", name="Throat swab")
        self._result("2026-03-05 02:00:00")
        nurse, officer = self._card("nurse"), self._card("officer")
        self.assertEqual(
            set(self._titles(nurse.get_timeline(words="throat"))),
            {"Outpatient", "Sore throat, viral", "Throat swab 7.9"},
        )
        self.assertEqual(self._titles(officer.get_timeline(words="throat")), [])
        self.assertEqual(self._titles(officer.get_timeline(words="v-77")), ["Outpatient"])

    def test_merged_person_has_one_timeline(self):
        twin = self._person("张伟丽")
        self._diagnosis("2026-03-05 01:00:00", "Of the first")
        self._diagnosis("2026-03-06 01:00:00", "Of the second", person=twin)
        self.person._hcrm_merge(twin, "same card")
        for person in (self.person, twin):
            titles = self._titles(self._card(person=person).get_timeline())
            self.assertEqual(titles, ["Of the second", "Of the first"])

    def test_protected_file_is_closed_until_opened(self):
        self._encounter(self.person, self.cardiology)
        self._result("2026-03-05 01:00:00")
        self._note()
        self.person.is_protected = True
        self.env.flush_all()
        page = self._card("doctor").get_timeline()
        self.assertEqual({line["kind"] for line in page["lines"]}, {"hcrm.contact.note"})
        self.assertEqual({kind["kind"] for kind in page["kinds"]}, {"hcrm.contact.note"})
        wizard = self.env["hcrm.break.glass.wizard"].with_user(self.users["doctor"])
        wizard.create(
            {"res_model": "res.partner", "res_id": self.person.id, "reason": "Emergency ward 3"}
        ).action_open()
        self.assertEqual(len(self._card("doctor").get_timeline()["lines"]), 3)
        self.assertEqual(len(self._card("nurse").get_timeline()["lines"]), 1)

    def _note(self):
        return self.env["hcrm.contact.note"].create(
            {"partner_id": self.person.id, "summary": "Asked for the way"}
        )

    def test_whoever_may_not_see_the_person_sees_no_timeline(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self._card("marketing").get_timeline()

    def test_strange_cursors_are_refused(self):
        strange = (["x", "hcrm.encounter", 1], [1], "2026", ["2026-01-01T00:00:00", 3, 1])
        for before in strange:
            with self.subTest(before=before), self.assertRaises(UserError):
                self._card().get_timeline(before=before)
        for day in ("today", None, "2026-13-01"):
            with self.subTest(day=day), self.assertRaises(UserError):
                self._card().get_timeline_day("hcrm.observation", day)
        self.assertEqual(self._card().get_timeline_day("res.users", "2026-01-01"), [])

    def test_reading_is_logged(self):
        """Given results told as a number, the log knows whose they were."""
        self._result("2026-03-05 01:00:00")
        self._result("2026-03-05 02:00:00")
        self.env["hcrm.access.log"]._flush_notes()
        newest = self.env["hcrm.access.log"].search([], limit=1)
        self._card().get_timeline()
        self.env["hcrm.access.log"]._flush_notes()
        logged = self.env["hcrm.access.log"].search(
            [
                ("id", ">", newest.id),
                ("res_model", "=", "hcrm.observation"),
                ("user_id", "=", self.users["nurse"].id),
            ]
        )
        self.assertTrue(logged)
        self.assertIn(self.person.id, [number for log in logged for number in log.partner_ids])


@tagged("post_install", "-at_install")
class TestTimelinePages(TimelineCase):
    """Pages joined are the whole, whatever arrives in between."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        start = datetime(2026, 3, 1)
        case = cls()
        for day in range(8):
            at = start + timedelta(days=day, hours=3)
            for _twice in range(2):  # same moment, same kind
                case._diagnosis(at)
            cls._encounter(cls.person, cls.cardiology, started_at=at)  # same moment, another kind
            case._prescription(at.date())
            for hour in range(day % 3):
                case._result(at + timedelta(hours=hour))
        cls.env.flush_all()

    def _pages(self, limit, between=lambda page: None, **options):
        """Return the keys of all pages, ``limit`` lines each."""
        found, before = [], None
        while True:
            page = self._card().get_timeline(before=before, limit=limit, **options)
            self.assertLessEqual(len(page["lines"]), limit)
            found += [json.dumps(line["key"]) for line in page["lines"]]
            if not page["more"]:
                return found
            before = json.loads(json.dumps(page["lines"][-1]["key"]))
            between(page)

    def test_pages_joined_are_the_whole(self):
        whole = self._pages(100)
        self.assertEqual(len(whole), len(set(whole)))
        self.assertEqual(len(whole), 8 * 4 + 5)
        for limit in (1, 2, 3, 7):
            with self.subTest(limit=limit):
                self.assertEqual(self._pages(limit), whole)

    def test_what_arrives_above_moves_nothing(self):
        """Given rows that arrive between two pages, nothing is shown twice or lost."""
        whole = self._pages(100)

        def arrive(page):
            self._diagnosis("2026-04-01 00:00:00")
            at = datetime.fromisoformat(page["lines"][-1]["key"][0])
            self._result(at + timedelta(hours=2))  # a day half told, or told already
            self.env.flush_all()

        joined = self._pages(3, arrive)
        self.assertEqual(len(joined), len(set(joined)))
        self.assertFalse(set(whole) - set(joined))

    def test_each_kind_alone(self):
        for kind in ("hcrm.diagnosis", "hcrm.prescription", "hcrm.observation"):
            whole = self._pages(100, kinds=[kind])
            self.assertEqual(self._pages(2, kinds=[kind]), whole, kind)
            self.assertGreater(len(whole), 4)

    def test_as_many_queries_for_many_as_for_few(self):
        """Given fifty times the facts, the page asks as many questions."""
        counts = []
        for _round in range(2):
            self.env.flush_all()
            self._card().get_timeline(limit=100)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._card().get_timeline(limit=100)
            counts.append(self.env.cr.sql_log_count - before)
            for number in range(50):
                at = datetime(2025, 3, 1) + timedelta(days=number)
                self._diagnosis(at)
                self._prescription(at.date())
                self._encounter(self.person, self.cardiology, started_at=at)
                self._result(at)
        self.assertLessEqual(counts[1], counts[0], counts)
        self.assertLessEqual(counts[0], 20, counts)
