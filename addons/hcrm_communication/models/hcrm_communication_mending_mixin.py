from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .outbox_clock import now_sql

#: What a person may put back into the queue.
MENDABLE = ("failed", "refused")
#: Of these nobody knows whether they reached somebody; of the rest nothing did.
PERHAPS_SENT = "not_repeated"


class HcrmCommunicationMendingMixin(models.AbstractModel):
    """What a person does with messages that did not go: try again, mend, put away, ask why.

    Every change names the states it starts from. Of two clicks, or two persons, the second finds
    the row elsewhere; reference and key stay, so a replayed message is the same message.
    """

    _name = "hcrm.communication.mending.mixin"
    _description = "Mending of Messages"

    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    @api.depends("failure_code", "failure_values", "failure_detail", "reasons", "state")
    @api.depends_context("lang", "uid", "tz")
    def _compute_explanation(self):
        """All that is known about why a message did not go or waits, in the reader's words."""
        policy = self.env["hcrm.contact.policy"]
        for message in self:
            told = message.state not in ("sent", "delivered", "claimed")
            reasons = policy._explain(message.sudo().reasons)
            # without a decision "why" names what keeps it waiting: a closed outbox
            failure = message.why if message.failure_code or not reasons else False
            message.explanation = told and self.env["ir.qweb"]._render(
                "hcrm_communication.message_explanation",
                {"message": message, "failure": failure, "reasons": reasons},
            )

    # BUTTONS

    def action_cancel(self):
        """Take back what has not left."""
        self._move(("waiting", *MENDABLE), "cancelled")

    def action_replay(self):
        """Try again what failed or was not allowed; policy is asked anew.

        Of many, those that are where it is possible go; one of many that somebody else took
        meanwhile does not hold up the rest. What was perhaps sent goes only by itself, mended by
        somebody who was warned.
        """
        self.check_access("write")
        perhaps = self._filter_perhaps_sent()
        if perhaps and len(self) == 1:
            return self.action_mend()
        moved = (self - perhaps)._move_where_possible(MENDABLE, "waiting")
        if not moved:
            raise UserError(self._say_why_not())
        self.env["hcrm.outbox"]._trigger()
        return self._tell_replayed(len(moved), len(perhaps))

    def _filter_perhaps_sent(self):
        return self.filtered(
            lambda message: message.state in MENDABLE and message.failure_code == PERHAPS_SENT
        )

    def _tell_replayed(self, moved, perhaps):
        """Say how many of these messages went into the queue, and why the others did not."""
        left = len(self) - moved - perhaps
        text = self.env._("%(count)s messages are in the queue again.", count=moved)
        if perhaps:
            text += " " + self._say_perhaps_sent(perhaps)
        if left:
            text += " " + self.env._(
                "%(count)s stay: they have no words, are too late or are no longer here.",
                count=left,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "warning" if left or perhaps else "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_mend(self):
        """Correct what kept these messages back, then try again."""
        self.check_access("write")
        return {
            "name": self.env._("Mend and send again"),
            "type": "ir.actions.act_window",
            "res_model": "hcrm.communication.mend",
            "view_mode": "form",
            "target": "new",
            "context": {"default_communication_ids": self.ids},
        }

    def action_ask_policy(self):
        """Ask what the policy says about the same message now."""
        self.ensure_one()
        return {
            "name": self.env._("Would it go now?"),
            "type": "ir.actions.act_window",
            "res_model": "hcrm.contact.question",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": (self.asked_recipient_id or self.recipient_id).id,
                "default_subject_id": self.subject_id.id,
                "default_purpose": self.purpose,
                "default_topic_id": self.topic_id.id,
                "default_channel": self.channel,
                "default_is_urgent": self.is_urgent,
                "default_company_id": self.company_id.id,
            },
        }

    # STEPS

    def _move(self, old, new):
        """Change the state of rows that are in one of ``old``; a clear line about the others."""
        self.check_access("write")
        moved = self._move_where_possible(old, new)
        if len(moved) < len(self):
            raise UserError(
                self.env._(
                    "%(count)s of these messages are no longer where this is possible: "
                    "look at their state.",
                    count=len(self) - len(moved),
                )
            )

    def _move_where_possible(self, old, new, values=None):
        """Change the state of rows that are still in one of ``old``; return their ids.

        :param values: {column: value} to write with it
        """
        self.flush_recordset()
        values = values or {}
        also = SQL().join(SQL(", %s = %s", SQL.identifier(name), values[name]) for name in values)
        moved = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = %(new)s, attempts = 0, next_at = %(now)s,
                       settled_at = CASE WHEN %(new)s <> 'waiting' THEN %(now)s END,
                       failure_code = NULL, failure_values = NULL, failure_detail = NULL,
                       write_uid = %(uid)s, write_date = %(now)s %(also)s
                 WHERE id IN %(ids)s AND state IN %(old)s %(sendable)s
             RETURNING id
                """,
                now=now_sql(),
                new=new,
                old=tuple(old),
                ids=tuple(self.ids) or (0,),
                uid=self.env.uid,
                also=also,
                sendable=self._sendable_sql(values) if new == "waiting" else SQL(),
            )
        )
        self.invalidate_recordset()
        return [row_id for (row_id,) in moved]

    @api.model
    def _sendable_sql(self, values):
        """What has no words, or would expire at once, must be mended first."""
        words = SQL() if values.get("body_stored") else SQL("AND body_stored IS NOT NULL")
        if "expires_at" in values:
            return words
        return SQL("%s AND (expires_at IS NULL OR expires_at > %s)", words, now_sql())

    def _say_why_not(self):
        """Return why none of these messages can be tried again."""
        if not self.filtered(lambda message: message.state in MENDABLE):
            return self.env._(
                "Nothing to try again: look at the state, perhaps a colleague was faster."
            )
        if perhaps := self._filter_perhaps_sent():
            return self._say_perhaps_sent(len(perhaps))
        return self.env._(
            "As it is it cannot be sent: it has no words, or its last day is over. Choose “Mend”."
        )

    @api.model
    def _say_perhaps_sent(self, count):
        return self.env._(
            "%(count)s were perhaps sent already: open each by itself if it is to go once more.",
            count=count,
        )
