import logging

from psycopg2.errors import UniqueViolation

from odoo import api, models
from odoo.tools import SQL

from .hcrm_conversation_clock_mixin import REOPEN_DAYS
from .outbox_clock import now_sql

_logger = logging.getLogger(__name__)

#: Messages taken into conversations by one statement.
BATCH = 500
#: Roles whose screens follow by themselves; each then asks for what it may see.
DESKS = (
    "officer",
    "service_manager",
    "nurse",
    "doctor",
    "community_worker",
    "vip_desk",
    "marketing",
)
#: Is the conversation that of who wrote?
SAME = SQL(
    """talk.company_id = arrived.company_id
       AND CASE WHEN arrived.partner_id IS NULL
                THEN talk.partner_id IS NULL AND talk.channel = arrived.channel
                     AND talk.address_stored = arrived.address_stored
                ELSE talk.partner_id = arrived.partner_id END"""
)


class HcrmConversationGatheringMixin(models.AbstractModel):
    """What arrived finds its conversation: a few statements, however many messages.

    Two workers who receive two messages of one person make one conversation: a partial unique index
    decides. Keys are written in one order and rows locked in one order, so neither waits for the
    other in a circle. What cannot be placed now is found by the next round.
    """

    _name = "hcrm.conversation.gathering.mixin"
    _description = "Gathering Conversations"

    @api.model
    def _gather(self, inbound_ids=()):
        """Place what waits for a person and, where their conversation is open, ``inbound_ids``."""
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                touched = self._gather_rows(self._lock_arrivals(inbound_ids))
        except UniqueViolation:
            # somebody opened the same conversation this very moment: the next round sees it
            _logger.info("Conversations are gathered again in the next round")
            return self.browse()
        finally:
            self.env.invalidate_all()
        return touched

    @api.model
    def _gather_rows(self, ids):
        if not ids:
            return self.browse()
        self._drop_spam(ids)
        reopened = self._reopen(ids)
        self._insert_missing(ids)
        linked = self._link_arrivals(ids)
        self._link_messages(ids)
        touched = self.sudo().browse(sorted(linked))
        self._lock_rows(touched.ids)
        self._sum_up(touched.ids, ids)
        self.env.invalidate_all()
        reopened._log_handover("reopened")
        touched._release_unfit()
        touched._start_turns()
        touched._notify_desks()
        return touched

    @api.model
    def _lock_arrivals(self, inbound_ids):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM hcrm_inbound
                 WHERE conversation_id IS NULL AND state = 'inbox'
                    OR conversation_id IS NULL AND id = ANY(%s) AND partner_id IS NOT NULL
                       AND state IN ('answered', 'asked', 'opt_out')
              ORDER BY id LIMIT %s
                   FOR UPDATE SKIP LOCKED
                """,
                list(inbound_ids),
                BATCH,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _drop_spam(self, ids):
        """What comes from an address that somebody called spam waits for nobody."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_inbound AS arrived
                   SET conversation_id = spam.id, state = 'noise', settled_at = %s
                  FROM hcrm_inbound AS one
            CROSS JOIN LATERAL (SELECT talk.id, talk.state FROM hcrm_conversation AS talk
                                 WHERE talk.partner_id IS NULL
                                   AND talk.company_id = one.company_id
                                   AND talk.channel = one.channel
                                   AND talk.address_stored = one.address_stored
                              ORDER BY talk.id DESC LIMIT 1) AS spam
                 WHERE one.id = arrived.id AND one.id = ANY(%s) AND one.partner_id IS NULL
                   AND one.address_stored <> '' AND spam.state = 'spam'
                """,
                now_sql(),
                ids,
            )
        )

    @api.model
    def _reopen(self, ids):
        """Open the last conversation of each sender again, if it was closed lately."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT talk.id
                  FROM hcrm_conversation AS talk
                 WHERE talk.id IN (
                       SELECT DISTINCT ON (arrived.id) talk.id
                         FROM hcrm_inbound AS arrived
                         JOIN hcrm_conversation AS talk ON %(same)s
                        WHERE arrived.id = ANY(%(ids)s) AND arrived.state = 'inbox'
                          AND talk.state = 'closed' AND talk.merged_into_id IS NULL
                          AND talk.closed_at > (%(now)s) - make_interval(days => %(days)s)
                          AND NOT EXISTS (SELECT FROM hcrm_conversation AS talk
                                           WHERE talk.closed_at IS NULL AND %(same)s)
                     ORDER BY arrived.id, talk.closed_at DESC)
              ORDER BY talk.id FOR UPDATE
                """,
                same=SAME,
                ids=ids,
                days=int(self._get_setting(REOPEN_DAYS)),
                now=now_sql(),
            )
        )
        reopened = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_conversation AS talk
                   SET state = 'open', closed_at = NULL, closed_by_id = NULL,
                       user_id = CASE WHEN handler.active THEN talk.user_id END
                  FROM hcrm_conversation AS old
             LEFT JOIN res_users AS handler ON handler.id = old.user_id
                 WHERE old.id = talk.id AND talk.id = ANY(%s) AND talk.state = 'closed'
             RETURNING talk.id
                """,
                [row[0] for row in rows],
            )
        )
        return self.sudo().browse(row[0] for row in reopened)

    @api.model
    def _insert_missing(self, ids):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_conversation
                       (company_id, partner_id, channel, address_stored, message_class, state,
                        started_at, last_at, unread, answers,
                        create_uid, create_date, write_uid, write_date)
                SELECT DISTINCT ON (arrived.company_id, arrived.partner_id, place.channel,
                                    place.address)
                       arrived.company_id, arrived.partner_id, arrived.channel,
                       arrived.address_stored, arrived.message_class, 'new',
                       arrived.happened_at, arrived.happened_at, 0, 0,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM hcrm_inbound AS arrived
            CROSS JOIN LATERAL (SELECT
                       CASE WHEN arrived.partner_id IS NULL THEN arrived.channel END AS channel,
                       CASE WHEN arrived.partner_id IS NULL THEN arrived.address_stored END
                            AS address) AS place
                 WHERE arrived.id = ANY(%(ids)s) AND arrived.state = 'inbox'
                   AND NOT EXISTS (SELECT FROM hcrm_conversation AS talk
                                    WHERE talk.closed_at IS NULL AND %(same)s)
              ORDER BY arrived.company_id, arrived.partner_id, place.channel, place.address,
                       arrived.happened_at, arrived.id
                    ON CONFLICT DO NOTHING
                """,
                ids=ids,
                same=SAME,
                uid=self.env.uid,
                now=now_sql(),
            )
        )

    @api.model
    def _link_arrivals(self, ids):
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_inbound AS arrived SET conversation_id = talk.id
                  FROM hcrm_conversation AS talk
                 WHERE arrived.id = ANY(%s) AND arrived.conversation_id IS NULL
                   AND talk.closed_at IS NULL AND %s
             RETURNING talk.id
                """,
                ids,
                SAME,
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _link_messages(self, ids):
        """What was answered, and what we said in return, stand in the thread, too."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication AS message SET conversation_id = told.talk
                  FROM (SELECT message.id, min(arrived.conversation_id) AS talk
                          FROM hcrm_inbound AS arrived
                          JOIN hcrm_communication AS message
                               ON message.id IN (arrived.answers_id, arrived.reply_id)
                         WHERE arrived.id = ANY(%s) AND arrived.conversation_id IS NOT NULL
                           AND arrived.partner_id IN (message.recipient_id, message.subject_id)
                           AND message.conversation_id IS NULL
                      GROUP BY message.id) AS told
                 WHERE message.id = told.id
                """,
                ids,
            )
        )

    @api.model
    def _lock_rows(self, ids):
        self.env.cr.execute(
            SQL("SELECT FROM hcrm_conversation WHERE id = ANY(%s) ORDER BY id FOR UPDATE", ids)
        )

    @api.model
    def _sum_up(self, ids, inbound_ids):
        """Bring conversations up to what arrived in them just now."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_conversation AS talk
                   SET last_at = GREATEST(talk.last_at, told.last_at),
                       started_at = LEAST(talk.started_at, told.first_at),
                       message_class = (ARRAY['marketing', 'service', 'care'])[GREATEST(told.rank,
                           array_position(ARRAY['marketing', 'service', 'care'],
                                          talk.message_class::text))],
                       unread = talk.unread + told.waiting,
                       unanswered_since = COALESCE(talk.unanswered_since, told.asked_at),
                       snoozed_until = CASE WHEN told.waiting = 0 THEN talk.snoozed_until END,
                       state = CASE WHEN told.waiting = 0 THEN talk.state
                                    WHEN talk.user_id IS NULL THEN 'new' ELSE 'open' END,
                       write_date = %(now)s
                  FROM (SELECT conversation_id, max(happened_at) AS last_at,
                               min(happened_at) AS first_at,
                               max(array_position(ARRAY['marketing', 'service', 'care'],
                                                  message_class::text)) AS rank,
                               count(*) FILTER (WHERE state = 'inbox') AS waiting,
                               min(received_at) FILTER (WHERE state = 'inbox') AS asked_at
                          FROM hcrm_inbound WHERE id = ANY(%(arrived)s) GROUP BY 1) AS told
                 WHERE told.conversation_id = talk.id AND talk.id = ANY(%(ids)s)
                """,
                arrived=inbound_ids,
                ids=ids,
                now=now_sql(),
            )
        )
        self._show_last(ids)

    @api.model
    def _show_last(self, ids):
        """The newest message by its own time says which way an answer goes."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_conversation AS talk
                   SET last_inbound_id = last.id, channel = last.channel,
                       address_stored = last.address_stored
                  FROM hcrm_conversation AS one
            CROSS JOIN LATERAL (SELECT id, channel, address_stored FROM hcrm_inbound
                                 WHERE conversation_id = one.id
                              ORDER BY happened_at DESC, id DESC LIMIT 1) AS last
                 WHERE one.id = talk.id AND talk.id = ANY(%s)
                """,
                ids,
            )
        )

    def _notify_desks(self):
        """Tell the screens of those who may see it that something changed: numbers, no words."""
        if not self:
            return
        groups = self.env["res.groups"].sudo()
        for name in DESKS:
            groups |= self.env.ref(f"hcrm_base.group_{name}").sudo()
        groups._bus_send("hcrm_conversation/changed", {"ids": self.ids})

    @api.model
    def _cron_tend(self):
        """Every few minutes: who left or lost the role gives back, who is late is written down."""
        self._release_left()
        self._release_of_roles()
        self._mark_late()
        self._gather()
        self.env["hcrm.call"].sudo()._link_calls()
