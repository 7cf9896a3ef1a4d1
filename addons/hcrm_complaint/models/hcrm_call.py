from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

CASES = "hcrm.complaint"
#: So long after the end of a call its recording may still be fetched.
HOURS_TO_FETCH = 24
#: What a caller keyed, as the menu remembers it.
KEYED = ("kind", "department", "staff", "is_anonymous", "number")


class HcrmCall(models.Model):
    """What somebody complains about is no recording of the call: the complaint office hears it.

    A call in which a case is made, asked for or answered tells who complained.
    """

    _name = "hcrm.call"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.call"]

    is_about_case = fields.Boolean(readonly=True, help="A case was spoken in it.")

    statement_stored = fields.Binary(
        string="Spoken complaint",
        attachment=True,
        groups=".",
        help="Spoken complaints, until their case is made.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """A call that brings a message about a case is about it."""
        calls = super().create(vals_list)
        about = calls.sudo().filtered(lambda call: call.communication_id.res_model == CASES)
        if about:
            about.is_about_case = True
        return calls

    # WHO SEES IT

    def _get_case_domain(self):
        service = Domain("message_class", "=", "service")
        talks = Domain("conversation_id.is_about_case", "=", True)
        return service & (talks | Domain("is_about_case", "=", True))

    def _get_case_domain_of(self, cases_sudo):
        if not cases_sudo:
            return Domain.FALSE
        talks = cases_sudo.complainant_ids.conversation_id.ids
        keys = filter(None, cases_sudo.mapped("intake_key"))
        told = [key.split("/")[1] for key in keys if key.startswith("call/")]
        about = Domain("res_model", "=", CASES) & Domain("res_id", "in", cases_sudo.ids)
        return (
            Domain("conversation_id", "in", talks)
            | Domain("channel_ref", "in", told)
            | Domain("communication_id", "any!", about)
        )

    # WHAT WAS SPOKEN

    def _get_statement_key(self, name):
        """Return the key under which a recording becomes a case once."""
        return f"call/{self.channel_ref}/{name}"

    def _find_statement_case(self, name):
        return self.env[CASES].search(
            [
                ("company_id", "=", self.company_id.id),
                ("intake_key", "=", self._get_statement_key(name)),
            ]
        )

    def _find_statements(self):
        """Return the recordings whose case is not made yet; under sudo."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "statement_stored"),
                ("res_id", "in", self.ids),
            ],
            order="id",
        )

    def _keep_recording(self, name, sound):
        """A complaint goes to its case, at once or when it is made."""
        option = (self.program_state or {}).get("option") or {}
        case = self._find_statement_case(name)
        if not case and option.get("action") != "complaint":
            return super()._keep_recording(name, sound)
        self._keep_statement(name, sound, case)
        if not case and self.state == "ended":
            self._end_handler()
        return None

    def _keep_statement(self, name, sound, case):
        """Store one recording, once."""
        files = self.env["ir.attachment"]
        person = case.complainant_ids
        here = [("res_model", "=", person._name), ("res_id", "in", person.ids)]
        kept = files.search([*here, ("name", "=", f"{name}.wav")]) if case else files
        if kept or f"{name}.wav" in self._find_statements().mapped("name"):
            return
        stored = files.create(
            {
                "name": f"{name}.wav",
                "res_model": self._name,
                "res_field": "statement_stored",
                "res_id": self.id,
                "company_id": self.company_id.id,
                "mimetype": "audio/x-wav",
                "raw": sound,
            }
        )
        if case:
            stored._hang_on_complainant(case)

    def _move_statement(self, name, case):
        """Hang a recording on who complained."""
        waiting = self._find_statements().filtered(lambda one: one.name == f"{name}.wav")
        waiting._hang_on_complainant(case)

    def _release_statement(self, name):
        """No case could be made: it is a recording of the call like others."""
        waiting = self._find_statements().filtered(lambda one: one.name == f"{name}.wav")
        waiting.res_field = "recording_stored"

    # WHAT WAS KEYED

    def _forget_keys(self):
        """Keep how far the caller came, not whom it was about nor a number that was keyed."""
        state = self.program_state
        memo = {name: value for name, value in state["memo"].items() if name not in KEYED}
        self.program_state = {**state, "memo": memo}

    @api.autovacuum
    def _gc_complaint_keys(self):
        """Forget the keys of calls whose end nobody told, or after which no recording came."""
        self.flush_model(["state", "is_about_case", "ended_at", "program_state"])
        limit = fields.Datetime.now() - timedelta(hours=HOURS_TO_FETCH)
        found = self.env.execute_query(
            SQL(
                """
                SELECT id FROM hcrm_call
                 WHERE is_about_case AND state = 'ended' AND ended_at < %s
                   AND program_state->'memo' ?| %s
                 LIMIT 1000
                """,
                limit,
                list(KEYED),
            )
        )
        for call in self.browse(number for (number,) in found):
            call._forget_keys()
