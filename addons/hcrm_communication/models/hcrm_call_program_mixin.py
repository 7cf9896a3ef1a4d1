import json
import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.voice import verbs
from ..tools.voice.causes import read_cause

_logger = logging.getLogger(__name__)


class HcrmCallProgramMixin(models.AbstractModel):
    """What a call does next: its program is asked with each event, and answers with verbs.

    All it has to remember stands in ``program_state`` and ``pending``, so that any process can go
    on with the call. An addon adds a program with ``selection_add`` and a method
    ``_next_<program>(event)``.
    """

    _name = "hcrm.call.program.mixin"
    _description = "Program of a Phone Call"

    program = fields.Selection(
        selection=[
            ("message", "Spoken message"),
            ("menu", "Menu"),
            ("click", "Dialled by a click"),
        ],
        required=True,
        readonly=True,
    )
    program_state = fields.Json(readonly=True, groups=".")
    pending = fields.Json(
        readonly=True, groups=".", help="Verbs that were decided: said again by who takes over."
    )
    handled = fields.Integer(
        readonly=True, groups=".", help="Number of the last event that the program was asked about."
    )

    # EVENTS

    @api.model
    def _store(self, call_id, kind, data=None):
        """Store one event and return its number; the caller commits before acting upon it."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH call AS (SELECT id FROM hcrm_call WHERE id = %(call)s FOR UPDATE)
                INSERT INTO hcrm_call_event
                       (call_id, sequence, kind, value_stored, at,
                        create_uid, create_date, write_uid, write_date)
                SELECT call.id, 1 + COALESCE((SELECT max(sequence) FROM hcrm_call_event
                                               WHERE call_id = call.id), 0),
                       %(kind)s, %(value)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM call
             RETURNING sequence
                """,
                call=call_id,
                kind=kind,
                value=json.dumps(data, ensure_ascii=False) if data else None,
                now=SQL("clock_timestamp() AT TIME ZONE 'UTC'"),
                uid=self.env.uid,
            )
        )
        return rows[0][0]

    @api.model
    def _tell(self, call_id, event):
        """Store an event and ask the program at once: what tests and other addons use."""
        number = self._store(call_id, verbs.kind_of(event), verbs.event_data(event))
        return self._next(call_id, event, number)

    @api.model
    def _next(self, call_id, event, number=None):
        """Note the facts of an event and return the verbs that the program answers.

        One short transaction. An event that was answered already is answered the same again.

        :param number: the number under which the event was stored
        """
        call = self._lock(call_id)
        if call.state == "ended" or number is not None and number <= call.handled:
            return call._get_pending()
        getattr(call, f"_on_{verbs.kind_of(event)}")(event)
        answers = call._ask_program(event)
        if isinstance(event, verbs.Ended):
            answers = []  # the line is gone
        call.write(
            {
                "pending": [verbs.verb_data(verb) for verb in answers],
                "handled": number or call.handled,
            }
        )
        return answers

    @api.model
    def _lock(self, call_id):
        """Return the call, which nobody else changes until the end of the transaction."""
        self.env.flush_all()
        self.env.cr.execute(SQL("SELECT FROM hcrm_call WHERE id = %s FOR UPDATE", call_id))
        call = self.env["hcrm.call"].sudo().browse(call_id)
        call.invalidate_recordset()
        return call.with_company(call.company_id)

    @api.model
    def _next_safely(self, call_id, event, number):
        """As ``_next``; a mistake of a program ends the call politely, and none else."""
        try:
            with self.env.cr.savepoint():
                return self._next(call_id, event, number)
        except psycopg2.OperationalError:
            raise
        except Exception:  # pylint: disable=broad-except
            _logger.exception("The program of call %s failed", call_id)
        call = self._lock(call_id)
        call.program_state = (call.program_state or {}) | {"is_broken": True}
        getattr(call, f"_on_{verbs.kind_of(event)}")(event)
        answers = [verbs.Say(self.env._("We are sorry, something failed. Goodbye."))]
        answers = [] if isinstance(event, verbs.Ended) else [*answers, verbs.Hangup()]
        call.write({"pending": [verbs.verb_data(verb) for verb in answers], "handled": number})
        return answers

    def _ask_program(self, event):
        """Return what the program answers; whoever has no more to say hangs up."""
        found = list(getattr(self, f"_next_{self.program}")(event) or ())
        if not found and isinstance(event, verbs.Finished):
            found = [verbs.Hangup()]
        return found

    def _get_pending(self):
        return [verbs.make_verb(data) for data in self.pending or ()]

    # FACTS: written down before the program is asked; extend them with super()

    def _on_started(self, event):
        """The line is open."""
        self.write(
            {"answered_at": self.answered_at or fields.Datetime.now(), "state": "menu"}
            | ({"outcome": "machine"} if event.by == "machine" else {})
        )

    def _on_digits(self, event):
        """Keys came."""

    def _on_silence(self, event):
        """No key came."""

    def _on_finished(self, event):
        """All was said."""

    def _on_recorded(self, event):
        """A recording is stored."""

    def _on_connected(self, event):
        """A person speaks with the caller."""
        self.write({"state": "talking", "user_id": event.user_id or self.user_id.id})

    def _on_not_connected(self, event):
        """Nobody came."""
        self.write({"state": "menu" if self.answered_at else "ringing"})

    def _on_ended(self, event):
        """It is over."""
        self.write(
            {
                "outcome": self._judge(event),
                "state": "ended",
                "cause": event.cause,
                "ended_at": fields.Datetime.now(),
            }
        )

    def _judge(self, event):
        """Return how a call ended that was told to be over."""
        if self.outcome:
            return self.outcome
        if event.is_lost:
            return "lost"
        if not self.answered_at:
            return read_cause(event.cause)
        return "abandoned" if self.state == "queued" else "answered"

    # PROGRAMS

    def _next_click(self, event):
        """A member of staff dials by a click: the engine connects, nothing is to be said."""
        return []
