from odoo import models


class HcrmCommunicationThreadMixin(models.AbstractModel):
    """A message of ours as an entry of a thread."""

    _name = "hcrm.communication.thread.mixin"
    _description = "Messages in a Thread"

    def _hcrm_thread_entries(self):
        """Return what a thread shows of these: words for who may read them, how far they came."""
        states = dict(self._fields["state"]._description_selection(self.env))
        classes = dict(self._fields["message_class"]._description_selection(self.env))
        channels = dict(self._fields["channel"]._description_selection(self.env))
        return [
            {
                "channel": message.channel,
                "channel_label": channels[message.channel],
                "subject": False,
                "text": message.can_read_text and message.body,
                "is_hidden": not message.can_read_text,
                "class_label": classes[message.message_class],
                "state": message.state,
                "state_label": states[message.state],
                "note": message.state not in ("sent", "delivered") and message.why,
                "author": message.res_model == "hcrm.conversation"
                and message.create_uid.sudo().name,
            }
            for message in self
        ]
