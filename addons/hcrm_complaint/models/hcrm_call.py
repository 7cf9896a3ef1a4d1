from odoo import fields, models


class HcrmCall(models.Model):
    """What somebody complains about is no recording of the call: the complaint office hears it."""

    _inherit = "hcrm.call"

    statement_stored = fields.Binary(
        string="Spoken complaint",
        attachment=True,
        groups=".",
        help="Spoken complaints, until their case is made.",
    )

    def _get_statement_key(self, name):
        """Return the key under which a recording becomes a case once."""
        return f"call/{self.channel_ref}/{name}"

    def _find_statement_case(self, name):
        return self.env["hcrm.complaint"].search(
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
