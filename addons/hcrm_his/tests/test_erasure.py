from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.hcrm_base.tests.erasure_case import ErasureCase

from .common import HisCommon, a40, adt, patient, segment, visit

INTAKE = "odoo.addons.hcrm_his.models.hcrm_his_intake"
NAME, CARD, PHONE = "消^失人", "110105199003070076", "13987654321"
WORDS = ("消失人", "消^失人", CARD, PHONE, "MRN-555777")


def lost(number="MRN-555777", **more):
    """Return the PID of the person to be erased."""
    known = {
        "f3": f"{number}^^^RENAI^MR~{CARD}^^^NNCHN^NNCHN",
        "f13": PHONE,
        "f11": "消失路1号^^杭州",
    }
    return patient(number, NAME, **(known | more))


@tagged("post_install", "-at_install")
class TestHisErasure(HisCommon):
    """A person known by messages is erased; what comes later does not bring them back."""

    traces = ErasureCase.traces
    _is_there = ErasureCase._is_there
    _columns = ErasureCase._columns

    def _erase(self, number="MRN-555777"):
        person = self.person(number)
        self.assertTrue(person, self.env["hcrm.his.message"].search([]).mapped("detail"))
        person._hcrm_known_as()._hcrm_erase_rows()
        self.env.cr.execute("UPDATE hcrm_erased_key SET erased_at = '2026-05-01 00:00:00'")
        self.env.flush_all()
        self.env.invalidate_all()
        return person

    @mute_logger(INTAKE)
    def test_no_trace_in_messages(self):
        """Applied, waiting, dead, corrected and in another character set: all are emptied."""
        self.tell(adt("A01", "1", lost(), visit()))
        self.tell(adt("A08", "2", lost(), visit(), charset="GB18030"), codec="gb18030")
        dead = self.tell(adt("A28", "3", lost(f7="not a date")))
        dead.corrected_text = adt("A28", "3", lost(f7="nor this"))
        unreadable = self.tell(f"MSH|broken {CARD} {PHONE}")
        other = self.tell(adt("A01", "4", patient("P9", "路^人"), visit("V9")))
        self.receive(adt("A08", "5", lost(), visit()))
        self.assertTrue(self.traces(WORDS))
        self._erase()
        left = self.traces(WORDS)
        self.assertEqual(left, {})
        self.assertIn("路^人", other.body_text, "another patient's message is as it was")
        self.assertEqual((dead.state, dead.reason_code), ("ignored", "person_erased"))
        self.assertFalse(unreadable.filtered("body_file").body_text)
        self.process()
        self.assertFalse(self.person("MRN-555777"))

    def test_late_news_is_set_aside_and_forgotten(self):
        """What was known before the erasure, and what only repeats the master file after it."""
        self.tell(adt("A01", "1", lost(), visit(f44="20260301080000")))
        self._erase()
        late = self.tell(
            adt("A08", "2", lost(), visit(), time="20260401080000"),
            adt("A31", "3", lost(), time="20260601080000"),
            adt("A03", "4", lost(), visit(f44="20260301080000"), time="20260601080000"),
        )
        self.assertEqual(set(late.mapped("state")), {"ignored"})
        self.assertEqual(set(late.mapped("reason_code")), {"person_erased"})
        self.assertFalse(self.person("MRN-555777"))
        self.assertEqual(self.traces(WORDS), {})

    def test_who_comes_back_is_a_new_customer(self):
        """A visit after the erasure makes somebody new, whom older news does not touch."""
        self.tell(adt("A01", "1", lost(), visit(f44="20260301080000")))
        erased = self._erase()
        told = self.tell(
            adt("A01", "2", lost(), visit("V2", f44="20260601080000"), time="20260601080000")
        )
        self.assertEqual(told.state, "processed")
        person = self.person("MRN-555777")
        self.assertTrue(person)
        self.assertNotEqual(person, erased)
        self.assertEqual(self.encounter("V2").partner_id, person)
        self.assertEqual(self.encounter("V1").partner_id, erased)
        news = self.tell(
            adt("A31", "3", lost(f11="新街2号^^杭州"), time="20260701080000"),
            adt("A08", "4", lost(f11="旧街3号^^杭州"), visit(), time="20260402080000"),
        )
        self.assertEqual(news.mapped("state"), ["processed", "ignored"])
        self.assertEqual(person.street, "新街2号")

    def test_a_relatives_message_does_not_bring_back(self):
        self.tell(adt("A01", "1", lost(), visit(f44="20260301080000")))
        self._erase()
        mother = segment("NK1", f1="1", f2=NAME, f3="MTH", f33=f"{CARD}^^^NNCHN^NNCHN")
        told = self.tell(adt("A28", "2", patient("P7", "孩^子"), mother, time="20260601080000"))
        self.assertEqual(told.state, "processed")
        self.assertTrue(self.person("P7"))
        self.assertFalse(self.env["hcrm.identifier"].search([("value", "=", CARD)]))

    def test_merge_of_an_erased_number(self):
        self.tell(adt("A01", "1", lost(), visit(f44="20260301080000")))
        self._erase()
        told = self.tell(a40("2", "P8", "MRN-555777", time="20260601080000"))
        self.assertEqual(told.state, "processed", told.detail or told.reason)
        self.assertFalse(self.env["hcrm.identifier"].search([("value", "=", "MRN-555777")]))

    def test_nobody_erased_costs_one_small_query(self):
        self.env.cr.execute("DELETE FROM hcrm_erased_key")
        keys = self.env["hcrm.erased.key"]
        before = self.env.cr.sql_log_count
        keys._erased_times({("HIS", "MR", str(number)) for number in range(600)})
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
