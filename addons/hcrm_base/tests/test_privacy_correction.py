from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import format_date, mute_logger

from .test_privacy_request import PrivacyCommon


class CorrectionCommon(PrivacyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person.write({"birth_date": "1980-05-06", "sex": "male", "city": "杭州"})

    def _ask(self, user=None, **wishes):
        """Return a request to correct with a line for each wish."""
        request = self._request("correct", user=user)
        self.env["hcrm.privacy.correction"].with_user(user or self.officer).create(
            [
                {"request_id": request.id, "field_name": name, "wished": text}
                for name, text in wishes.items()
            ]
        )
        return request

    def _work(self, request):
        request = request.with_user(self.manager)
        request.action_check_identity()
        request.action_start()
        return request

    def _line(self, request, name):
        return request.correction_ids.filtered(lambda line: line.field_name == name)


@tagged("post_install", "-at_install")
class TestPrivacyCorrection(CorrectionCommon):
    def test_a_line_more(self):
        """Given work has begun, the desk still takes a line down; what was asked stays."""
        request = self._work(self._ask(city="宁波"))
        with Form(request) as form:
            with form.correction_ids.new() as line:
                line.field_name = "zip"
                line.wished_text = "315000"
            with (
                form.correction_ids.edit(0) as line,
                self.assertRaisesRegex(AssertionError, "readonly"),
            ):
                line.wished_text = "温州"
        self.assertEqual(self._line(request, "zip").wished, "315000")
        self.assertEqual(self._line(request, "city").wished, "宁波")

    def test_each_line_is_decided(self):
        """Accepted values are in the record, refused ones are not, and both say why."""
        request = self._work(
            self._ask(birth_date="1980-06-05", sex="Female", phone="139 0000 5678", city="宁波")
        )
        with self.assertRaises(UserError):
            request.action_done()
        accepted = self._line(request, "birth_date") | self._line(request, "phone")
        accepted |= self._line(request, "sex")
        accepted.action_accept()
        city = self._line(request, "city")
        with self.assertRaises(UserError):
            city.action_refuse()
        city.reason = "The register says 杭州"
        city.action_refuse()
        self.assertEqual(self.person.birth_date, date(1980, 6, 5))
        self.assertEqual(self.person.sudo().phone_stored, "+8613900005678")
        self.assertEqual((self.person.sex, self.person.city), ("female", "杭州"))
        self.assertEqual(city.decided_by_id, self.manager)
        self.assertIn("corrected", request.step_ids.mapped("event"))
        request.action_done()
        self.assertEqual(request.state, "done")

    def test_old_and_new_side_by_side(self):
        request = self._ask(birth_date="1980-06-05", phone="13900005678")
        self.person.city = "宁波"
        line = self._line(request, "phone").with_user(self.manager)
        self.assertEqual(line.old_text, "138 0000 1234")
        self.assertEqual(line.current_text, "138 0000 1234")
        self.assertEqual(
            self._line(request, "birth_date").wished_text, format_date(self.env, date(1980, 6, 5))
        )
        chinese = self._line(self._ask(sex="female"), "sex").with_context(lang="zh_CN")
        self.env["res.lang"]._activate_lang("zh_CN")
        self.assertEqual((chinese.old_text, chinese.wished_text), ("男", "女"))

    def test_any_language(self):
        """Given it was typed in one language, it is kept as a code and read in the reader's."""
        self.env["res.lang"]._activate_lang("zh_CN")
        for number, typed in enumerate(("Female", "female", "女", " 女 ", "FEMALE")):
            for lang in ("en_US", "zh_CN"):
                line = self._line(self._ask(sex="male"), "sex").sudo()
                line.with_context(lang=lang).wished = typed
                with self.subTest(typed=typed, lang=lang, number=number):
                    self.assertEqual(line.wished, "female")
                    self.assertEqual(line.with_context(lang="zh_CN").wished_text, "女")
                    self.assertEqual(line.with_context(lang="en_US").wished_text, "Female")
        request = self._ask(sex="Female")
        chinese = self._work(request).with_context(lang="zh_CN")
        chinese.correction_ids.action_accept()
        self.assertEqual(self.person.sex, "female")

    def test_days_as_they_are_shown(self):
        """Given a day is typed as the reader sees days, it is kept as ISO; nonsense is refused."""
        self.env["res.lang"]._activate_lang("zh_CN")
        line = self._line(self._ask(birth_date="1980-06-05"), "birth_date").sudo()
        for lang in ("en_US", "zh_CN"):
            shown = line.with_context(lang=lang)
            line.wished = "1980-12-11"
            line.invalidate_recordset()
            shown.wished_text = shown.wished_text
            self.assertEqual(line.wished, "1980-12-11", lang)
        with self.assertRaises(ValidationError):
            line.wished = "the day before"

    def test_kept_in_words_before(self):
        """Lines of before, kept as they were typed, are understood too."""
        self.env["res.lang"]._activate_lang("zh_CN")
        request = self._work(self._ask(sex="female"))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hcrm_privacy_correction SET wished = '女' WHERE request_id = %s", [request.id]
        )
        self.env.invalidate_all()
        self.assertEqual(request.correction_ids.wished_text, "Female")
        request.correction_ids.action_accept()
        self.assertEqual(self.person.sex, "female")

    def test_screen(self):
        """On the form the wish is typed and read in one column, in the reader's language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        request = self._request("correct", user=self.officer)
        with Form(request.with_user(self.manager).with_context(lang="zh_CN")) as form:
            with form.correction_ids.new() as line:
                line.field_name = "sex"
                line.wished_text = "女"
            with form.correction_ids.new() as line:
                line.field_name = "birth_date"
                line.wished_text = "1980-06-05"
        lines = request.with_user(self.manager).correction_ids
        self.assertEqual(set(lines.mapped("wished")), {"female", "1980-06-05"})
        self.assertEqual(self._line(request, "sex").with_user(self.manager).wished_text, "Female")

    def test_phone_is_masked_as_elsewhere(self):
        """What the record holds is shown to the officer as on the customer's form."""
        line = self._line(self._ask(phone="13900005678"), "phone").with_user(self.officer)
        self.assertEqual(line.current_text, "138****1234")
        self.assertEqual(line.old_text, "138****1234")

    def test_overwritten_later_is_said(self):
        """If a system tells another value after the verdict, the line says so."""
        request = self._work(self._ask(city="宁波"))
        line = self._line(request, "city")
        line.action_accept()
        self.assertFalse(line.is_changed_since)
        self.person.city = "杭州"
        self.env.invalidate_all()
        self.assertTrue(line.is_changed_since)

    def test_wrong_wishes(self):
        for name, text in (
            ("birth_date", "yesterday"),
            ("sex", "purple"),
            ("email", "nobody"),
            ("phone", "none"),
            ("city", " "),
            ("city", "x" * 201),
        ):
            with self.subTest(field=name, text=text), self.assertRaises(ValidationError):
                self._ask(**{name: text})

    def test_only_listed_fields(self):
        for name in ("is_protected", "user_id", "marketing_allowed", "comment", "id"):
            with self.subTest(field=name), self.assertRaises(ValidationError):
                self._ask(**{name: "1"})

    def test_a_value_that_cannot_be(self):
        """What the record refuses is refused at the verdict; nothing is written."""
        request = self._work(self._ask(birth_date="2990-01-01", city="宁波"))
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            request.correction_ids.action_accept()
        self.env.invalidate_all()
        self.assertEqual(self.person.city, "杭州")
        self.assertEqual(set(request.correction_ids.mapped("state")), {"open"})

    def test_decided_once(self):
        """A second click changes nothing and says so."""
        request = self._work(self._ask(city="宁波"))
        line = request.correction_ids
        line.action_accept()
        for verb in (line.action_accept, line.action_refuse):
            with self.assertRaises(UserError):
                verb()
        with self.assertRaises(UserError):
            line.wished = "温州"
        with self.assertRaises(AccessError):
            line.state = "open"

    def test_one_line_for_a_field(self):
        request = self._ask(city="宁波")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["hcrm.privacy.correction"].sudo().create(
                {"request_id": request.id, "field_name": "city", "wished": "温州"}
            )

    def test_roles(self):
        """The officer takes down, the manager decides, a leader sees no person."""
        request = self._ask(city="宁波")
        self._work(request)
        line = request.correction_ids
        for role in ("officer", "leader", "hcrm_admin", "portal", "nurse"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                line.with_user(self.users[role]).action_accept()
        with self.assertRaises(AccessError):
            line.with_user(self.users["leader"]).read(["wished"])
        self.assertEqual(self.person.city, "杭州")

    def test_other_kinds_have_no_lines(self):
        request = self._request("access")
        with self.assertRaises(UserError):
            self.env["hcrm.privacy.correction"].with_user(self.officer).create(
                {"request_id": request.id, "field_name": "city", "wished": "宁波"}
            )

    def test_portal_by_rpc(self):
        """A portal user adds lines to the own request only."""
        portal = self.users["portal"]
        kind = self.env.ref("hcrm_base.privacy_kind_correct")
        mine = self.env["hcrm.privacy.request"].with_user(portal).create({"kind_id": kind.id})
        lines = self.env["hcrm.privacy.correction"].with_user(portal)
        values = {"field_name": "city", "wished": "宁波"}
        self.assertTrue(lines.create({**values, "request_id": mine.id}))
        with self.assertRaises(AccessError):
            lines.create({**values, "request_id": self._request("correct").id})
        with self.assertRaises(AccessError):
            lines.create({**values, "request_id": mine.id, "reason": "yes", "field_name": "zip"})

    def test_queries_of_many(self):
        """Lines of a request are shown with one read of the person."""
        request = self._ask(city="宁波")
        counts = []
        for more in ({}, {"street": "a", "zip": "1", "street2": "b", "employer": "c", "name": "d"}):
            for name, text in more.items():
                self.env["hcrm.privacy.correction"].with_user(self.officer).create(
                    {"request_id": request.id, "field_name": name, "wished": text}
                )
            self.env.flush_all()
            self.env.invalidate_all()
            lines = request.with_user(self.manager).correction_ids
            before = self.env.cr.sql_log_count
            lines.mapped("current_text")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0], counts)
