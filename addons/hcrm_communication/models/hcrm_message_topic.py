from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import PURPOSES


class HcrmMessageTopic(models.Model):
    """What a message is about, as far as permission goes: a person may refuse one topic alone."""

    _name = "hcrm.message.topic"
    _description = "Message Topic"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name by which programs ask for the topic.")
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()],
        required=True,
        help="Under which purpose messages of this topic are decided.",
    )
    is_about_child = fields.Boolean(
        string="Pregnancy, birth or child",
        help="After the loss of a pregnancy no message of such a topic goes out.",
    )
    is_greeting = fields.Boolean(
        string="Greeting", help="After the loss of a pregnancy held back for half a year."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex("(code)", "This code of a topic is already used.")
