import io
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import demo_rigs

LETTER = (
    "您好！根据您上次就诊的安排，请于本月内到本院门诊复诊。来院时请携带身份证、医保卡和既往病历。\n"
    "如需改期，请在工作日致电门诊服务台。"
)
#: Letters: to print, printed and not posted, posted.
LETTERS = (("to_print", 6), ("printed", 3), ("posted", 5))
#: Portal messages of the demonstration's login: days ago, subject, words, was it read.
PORTAL = (
    (9, "就诊提醒", "您好，提醒您下周二上午按预约到院就诊，请提前15分钟到达。", True),
    (
        3,
        "体检报告已出",
        "您好，您的体检报告已经完成，可到体检中心一楼领取，也可由家属代取。",
        False,
    ),
    (0, "门诊时间调整", "您好，本周六上午门诊照常开放，周日停诊。急诊不受影响。", False),
)


class HcrmDemoPaperMixin(models.AbstractModel):
    """A clerk's desk with letters, a fax number and its faxes, what the portal login finds."""

    _name = "hcrm.demo.paper.mixin"
    _description = "Demonstration of Letters, Fax and Portal"

    @api.model
    def _create_paper(self, company):
        """After the outbox' own demonstration."""
        gateways = self._create_paper_gateways(company)
        self._create_letters(gateways["letter"])
        self._create_portal_messages(gateways["portal"])
        self._create_faxes(gateways["fax"])

    @api.model
    def _create_paper_gateways(self, company):
        """They pretend, as all of the demonstration; the name is the rigs'."""
        roads = (
            ("信件（本院打印）", "letter", "print", {}),
            ("患者门户", "portal", "portal", {}),
            ("传真线路", "fax", "asterisk_fax", {
                "url": "127.0.0.1:5038", "secret": demo_rigs.PASSWORD, "sender": "021 5555 0100",
                "fax_folder": "/var/spool/hcrm-fax", "rate": 0.05, "burst": 1, "parallel": 1,
                "max_attempts": 5,
            }),
        )  # fmt: skip
        made = self.env["hcrm.gateway"].create(
            [
                {
                    "name": name,
                    "channel": channel,
                    "kind": kind,
                    "company_id": company.id,
                    "user": demo_rigs.USER,
                    **values,
                }
                for name, channel, kind, values in roads
            ]
        )
        return {gateway.channel: gateway for gateway in made}

    @api.model
    def _ask_paper(self, gateway, key, person, **values):
        """Ask for one, and put it where the outbox would have it."""
        days, state = values.pop("days"), values.pop("state", "sent")
        topic = self.env.ref("hcrm_communication.topic_appointment")
        message = self.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": person.id,
                    "company_id": gateway.company_id.id,
                    "topic_id": topic.id,
                    "channels": [gateway.channel],
                    "key": f"demo/{gateway.channel}/{key}",
                    "lang": "zh_CN",
                    **values,
                }
            ]
        )
        at = self.env.cr.now() - timedelta(days=days, minutes=15)
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = 'claimed', claim = 1, claimed_at = %(at)s, attempts = 1,
                       gateway_id = %(gateway)s, due_at = %(at)s, shown_at = %(at)s,
                       address_stored = %(address)s
                 WHERE id = %(id)s AND state = 'waiting';
                UPDATE hcrm_communication
                   SET state = %(state)s, sent_at = %(at)s,
                       settled_at = CASE %(state)s WHEN 'delivered' THEN %(at)s::timestamp END
                 WHERE id = %(id)s AND state = 'claimed'
                """,
                at=at,
                gateway=gateway.id,
                address=person.sudo().fax_stored or person.street or person.email,
                id=message.id,
                state=state,
            )
        )
        return message

    @api.model
    def _find_people(self, count, *more):
        return self.env["res.partner"].search(
            [
                ("is_customer_person", "=", True),
                ("is_deceased", "=", False),
                ("age", ">=", 50),
                ("street", "!=", False),
                *more,
            ],
            order="id",
            limit=count,
        )

    @api.model
    def _create_letters(self, gateway):
        """Some wait, some lie printed, some are at the post."""
        people = iter(self._find_people(sum(count for _state, count in LETTERS)))
        today = fields.Date.context_today(self)
        for days, (state, count) in enumerate(LETTERS):
            letters = self.env["hcrm.communication"].sudo()
            for person in [one for _number, one in zip(range(count), people, strict=False)]:
                if not person.city:
                    person.city = "上海市"
                letters |= self._ask_paper(
                    gateway, f"{state}/{person.id}", person, days=days, purpose="service",
                    body=LETTER, subject_line="复诊通知",
                )  # fmt: skip
            self.env.flush_all()
            letters.invalidate_recordset()
            if state == "to_print" or not letters:
                continue
            values = {
                "letter_batch": self.env["ir.sequence"].next_by_code("hcrm.letter.run"),
                "letter_prints": 1,
                "letter_printed_at": self.env.cr.now() - timedelta(days=days),
            }
            posted = {"letter_posted_on": today - timedelta(days=days - 1)}
            letters.write(values | (posted if state == "posted" else {}))

    @api.model
    def _create_portal_messages(self, gateway):
        """What the portal login of the demonstration finds."""
        login = self.env["res.users"].search([("login", "=", "portal")], limit=1)
        for days, subject, text, is_read in PORTAL if login else ():
            self._ask_paper(
                gateway, f"{days}", login.partner_id, days=days, purpose="service",
                body=text, subject_line=subject, state="delivered" if is_read else "sent",
            )  # fmt: skip

    @api.model
    def _create_faxes(self, gateway):
        """One number typed twice, one that waits for that, and a fax that arrived."""
        people = self._find_people(2, ("phone_stored", "!=", False))
        if len(people) < 2:
            return
        for number, person in enumerate(people):
            person.fax = f"021 5555 020{number}"
        sure = people[0]
        sure._hcrm_confirm_fax("021 5555 0200")
        self._ask_paper(
            gateway, "1", sure, days=1, purpose="service", state="delivered",
            body="您要的就诊证明见附件。", subject_line="就诊证明",
        )  # fmt: skip
        number = self.env["hcrm.inbound"]._receive(
            "fax", gateway.company_id, "021 5555 0200", "传真，共 1 页。对方号码：021 5555 0200",
            gateway, provider_key="demo-fax-1",
        )  # fmt: skip
        if number:
            self.env["ir.attachment"].create(
                {
                    "name": "fax-demo.pdf",
                    "mimetype": "application/pdf",
                    "raw": _sheet(),
                    "res_model": "hcrm.inbound",
                    "res_field": "files_stored",
                    "res_id": number,
                }
            )


def _sheet():
    """A page as a fax machine sends it."""
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415
    from reportlab.pdfbase.pdfmetrics import registerFont  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setFont("STSong-Light", 14)
    for row, text in enumerate(("仁爱医院门诊服务台：", "请将复诊时间改到下周三上午。谢谢！")):
        canvas.drawString(72, 760 - 30 * row, text)
    canvas.save()
    return out.getvalue()
