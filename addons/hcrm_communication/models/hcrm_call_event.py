import json

from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.voice.verbs import make_event
from .hcrm_communication_text_mixin import TEXT_READERS


class HcrmCallEvent(models.Model):
    """What happened in a call, in its order: stored before anything is done about it."""

    _name = "hcrm.call.event"
    _description = "Event of a Phone Call"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "call_id, sequence"
    _rec_name = "kind"
    _hcrm = Governance(
        data_class="care_message",
        retention="message",
        log_reads=False,
        note="says how a call went; what was keyed is read by who reads its words",
    )

    call_id = fields.Many2one(
        "hcrm.call", required=True, readonly=True, index=True, ondelete="restrict"
    )
    sequence = fields.Integer(required=True, readonly=True)
    kind = fields.Selection(
        selection=[
            ("key", "Key"),
            ("started", "Picked up"),
            ("digits", "Keys"),
            ("silence", "No key"),
            ("recorded", "Recorded"),
            ("connected", "Connected"),
            ("not_connected", "Not connected"),
            ("finished", "Said to the end"),
            ("ended", "Ended"),
        ],
        required=True,
        readonly=True,
    )
    value_stored = fields.Char(groups=".")
    value = fields.Char(compute="_compute_value")
    at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)

    _sequence_uniq = models.UniqueIndex("(call_id, sequence)")

    @api.depends("value_stored")
    @api.depends_context("uid")
    def _compute_value(self):
        user = self.env.user
        readable = {
            name for name, groups in TEXT_READERS.items() if user.has_groups(",".join(groups))
        }
        for event, stored in zip(self, self.sudo(), strict=True):
            event.value = stored.call_id.message_class in readable and stored._say_value()

    def _say_value(self):
        """Return what it was, without the names of its parts."""
        data = json.loads(self.value_stored or "{}")
        return ", ".join(str(value) for value in data.values() if value not in (False, None))

    def _get_event(self):
        """Return the event as the engine told it."""
        return make_event(self.kind, json.loads(self.value_stored or "{}"))
