from odoo import api, models
from odoo.tools import SQL

#: What an SMS costs at a provider, and what a printed letter would.
PRICES = {"sms": 0.045, "email": 0.0, "voice": 0.12}
#: How today's reminders went: state, failure, how many, minutes ago at most.
TODAY = (
    ("delivered", None, 96, 420),
    ("delivered", None, 14, 14),
    ("sent", None, 17, 180),
    ("sent", None, 9, 12),
    ("uncertain", "no_answer", 2, 4),
    ("failed", "bad_address", 4, 300),
    ("failed", "undelivered", 3, 240),
    ("failed", "too_many_attempts", 2, 600),
)
TEXT = "【仁爱医院】您好，提醒您明天上午按预约到院，请带好证件，提前15分钟到达。"
NEWS = "【仁爱医院】名医讲堂本周日上午九点在门诊五楼举行，欢迎参加。拒收请回复R"
INVITATION = (
    "【仁爱医院】您好，体检中心本周六增开上午场，请空腹并携带身份证到门诊三楼。咨询请致电医院客服。"
)


class HcrmDemoOutboxMixin(models.AbstractModel):
    """A day at the outbox: what left this morning, what failed, a sending under way and a draft."""

    _name = "hcrm.demo.outbox.mixin"
    _description = "Demonstration of the Outbox"

    @api.model
    def _create_day(self, gateway, marketing):
        """Messages of today, in every state that a person looks at."""
        before = 0
        topic = self.env.ref("hcrm_communication.topic_appointment").id
        for place, (state, failure, count, minutes) in enumerate(TODAY):
            self._create_lot(
                gateway, f"today/{place}", count, minutes, before, state=state, purpose="care",
                failure_code=failure, priority=10, topic_id=topic, body_stored=TEXT,
            )  # fmt: skip
            before += count
        # who was never asked gets no advertising
        self._create_lot(
            marketing, "refused", 12, 360, before, state="refused", purpose="marketing",
            priority=90, body_stored=NEWS, reasons='[["consent_unknown", {"effect": "refuse"}]]',
        )  # fmt: skip
        self._price_past(gateway)

    @api.model
    def _create_lot(self, gateway, key, count, minutes, before, **values):
        """Write messages as the outbox would have left them, the last ``minutes`` through."""
        values |= {"message_class": values["purpose"], "failure_values": '{"attempts": 8}'}
        messages = self.env["hcrm.communication"]
        typed = SQL(", ").join(
            SQL("%s::%s", value, SQL(messages._fields[name].column_type[1]))
            for name, value in values.items()
        )
        state, purpose = values["state"], values["purpose"]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_communication (
                       %(names)s, subject_id, recipient_id, company_id, idempotency_key, ref,
                       due_at, next_at, shown_at, expires_at, channel, sent_at, settled_at, claim,
                       claimed_at, gateway_id, attempts, address_stored, create_date, create_uid,
                       lang)
                SELECT %(typed)s, id, id, %(company)s, %(key)s || id, md5(%(key)s || id), at,
                       at + interval '10 minutes', at, at + interval '7 days', 'sms',
                       CASE WHEN %(left)s THEN at END, CASE WHEN %(ended)s THEN at END, 1,
                       at, %(gateway)s, 1, phone_stored, at, 1, 'zh_CN'
                  FROM (SELECT id, phone_stored,
                               %(now)s - interval '1 minute' * %(minutes)s
                                   * ((row_number() OVER (ORDER BY id) * 7919 %% 97) / 97.0) AS at
                          FROM res_partner AS person
                         WHERE is_customer_person IS TRUE AND phone_stored <> ''
                           AND death_date IS NULL
                           AND NOT EXISTS (SELECT FROM hcrm_consent
                                            WHERE partner_id = person.id AND purpose = %(purpose)s
                                              AND status = 'withdrawn')
                      ORDER BY id OFFSET %(before)s LIMIT %(count)s) AS person
                """,
                names=SQL(", ").join(map(SQL.identifier, values)),
                typed=typed,
                company=gateway.company_id.id,
                key=f"demo/{key}/",
                left=state in ("sent", "delivered"),
                ended=state != "uncertain",
                gateway=gateway.id,
                now=self.env.cr.now(),
                minutes=minutes,
                purpose=purpose,
                before=before,
                count=count,
            )
        )

    @api.model
    def _price_past(self, gateway):
        """Book what messages of the past would have cost, a part for 70 or 67 characters."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET parts = told.parts, cost = told.parts * %(price)s
                  FROM (SELECT id, CASE WHEN length(body_stored) <= 70 THEN 1
                                        ELSE ceil(length(body_stored) / 67.0) END AS parts
                          FROM hcrm_communication
                         WHERE gateway_id = %(gateway)s AND sent_at IS NOT NULL) AS told
                 WHERE hcrm_communication.id = told.id
                """,
                price=gateway.price_per_part,
                gateway=gateway.id,
            )
        )

    @api.model
    def _create_sendings(self):
        """One that a manager sent, waiting for its turn, and a nurse's draft with its rehearsal."""
        sent = self._create_sending(
            "service_manager",
            "团检客户员工",
            name="体检中心周六加场通知",
            purpose="service",
            body=INVITATION,
        ).sudo()
        sent.state = "asking"
        sent._ask_next()
        template = self.env["hcrm.message.template"].search(
            [("code", "=", "discharge_call")], limit=1
        )
        self._create_sending(
            "nurse",
            "高血压随访人群",
            name="随访电话预告",
            purpose="care",
            template_id=template.id,
            topic_id=template.topic_id.id,
        ).action_preview()

    @api.model
    def _create_sending(self, login, segment, **values):
        user = self.env["res.users"].search([("login", "=", login)], limit=1)
        found = self.env["hcrm.segment"].search([("name", "=", segment)], limit=1)
        sendings = self.env["hcrm.sending"].with_user(user)
        return sendings.create({"segment_id": found.id, "channel": "sms", **values})
