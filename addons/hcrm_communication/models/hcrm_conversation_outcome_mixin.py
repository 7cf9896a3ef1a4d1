from odoo import fields, models


class HcrmConversationOutcomeMixin(models.AbstractModel):
    """A record made from a conversation by one click: it is shown beside the thread.

    A model that inherits this takes part by itself; ``_hcrm_outcome_label`` says what it is called
    there, in the reader's language.
    """

    _name = "hcrm.conversation.outcome.mixin"
    _description = "Made from a Conversation"

    conversation_id = fields.Many2one(
        "hcrm.conversation", string="From the conversation", index="btree_not_null", copy=False
    )

    def _hcrm_outcome_record(self):
        """Return what is opened from there: the record itself, or what it belongs to."""
        self.ensure_one()
        return self

    def _hcrm_outcome_label(self):
        """Return what stands beside the thread for this record."""
        self.ensure_one()
        return self.display_name
