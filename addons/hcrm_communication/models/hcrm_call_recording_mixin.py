from odoo import api, fields, models

from .hcrm_communication_text_mixin import TEXT_READERS


class HcrmCallRecordingMixin(models.AbstractModel):
    """What was recorded: heard by who reads the words of calls of that class, nobody else.

    Files hang on a field that nobody reads; ``/hcrm/call/…`` plays them after asking who listens.
    """

    _name = "hcrm.call.recording.mixin"
    _description = "Recordings of a Phone Call"

    recording_stored = fields.Binary(
        attachment=True, groups=".", help="Rows of ir.attachment, any number, hang on this field."
    )
    can_listen = fields.Boolean(compute="_compute_recordings")
    recordings = fields.Json(compute="_compute_recordings")

    @api.depends("message_class")
    @api.depends_context("uid")
    def _compute_recordings(self):
        user = self.env.user
        readable = {
            name for name, groups in TEXT_READERS.items() if user.has_groups(",".join(groups))
        }
        files = self.sudo()._find_recordings().grouped("res_id")
        for call in self:
            call.can_listen = call.message_class in readable
            mine = files.get(call.id, ()) if call.can_listen else ()
            call.recordings = [
                {"url": f"/hcrm/call/{call.id}/recording/{file.id}"} for file in mine
            ]

    def _find_recordings(self):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "hcrm.call"),
                ("res_field", "=", "recording_stored"),
                ("res_id", "in", self.ids),
            ],
            order="id",
        )

    def _keep_recording(self, name, sound):
        """Store one recording, once."""
        self.ensure_one()
        if any(file.name == f"{name}.wav" for file in self._find_recordings()):
            return
        self.env["ir.attachment"].create(
            {
                "name": f"{name}.wav",
                "res_model": "hcrm.call",
                "res_field": "recording_stored",
                "res_id": self.id,
                "company_id": self.company_id.id,
                "mimetype": "audio/x-wav",
                "raw": sound,
            }
        )
