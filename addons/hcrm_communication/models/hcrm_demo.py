from odoo import api, models
from odoo.tools import SQL

from ..tools import demo_rigs
from .hcrm_demo_outbox_mixin import PRICES

MARKETING = "医院资讯短信通道"
#: Past reminders: how many; and how they went, by the last digit of the visit's number.
PAST = 1500


class HcrmDemo(models.AbstractModel):
    _name = "hcrm.demo"
    _inherit = [
        "hcrm.demo.consent.mixin",
        "hcrm.demo.dialogue.mixin",
        "hcrm.demo.conversation.mixin",
        "hcrm.demo.menu.mixin",
        "hcrm.demo.outbox.mixin",
        "hcrm.demo.paper.mixin",
        "hcrm.demo.seat.mixin",
        "hcrm.demo.platform.mixin",
        "hcrm.demo",
    ]

    @api.model
    def _open_desks(self):
        """Gateways that send nothing, a year of reminders, those of the next days, a day's work."""
        opened = super()._open_desks()
        company = self.env["res.users"].search([("login", "=", "officer")], limit=1).company_id
        sms, marketing, mail = self._create_gateways(company)
        self.env.flush_all()
        self._create_consents(company)
        self._create_past_messages(sms)
        self._create_waiting_messages(company)
        self._create_templates()
        self._create_platforms(company)
        self._create_inbox(sms)
        self._create_conversations(sms, mail)
        self._create_day(sms, marketing)
        self._create_sendings()
        self._create_telephone_menu(company)
        self._create_paper(company)
        self._create_telephone_line(company)
        self._create_contact_centre(company)
        return opened

    @api.model
    def _create_gateways(self, company):
        """Sandboxes that know the way to ``make rigs`` on this machine, and to nobody else.

        Invented persons may bear real numbers: only the rigs take this name and password.
        """
        server = self.env["ir.mail_server"].create(
            {
                "name": "演示邮件服务器（make rigs）",
                "smtp_host": "127.0.0.1",
                "smtp_port": demo_rigs.SMTP_PORT,
                "smtp_encryption": "starttls",
                "smtp_authentication": "login",
                "smtp_user": demo_rigs.USER,
                "smtp_pass": demo_rigs.PASSWORD,
            }
        )
        kannel = {"channel": "sms", "kind": "kannel", "url": demo_rigs.SMS_URL}
        kannel |= {"user": demo_rigs.USER, "secret": demo_rigs.PASSWORD}
        mail = {"channel": "email", "kind": "smtp", "mail_server_id": server.id}
        return self.env["hcrm.gateway"].create(
            [
                {
                    **road,
                    "name": name,
                    "sender": sender,
                    "company_id": company.id,
                    "price_per_part": PRICES[road["channel"]],
                    "carries_service": name != MARKETING,
                    "carries_marketing": name == MARKETING,
                }
                for name, sender, road in (
                    ("医院短信通道", "10690001", kannel),
                    # service and marketing must not share a port
                    (MARKETING, "10690002", kannel),
                    ("医院邮箱", "仁爱医院 <care@renai.example.org>", mail),
                )
            ]
        )

    @api.model
    def _create_telephone_line(self, company):
        """It makes no call and takes none before the rigs are there and open it."""
        return self.env["hcrm.gateway"].create(
            {
                "name": "医院总机（语音）",
                "channel": "voice",
                "kind": "asterisk",
                "company_id": company.id,
                "url": demo_rigs.ARI_URL,
                "user": demo_rigs.USER,
                "secret": demo_rigs.PASSWORD,
                "sender": demo_rigs.TELEPHONE,
                "price_per_part": PRICES["voice"],
                "carries_service": True,
            }
        )

    @api.model
    def _create_past_messages(self, gateway):
        """Reminders before visits of the past year, most of them delivered."""
        topic = self.env.ref("hcrm_communication.topic_appointment")
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_communication (
                       subject_id, recipient_id, company_id, purpose, message_class, topic_id,
                       priority, idempotency_key, ref, due_at, next_at, shown_at, expires_at,
                       channel, state, sent_at, settled_at, claim, claimed_at, gateway_id,
                       attempts, address_stored, body_stored, failure_code, create_date,
                       create_uid, lang)
                SELECT visit.partner_id, visit.partner_id, visit.company_id, 'care', 'care',
                       %(topic)s, 10, 'demo/' || visit.id, md5('demo' || visit.id), at, at, at,
                       at + interval '7 days', 'sms', how,
                       CASE WHEN how <> 'failed' THEN at END, at, 1, at, %(gateway)s, 1,
                       person.phone_stored,
                       '【仁爱医院】' || person.name || '您好，提醒您' ||
                           to_char(visit.started_at + interval '8 hours', 'MM月DD日HH24:MI') ||
                           '到院就诊，请带好证件。如需改期请回复或致电客服。',
                       CASE WHEN how = 'failed' THEN 'undelivered' END, at, 1, 'zh_CN'
                  FROM (SELECT *, started_at - interval '1 day' AS at,
                               CASE WHEN id %% 23 = 0 THEN 'failed'
                                    WHEN id %% 7 = 0 THEN 'sent' ELSE 'delivered' END AS how
                          FROM hcrm_encounter
                         WHERE encounter_class <> 'emergency' AND company_id = %(company)s
                      ORDER BY started_at DESC LIMIT %(limit)s) AS visit
                  JOIN res_partner AS person ON person.id = visit.partner_id
                 WHERE person.phone_stored <> '' AND person.death_date IS NULL
                """,
                topic=topic.id,
                gateway=gateway.id,
                company=gateway.company_id.id,
                limit=PAST,
            )
        )

    @api.model
    def _create_waiting_messages(self, company):
        """Reminders of the appointments to come, asked for as any other addon would."""
        topic = self.env.ref("hcrm_communication.topic_appointment")
        coming = self.env["hcrm.appointment"].search(
            [
                ("company_id", "=", company.id),
                ("starts_at", ">", self.env.cr.now()),
                ("state", "=", "booked"),
            ],
            limit=200,
        )
        self.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": appointment.partner_id.id,
                    "company_id": company.id,
                    "purpose": "care",
                    "topic_id": topic.id,
                    "channels": ["sms", "email"],
                    "key": f"demo/appointment/{appointment.id}",
                    "subject_line": "就诊提醒",
                    "body": f"【仁爱医院】{appointment.partner_id.name}您好，"
                    "提醒您按预约时间到院就诊，请带好证件。",
                    "due_at": appointment.starts_at,
                    "lang": "zh_CN",
                }
                for appointment in coming
            ]
        )
