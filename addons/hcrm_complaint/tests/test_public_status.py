import re
import time
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import hcrm_complaint_lookup
from ..tools import numbers


@tagged("post_install", "-at_install")
class TestPublicStatus(HttpCase):
    """Number and PIN: told, wrong and locked look alike to who guesses."""

    def setUp(self):
        super().setUp()
        self.env["hcrm.rate.count"]._gc_counts()
        person = self.env["res.partner"].create(
            {
                "name": "王秀英",
                "phone": "13800138001",
                "kind_ids": [self.env.ref("hcrm_base.kind_patient").id],
            }
        )
        self.case = self.env["hcrm.complaint"]._take_in(
            [
                {
                    "kind": "complaint", "channel": "visit", "text": "等太久", "pin": "123456",
                    "partner_id": person.id,
                }
            ]
        )  # fmt: skip
        self.tries = self.env["hcrm.complaint.status.try"]

    def _ask(self, number, secret):
        return self.url_open(
            "/complaint/status", data={"number": number, "secret": secret, "lang": "en"}
        )

    def test_told_by_pin_and_by_phone(self):
        for secret in ("123456", "138 0013 8001"):
            page = self._ask(self.case.number, secret)
            self.assertEqual(page.status_code, 200)
            self.assertNotIn("王秀英", page.text)
            self.assertNotIn("等太久", page.text)

    @mute_logger("odoo.http")
    def test_wrong_and_unknown_look_alike(self):
        unknown = numbers.intake_number(2026, 987654)
        wrong, nobody = self._ask(self.case.intake_number, "1"), self._ask(unknown, "1")
        self.assertEqual(wrong.status_code, nobody.status_code)
        clean = [
            one.text.replace(n, "")
            for one, n in ((wrong, self.case.intake_number), (nobody, unknown))
        ]
        self.assertEqual(*clean)

    @mute_logger("odoo.http")
    def test_guessing_is_locked_even_for_the_right_pin(self):
        pages = [self._ask(self.case.intake_number, f"{n:06d}") for n in range(5)]
        self.assertEqual({page.status_code for page in pages}, {403})
        self.assertEqual(self._ask(self.case.intake_number, "123456").status_code, 429)
        outcomes = self.tries.search([], order="id").mapped("outcome")
        self.assertEqual(outcomes, ["wrong"] * 5 + ["locked"])

    @mute_logger("odoo.http")
    def test_one_address_tries_many_numbers(self):
        with patch.object(hcrm_complaint_lookup, "OF_AN_ADDRESS", ((8, 3600), (30, 86400))):
            for n in range(8):
                self._ask(numbers.intake_number(2025, n), "123456")
            self.assertEqual(self._ask(self.case.intake_number, "123456").status_code, 429)

    def test_right_answers_are_not_counted(self):
        pages = [self._ask(self.case.number, "123456") for _n in range(12)]
        self.assertEqual({page.status_code for page in pages}, {200})

    @mute_logger("odoo.http")
    def test_who_shares_an_address_is_not_locked_by_a_neighbour(self):
        for n in range(12):
            self._ask(numbers.intake_number(2025, 1), f"{n:06d}")
        self.assertEqual(self._ask(self.case.number, "123456").status_code, 200)

    @mute_logger("odoo.http")
    def test_a_stranger_does_not_lock_the_number_of_another(self):
        lookup = self.env["hcrm.complaint.lookup"]
        outcomes = [
            lookup._look_up(self.case.number, f"{n:06d}", "192.0.2.1")[1] for n in range(12)
        ]
        self.assertEqual(outcomes, ["wrong"] * 5 + ["locked"] * 7)
        self.assertEqual(lookup._look_up(self.case.number, "123456", "192.0.2.2")[1], "told")

    @mute_logger("odoo.http")
    def test_many_addresses_guess_at_one_number(self):
        lookup = self.env["hcrm.complaint.lookup"]
        outcomes = [
            lookup._look_up(self.case.number, f"{n:06d}", f"192.0.2.{n}")[1] for n in range(22)
        ]
        self.assertEqual(outcomes, ["wrong"] * 20 + ["locked"] * 2)

    @mute_logger("odoo.http")
    def test_how_long_it_is_locked_is_true(self):
        """An hour's lock in minutes; a day's, which trying in a locked hour does not bring, in
        hours."""
        told = [self._ask(self.case.number, "1").text for _n in range(14)][-1]
        left = -(-(3600 - time.time() % 3600) // 60)
        self.assertAlmostEqual(int(re.search(r"again in (\d+) minutes", told)[1]), left, delta=1)
        count = self.env["hcrm.rate.count"]
        pair = f"{self.case.intake_number}/127.0.0.1"
        for _n in range(5):
            count._is_too_often("complaint-status-pair", pair, 10, 86400)
        with patch.object(hcrm_complaint_lookup, "OF_A_PAIR", ((10, 86400),)):
            told = self._ask(self.case.number, "123456").text
        minutes = -(-(86400 - time.time() % 86400) // 60)
        words = f"in {-(-minutes // 60):.0f} hours" if minutes > 90 else "minutes"
        self.assertIn(words, told)

    def test_known_and_unknown_numbers_are_the_same_work(self):
        lookup = self.env["hcrm.complaint.lookup"]
        unknown = numbers.intake_number(2026, 987654)
        asked = []
        for number in (self.case.intake_number, unknown, "1"):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lookup._find(number, "000000")
            asked.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(set(asked)), 1)

    def test_who_is_logged_in_is_not_in_the_log_of_readers(self):
        user = new_test_user(self.env, "reader_at_home", "base.group_user")
        self.authenticate(user.login, user.login)
        self.assertEqual(self._ask(self.case.number, "123456").status_code, 200)
        self.env["hcrm.access.log"]._flush_notes()
        logs = self.env["hcrm.access.log"].sudo().search([("user_id", "=", user.id)])
        self.assertFalse(logs.filtered(lambda one: one.res_model == "hcrm.complaint"))
        told = self.env["hcrm.access.log"].sudo().search([("res_model", "=", "hcrm.complaint")])
        self.assertTrue(told)
        self.assertFalse(told.real_user_id)

    def test_digits_of_other_scripts_are_counted_and_break_nothing(self):
        for secret in ("١٣٨٠٠١٣٨٠٠١", "1380013800١", "１３８００１３８００１"):
            self.assertEqual(self._ask(self.case.number, secret).status_code, 200)
        counted = self.env["hcrm.complaint.lookup"]._get_counted(
            "1", "192.0.2.1", "١٣٨٠٠١٣٨٠٠١", "web"
        )
        self.assertIn("00138001", [who for _what, who, _limits in counted])

    def test_the_log_of_tries_does_not_tell_who(self):
        self.env["hcrm.complaint.lookup"]._look_up(
            self.case.number, "123456", "+8613800138001", way="phone"
        )
        self.assertNotIn("138", self.tries.search([], limit=1).address)

    @mute_logger("odoo.http")
    def test_a_known_phone_does_not_walk_the_numbers(self):
        lookup = self.env["hcrm.complaint.lookup"]
        for n in range(6):
            lookup._look_up(numbers.intake_number(2025, n), "13800138001", f"192.0.2.{n}")
        _case, outcome = lookup._look_up(self.case.number, "138 0013 8001", "192.0.2.99")
        self.assertEqual(outcome, "locked")

    @mute_logger("odoo.http")
    def test_one_address_does_not_lock_everybody_out(self):
        lookup = self.env["hcrm.complaint.lookup"]
        with (
            patch.object(hcrm_complaint_lookup, "OF_ALL", ((20, 3600),)),
            patch.object(hcrm_complaint_lookup, "OF_AN_ADDRESS", ((10, 3600),)),
        ):
            for n in range(40):
                lookup._look_up(numbers.intake_number(2025, n), "1", "192.0.2.1")
            _case, outcome = lookup._look_up(self.case.number, "123456", "192.0.2.2")
        self.assertEqual(outcome, "told")
