from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.voice import verbs
from .ivr_case import IvrCase


@tagged("post_install", "-at_install")
class TestIvrMenu(IvrCase):
    """A menu is data: written, tried, published, and then stays for the calls that hear it."""

    def test_greeting_and_choices(self):
        _call, [ask] = self._call()
        self.assertEqual(
            self._hear([ask]),
            "Good day. For your appointments, press 1. For a message, press 2. For no more "
            "advertising, press 3. For a person, press 0.",
        )
        self.assertEqual((ask.digits, ask.finish, ask.timeout), (1, "", 6.0))

    def test_wrong_key_and_no_key_are_replayed_then_a_person_comes(self):
        call, _answers = self._call()
        self.assertIn("no such choice. For your", self._hear(self._press(call, "8")))
        self.assertIn("heard no key. For your", self._hear(self._press(call, "")))
        answers = self._press(call, "9")
        self.assertIsInstance(answers[-1], verbs.Connect)

    def test_polite_end(self):
        self.menu.write({"fallback": "hangup", "replays": 0})
        self.menu.action_publish()
        call, _answers = self._call()
        self.assertEqual(self._press(call, "")[-1], verbs.Hangup())
        self.assertIn("Goodbye", self._hear(call._get_pending()))

    def test_running_calls_keep_their_menu(self):
        """Given a caller in the menu, edits, publishing and archiving do not reach that call."""
        call, _answers = self._call()
        self.menu.option_ids[:3].unlink()
        self.menu.option_ids.write({"name": "something else", "key": "1"})
        self.menu.action_publish()
        other, [ask] = self._call()
        self.assertEqual(self._hear([ask]), "Good day. For something else, press 1.")
        self.assertIn("For a message, press 2", self._hear(self._press(call, "9")))
        self.menu.active = False
        self.assertIsInstance(self._press(call, "2")[-1], verbs.Record)
        self.assertEqual(other.ivr_version_id.number, 2)
        with self.assertRaises(UserError):
            call.ivr_version_id.number = 9

    def test_edits_are_heard_once_published(self):
        self.assertFalse(self.menu.is_changed)
        self.menu.greeting = "Good evening."
        self.assertTrue(self.menu.is_changed)
        self.assertIn("Good day", self._hear(self._call()[1]))
        self.menu.action_publish()
        self.assertFalse(self.menu.is_changed)
        self.assertIn("Good evening", self._hear(self._call()[1]))

    def test_without_a_menu_a_person_comes(self):
        self.menu.action_withdraw()
        call, answers = self._call()
        self.assertIn(self.company.name, self._hear(answers))
        self.assertIsInstance(answers[-1], verbs.Connect)
        self.assertIsInstance(self._tell(call, verbs.NotConnected("timeout"))[-1], verbs.Record)

    def test_the_number_called_chooses_the_menu(self):
        line = self._create_menu("VIP", [("1", "x", "hangup")], is_entry=True, numbers="021-95000")
        line.greeting = "Good day, VIP."
        line.action_publish()
        self.assertIn("VIP", self._hear(self._call(number_called="02195000")[1]))
        self.assertNotIn("VIP", self._hear(self._call(number_called="02195001")[1]))
        with self.assertRaisesRegex(ValidationError, "same number"):
            self._create_menu("Third", [], is_entry=True, numbers="021 95000")

    def test_a_menu_that_was_never_saved(self):
        """The form shows no problems of what does not exist yet."""
        with Form(self.env["hcrm.ivr.menu"]) as form:
            form.name = "New"
            form.is_entry = True
            form.numbers = "021-95011"
            form.greeting = "Good day."
            self.assertFalse(form.problems)
            self.assertFalse(form.is_changed)
        menu = form.record
        self.assertTrue(menu.is_changed, "once saved it is to be published")

    def test_opening_hours(self):
        """Given a Saturday: closed; one that is worked for a holiday: open as on a Monday."""
        calendar = self.env["resource.calendar"].create({"name": "Week", "tz": "Asia/Shanghai"})
        self.menu.write({"calendar_id": calendar.id, "closed_greeting": "We are closed."})
        self.menu.option_ids[3].offered = "open"
        self.menu.action_publish()
        moments = {
            "2026-11-23 02:00:00": True,
            "2026-11-23 13:00:00": False,
            "2026-11-28 02:00:00": False,
        }
        for moment, is_open in moments.items():
            with self.subTest(moment), freeze_time(moment):
                heard = self._hear(self._call()[1])
                self.assertEqual("Good day" in heard, is_open)
                self.assertEqual("For a person" in heard, is_open)
        self.env["hcrm.makeup.day"].create({"date": "2026-11-28", "name": "National Day"})
        with freeze_time("2026-11-28 02:00:00"):
            self.assertIn("Good day", self._hear(self._call()[1]))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": datetime(2026, 11, 22, 16),
                "date_to": datetime(2026, 11, 23, 16),
            }
        )
        with freeze_time("2026-11-23 02:00:00"):
            call, answers = self._call()
            self.assertIn("closed", self._hear(answers))
            self.assertEqual(self._press(call, "", "", "")[-1], verbs.Hangup())

    def test_submenu_language_and_way_back(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        below = self._create_menu("Below", [("*", "the way back", "back"), ("1", "x", "hangup")])
        below.with_context(lang="zh_CN").greeting = "这里是便民服务"
        below.option_ids[0].with_context(lang="zh_CN").name = "返回"
        self.menu.write(
            {
                "option_ids": [
                    (
                        0,
                        0,
                        {"key": "4", "name": "more", "action": "submenu", "target_id": below.id},
                    ),
                    (0, 0, {"key": "9", "name": "中文", "action": "language", "lang": "zh_CN"}),
                ]
            }
        )
        self.menu.with_context(lang="zh_CN").greeting = "您好"
        self.menu.action_publish()
        call, answers = self._call()
        self.assertIn("zh_CN", [say.lang for say in answers[-1].say])
        [ask] = self._press(call, "9")
        self.assertEqual({say.lang for say in ask.say}, {"zh_CN"})
        [ask] = self._press(call, "4")
        self.assertTrue(ask.say[0].text.startswith("这里是便民服务"))
        self.assertIn("返回请按星号键", self._hear([ask]))
        self.assertIn("请按4", self._hear(self._press(call, "*")))

    def test_publishing_says_what_to_mend(self):
        menu = self._create_menu("Bad", [("1", "x", "repeat")], is_entry=True, numbers="1")
        menu.greeting = "Press 1 for us, press 7 for nobody."
        with self.assertRaises(ValidationError) as refused:
            menu.action_publish()
        said = str(refused.exception)
        self.assertIn("press 7", said)
        self.assertIn("only go round", said)
        self.assertEqual(menu.problems, said)
        self.assertFalse(menu.version_id)

    @mute_logger("odoo.sql_db")
    def test_no_key_twice(self):
        with self.assertRaisesRegex(Exception, "key_uniq"), self.env.cr.savepoint():
            self.menu.option_ids[0].copy()
        self.menu.option_ids[0].copy({"offered": "closed"})
        with self.assertRaisesRegex(ValidationError, "two choices"):
            self.menu.action_publish()

    def test_a_menu_in_circles_is_refused(self):
        one = self._create_menu("One", [])
        two = self._create_menu("Two", [("1", "one", "submenu", {"target_id": one.id})])
        one.option_ids = [
            (0, 0, {"key": "1", "name": "two", "action": "submenu", "target_id": two.id})
        ]
        one.write({"is_entry": True, "numbers": "95001"})
        with self.assertRaisesRegex(ValidationError, "Two: .*only go round"):
            one.action_publish()
        one.option_ids[0].copy({"key": "2", "action": "person"})
        one.action_publish()

    def test_rehearsal_is_what_callers_hear_and_touches_nothing(self):
        rows = [self.calls.search_count([]), self.inbox.search_count([])]
        told = self.menu.rehearse(["3", "8", "", "0"])
        said = [(line["who"], line["text"]) for line in told["lines"]]
        self.assertEqual(said[0], ("menu", "Good day."))
        self.assertIn(("service", "No more advertising"), said)
        self.assertIn(("menu", "There is no such choice."), said)
        self.assertEqual(said[-1], ("end", "The call ends."))
        self.assertTrue(told["is_over"])
        self.assertEqual([line["key"] for line in told["outline"]], ["1", "2", "3", "0"])
        self.assertEqual(rows, [self.calls.search_count([]), self.inbox.search_count([])])

    def test_who_may(self):
        manager = new_test_user(self.env, "ivr-manager", "hcrm_base.group_service_manager")
        officer = new_test_user(self.env, "ivr-officer", "hcrm_base.group_officer")
        menu = self.menu.with_user(manager)
        menu.greeting = "Good morning."
        menu.action_publish()
        self.assertEqual(self.menu.version_id.user_id, manager)
        self.assertTrue(self.menu.with_user(officer).rehearse(["1"])["lines"])
        for what in (
            lambda: self.menu.with_user(officer).action_publish(),
            lambda: self.menu.with_user(officer).action_withdraw(),
            lambda: menu.write({"version_id": False}),
            lambda: self.menu.version_id.with_user(manager).unlink(),
        ):
            with self.assertRaises(AccessError):
                what()

    @mute_logger("odoo.addons.hcrm_communication.models.hcrm_call_menu")
    def test_a_broken_service_leaves_nobody_on_a_dead_line(self):
        """Given a service whose addon is gone, or that fails, the caller hears so and the menu."""
        call, _answers = self._call()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hcrm_ivr_version SET script = replace(script::text, 'opt_out', 'gone')::jsonb"
        )
        self.env.invalidate_all()
        heard = self._hear(self._press(call, "3"))
        self.assertIn("not available at the moment. For your appointments", heard)
        call, _answers = self._call()
        self.patch(type(self.env["hcrm.ivr.option"]), "_run_person", lambda *args: 1 / 0)
        self.assertIn("not available", self._hear(self._press(call, "0")))
