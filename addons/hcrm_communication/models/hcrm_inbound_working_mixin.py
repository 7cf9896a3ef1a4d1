import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import inbound_words
from .outbox_clock import now_sql

_logger = logging.getLogger(__name__)

BATCH = 20
MAX_ATTEMPTS = 3
#: So long after a question an answer is told to the one who asked: days.
ANSWER_DAYS = 30
PHONES = ("phone_stored", "phone_other_stored")
#: Where an address of a channel is kept, if not with the phones.
COLUMNS = {"email": ("email_normalized",), "fax": ("fax_stored",)}
#: More than so many messages of one sender in an hour are no conversation.
FLOOD = 30


class HcrmInboundWorkingMixin(models.AbstractModel):
    """What arrived is matched to the person and the question, and taken where it belongs.

    Everything a message causes is written in the transaction that takes it out of the queue: a
    worker may be killed anywhere. Two messages of one sender are worked one after the other.
    """

    _name = "hcrm.inbound.working.mixin"
    _description = "Working on Arrivals"

    @api.model
    def _cron_work(self):
        """Work on what has arrived as far as the time goes."""
        commit_progress = self.env["ir.cron"]._commit_progress
        self._end_questions()
        self.env["hcrm.conversation"].sudo()._gather()
        commit_progress(0)
        self.env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        while (done := self._work()) and commit_progress(done, remaining=done):
            self.env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        commit_progress(0, remaining=0)

    @api.model
    def _work(self, limit=BATCH):
        """Work on the next messages; the caller commits. Return how many."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM hcrm_inbound AS arrived
                 WHERE state = 'new'
                   AND NOT EXISTS (SELECT FROM hcrm_inbound AS older
                                    WHERE older.state = 'new'
                                      AND older.address_stored = arrived.address_stored
                                      AND older.channel = arrived.channel
                                      AND older.id < arrived.id)
              ORDER BY id
                 LIMIT %s
                   FOR UPDATE SKIP LOCKED
                """,
                limit,
            )
        )
        self.env.invalidate_all()
        ids = [row[0] for row in rows]
        for arrived in self.sudo().browse(ids):
            arrived._work_safely()
        self.env["hcrm.conversation"].sudo()._gather(ids)
        return len(rows)

    def _work_safely(self):
        """One message that cannot be worked must not stop the others, nor be lost."""
        try:
            with self.env.cr.savepoint():
                self.with_company(self.company_id)._work_one()
        except psycopg2.OperationalError:
            raise
        except Exception:  # pylint: disable=broad-except
            _logger.exception("Message %s that arrived could not be worked on", self.id)
            self.env.invalidate_all()
            attempts = self.attempts + 1
            self.write(
                {"attempts": attempts}
                | ({"state": "inbox", "trouble": "broken"} if attempts >= MAX_ATTEMPTS else {})
            )

    def _work_one(self):
        last = self._find_last_sent()
        asked = self._find_answered(last)
        persons = self._find_persons()
        self._note_context(asked or last, persons)
        if self._is_opt_out():
            self._take_opt_out(last, persons)
        elif self._is_noise():
            self.write({"state": "noise"})
        elif question := self._find_question(last):
            self._take_question_answer(question)
        elif asked:
            self._take_answer(asked)
        else:
            self._leave_to_a_person("several" if len(persons) > 1 else None)

    # MATCHING

    def _find_last_sent(self):
        """Return the last message that went to this number or address on this channel."""
        return self._find_sent(SQL("address_stored = %s", self.address_stored))

    def _find_sent(self, condition):
        """What a worker has in hand is few, and looked through: no index has their addresses."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM (SELECT * FROM hcrm_communication
                         WHERE state IN ('uncertain', 'sent', 'delivered', 'failed')
                           AND %(condition)s
                         UNION ALL
                        SELECT * FROM hcrm_communication
                         WHERE state = 'claimed' AND %(condition)s) AS message
                 WHERE channel = %(channel)s AND company_id = %(company)s
                   AND claimed_at IS NOT NULL
              ORDER BY COALESCE(sent_at, claimed_at) DESC, id DESC
                 LIMIT 1
                """,
                condition=condition,
                channel=self.channel,
                company=self.company_id.id,
            )
        )
        return self.env["hcrm.communication"].sudo().browse(row[0] for row in rows)

    def _find_answered(self, last):
        """Return the message this one answers, or nothing.

        An e-mail says it itself, as a key pressed in a call does, and only the address we wrote to
        is believed. An SMS answers the last one; when several persons were written to at this
        number lately, nobody can tell.
        """
        if self.channel == "email" or self.answered_refs:
            refs = (self.answered_refs or "").split(",")
            found = self._find_sent(SQL("ref = ANY(%s)", [ref for ref in refs if ref]))
            return found.filtered(lambda one: one.address_stored == self.address_stored)
        since = fields.Datetime.now() - timedelta(days=ANSWER_DAYS)
        if not last or (last.sent_at or last.claimed_at) < since:
            return last.browse()
        [(people,)] = self.env.execute_query(
            SQL(
                """
                SELECT count(DISTINCT subject_id) FROM hcrm_communication
                 WHERE address_stored = %s AND channel = %s AND company_id = %s
                   AND state IN ('uncertain', 'sent', 'delivered', 'failed')
                   AND sent_at > %s AND purpose <> 'marketing'
                """,
                self.address_stored,
                self.channel,
                self.company_id.id,
                since,
            )
        )
        return last if people <= 1 else last.browse()

    def _find_persons(self):
        """Return who has this number or address: survivors of merges, nobody who died."""
        return self._find_sharers(self.channel, self.address_stored, self.company_id)

    @api.model
    def _find_sharers(self, channel, address, company):
        """Return who has a number or address in a hospital."""
        if channel == "portal":
            return self._find_portal_person(address)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM res_partner
                 WHERE (%(here)s)
                   AND (active AND is_customer_person OR canonical_id IS NOT NULL)
                   AND (company_id IS NULL OR company_id = %(company)s)
                """,
                here=self._has_address_sql(channel, address, company),
                company=company.id,
            )
        )
        named = self.env["res.partner"].sudo().browse(row[0] for row in rows)
        persons = named._hcrm_canonical()
        return persons.filtered(lambda one: one.active and not one.is_deceased).sorted("id")

    @api.model
    def _has_address_sql(self, channel, address, company):
        """Return the condition for persons who have this number or address."""
        if channel == "wechat":
            return self.env["hcrm.platform.account"]._has_openid_sql(address, company)
        columns = COLUMNS.get(channel, PHONES)
        return SQL(" OR ").join(
            SQL("%s = %s", SQL.identifier(column), address) for column in columns
        )

    @api.model
    def _find_portal_person(self, login):
        """Return whose login it is: nobody else's, whatever others share."""
        user = self.env["res.users"].sudo().search([("login", "=", login)], limit=1)
        return user.partner_id._hcrm_canonical()

    def _note_context(self, message, persons):
        """Write down what is known already: who may read it follows from what it answers."""
        person = persons if len(persons) == 1 else persons.browse()
        values = {"partner_id": person.id, "answers_id": message.id}
        if message:
            values |= {
                "message_class": message.message_class,
                "topic_id": message.topic_id.id,
                "purpose": message.purpose,
            }
            if not persons:
                values["partner_id"] = message.recipient_id._hcrm_canonical().id
        self.write(values)

    # WHERE IT GOES

    def _is_opt_out(self):
        if self.is_automatic:
            return False
        listed = self._get_gateway()._get_opt_out_words()
        if inbound_words.is_opt_out(self.body_stored, listed):
            return True
        return not self.body_stored and inbound_words.is_opt_out(self.subject_line_stored, listed)

    def _is_noise(self):
        """Programs, our own address, storms: kept, and nobody is bothered."""
        if self.is_automatic or not (self.body_stored or self.subject_line_stored):
            return True
        ours = self._get_gateway()._get_own_addresses()
        return self.address_stored in ours or self._is_flood()

    def _is_flood(self):
        since = self.received_at - timedelta(hours=1)
        count = self.search_count(
            [
                ("address_stored", "=", self.address_stored),
                ("channel", "=", self.channel),
                ("received_at", ">", since),
                ("id", "<", self.id),
            ],
            limit=FLOOD + 1,
        )
        return count > FLOOD

    def _get_gateway(self):
        return self.gateway_id or self.gateway_id.search(
            [("channel", "=", self.channel), ("company_id", "=", self.company_id.id)], limit=1
        )

    def _take_answer(self, message):
        """Tell the asker; what nobody asked for or understood is for a person."""
        person = message.recipient_id._hcrm_canonical()
        self.write({"partner_id": person.id})
        if self._tell_asker(message):
            self.write({"state": "answered", "settled_at": fields.Datetime.now()})
        else:
            self._leave_to_a_person(None)

    def _tell_asker(self, message):
        """True when the asker took the answer. An asker returns ids it cannot make sense of."""
        model = self.env.get(message.res_model or "")
        if model is None or not hasattr(model, "_hcrm_on_communications"):
            return False
        event = {
            "communication_id": message.id,
            "res_model": message.res_model,
            "res_id": message.res_id,
            "event": "answered",
            "text": self.body_stored or self.subject_line_stored or "",
            "inbound_id": self.id,
            "partner_id": self.partner_id.id,
        }
        return self.id not in (model.sudo()._hcrm_on_communications([event]) or ())

    def _leave_to_a_person(self, trouble):
        self.write({"state": "inbox", "trouble": trouble})

    # QUESTIONS OF OURS

    def _find_question(self, last):
        """Return the open question whose text was the last thing sent to this number."""
        if not last:
            return self.browse()
        return self.search(
            [
                ("state", "=", "asked"),
                ("address_stored", "=", self.address_stored),
                ("channel", "=", self.channel),
                ("company_id", "=", self.company_id.id),
                ("question_expires_at", ">", fields.Datetime.now()),
                ("reply_id", "=", last.id),
            ],
            limit=1,
        )

    @api.model
    def _end_questions(self):
        """Nobody answered: who shares a phone is asked by a person, care goes on."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_inbound
                   SET state = CASE question WHEN 'who' THEN 'inbox' ELSE 'opt_out' END,
                       trouble = CASE question WHEN 'who' THEN 'no_answer' ELSE 'care_goes_on' END,
                       settled_at = CASE question WHEN 'who' THEN NULL ELSE %(now)s END
                 WHERE state = 'asked' AND question_expires_at <= %(now)s
                """,
                now=now_sql(),
            )
        )
        self.env.invalidate_all()
