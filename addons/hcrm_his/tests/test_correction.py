from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from odoo.tests import new_test_user, tagged

from .common import HisCommon, adt, patient


@tagged("post_install", "-at_install")
class TestCorrection(HisCommon):
    """What a person had corrected stands against older news; newer news is told to the officer."""

    def setUp(self):
        super().setUp()
        self.manager = new_test_user(
            self.env, login="correcting", groups="hcrm_base.group_service_manager"
        )
        self.tell(adt("A28", "1", patient(f13="13800138000"), time="20260301080000"))

    def _accept(self, **wishes):
        request = (
            self.env["hcrm.privacy.request"]
            .with_user(self.manager)
            .create(
                {
                    "partner_id": self.person().id,
                    "kind_id": self.env.ref("hcrm_base.privacy_kind_correct").id,
                    "identity_method": "card",
                }
            )
        )
        lines = self.env["hcrm.privacy.correction"].with_user(self.manager)
        lines = lines.create(
            [
                {"request_id": request.id, "field_name": name, "wished": text}
                for name, text in wishes.items()
            ]
        )
        request.action_check_identity()
        request.action_start()
        lines.action_accept()
        self.env.flush_all()
        return lines

    def _news(self, control, **ahead):
        """Return a message of the patient as the system knows them, told so long from now."""
        moment = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(**ahead)
        self.tell(adt("A31", control, patient(f13="13800138000"), time=f"{moment:%Y%m%d%H%M%S}"))
        self.env.invalidate_all()

    def test_older_news_changes_nothing(self):
        lines = self._accept(birth_date="1991-03-07", phone="13900139000")
        self._news("2", hours=-1)
        self.assertEqual(str(self.person().birth_date), "1991-03-07")
        self.assertEqual(self.person().phone_stored, "+8613900139000")
        self.assertFalse(any(lines.mapped("is_changed_since")))

    def test_newer_news_wins_and_is_said(self):
        lines = self._accept(birth_date="1991-03-07", occupation="cook")
        self._news("3", minutes=2)
        self.assertEqual(str(self.person().birth_date), "1990-03-07")
        said = {line.field_name: line.is_changed_since for line in lines}
        self.assertEqual(said, {"birth_date": True, "occupation": False})
