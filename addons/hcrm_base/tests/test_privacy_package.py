import io
import json
import logging
import time
import zipfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models import erasure_catalogue
from ..models.privacy_package import PrivacyPackage
from .access_samples import TEXT, Sample
from .test_privacy_request import PrivacyCommon

_logger = logging.getLogger(__name__)

MIXIN = "odoo.addons.hcrm_base.models.hcrm_privacy_package_mixin"
RELATIVE, RELATIVE_PHONE = "顾大明", "13911112222"


class PackageCommon(PrivacyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.encounter = cls._encounter(cls.person, cls.cardiology, started_at="2026-03-01 01:00:00")
        cls.relative = cls._person(RELATIVE, phone=RELATIVE_PHONE)
        cls.env["hcrm.relationship"].create(
            {
                "partner_id": cls.person.id,
                "related_partner_id": cls.relative.id,
                "relation": "parent",
                "note": "her father rang",
            }
        )
        cls.env["hcrm.identifier"].create(
            {"partner_id": cls.person.id, "system": "RID", "value": "11010519491231002X"}
        )
        cls._results(3)
        cls.env["hcrm.charge"].create(
            {
                "partner_id": cls.person.id,
                "item_code": "X1",
                "item_name": "血常规",
                "paid_amount": 25,
                "cost_amount": 4.75,
            }
        )

    @classmethod
    def _results(cls, number):
        cls.env["hcrm.observation"].create(
            [
                {
                    "partner_id": cls.person.id,
                    "code": "2345-7",
                    "name": "葡萄糖",
                    "value_number": 5 + one / 10,
                    "has_number": True,
                    "unit": "mmol/L",
                    "observed_at": f"2026-03-01 08:{one % 60:02d}:00",
                }
                for one in range(number)
            ]
        )

    def _built(self, **vals):
        """Return a request whose data are put together."""
        request = self._started(**vals)
        request.sudo()._build_package()
        self.assertEqual(request.package_state, "ready")
        return request

    def _released(self, **vals):
        """Return a request whose data another manager has released."""
        request = self._built(**vals)
        request.with_user(self.second_manager).action_release_package()
        return request

    def _hand_over(self, request, part="document", reason="given at the desk", user=None):
        """Return what the dialog with the reason downloads."""
        handovers = self.env["hcrm.privacy.handover"].with_user(user or self.manager)
        values = {"request_id": request.id, "part": part, "reason": reason}
        return handovers.create(values)._fetch()

    def _json(self, request):
        return self._unzipped(request.sudo()._fetch_package("data")[1])

    def _unzipped(self, content):
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            return json.loads(files.read("data.json"))

    def _section(self, found, model):
        return next(one for one in found["sections"] if one["model"] == model)

    def _reader(self, lang="en_US"):
        return PrivacyPackage(self.env, self.person, self.company, lang, "Asia/Shanghai")


@tagged("post_install", "-at_install")
class TestPrivacyPackage(PackageCommon):
    """What a person receives."""

    def test_every_told_field_of_every_model(self):
        """A row of each governed model about the person: what its entry tells is in the file."""
        told, marks = [], {}
        for model in erasure_catalogue.governed(self.env):
            if not (model._hcrm.told and model._hcrm.told.fields) or model._name.startswith(
                "hcrm.privacy"
            ):
                continue
            sample = Sample(
                self.env,
                model._name,
                "own",
                self.person,
                self.relative,
                self.cardiology,
                self.company,
                self.env["res.users"],
            )
            self.env[model._name].sudo().create(sample.values())
            told.append(model)
            marks[model._name] = sample
        self.assertGreater(len(told), 10)
        found = self._json(self._built())
        for model in told:
            rows = self._section(found, model._name)["rows"]
            self.assertTrue(rows, model._name)
            text = json.dumps(rows, ensure_ascii=False)
            values = marks[model._name].values()
            for name in set(values) - {"value"}:
                field = model._fields[name]
                if field.type in TEXT and isinstance(values[name], str) and "ZQ:" in values[name]:
                    with self.subTest(model=model._name, field=name):
                        is_told = name in model._hcrm.told.fields
                        mark = marks[model._name].mark(name)
                        self.assertEqual(mark in text, is_told)

    def test_every_model_says_what_it_tells(self):
        for model in erasure_catalogue.governed(self.env):
            told = model._hcrm.told
            with self.subTest(model=model._name):
                self.assertTrue(told, "add told=Told(…) to its governance entry")
                self.assertFalse(set(told.fields) - set(model._fields))
        self.assertTrue(self.env["res.partner"]._hcrm.told)

    def test_values(self):
        """Numbers in full for the person, results as text and as number, times in UTC."""
        found = self._json(self._built())
        self.assertEqual(found["format"], "hcrm-privacy-package")
        [person] = self._section(found, "res.partner")["rows"]
        self.assertEqual((person["name"], person["phone_stored"]), ("顾小满", "138 0000 1234"))
        [number] = self._section(found, "hcrm.identifier")["rows"]
        self.assertEqual(number["value_stored"], "11010519491231002X")
        results = self._section(found, "hcrm.observation")["rows"]
        self.assertEqual(len(results), 3)
        self.assertEqual(results[0]["value_number"], 5.2, "the newest first")
        self.assertEqual(results[0]["observed_at"], "2026-03-01T08:02:00Z")
        self.assertEqual(results[0]["status"]["code"], "final")

    def test_others_and_secrets_stay_out(self):
        """A relative's name is shortened, the phone left out; what it cost is the hospital's."""
        request = self._built()
        file = request.sudo()._fetch_package("data")[1]
        with zipfile.ZipFile(io.BytesIO(file)) as files:
            text = files.read("data.json").decode()
        document = request.sudo()._fetch_package("document")[1].decode(errors="replace")
        for secret in (RELATIVE, RELATIVE_PHONE, "139 1111 2222", "4.75", "her father rang"):
            with self.subTest(secret=secret):
                self.assertNotIn(secret, text)
                self.assertNotIn(secret, document)
        self.assertIn("顾**", text)

    def test_other_hospital_and_other_person(self):
        other = self.env["res.company"].create({"name": "Second hospital"})
        values = {"code": "I10", "name": "ABROAD", "company_id": other.id}
        self.env["hcrm.diagnosis"].create({**values, "partner_id": self.person.id})
        self.env["hcrm.diagnosis"].create(
            {**values, "company_id": self.company.id, "partner_id": self.relative.id}
        )
        found = self._json(self._built())
        self.assertFalse(self._section(found, "hcrm.diagnosis")["rows"])

    def test_merged_person(self):
        """What was recorded under an absorbed number is the person's."""
        twin = self._person("顾满")
        self._encounter(twin, self.cardiology, started_at="2020-01-01 01:00:00")
        self.person._hcrm_merge(twin, "twins")
        found = self._json(self._built())
        self.assertEqual(len(self._section(found, "hcrm.encounter")["rows"]), 2)
        self.assertEqual(len(self._section(found, "res.partner")["rows"]), 2)

    def test_left_out_is_said(self):
        segment = self.env["hcrm.segment"].create(
            {"name": "SECRETNAME", "kind": "fixed", "owner_id": self.users["nurse"].id}
        )
        self.env["hcrm.segment.member"].create(
            {"segment_id": segment.id, "partner_id": self.person.id}
        )
        found = self._json(self._built())
        [line] = [one for one in found["left_out"] if "egment" in one["label"]]
        self.assertEqual(line["rows"], 1)
        self.assertTrue(line["why"])
        self.assertNotIn("SECRETNAME", json.dumps(found))

    def test_inquiries_are_not_betrayed(self):
        """A hold for a court or an inspection is neither told nor counted."""
        self.env["hcrm.retention.hold"].create(
            {"partner_id": self.person.id, "reference": "SECRETCASE", "reason": "inspection"}
        )
        found = json.dumps(self._json(self._built()))
        self.assertNotIn("SECRETCASE", found)
        self.assertNotIn(self.env["hcrm.retention.hold"]._description, found)

    def test_document_in_chinese(self):
        """The document is in the person's language, with labels, selections and days of it."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.person.lang = "zh_CN"
        request = self._built()
        name, content = request.sudo()._fetch_package("document")
        if name.endswith("pdf"):
            self.assertTrue(content.startswith(b"%PDF"))
        else:
            text = content.decode()
            for word in ("顾小满", "葡萄糖", "血常规", "检查结果", "关于您"):
                self.assertIn(word, text)

    def test_queries_do_not_follow_rows(self):
        """Given 50 results in place of 1, the same number of questions."""
        self.env["hcrm.observation"].search([("partner_id", "=", self.person.id)]).unlink()
        request = self._started()
        counts = []
        for number in (1, 49):
            self._results(number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._reader().build(request)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1, counts)

    def test_many_results(self):
        """Batches: what is in memory does not grow with the rows."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_observation (partner_id, company_id, code, name, value_text,
                       observed_at, status)
                SELECT %s, %s, 'X', 'many', n::text, now() - n * interval '1 minute', 'final'
                  FROM generate_series(1, 5000) n
                """,
                self.person.id,
                self.company.id,
            )
        )
        request = self._started()
        started = time.monotonic()
        data, document, _ending, rows = self._reader().build(request)
        _logger.info("PACKAGE: %s rows in %.1f s", rows, time.monotonic() - started)
        found = self._unzipped(data)
        self.assertEqual(len(self._section(found, "hcrm.observation")["rows"]), 5003)
        self.assertLess(len(document), 2_000_000, "long lists are not printed whole")


@tagged("post_install", "-at_install")
class TestPrivacyPackageLife(PackageCommon):
    """Who gets it, when, and how it ends."""

    def test_put_together_in_the_background(self):
        request = self._started()
        self.assertEqual(request.package_state, "queued")
        with self.assertRaises(UserError):
            request.action_done()
        with self.enter_registry_test_mode():
            self.env.ref("hcrm_base.hcrm_privacy_cron_packages").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(request.package_state, "ready")
        self.assertGreater(request.package_rows, 5)
        self.assertIn("packed", request.step_ids.mapped("event"))
        request.with_user(self.second_manager).action_release_package()
        request.action_done()
        self.assertTrue(request.package_expires_at)

    @mute_logger(MIXIN)
    def test_gives_up_after_some_tries(self):
        """One that cannot be built does not stop the next, and ends as failed."""
        first, second = self._started(), self._started("copy")
        build = type(first)._build_package

        def fail_first(request):
            if request == first:
                raise ValueError("no paper")
            return build(request)

        with (
            patch.object(type(first), "_build_package", fail_first),
            self.enter_registry_test_mode(),
        ):
            for _try in range(5):
                self.env.ref("hcrm_base.hcrm_privacy_cron_packages").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((first.package_state, second.package_state), ("failed", "ready"))
        with self.assertRaises(UserError):
            first.action_done()
        first.answer = "Given on paper."
        first.action_done()

    def test_two_workers(self):
        """What another worker is at is left to it."""
        request = self._started()
        self.env.flush_all()
        with self.registry.cursor() as other:
            other.execute(
                "SELECT pg_advisory_xact_lock(hashtext('hcrm_package'), %s)", [request.id]
            )
            request.sudo()._build_package()
        self.assertEqual(request.package_state, "queued")

    def test_manager_hands_over(self):
        """Each fetch is an export in the log, about the person, and a step of the request."""
        request = self._released()
        self.env["hcrm.access.log"]._flush_notes()  # of other tests
        action = request.action_fetch_document()
        self.assertEqual(action["res_model"], "hcrm.privacy.handover")
        self._hand_over(request)
        log = self.env["hcrm.access.log"]
        log._flush_notes()
        line = log.search([("res_model", "=", request._name)], limit=1)
        self.assertEqual((line.kind, line.user_id), ("export", self.manager))
        self.assertEqual(line.detail, f"{request.name}: given at the desk")
        self.assertIn(self.person.id, line.sudo().partner_ids)
        self.assertEqual(request.step_ids[-1].event, "downloaded")
        self.assertEqual(request.step_ids[-1].user_id, self.manager)

    def test_others_do_not(self):
        request = self._released()
        for role in ("officer", "leader", "hcrm_admin", "nurse", "doctor", "portal"):
            user = self.users[role]
            with self.subTest(role=role), self.assertRaises(AccessError):
                request.with_user(user).action_fetch_data()
        about = [("res_model", "=", request._name), ("res_field", "!=", False)]
        files = self.env["ir.attachment"].sudo().search(about)
        self.assertFalse(files, "system users may read the files of any field")
        system = new_test_user(
            self.env, "package_system", groups="base.group_system,hcrm_base.group_hcrm_admin"
        )
        for user in (self.manager, system):
            for name in ("package_data", "package_document"):
                with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                    request.with_user(user).read([name])

    def test_protected_file(self):
        """The manager opens a protected file first, as always."""
        request = self._released()
        self.person.with_user(self.manager).is_protected = True
        self.env.flush_all()
        with self.assertRaises(AccessError):
            request.action_fetch_data()
        self.person.with_user(self.manager)._break_glass("she waits at the desk")
        self.env.invalidate_all()
        self.assertTrue(request.action_fetch_data())

    def test_identity_comes_first(self):
        request = self._released()
        request.sudo().identity_checked_at = False
        with self.assertRaises(UserError):
            request.action_fetch_data()

    def test_ends(self):
        """Fetched: a week more. Over: the files are gone, the request stays."""
        request = self._released()
        request.action_done()
        released_until = request.package_expires_at
        request.sudo()._fetch_package("data")
        self.assertLess(request.package_expires_at, released_until)
        request.sudo().package_expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertEqual(self._files(request), 2)
        request.sudo()._delete_expired_packages()
        self.assertEqual(request.package_state, "deleted")
        self.assertEqual(self._files(request), 0)
        with self.assertRaises(UserError):
            request.sudo()._fetch_package("data")

    def test_withdrawn_leaves_no_copy(self):
        request = self._built()
        request.action_withdraw()
        self.assertEqual(request.package_state, "deleted")
        self.assertEqual(self._files(request), 0)

    def _files(self, request):
        self.env.flush_all()
        self.env.invalidate_all()
        return len([name for name in ("package_data", "package_document") if request.sudo()[name]])
