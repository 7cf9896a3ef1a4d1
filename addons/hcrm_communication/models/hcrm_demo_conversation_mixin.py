import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import demo_templates

#: Answers of the last 60 days for the manager's figures.
PAST = 240


class HcrmDemoConversationMixin(models.AbstractModel):
    """A service desk's morning, on several channels, and two months of answering times."""

    _name = "hcrm.demo.conversation.mixin"
    _description = "Demonstration of Conversations"

    @api.model
    def _create_conversations(self, sms, mail):
        persons = self._find_writers(sms.company_id, len(demo_templates.DIALOGUES))
        officer = self.env["res.users"].search([("login", "=", "officer")], limit=1)
        for person, dialogue in zip(persons, demo_templates.DIALOGUES, strict=False):
            self._play(person, dialogue, {"sms": sms, "email": mail}, officer)
        self._make_overdue(sms.company_id)
        self._insert_past_turns(sms.company_id)

    @api.model
    def _find_writers(self, company, count):
        """Return adults with phone and e-mail of their own to whom nothing was sent lately."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT person.id FROM res_partner AS person
                 WHERE is_customer_person AND active AND is_deceased IS NOT TRUE
                   AND birth_date < CURRENT_DATE - interval '25 years'
                   AND is_protected IS NOT TRUE AND phone_stored LIKE '+861%%'
                   AND email_normalized IS NOT NULL
                   AND NOT EXISTS (SELECT FROM res_partner AS other WHERE other.id <> person.id
                                      AND person.phone_stored IN (other.phone_stored,
                                                                  other.phone_other_stored))
                   AND NOT EXISTS (SELECT FROM hcrm_communication AS sent
                                    WHERE sent.recipient_id = person.id)
                   AND (company_id IS NULL OR company_id = %s)
              ORDER BY id LIMIT %s
                """,
                company.id,
                count,
            )
        )
        return self.env["res.partner"].browse(row[0] for row in rows)

    @api.model
    def _play(self, person, dialogue, gateways, officer):
        """Let a customer write and the officer answer, as it happened."""
        inbox, talks, now = self.env["hcrm.inbound"], self.env["hcrm.conversation"], fields.Datetime
        for minutes, channel, text in dialogue:
            at = now.now() - timedelta(minutes=minutes)
            if channel in gateways:
                sender = person.phone_stored if channel == "sms" else person.email_normalized
                inbox._receive(
                    channel,
                    gateways[channel].company_id,
                    sender,
                    text,
                    gateway=gateways[channel],
                    provider_key=uuid.uuid4().hex,
                    happened_at=at,
                )
                inbox._work()
                continue
            [talk] = talks.search([("partner_id", "=", person.id), ("closed_at", "=", False)])
            talk = talk.with_user(officer).sudo()
            body = talk._sign(text, talk.channel)
            message = talk._ask_reply(body, talk.channel, f"demo/{uuid.uuid4().hex}")
            gateway = gateways[talk.channel]
            claimed = {"state": "claimed", "claim": 1, "claimed_at": at, "gateway_id": gateway.id}
            message.write(claimed | {"conversation_id": talk.id, "attempts": 1})
            message.write({"state": "sent", "sent_at": at, "shown_at": at, "settled_at": at})
            talk._note_reply(message)

    @api.model
    def _make_overdue(self, company):
        """Two of them have waited since yesterday."""
        late = self.env["hcrm.conversation"].search(
            [("company_id", "=", company.id), ("unanswered_since", "!=", False)],
            order="id",
            limit=2,
        )
        since = fields.Datetime.now() - timedelta(hours=26)
        due = fields.Datetime.now() - timedelta(hours=3)
        late.write({"unanswered_since": since, "due_at": due})
        turns = [("conversation_id", "in", late.ids), ("outcome", "=", "waiting")]
        waiting = self.env["hcrm.conversation.turn"].search(turns)
        waiting.write({"asked_at": since, "due_at": due})
        self.env["hcrm.conversation"]._mark_late()

    @api.model
    def _insert_past_turns(self, company):
        """Closed conversations with their answering times: most in time, some too late."""
        users = self.env["res.users"].search([("login", "in", ("officer", "service_manager"))])
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH talk AS (
                    INSERT INTO hcrm_conversation
                           (company_id, partner_id, channel, message_class, state, user_id,
                            started_at, last_at, closed_at, unread, answers,
                            create_date, create_uid)
                    SELECT %(company)s, person.id,
                           CASE WHEN place %% 4 = 0 THEN 'email' ELSE 'sms' END, 'service',
                           'closed', (%(users)s)[1 + place %% 2], at, at + interval '2 hours',
                           at + interval '3 hours', 0, 1, at, 1
                      FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM res_partner
                             WHERE is_customer_person AND active ORDER BY id LIMIT %(count)s)
                           AS person
                CROSS JOIN LATERAL (SELECT %(now)s::timestamp - interval '2 days'
                           - make_interval(days => (place %% 58)::int,
                                           hours => (place %% 7)::int) AS at) AS moment
                 RETURNING id, company_id, channel, message_class, user_id, started_at)
                INSERT INTO hcrm_conversation_turn
                       (conversation_id, company_id, channel, message_class, is_first, asked_at,
                        due_at, answered_at, ended_at, outcome, minutes, user_id, is_late,
                        late_user_id, turns, create_date, create_uid)
                SELECT id, company_id, channel, message_class, TRUE, started_at,
                       started_at + interval '4 hours', started_at + took, started_at + took,
                       'answered', extract(epoch FROM took) / 60, user_id,
                       took > interval '4 hours',
                       CASE WHEN took > interval '4 hours' THEN user_id END, 1, started_at, 1
                  FROM talk CROSS JOIN LATERAL (SELECT make_interval(mins =>
                       (12 + (id * 37) %% 150 + CASE WHEN id %% 11 = 0 THEN 200 ELSE 0 END)::int)
                       AS took) AS pace
                """,
                company=company.id,
                users=users.ids,
                count=PAST,
                now=fields.Datetime.now(),
            )
        )
        self.env.invalidate_all()
