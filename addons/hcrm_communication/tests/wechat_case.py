import time
from datetime import timedelta

from odoo import fields

from .common import CommunicationCase
from .wechat_simulator import APP, KEY, SECRET, TOKEN, WechatSimulator

OPENID = "oLiMing_0123456789abcdefghij"


class WechatCase(CommunicationCase):
    """A hospital with an Official Account, and a person who follows it."""

    kind_of_gateway = "wechat_oa"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform = WechatSimulator().start()
        cls.addClassCleanup(cls.platform.stop)
        cls.wechat = cls._create_gateway(
            "wechat",
            cls.kind_of_gateway,
            url=cls.platform.url,
            user=APP,
            new_secret=SECRET,
            new_callback_token=TOKEN,
            new_callback_key=KEY,
            sender="zhangsan",
            timeout=2.0,
            parallel=1,
        )
        cls.accounts = cls.env["hcrm.platform.account"]
        cls.account = cls.accounts._bind(
            cls.wechat, OPENID, cls.li, "scan", fields.Datetime.now() - timedelta(days=9)
        )

    def setUp(self):
        super().setUp()
        platform = self.platform
        platform.mood, platform.lifetime = "", 7200
        platform.followers = {OPENID: time.time()}
        platform.refusers = set()
        for kept in (platform.phones, platform.links, platform.asked, platform.jobs):
            kept.clear()

    def _ask_wechat(self, text, recipient=None, **values):
        return self._ask(recipient, **{"body": text, "channels": ["wechat"], **values})

    def _send_wechat(self, text, recipient=None, **values):
        message = self._ask_wechat(text, recipient, **values)
        self._go()
        return message

    def _go(self):
        self.outbox._drain(commit=False)
        self.env.invalidate_all()

    def _told(self, message):
        return message.state, message.failure_code

    def _be_silent(self, days=3):
        """The person has not said anything lately."""
        self.platform.followers[OPENID] = time.time() - days * 86_400

    @classmethod
    def _register(cls, code, words, **values):
        cls.platform.templates[code] = words
        made = cls.env["hcrm.provider.template"].create(
            {"gateway_id": cls.wechat.id, "code": code, "words": words, **values}
        )
        made.action_approve()
        return made
