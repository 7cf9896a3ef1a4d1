from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .outbox_clock import now_sql

#: Tables whose rows follow a conversation that goes on in another.
FOLLOWERS = (
    "hcrm_inbound",
    "hcrm_communication",
    "hcrm_call",
    "hcrm_conversation_handover",
)


class HcrmConversationPersonMixin(models.AbstractModel):
    """Whose conversation it is: named by a person, followed through merges, split by un-merges."""

    _name = "hcrm.conversation.person.mixin"
    _description = "Whose Conversation"

    def _name_person(self, partner):
        """Somebody of the staff says who writes; return the conversation that goes on.

        Of a conversation that had a person already, what came from the last address moves.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_open()
        partner.check_access("read")
        named = self.sudo()
        survivor = partner.sudo()._hcrm_canonical()
        if named.partner_id == survivor:
            raise UserError(self.env._("It is known already that this person wrote."))
        named._lock_rows(named.ids)
        goes_on = named._move_sender(survivor) if named.partner_id else named._become(survivor)
        goes_on._log_handover("named")
        (goes_on | named)._notify_desks()
        return goes_on.with_env(self.env)

    def _become(self, survivor):
        """An unknown sender is known now; what hung on who it was follows."""
        arrivals = self.env["hcrm.inbound"].search([("conversation_id", "=", self.id)])
        arrivals.filtered(lambda one: not one.partner_id)._name_sender(survivor)
        target = self._find_open_of(survivor)
        if target:
            self._merge_into(target)
            return target
        self.partner_id = survivor
        return self

    def _move_sender(self, survivor):
        """Somebody else wrote from this address: these messages go to their conversation."""
        arrivals = self.env["hcrm.inbound"].search(
            [
                ("conversation_id", "=", self.id),
                ("channel", "=", self.channel),
                ("address_stored", "=", self.address_stored),
            ]
        )
        arrivals._name_sender(survivor)
        target = self._find_open_of(survivor) or self._open_for(survivor, arrivals)
        arrivals.conversation_id = target
        (self | target)._recount()
        if not self.last_inbound_id:
            self._close_into(target)
        return target

    def _find_open_of(self, partner):
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", partner.id),
                ("closed_at", "=", False),
            ],
            limit=1,
        )

    def _open_for(self, partner, arrivals):
        """Return a new conversation of a person with what arrived."""
        last = arrivals.sorted(lambda one: (one.happened_at, one.id))[-1:]
        return self.create(
            {
                "company_id": self.company_id.id,
                "partner_id": partner.id,
                "channel": last.channel or self.channel,
                "address_stored": last.address_stored,
                "message_class": self.message_class,
                "state": "new",
                "started_at": min(arrivals.mapped("happened_at"), default=self.started_at),
                "last_at": last.happened_at or self.last_at,
            }
        )

    # GOING ON IN ANOTHER

    def _merge_into(self, target, log=None):
        """All of this conversation is part of ``target`` from now on."""
        self.ensure_one()
        self._lock_rows([*self.ids, *target.ids])
        self.env.flush_all()
        for table in (*FOLLOWERS, *self._get_outcome_tables()):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET conversation_id = %s WHERE conversation_id = %s",
                    SQL.identifier(table),
                    target.id,
                    self.id,
                )
            )
        self._move_turns(target)
        strictest = max((self, target), key=lambda one: one._rank())
        values = {"message_class": strictest.message_class}
        if not target.user_id:
            values["user_id"] = self.user_id.id
        self.env.invalidate_all()
        target.write(values | {"answers": target.answers + self.answers})
        self._close_into(target, log)
        target._release_unfit()
        target._recount()

    def _rank(self):
        return ("marketing", "service", "care").index(self.message_class)

    def _move_turns(self, target):
        """One conversation waits for one answer: since the earlier question."""
        turns = self.env["hcrm.conversation.turn"]
        waiting = turns.search(
            [("conversation_id", "in", (self | target).ids), ("outcome", "=", "waiting")],
            order="asked_at, id",
        )
        waiting[1:].unlink()
        turns.search([("conversation_id", "=", self.id)]).conversation_id = target

    def _close_into(self, target, log=None):
        self.write(
            {
                "state": "closed",
                "closed_at": fields.Datetime.now(),
                "merged_into_id": target.id,
                "merge_log_id": log and log.id,
                "unanswered_since": False,
                "due_at": False,
                "unread": 0,
                "last_inbound_id": False,
            }
        )
        turns = self.env["hcrm.conversation.turn"]
        waiting = [("conversation_id", "=", self.id), ("outcome", "=", "waiting")]
        turns.search(waiting).unlink()

    def _recount(self):
        """Read from the messages what these conversations wait for, after some were moved."""
        self.env.flush_all()
        self._lock_rows(self.ids)
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_conversation AS talk
                   SET last_inbound_id = told.last_id,
                       last_at = COALESCE(told.last_at, talk.last_at),
                       started_at = COALESCE(LEAST(talk.started_at, told.first_at),
                                             talk.started_at),
                       channel = COALESCE(last.channel, talk.channel),
                       address_stored = COALESCE(last.address_stored, talk.address_stored),
                       unread = told.waiting, unanswered_since = told.asked_at,
                       due_at = CASE WHEN told.asked_at = talk.unanswered_since
                                     THEN talk.due_at END,
                       state = CASE WHEN talk.closed_at IS NOT NULL THEN talk.state
                                    WHEN told.waiting = 0 THEN 'waiting'
                                    WHEN talk.user_id IS NULL THEN 'new' ELSE 'open' END,
                       write_date = %s
                  FROM (SELECT one.id, max(arrived.happened_at) AS last_at,
                               min(arrived.happened_at) AS first_at,
                               (array_agg(arrived.id ORDER BY arrived.happened_at DESC,
                                          arrived.id DESC))[1] AS last_id,
                               count(arrived.id) FILTER (WHERE arrived.state = 'inbox')
                                   AS waiting,
                               min(arrived.received_at) FILTER (WHERE arrived.state = 'inbox')
                                   AS asked_at
                          FROM hcrm_conversation AS one
                     LEFT JOIN hcrm_inbound AS arrived ON arrived.conversation_id = one.id
                         WHERE one.id = ANY(%s) GROUP BY one.id) AS told
             LEFT JOIN hcrm_inbound AS last ON last.id = told.last_id
                 WHERE told.id = talk.id
                """,
                now_sql(),
                self.ids,
            )
        )
        self.env.invalidate_all()
        self._drop_answered_turns()
        self._start_turns()

    def _drop_answered_turns(self):
        """What was moved away is not waited for here any more."""
        self.env["hcrm.conversation.turn"].search(
            [
                ("conversation_id", "in", self.filtered(lambda one: not one.unanswered_since).ids),
                ("outcome", "=", "waiting"),
            ]
        ).unlink()

    # MERGES OF PERSONS

    @api.model
    def _hcrm_after_merge(self, log):
        """Both had an open one: the absorbed person's goes on in the survivor's."""
        stayed = self.sudo().search(
            [("partner_id", "=", log.absorbed_id.id), ("closed_at", "=", False)]
        )
        for conversation in stayed:
            target = conversation._find_open_of(log.survivor_id)
            if target:
                conversation._merge_into(target, log)
                (conversation | target)._notify_desks()

    @api.model
    def _hcrm_after_unmerge(self, log):
        """Each gets the own messages back, in a conversation of their own."""
        back = self.sudo().search([("merge_log_id", "=", log.id), ("state", "=", "closed")])
        for conversation in back.filtered(lambda one: not one._find_open()):
            conversation.write(
                {
                    "state": "open",
                    "closed_at": False,
                    "merged_into_id": False,
                    "merge_log_id": False,
                }
            )
        self.sudo()._realign(log.survivor_id | log.absorbed_id)

    @api.model
    def _realign(self, persons):
        """What belongs to one of these persons leaves the conversations of the other."""
        for source_id, person_id in self._find_strayed(persons):
            source, person = self.browse(source_id), persons.browse(person_id)
            rows = self.env["hcrm.inbound"].search(
                [("conversation_id", "=", source.id), ("partner_id", "=", person.id)]
            )
            target = source._find_open_of(person) or source._open_for(person, rows)
            source._move_rows(target, person)
            (source | target)._recount()
            (source | target)._notify_desks()

    @api.model
    def _get_follower_columns(self):
        """Return (table, column of the person) of what stands in a conversation."""
        columns = {"hcrm_communication": "recipient_id"}
        tables = (*FOLLOWERS, *self._get_outcome_tables())
        return [
            (SQL.identifier(table), SQL.identifier(columns.get(table, "partner_id")))
            for table in tables
        ]

    @api.model
    def _find_strayed(self, persons):
        """Return (conversation, person) of what stands in the other's conversation."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT talk.id, stray.person
                  FROM (%s) AS stray (talk, person)
                  JOIN hcrm_conversation AS talk ON talk.id = stray.talk
                 WHERE talk.partner_id = ANY(%s) AND stray.person <> talk.partner_id
              ORDER BY talk.id, stray.person
                """,
                SQL(" UNION ").join(
                    SQL(
                        "SELECT conversation_id, %s FROM %s"
                        " WHERE %s = ANY(%s) AND conversation_id IS NOT NULL",
                        person,
                        table,
                        person,
                        persons.ids,
                    )
                    for table, person in self._get_follower_columns()
                ),
                persons.ids,
            )
        )

    def _move_rows(self, target, person):
        """What is of one person goes to another conversation."""
        self.env.flush_all()
        for table, column in self._get_follower_columns():
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET conversation_id = %s WHERE conversation_id = %s AND %s = %s",
                    table,
                    target.id,
                    self.id,
                    column,
                    person.id,
                )
            )
        self.env.invalidate_all()
