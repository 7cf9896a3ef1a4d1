from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

from ..tools import inbound_text
from .outbox_clock import now_sql

#: A provider that gives no number to a message may deliver it again within this time: seconds.
WINDOW = 120
#: What was written so long before it arrived was late on its way: seconds.
DELAY = 10
#: Begins the address of who withheld theirs: each call, each fax is a stranger of its own.
WITHHELD = "?"


class HcrmInboundReceivingMixin(models.AbstractModel):
    """Stored first, worked later: what a gateway was told "yes" to is never lost."""

    _name = "hcrm.inbound.receiving.mixin"
    _description = "Receiving"

    @api.model
    def _receive(self, channel, company, sender, text, gateway=None, **values):
        """Store one message; return its id, or nothing if it is here already.

        :param sender: number or e-mail address, in whatever form
        :param values: ``provider_key`` (the far end's own name of the message), ``subject``,
            ``refs`` (references of ours it answers), ``is_automatic``, ``receiver``,
            ``told_at`` (text: the far end's clock, part of what makes a message the same),
            ``happened_at`` (naive UTC: when it was written, if the far end told), ``thread``
            (what belongs together of who withholds the number: a call)
        """
        address = self._find_address(channel, company, sender, values)
        text = inbound_text.clean(text)
        subject = inbound_text.clean(values.get("subject"))[:500]
        key, older = self._prepare_keys(address, subject, text, values)
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO hcrm_inbound
                       (channel, company_id, gateway_id, state, message_class, address_stored,
                        body_stored, subject_line_stored, receiver, provider_key, answered_refs,
                        is_automatic, received_at, happened_at, attempts,
                        create_uid, create_date, write_uid, write_date)
                SELECT %(channel)s, %(company)s, %(gateway)s, 'new', 'service', %(address)s,
                       %(text)s, %(subject)s, %(receiver)s, %(key)s, %(refs)s,
                       %(automatic)s, %(now)s, %(happened)s, 0, %(uid)s, %(now)s, %(uid)s, %(now)s
                 WHERE NOT EXISTS (SELECT FROM hcrm_inbound
                                    WHERE channel = %(channel)s AND company_id = %(company)s
                                      AND provider_key = %(older)s)
                    ON CONFLICT (company_id, channel, provider_key) DO NOTHING
             RETURNING id
                """,
                channel=channel,
                company=company.id,
                gateway=gateway.id if gateway else None,
                address=address,
                text=text,
                subject=subject or None,
                receiver=inbound_text.clean(values.get("receiver"))[:64] or None,
                key=key,
                older=older,
                refs=",".join(values.get("refs") or ()) or None,
                automatic=bool(values.get("is_automatic")),
                now=now_sql(),
                happened=self._happened_sql(values),
                uid=self.env.uid,
            )
        )
        if not rows:
            return None
        self._trigger()
        return rows[0][0]

    @api.model
    def _happened_sql(self, values):
        """When it was written: a far end whose clock is wrong by far is not believed.

        Far ends tell whole seconds, of their own clock: of what comes at once our clock tells
        more, and an answer never stands before the message it answers.
        """
        told = values.get("happened_at") or inbound_text.moment(values.get("told_at"))
        now = now_sql()
        if not told:
            return now
        return SQL(
            "CASE WHEN %(told)s BETWEEN (%(now)s) - interval '30 days'"
            " AND (%(now)s) - make_interval(secs => %(delay)s)"
            " THEN %(told)s ELSE %(now)s END",
            told=SQL("%s::timestamp", told.replace(microsecond=0)),
            now=now,
            delay=DELAY,
        )

    @api.model
    def _prepare_keys(self, address, subject, text, values):
        """Return under which key this message is known, and under which it may be already."""
        if provider_key := values.get("provider_key"):
            key = inbound_text.digest("provider", provider_key, address)
            return key, key
        content = (address, subject, text, values.get("told_at") or "")
        if values.get("told_at"):
            key = inbound_text.digest("told", *content)
            return key, key
        window = int(fields.Datetime.now().timestamp()) // WINDOW
        return (
            inbound_text.digest("window", window, *content),
            inbound_text.digest("window", window - 1, *content),
        )

    @api.model
    def _find_address(self, channel, company, sender, values):
        """Return from where a message came, as it is stored."""
        return self._normalize_sender(channel, company, sender) or _stranger(values)

    @api.model
    def _normalize_sender(self, channel, company, sender):
        if channel == "email":
            return email_normalize(sender or "") or inbound_text.clean(sender)[:200].lower()
        if channel == "wechat":
            return inbound_text.clean(sender)[:64]
        if channel == "portal":  # a login, as it is
            return inbound_text.clean(sender)[:200]
        return inbound_text.number(sender, company.country_id.code or "CN")

    @api.model
    def _trigger(self):
        """Wake the worker."""
        if cron := self.env.ref("hcrm_communication.ir_cron_inbound", False):
            cron.sudo()._trigger()


def _stranger(values):
    """Return an address of its own for who withheld theirs.

    >>> _stranger({"thread": "a", "provider_key": "1"}) == _stranger({"thread": "a"})
    True
    >>> _stranger({"provider_key": "1"}) == _stranger({"provider_key": "2"}), _stranger({})
    (False, '')
    """
    name = values.get("thread") or values.get("provider_key")
    return WITHHELD + inbound_text.digest(name) if name else ""
