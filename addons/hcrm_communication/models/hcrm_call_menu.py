import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.voice import ivr, verbs

_logger = logging.getLogger(__name__)

#: So long a caller may key about in menus; who waits or speaks is not counted.
LONGEST = timedelta(minutes=15)
#: What is stored instead of keys that are nobody's business: a PIN, a birth date.
HIDDEN = "•"


class HcrmCall(models.Model):
    _inherit = "hcrm.call"

    ivr_version_id = fields.Many2one(
        "hcrm.ivr.version",
        string="Menu heard",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="As published when the call came in.",
    )

    def _next_menu(self, event):
        """Return what a caller hears next; ``program_state`` is the state of the interpreter."""
        self.ensure_one()
        script, state = self._load_menu()
        if isinstance(event, verbs.NotConnected):
            state = {**state, "back_at": fields.Datetime.to_string(fields.Datetime.now())}
        state, answers = ivr.step(script, state, event, late=self._is_late(state))
        self._keep_menu(state)
        if isinstance(event, verbs.Ended):
            self._end_handler()
        if answers and isinstance(answers[-1], ivr.Handle):
            more = self._ask_handler(script, event)
            # settled on what the handler kept meanwhile
            state, more = ivr.settle(script, self.program_state, more)
            self._keep_menu(state, more)
            answers = answers[:-1] + more
        return answers

    def _is_late(self, state):
        """True if the caller keyed long enough; who comes back from the line begins anew."""
        if self.state in ("queued", "talking"):
            return False
        since = fields.Datetime.to_datetime(state.get("back_at")) or self.answered_at
        return bool(since) and fields.Datetime.now() - since > LONGEST

    def _load_menu(self):
        """Return script and state; a call that has just come in gets the menu of its number."""
        state = self.program_state
        if not state:
            menus = self.env["hcrm.ivr.menu"].sudo()
            version = menus._find_version(self.company_id, self.gateway_id, self.number_called)
            self.ivr_version_id = version
            script = self._get_script()
            state = ivr.begin(script, not version or version.menu_id._is_open())
        return self._get_script(), state

    def _get_script(self):
        """Return the script; without any menu a caller is put through to a person."""
        return self.ivr_version_id.sudo().script or self.env["hcrm.ivr.menu"]._make_plain_script(
            self.company_id
        )

    def _keep_menu(self, state, answers=()):
        """Keep the state; keys that answer a secret question are not stored in plain."""
        asked = answers and answers[-1]
        if answers:
            secret = isinstance(asked, verbs.Gather) and bool(state["memo"].get("is_secret"))
            state = {**state, "is_secret": secret}
        self.program_state = state

    def _ask_handler(self, script, event):
        """Ask the option's handler; one that fails must leave nobody on a dead line."""
        state = self.program_state
        option = state["option"]
        call = self.with_context(lang=state["lang"])
        record = call.env["hcrm.ivr.option"].sudo().browse(option.get("id") or 0).exists()
        handler = getattr(record, f"_run_{option['action']}", None)
        try:
            if handler is None:  # its addon is gone
                return ivr.fail_words(script, state)
            with self.env.cr.savepoint():
                return list(handler(call, event) or ())
        except psycopg2.OperationalError:
            raise
        except Exception as error:  # pylint: disable=broad-except
            # not what it says: what was keyed might stand in it
            where = error.__traceback__
            while where.tb_next:
                where = where.tb_next
            _logger.error(
                "Call %s: “%s” of the menu failed with %s in %s, line %s",
                self.id,
                option["action"],
                type(error).__name__,
                where.tb_frame.f_code.co_filename,
                where.tb_lineno,
            )
            self.env.invalidate_all()
            return ivr.fail_words(script, state)

    def _end_handler(self):
        """The caller hung up in the middle: a handler that must know has ``_end_<action>``."""
        option = self.program_state["option"] or {}
        record = self.env["hcrm.ivr.option"].sudo().browse(option.get("id") or 0).exists()
        end = getattr(record, f"_end_{option.get('action')}", None)
        if end is not None:
            with self.env.cr.savepoint():
                end(self)

    def _keep_recording(self, name, sound):
        """A message whose caller hung up, or whose process died, is fetched after the end."""
        result = super()._keep_recording(name, sound)
        if self.program == "menu" and self.state == "ended" and self.program_state:
            self._end_handler()
        return result

    # FOR HANDLERS

    def _recall(self):
        """Return what the handler kept since its key was pressed."""
        return dict(self.program_state["memo"])

    def _remember(self, **values):
        """Keep values for the next answer: plain data, never what was keyed in secret."""
        state = self.program_state
        self.program_state = {**state, "memo": {**state["memo"], **values}}

    def _get_option(self):
        """Return the option as it was published when the call came in."""
        return self.program_state["option"]

    # FOR WHO TAKES THE CALL

    def _get_choices(self):
        """Return in words what the caller chose before; as far as the reader reads the call's."""
        self.ensure_one()
        self.check_access("read")  # events and state have no reader of their own
        if not any(event.value for event in self.sudo().event_ids):
            return []
        state, lang = self.sudo().program_state or {}, self.env.lang
        return [ivr.text_in(name, lang) for name in state.get("chosen", ())]

    # WHAT IS KEPT OF KEYS

    @api.model
    def _store(self, call_id, kind, data=None):
        """Keys that answer a secret question are stored as so many dots."""
        if kind in ("key", "digits") and data and self._asks_in_secret(call_id):
            data = {name: _hide(value) for name, value in data.items()}
        return super()._store(call_id, kind, data)

    @api.model
    def _asks_in_secret(self, call_id):
        self.flush_model(["program", "program_state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE((program_state->>'is_secret')::boolean, FALSE)
                  FROM hcrm_call WHERE id = %s AND program = 'menu'
                """,
                call_id,
            )
        )
        return bool(rows and rows[0][0])


def _hide(value):
    """Return as many dots as there were keys.

    >>> _hide("19800101"), _hide(3)
    ('••••••••', 3)
    """
    return HIDDEN * len(value) if isinstance(value, str) else value
