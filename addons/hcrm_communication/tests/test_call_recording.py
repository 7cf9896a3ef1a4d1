import io
import wave

from odoo.tests import HttpCase, new_test_user, tagged

from .common import CommunicationCase


def _sound():
    told = io.BytesIO()
    with wave.open(told, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 800)
    return told.getvalue()


@tagged("post_install", "-at_install")
class TestCallRecording(HttpCase, CommunicationCase):
    """What was recorded of care is heard by clinical roles, of service by the desks as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sound = _sound()
        cls.calls = {purpose: cls._create_call(purpose) for purpose in ("care", "service")}
        for role in ("nurse", "officer", "marketing"):
            new_test_user(cls.env, f"hears-{role}", f"hcrm_base.group_{role}")

    @classmethod
    def _create_call(cls, purpose):
        call = cls.env["hcrm.call"].create(
            {
                "channel_ref": f"recorded-{purpose}",
                "direction": "in",
                "company_id": cls.env.company.id,
                "partner_id": cls.li.id,
                "number_stored": "+8613800138001",
                "purpose": purpose,
                "program": "menu",
            }
        )
        call._keep_recording(f"hcrm-{call.id}-1", cls.sound)
        call._keep_recording(f"hcrm-{call.id}-1", cls.sound)
        return call

    def _hear(self, role, purpose):
        self.authenticate(f"hears-{role}", f"hears-{role}")
        call = self.calls[purpose]
        [file] = call.sudo()._find_recordings()
        return self.url_open(f"/hcrm/call/{call.id}/recording/{file.id}")

    def test_who_hears_what(self):
        heard = {
            (role, purpose): self._hear(role, purpose).status_code
            for role in ("nurse", "officer", "marketing")
            for purpose in ("care", "service")
        }
        self.assertEqual(
            heard,
            {
                ("nurse", "care"): 200,
                ("nurse", "service"): 200,
                ("officer", "care"): 404,
                ("officer", "service"): 200,
                ("marketing", "care"): 404,
                ("marketing", "service"): 404,
            },
        )
        self.assertEqual(self._hear("nurse", "care").content, self.sound)

    def test_hearing_is_logged(self):
        self._hear("nurse", "care")
        self.env["hcrm.access.log"]._flush_notes()
        self.env.cr.execute(
            "SELECT count(*) FROM hcrm_access_log WHERE res_model = 'hcrm.call' AND user_id = %s",
            [self.env["res.users"].search([("login", "=", "hears-nurse")]).id],
        )
        self.assertTrue(self.env.cr.fetchone()[0])

    def test_no_other_road_leads_to_the_sound(self):
        user = self.env["res.users"].search([("login", "=", "hears-officer")])
        files = self.env["ir.attachment"].with_user(user)
        self.assertFalse(files.search([("res_model", "=", "hcrm.call")]))
        self.authenticate("hears-officer", "hears-officer")
        [file] = self.calls["care"].sudo()._find_recordings()
        reply = self.url_open(f"/web/content/{file.id}")
        self.assertNotEqual(reply.content, self.sound)
