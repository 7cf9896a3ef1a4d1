from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_privacy_package import PackageCommon


@tagged("post_install", "-at_install")
class TestPrivacyRelease(PackageCommon):
    """A whole record leaves the house by two people, or not at all."""

    def test_nobody_fetches_before_a_release(self):
        request = self._built()
        for user in (self.manager, self.second_manager):
            one = request.with_user(user)
            with self.subTest(user=user.login):
                self.assertFalse(one.package_may_fetch)
                for verb in (one.action_fetch_data, one.action_fetch_document):
                    with self.assertRaisesRegex(UserError, "released"):
                        verb()
                with self.assertRaisesRegex(UserError, "released"):
                    self._hand_over(request, user=user)
        with self.assertRaisesRegex(UserError, "released"):
            request.action_done()
        self.assertFalse(request._portal_may_fetch())

    def test_another_manager_releases(self):
        request = self._built()
        other = request.with_user(self.second_manager)
        self.assertTrue(other.package_may_release)
        self.assertIn("Nobody has released", other.package_hint)
        other.action_release_package()
        self.assertEqual(request.package_released_by_id, self.second_manager)
        self.assertEqual(request.step_ids[-1].event, "released")
        self.assertEqual(request.step_ids[-1].user_id, self.second_manager)
        self.assertTrue(self._hand_over(request)[1])
        request.action_done()
        self.assertTrue(request._portal_may_fetch())
        with self.assertRaises(UserError):
            other.action_release_package()

    def test_who_releases(self):
        """Who releases sees what is judged: a leader does not read who asked."""
        request = self._built()
        seen = ("partner_id", "requester_name", "authority_evidence", "identity_note")
        request.with_user(self.users["hcrm_admin"]).read(seen)
        with self.assertRaises(AccessError):
            request.with_user(self.users["leader"]).read(seen)
        self.assertNotIn("leader", request.package_hint)
        request = self._built()
        request.with_user(self.users["hcrm_admin"]).action_release_package()
        self.assertTrue(request.package_released_at)
        request = self._built()
        for role in ("leader", "officer", "nurse", "doctor", "portal", "marketing"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                request.with_user(self.users[role]).action_release_package()

    def test_no_self_release(self):
        """Neither who recorded the request, nor who had it put together, nor the person."""
        request = self._built()
        with self.assertRaisesRegex(UserError, "somebody else|another"):
            request.action_release_package()
        self.assertFalse(request.package_may_release)
        self.assertIn("You had these data put together", request.package_hint)
        again = request.with_user(self.second_manager)
        again.action_build_package()
        request.sudo()._build_package()
        with self.assertRaisesRegex(UserError, "another"):
            again.action_release_package()
        with self.assertRaisesRegex(UserError, "You recorded this request"):
            request.action_release_package()
        admin = self.users["hcrm_admin"]
        admin.partner_id.kind_ids = self.patient_kind
        own = self._built(partner_id=admin.partner_id.id)
        with self.assertRaisesRegex(UserError, "your own"):
            own.with_user(admin).action_release_package()

    def test_no_release_of_the_own_identity_check(self):
        """Given another had the data put together, who checked the identity does not release."""
        for verb in ("start", "build_package"):
            request = self._request(user=self.officer).with_user(self.manager)
            other = request.with_user(self.second_manager)
            request.action_check_identity()
            if verb == "build_package":
                request.action_start()
            getattr(other, f"action_{verb}")()
            request.sudo()._build_package()
            with self.subTest(verb=verb):
                self.assertEqual(request.package_built_by_id, self.second_manager)
                self.assertFalse(request.package_may_release)
                self.assertIn("You checked the identity", request.package_hint)
                with self.assertRaisesRegex(UserError, "You checked the identity"):
                    request.action_release_package()
            request.with_user(self.users["hcrm_admin"]).action_release_package()

    def test_put_together_anew(self):
        """What was released was looked at: another package wants another look."""
        request = self._released()
        request.action_build_package()
        self.assertFalse(request.package_released_at)
        request.sudo()._build_package()
        with self.assertRaises(UserError):
            self._hand_over(request)

    def test_stays_about_the_same_person(self):
        """Given it was checked for one person, the request cannot be turned to another."""
        request = self._released()
        request.action_done()
        kind = self.env.ref("hcrm_base.privacy_kind_copy")
        for vals in (
            {"partner_id": self.relative.id},
            {"kind_id": kind.id},
            {"requester": "agent"},
            {"requester_name": "Wang"},
            {"authority_evidence": "another paper"},
            {"identity_method": "call_back"},
            {"identity_note": "seen by somebody else"},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "was checked for this"):
                request.write(vals)

    def test_form_keeps_what_was_checked(self):
        """Before the check the form takes the papers down, after it they are only shown."""
        agent = {"requester": "agent", "requester_name": "Li", "authority_evidence": "a power"}
        request = self._request(**agent)
        with Form(request) as form:
            form.authority_evidence = "power of attorney of 2026-03-01"
        request.action_check_identity()
        form = Form(request)
        for name in ("authority_evidence", "requester_name", "identity_note"):
            with self.subTest(field=name), self.assertRaisesRegex(AssertionError, "readonly"):
                form[name] = "x"

    def test_a_reason_is_needed(self):
        request = self._released()
        for reason in (" ", "ok", "      ", "取", "......", "本本本本本本", "x x x x x x"):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "few words"):
                self._hand_over(request, reason=reason)
        self.assertTrue(self._hand_over(request, reason="本人来取"))
        handover = (
            self.env["hcrm.privacy.handover"]
            .with_user(self.manager)
            .create({"request_id": request.id, "reason": "given at the desk"})
        )
        with self.assertRaises(AccessError):
            handover.with_user(self.second_manager)._fetch()
        handover._fetch()
        with self.assertRaises(UserError):
            handover._fetch()
        with self.assertRaises(AccessError):
            handover.is_used = False
        handover.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "was downloaded"):
            handover._fetch()

    def test_hints(self):
        """Whoever looks reads what comes next, or plainly why there is no button."""
        request = self._built()
        self.assertIn("administrator", request.with_user(self.officer).package_hint)
        self.assertIn("administrator", request.with_user(self.users["leader"]).package_hint)
        request.with_user(self.users["hcrm_admin"]).action_release_package()
        self.env.invalidate_all()
        self.assertIn("hand the data over", request.package_hint)
        self.assertIn("service manager", request.with_user(self.users["leader"]).package_hint)
        self.person.with_user(self.manager).is_protected = True
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertIn("protected", request.package_hint)
        self.env["res.lang"]._activate_lang("zh_CN")
        self.assertIn("受保护", request.with_context(lang="zh_CN").package_hint)

    # TIME

    def test_never_released_has_an_end(self):
        """Given nobody releases it, the copy goes when its time is over; the request says so."""
        self.env["ir.config_parameter"].set_param("hcrm_base.privacy_package_days", "3")
        request = self._built()
        days = request.package_expires_at - fields.Datetime.now()
        self.assertAlmostEqual(days.total_seconds(), 3 * 86400, delta=60)
        request.sudo().package_expires_at = fields.Datetime.now() - timedelta(minutes=1)
        with self.enter_registry_test_mode():
            self.env.ref("hcrm_base.hcrm_privacy_cron_packages").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((request.package_state, request.state), ("deleted", "progress"))
        self.assertFalse(request.sudo().package_data or request.sudo().package_document)
        self.assertEqual(request.step_ids[-1].event, "expired")
        self.assertIn("deleted", request.package_hint)
        with self.assertRaises(UserError):
            request.action_done()

    def test_release_begins_the_time_anew(self):
        request = self._built()
        request.sudo().package_expires_at = fields.Datetime.now() + timedelta(hours=1)
        request.with_user(self.second_manager).action_release_package()
        self.assertGreater(request.package_expires_at, fields.Datetime.now() + timedelta(days=20))

    def test_copies_of_before(self):
        """One that was put together before there were ends goes after the usual time."""
        old, young = self._built(), self._built(kind="copy")
        (old | young).sudo().package_expires_at = False
        old.sudo().package_built_at = fields.Datetime.now() - timedelta(days=40)
        self.env["hcrm.privacy.request"].sudo()._delete_expired_packages()
        self.assertEqual((old.package_state, young.package_state), ("deleted", "ready"))

    def test_over_before_it_is_deleted(self):
        """The end counts by itself, whenever the cron comes by."""
        waits, request = self._built(kind="copy"), self._released()
        (waits | request).sudo().package_expires_at = fields.Datetime.now() - timedelta(seconds=1)
        other = waits.with_user(self.second_manager)
        self.assertFalse(other.package_may_release)
        self.assertTrue(other.package_hint)
        with self.assertRaises(UserError):
            other.action_release_package()
        self.assertFalse(request.package_may_fetch)
        with self.assertRaisesRegex(UserError, "any more"):
            self._hand_over(request)
        with self.assertRaisesRegex(UserError, "any more"):
            request.sudo()._fetch_package("data")
        with self.assertRaisesRegex(UserError, "what the person is told"):
            request.action_done()
        request.sudo().package_expires_at = fields.Datetime.now() + timedelta(hours=1)
        request.action_done()
        self.assertTrue(request._portal_may_fetch())
        request.sudo().package_expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertFalse(request._portal_may_fetch())

    def test_a_long_setting(self):
        """Somebody who wants to keep it for ever keeps it ten years."""
        self.env["ir.config_parameter"].set_param("hcrm_base.privacy_package_days", "3000000")
        end = self.env["hcrm.privacy.request"]._get_package_end()
        self.assertLess(end, fields.Datetime.now() + timedelta(days=3651))

    def test_a_wrong_setting(self):
        """Nonsense in the parameter means the usual time, never no end."""
        for value in ("0", "-4", "soon", ""):
            self.env["ir.config_parameter"].set_param("hcrm_base.privacy_package_days", value)
            with self.subTest(value=value):
                end = self.env["hcrm.privacy.request"]._get_package_end()
                self.assertGreater(end, fields.Datetime.now() + timedelta(days=29))
