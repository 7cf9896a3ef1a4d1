from odoo import api, fields, models
from odoo.tools import SQL

from .outbox_clock import now_sql


class HcrmCallConversationMixin(models.AbstractModel):
    """A call with somebody whose conversation is open stands in its thread: that it was, not what
    was said."""

    _name = "hcrm.call.conversation.mixin"
    _description = "Calls in a Thread"

    conversation_id = fields.Many2one(
        "hcrm.conversation", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    @api.model
    def _link_calls(self):
        """Hang calls of the last days on the open conversation of their person, all at once.

        A message's own call is a line already: the message.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_call AS call SET conversation_id = told.talk
                  FROM (SELECT call.id, talk.id AS talk
                          FROM hcrm_conversation AS talk
                          JOIN hcrm_call AS call ON call.partner_id = talk.partner_id
                               AND call.company_id = talk.company_id
                               AND call.started_at > talk.started_at - interval '1 hour'
                         WHERE talk.closed_at IS NULL AND call.conversation_id IS NULL
                           AND call.communication_id IS NULL
                           AND call.started_at > (%s) - interval '7 days'
                      ORDER BY call.id FOR UPDATE OF call SKIP LOCKED) AS told
                 WHERE call.id = told.id
                """,
                now_sql(),
            )
        )
        self.invalidate_model(["conversation_id"])

    def _hcrm_thread_entries(self):
        """Return what a thread shows of these: which way, how long, with whom, how it ended."""
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        return [
            {
                "channel": "voice",
                "channel_label": call.summary,
                "text": call.summary,
                "is_hidden": False,
                "subject": False,
                "state": call.state,
                "state_label": outcomes.get(call.outcome, False),
                "author": stored.user_id.name or False,
                "note": False,
            }
            for call, stored in zip(self, self.sudo(), strict=True)
        ]
