import hashlib
from datetime import timedelta

from odoo import api, models

#: Code of our template, the provider's number, its state, why refused.
REGISTERED = (
    ("appointment_reminder", "SMS_154950901", "approved", False),
    ("discharge_call", "SMS_154950902", "approved", False),
    ("opt_out_done", "SMS_154950903", "submitted", False),
    ("check_up", "SMS_154950904", "refused", "营销类模板须使用营销签名，请重新提交。"),
)
#: What programs write has no template of ours.
CODE = "您的验证码是${code}，${minutes}分钟内有效。请勿告知他人，包括医院工作人员。"
FOLLOWERS = 60
SAID = ("请问周六上午有专家号吗", "检查报告怎么看", "[图片]", "谢谢")


class HcrmDemoPlatformMixin(models.AbstractModel):
    """Sandboxes of a template SMS provider and of an Official Account, with some who follow it."""

    _name = "hcrm.demo.platform.mixin"
    _description = "Demonstration of Platforms"

    @api.model
    def _create_platforms(self, company):
        """The SMS gateway carries nothing, so that the hospital's first one goes on sending."""
        sms, wechat = self.env["hcrm.gateway"].create(
            [
                {
                    "name": "阿里云短信（模板报备）",
                    "channel": "sms",
                    "kind": "aliyun",
                    "user": "LTAI-demo",
                    "sequence": 50,
                    "signature": "仁爱医院",
                    "carries_service": False,
                    "company_id": company.id,
                },
                {
                    "name": "仁爱医院公众号",
                    "channel": "wechat",
                    "kind": "wechat_oa",
                    "user": "wx00000000demo0000",
                    "company_id": company.id,
                },
            ]
        )
        self._register_texts(sms, wechat)
        self._create_followers(wechat)

    @api.model
    def _register_texts(self, sms, wechat):
        texts = self.env["hcrm.message.template.text"].search(
            [("lang", "=", "zh_CN"), ("state", "=", "approved")]
        )
        by_code = {(one.template_id.code, one.channel): one.id for one in texts}
        rows = [
            {
                "gateway_id": sms.id,
                "text_id": by_code.get((code, "sms")),
                "code": number,
                "state": state,
                "refusal": refusal,
            }
            for code, number, state, refusal in REGISTERED
        ]
        rows += [
            {"gateway_id": sms.id, "code": "SMS_154950900", "words": CODE, "state": "approved"},
            {
                "gateway_id": wechat.id,
                "text_id": by_code.get(("appointment_reminder", "wechat")),
                "code": "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY",
                "state": "approved",
            },
        ]
        known = self.env.cr.now().replace(microsecond=0) - timedelta(days=20)
        self.env["hcrm.provider.template"].create([row | {"decided_at": known} for row in rows])

    @api.model
    def _create_followers(self, gateway):
        """Persons who bound their account at the desk; some left, some wrote this morning."""
        now = self.env.cr.now().replace(microsecond=0)
        morning = now.replace(hour=9, minute=20)  # UTC: the desks' afternoon
        persons = self.env["res.partner"].search(
            [
                ("is_customer_person", "=", True),
                ("phone_stored", "like", "+861"),
                ("death_date", "=", False),
                ("birth_date", "<", now.date() - timedelta(days=18 * 366)),
            ],
            order="id",
            limit=FOLLOWERS,
        )
        accounts = self.env["hcrm.platform.account"].create(
            [
                {
                    "partner_id": person.id,
                    "gateway_id": gateway.id,
                    "openid": "oDemo" + hashlib.sha256(str(place).encode()).hexdigest()[:23],
                    "proof": "code" if place % 4 == 0 else "scan",
                    "bound_at": morning - timedelta(days=place * 5 % 300 + 3, hours=place % 7),
                    "followed_at": morning - timedelta(days=place * 5 % 300 + 3, hours=place % 7),
                    "unfollowed_at": now - timedelta(days=2) if place % 15 == 14 else False,
                    "last_inbound_at": place % 6 == 0 and now - timedelta(hours=place + 1),
                }
                for place, person in enumerate(persons)
            ]
        )
        inbox = self.env["hcrm.inbound"]
        for place, (account, text) in enumerate(zip(accounts, SAID, strict=False)):
            inbox._receive(
                "wechat", gateway.company_id, account.openid, text, gateway=gateway,
                provider_key=f"demo/{place}",
            )  # fmt: skip
