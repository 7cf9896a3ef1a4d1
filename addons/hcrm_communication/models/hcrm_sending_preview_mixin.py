from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL, babel_locale_parse, format_date

from ..tools.sms_text import measure

DAYS_AHEAD = 14
#: Who may not see members must not count them either, one by one.
K = 10
#: Languages are looked for among so many members, and so many are shown.
LOOKED_AT, SHOWN = 20_000, 4


class HcrmSendingPreviewMixin(models.AbstractModel):
    """What a sending would be before it goes: its words as real customers get them, how many would
    get it, who would wait or be held back and why, and what it would cost.
    """

    _name = "hcrm.sending.preview.mixin"
    _description = "Preview of a Sending"

    sample_partner_id = fields.Many2one(
        "res.partner",
        string="Try with",
        store=False,
        domain=[("is_customer_person", "=", True)],
        help="The words are filled with what you may read about this customer.",
    )
    samples = fields.Html(compute="_compute_samples", sanitize=False)
    # exact counts: shown through the rehearsal only, which veils small ones
    preview = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    is_rehearsed = fields.Boolean(compute="_compute_rehearsal")
    rehearsal = fields.Html(compute="_compute_rehearsal", sanitize=False)

    # WORDS

    @api.depends(
        "segment_id", "template_id", "body", "subject_line", "channel", "channel_after",
        "sample_partner_id",
    )  # fmt: skip
    @api.depends_context("uid", "lang")
    def _compute_samples(self):
        for sending in self:
            told = list(sending._get_samples())
            sending.samples = told and self.env["ir.qweb"]._render(
                "hcrm_communication.sending_samples", {"samples": told}
            )

    def _get_samples(self):
        """Yield a text for each channel and language that occurs in the segment."""
        if not self.template_id:
            if (self.body or "").strip():
                words = {"body": self._get_signed_body(), "subject_line": self.subject_line}
                yield self._tell_sample(self.channel, words)
            return
        for lang in self._get_languages():
            person = self._find_sample(lang)
            for channel in filter(None, (self.channel, self.channel_after)):
                yield self._make_sample(channel, lang, person)

    def _get_languages(self):
        """Return the languages of the members, the most frequent first."""
        if self.sample_partner_id:
            return [self.sample_partner_id.lang or self._get_own_language()]
        segment = self.segment_id._origin or self.segment_id
        if not segment:
            return [self._get_own_language()]
        found = self.env.execute_query(
            SQL(
                """
                SELECT lang
                  FROM (SELECT lang FROM res_partner WHERE id IN %s LIMIT %s) AS person
              GROUP BY lang ORDER BY count(*) DESC
                """,
                segment._member_query(),
                LOOKED_AT,
            )
        )
        languages = [lang or self._get_own_language() for (lang,) in found]
        return list(dict.fromkeys(languages))[:SHOWN] or [self._get_own_language()]

    def _get_own_language(self):
        return self.company_id.sudo().partner_id.lang or "zh_CN"

    def _find_sample(self, lang):
        """Return a real customer: the chosen one, else a member, if the user may see members."""
        if self.sample_partner_id:
            chosen = self.sample_partner_id._origin or self.sample_partner_id
            return chosen._filtered_access("read")
        members, segment = self.env["hcrm.segment.member"].sudo(False), self.segment_id._origin
        if not segment or not members.has_access("read"):
            return self.env["res.partner"]
        known = [lang, False] if lang == self._get_own_language() else [lang]
        found = members.search(
            [
                ("segment_id", "=", segment.id),
                ("left_at", "=", False),
                ("partner_id.lang", "in", known),
            ],
            limit=1,
        )
        return found.partner_id._filtered_access("read")

    def _make_sample(self, channel, lang, person):
        """Fill the approved text with a person; with the names of its places if there is none."""
        template = self.template_id._origin or self.template_id
        text = template.sudo()._find_text(channel, lang)
        if not text:
            trouble = self.env._("The template has no approved text for this channel.")
            return self._tell_sample(channel, {}, lang, person, trouble)
        if not person:
            words = {"body": text.preview, "subject_line": text.preview_subject}
            return self._tell_sample(channel, words, text.lang)
        request = {
            "recipient_id": person.id,
            "company_id": self.company_id.id,
            "channels": [channel],
            "lang": lang,
        }
        renderer = self.env["hcrm.template.renderer"]
        [made] = renderer._render_batch(template.sudo(), self.env.uid, [request])
        words = made.get("texts", {}).get(channel, {})
        return self._tell_sample(channel, words, text.lang, person, made.get("trouble"))

    def _tell_sample(self, channel, words, lang=None, person=None, trouble=None):
        body = words.get("body")
        size = measure(body or "")
        price = (size.parts if channel == "sms" else 1) * self._get_price(channel)
        return {
            "channel": self._name_of("channel", channel),
            "language": lang and self._say_language(lang),
            "person": person and person.display_name,
            "subject": channel == "email" and words.get("subject_line"),
            "body": body,
            "trouble": trouble,
            "size": body
            and channel == "sms"
            and self.env._(
                "%(units)s characters, %(parts)s SMS each", units=size.units, parts=size.parts
            ),
            "price": body and price and self.env._("%(price)s each", price=self._say_money(price)),
        }

    @api.model
    def _say_language(self, lang):
        return babel_locale_parse(lang).get_language_name(self.env.lang or "en_US")

    def _get_price(self, channel):
        """Return the price of a part by the gateway that will take it; a price is no secret."""
        carries = "carries_marketing" if self.purpose == "marketing" else "carries_service"
        domain = [
            ("company_id", "=", self.company_id.id), ("channel", "=", channel), (carries, "=", True)
        ]  # fmt: skip
        return self.env["hcrm.gateway"].sudo().search(domain, limit=1).price_per_part

    def _say_money(self, amount):
        """Return an amount; small ones with the digits that a price has."""
        currency = self.company_id.sudo().currency_id
        if amount and amount < 1:
            return f"{currency.symbol}{amount:.4f}".rstrip("0")
        return currency.format(amount)

    # REHEARSAL

    def action_preview(self):
        """Rehearse the sending over the next days; nothing leaves."""
        self.ensure_one()
        self._check_draft()
        told = self.env["hcrm.dry.run"]._run(self._prepare_requests(), days=DAYS_AHEAD)
        self.sudo().preview = self._sum_up(told)

    def _sum_up(self, told):
        """Return the rehearsal as counts, in the user's days."""
        leaving, parts, costs, held = Counter(), Counter(), Counter(), Counter()
        for line in told:
            if line["state"] in ("sent", "delivered"):
                day = fields.Datetime.context_timestamp(self, line["at"]).date()
                key = str(day), line["channel"]
                leaving[key] += 1
                parts[key] += line["parts"]
                costs[key] += line["cost"]
            else:
                held[line["state"], self.env["hcrm.communication"]._say_reasons(line)] += 1
        return {
            "leaving": [
                {
                    "day": day,
                    "channel": channel,
                    "count": count,
                    "parts": parts[day, channel],
                    "cost": round(costs[day, channel], 4),
                }
                for (day, channel), count in sorted(leaving.items())
            ],
            "held": [
                {"state": state, "why": why, "count": count}
                for (state, why), count in held.most_common()
            ],
        }

    @api.depends("preview")
    @api.depends_context("lang", "uid")
    def _compute_rehearsal(self):
        for sending in self:
            told = sending.sudo().preview
            sending.is_rehearsed = bool(told)
            sending.rehearsal = told and self.env["ir.qweb"]._render(
                "hcrm_communication.sending_rehearsal", sending._tell_rehearsal(told)
            )

    def _tell_rehearsal(self, told):
        """Return the rehearsal in words; sums only where they tell of no few persons."""
        lines = [*told["leaving"], *told["held"]]
        is_told = not any(self._is_veiled(line["count"]) for line in lines)
        today = str(fields.Date.context_today(self))
        return {
            "leaving": [self._say_leaving(line, today) for line in told["leaving"]],
            "held": [self._say_held(line) for line in told["held"]],
            "total": is_told and self._say_total(told),
            "is_sandbox": self._is_sandbox(),
            "note": self.env._(
                "Rehearsed by the outbox itself for the next %(days)s days, at the prices of now.",
                days=DAYS_AHEAD,
            ),
        }

    def _say_total(self, told):
        leaving = told["leaving"]
        return self.env._(
            "%(count)s will go, %(held)s will not; %(parts)s parts cost %(cost)s.",
            count=sum(line["count"] for line in leaving),
            held=sum(line["count"] for line in told["held"]),
            parts=sum(line.get("parts", 0) for line in leaving),
            cost=self._say_money(sum(line.get("cost", 0) for line in leaving)),
        )

    def _say_leaving(self, line, today):
        is_veiled = self._is_veiled(line["count"])
        return {
            "day": self.env._("Today")
            if line["day"] == today
            else format_date(self.env, line["day"]),
            "channel": self._name_of("channel", line["channel"]),
            "count": self._veil(line["count"]),
            "parts": "" if is_veiled else line.get("parts", ""),
            "cost": "" if is_veiled else self._say_money(line.get("cost", 0)),
        }

    def _say_held(self, line):
        return {
            "state": self._name_of("state", line["state"]),
            "why": line["why"] or "–",
            "count": self._veil(line["count"]),
        }

    def _is_sandbox(self):
        """True if nothing would leave: the switch is off, or the gateways are for trying."""
        if self.env["hcrm.safety.switch"]._is_test_mode():
            return True
        domain = [("company_id", "=", self.company_id.id), ("channel", "=", self.channel)]
        gateway = self.env["hcrm.gateway"].sudo().search(domain, limit=1)
        return gateway.sandbox or gateway.kind == "null"

    # FEW AND MANY

    @api.model
    def _is_veiled(self, count):
        return count < K and not self.env.user.has_group("hcrm_base.group_segment_member_reader")

    @api.model
    def _veil(self, count):
        return f"< {K}" if self._is_veiled(count) else str(count)

    @api.model
    def _name_of(self, field, value):
        described = self.env["hcrm.communication"]._fields[field]._description_selection(self.env)
        return dict(described).get(value, value)
