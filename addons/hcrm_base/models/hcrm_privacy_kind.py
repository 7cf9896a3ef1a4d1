from odoo import fields, models

from ..tools.governance import Governance


class HcrmPrivacyKind(models.Model):
    """What a person may ask for, by which law, and in how many working days it is answered."""

    _name = "hcrm.privacy.kind"
    _description = "Kind of Privacy Request"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="What the person reads when choosing.")
    action = fields.Selection(
        selection=[
            ("package", "Put together everything known"),
            ("correct", "Correct fields"),
            ("erase", "Erase"),
            ("explain", "Explain automated decisions"),
            ("object", "Stop profiling"),
            ("manual", "Done by hand"),
        ],
        required=True,
        default="manual",
        help="What the system does when the request is worked on.",
    )
    law = fields.Char(string="Legal basis", translate=True)
    deadline_days = fields.Integer(
        string="Working days",
        required=True,
        default=15,
        help="The day after receipt is the first; requests received before keep theirs.",
    )
    is_deadline_confirmed = fields.Boolean(
        string="Confirmed",
        help="The hospital's privacy officer has checked this number: the law names none.",
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another kind.")
    _deadline_positive = models.Constraint(
        "CHECK (deadline_days > 0)", "A request needs at least one working day."
    )
