from datetime import datetime, timedelta

from odoo.addons.hcrm_base.tests.common import HcrmCommon

NOW = datetime(2026, 3, 2, 4, 0)  # a Monday noon in Shanghai


class ConsentCase(HcrmCommon):
    """A clock that stands at a Monday noon, a hospital in Shanghai, one person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr._now = NOW
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.env["hcrm.safety.switch"].action_open()
        cls.consents = cls.env["hcrm.consent"]
        cls.person = cls._person(
            "张伟", phone="13800138000", email="zhang@example.com", birth_date="1980-05-01"
        )

    @classmethod
    def _say(cls, partner=None, purpose="marketing", status="granted", days=0, **vals):
        """Record an answer of so many days ago."""
        return cls.consents.create(
            {
                "partner_id": (partner or cls.person).id,
                "purpose": purpose,
                "status": status,
                "decided_at": NOW - timedelta(days=days),
                **vals,
            }
        )

    @classmethod
    def _status(cls, partner=None, purpose="marketing", topic=None, channel=None, at=NOW, **kwargs):
        question = ((partner or cls.person).id, cls.company.id, purpose, topic, channel, at)
        return cls.consents._ask([question], **kwargs)[0].status

    @classmethod
    def _child(cls, name="张小明", birth_date="2018-06-01", guardian=None, **vals):
        """Return a child of the person, who may consent and gets the messages."""
        child = cls._person(name, birth_date=birth_date, **vals)
        cls.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": (guardian or cls.person).id,
                "relation": "parent",
                "may_consent": True,
                "may_receive_messages": True,
            }
        )
        return child
