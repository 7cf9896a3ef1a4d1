from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .outbox_clock import now_sql


class PrintRun(NamedTuple):
    """What came of printing: without a name nothing was printed."""

    name: str
    pdf: bytes
    again: models.Model  # printed a second time
    kept_back: models.Model  # the policy does not let them go any more


class HcrmCommunication(models.Model):
    """A letter: printed with others, posted by a person, perhaps brought back by the post.

    It is *sent* from the moment on at which it may be printed. That it was printed and posted, and
    how often, stands on the message itself: who may read its words may print it.
    """

    _inherit = "hcrm.communication"  # pylint: disable=consider-merging-classes-inherited

    letter_batch = fields.Char(string="Print run", readonly=True, index="btree_not_null")
    letter_prints = fields.Integer(string="Printed times", readonly=True)
    letter_printed_at = fields.Datetime(string="Printed on", readonly=True)
    letter_posted_on = fields.Date(string="Posted on", readonly=True)
    letter_tracking = fields.Char(string="Tracking number", readonly=True)
    letter_state = fields.Selection(
        selection=[
            ("to_print", "To print"),
            ("printed", "Printed, not posted"),
            ("posted", "Posted"),
            ("returned", "Came back"),
        ],
        string="On paper",
        compute="_compute_letter_state",
    )

    # what waits for the clerk: few rows at any time
    _letters_idx = models.Index(
        "(company_id, id) WHERE channel = 'letter' AND state = 'sent' AND letter_posted_on IS NULL"
    )

    @api.depends("channel", "state", "letter_printed_at", "letter_posted_on", "is_sandboxed")
    def _compute_letter_state(self):
        for message in self:
            state, is_real = False, message.channel == "letter" and not message.is_sandboxed
            if is_real and message.state in ("sent", "delivered"):
                state = "printed" if message.letter_printed_at else "to_print"
                state = "posted" if message.letter_posted_on else state
            elif message.letter_posted_on and message.failure_code == "undelivered":
                state = "returned"
            message.letter_state = state

    # PRINTING

    @api.model
    def _letter_domain(self, again=False):
        """Letters that nobody printed yet; with ``again`` those that were not posted, too."""
        domain = [
            ("channel", "=", "letter"),
            ("state", "=", "sent"),
            ("is_sandboxed", "=", False),
            ("letter_posted_on", "=", False),
            ("company_id", "=", self.env.company.id),
        ]
        return domain if again else [*domain, ("letter_printed_at", "=", False)]

    def _print_letters(self):
        """Return a :class:`PrintRun`.

        The rows are locked until the run is committed: of two clerks the second gets none of them.
        The policy is asked again: between asking and printing people die, move and change their
        mind. What must not go as it is goes back to the outbox, which decides about it.
        """
        readable = self._filtered_access("write").filtered("can_read_text")
        letters = readable._lock_letters()
        if not letters:
            raise UserError(
                self.env._(
                    "There is nothing to print: somebody else was quicker, or you may not "
                    "read these letters."
                )
            )
        renderer = self.env["hcrm.letter.renderer"]
        renderer._check_number(len(letters))
        kept_back = letters._review_letters()
        letters -= kept_back
        if not letters:
            return PrintRun("", b"", letters, kept_back)
        again = letters.filtered("letter_prints")
        run = self.env["ir.sequence"].sudo().next_by_code("hcrm.letter.run") or "L"
        letters_sudo = letters.sudo()
        for letter_sudo in letters_sudo:
            letter_sudo.write(
                {
                    "letter_batch": run,
                    "letter_prints": letter_sudo.letter_prints + 1,
                    "letter_printed_at": fields.Datetime.now(),
                }
            )
        pdf = renderer._render(letters_sudo, cover=letters_sudo._prepare_cover(run), run=run)
        self.env["hcrm.access.log"]._note(
            self._name, letters.ids, letters_sudo.subject_id.ids, kind="export", detail=run
        )
        return PrintRun(run, pdf, again, kept_back)

    def _review_letters(self):
        """Note where each letter goes now, and return those that the policy does not let go as they
        were decided. Their own number, the hour of the day and the outbox's patience say nothing
        against paper in a tray. The run stays known: an earlier paper may be in the bag.
        """
        outbox_sudo = self.env["hcrm.outbox"].sudo()
        without = ("quiet_hours", "cap", "expired")
        rows = self.env.execute_query(
            SQL(
                """
                WITH picked AS MATERIALIZED (
                    SELECT *, COALESCE(asked_recipient_id, recipient_id) AS wanted_id
                      FROM hcrm_communication WHERE id = ANY(%(ids)s)
                ), decided AS MATERIALIZED (%(decided)s), told AS (
                    SELECT picked.id, decided.address, decided.verdict = 'allow'
                           AND COALESCE(decided.recipient_id, picked.wanted_id)
                               = picked.recipient_id AS goes
                      FROM picked JOIN decided ON decided.id = picked.id
                )
                UPDATE hcrm_communication AS message
                   SET address_stored = CASE WHEN goes THEN told.address ELSE address_stored END,
                       state = CASE WHEN goes THEN state ELSE 'waiting' END,
                       sent_at = CASE WHEN goes THEN sent_at END,
                       next_at = CASE WHEN goes THEN next_at ELSE %(now)s END,
                       letter_printed_at = CASE WHEN goes THEN letter_printed_at END
                  FROM told
                 WHERE message.id = told.id
             RETURNING message.id, goes
                """,
                ids=self.ids,
                decided=outbox_sudo._decided_sql(True, outbox_sudo._moment(), without=without),
                now=now_sql(),
            )
        )
        self.invalidate_recordset()
        kept_back = self.browse([number for number, goes in rows if not goes])
        if kept_back:
            outbox_sudo._trigger()
        return kept_back

    def _lock_letters(self):
        """Return those that are still to print, locked for us."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM hcrm_communication
                 WHERE id = ANY(%s) AND channel = 'letter' AND state = 'sent'
                   AND letter_posted_on IS NULL AND is_sandboxed IS NOT TRUE
              ORDER BY id FOR UPDATE SKIP LOCKED
                """,
                self.ids,
            )
        )
        self.invalidate_recordset(["letter_prints", "letter_printed_at", "state"])
        return self.browse([row[0] for row in rows])

    def _prepare_cover(self, run):
        """The list that goes with the run, for the post book; nothing of what is in them."""
        env = self.env
        rows = [
            [
                number,
                letter.recipient_id.name,
                ", ".join(env["hcrm.letter.renderer"]._prepare_address(letter.recipient_id)[:-1]),
                env._("printed %s times", letter.letter_prints) if letter.letter_prints > 1 else "",
                "",
            ]
            for number, letter in enumerate(self, 1)
        ]
        return {
            "title": env._("Letters of print run %s", run),
            "text": env._(
                "%(count)s letters, %(hospital)s",
                count=len(self),
                hospital=self[:1].company_id.name,
            ),
            "columns": [
                env._("No."),
                env._("To"),
                env._("Postal address"),
                env._("Remark"),
                env._("Tracking number"),
            ],
            "rows": rows,
        }

    # POSTING

    def _post_letters(self, day, tracking=None):
        """Note that these printed letters went to the post."""
        self.check_access("write")
        waiting = self.filtered(lambda letter: letter.letter_state == "printed")
        if not waiting:
            raise UserError(self.env._("Choose letters that were printed and not posted yet."))
        waiting.sudo().write({"letter_posted_on": day, "letter_tracking": tracking or False})
        return waiting

    def action_post_letters(self):
        """Ask for the day, and of a single one for its tracking number."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("To the post"),
            "res_model": "hcrm.letter.post",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_ids": self.ids},
        }

    def action_letter_returned(self):
        """The post could not deliver: the address is dead, and the next channel takes over."""
        self.check_access("write")
        posted = self.filtered(lambda letter: letter.letter_state == "posted")
        if not posted:
            raise UserError(self.env._("Only a letter that was posted can come back."))
        outbox, words = self.env["hcrm.outbox"].sudo(), "returned by the post"
        for letter_sudo in posted.sudo():
            self.env["hcrm.dead.address"]._bury("letter", letter_sudo.address_stored, words)
            outbox._mark_undelivered(
                letter_sudo.gateway_id, letter_sudo.ref, letter_sudo.claim, words
            )
        outbox._trigger()
        self.invalidate_recordset()
