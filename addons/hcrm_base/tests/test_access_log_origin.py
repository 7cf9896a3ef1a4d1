from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from ..models import access_log_writer
from .access_log_case import AccessLogCase

TOKEN = "12-0123456789abcdef0123456789abcdef"


@tagged("post_install", "-at_install")
class TestAccessLogOrigin(AccessLogCase):
    """From where something was read: no key to it, and nobody who did not read it."""

    def _noted_by(self, user, path, session_user):
        request = SimpleNamespace(
            httprequest=SimpleNamespace(path=path, remote_addr="192.0.2.1"),
            session=SimpleNamespace(sid="a session", uid=session_user.id),
        )
        with patch.object(access_log_writer, "request", request):
            log = self.env["hcrm.access.log"].with_user(user)
            log._note("res.partner", [], [], detail="page")
            log._flush_notes()
        return self._take()[-1:]

    def test_what_opens_a_page_is_not_kept(self):
        nurse = self.users["nurse"]
        for path, kept in (
            (f"/feedback/confirm/{TOKEN}", "/feedback/confirm/…"),
            (f"/s/{TOKEN}/show", "/s/…/show"),
            ("/web/dataset/call_kw/res.partner/web_read", None),
        ):
            with self.subTest(path=path):
                self.assertEqual(self._noted_by(nurse, path, nurse).path, kept or path)

    def test_a_page_that_works_as_nobody_names_nobody(self):
        public, nurse = self.env.ref("base.public_user"), self.users["nurse"]
        line = self._noted_by(public, "/complaint/status", nurse)
        self.assertEqual(line.user_id, public)
        self.assertFalse(line.real_user_id)
        self.assertFalse(line.session_hash)
        line = self._noted_by(self.users["officer"], "/odoo", nurse)
        self.assertEqual(line.real_user_id, nurse)
        self.assertTrue(line.session_hash)
