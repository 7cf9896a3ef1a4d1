from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Who sees whom a request is about. A leader reads the clocks, not the persons.
PERSONAL = "hcrm_base.group_person_all,base.group_portal"


class HcrmPrivacyRequesterMixin(models.AbstractModel):
    """Who makes a privacy request, with which authority, and how they showed who they are."""

    _name = "hcrm.privacy.requester.mixin"
    _description = "Who Asks"

    requester = fields.Selection(
        selection=[
            ("self", "The person"),
            ("guardian", "A parent or guardian"),
            ("relative", "A close relative of the deceased"),
            ("agent", "An authorised agent"),
        ],
        string="Asked by",
        required=True,
        default="self",
    )
    requester_name = fields.Char(string="Name of who asks", groups=PERSONAL)
    requester_contact = fields.Char(string="How to reach who asks", groups=PERSONAL)
    authority_evidence = fields.Text(
        string="Authority shown",
        groups=PERSONAL,
        help="Household register, guardianship, certificate of kinship, power of attorney.",
    )

    # identity
    identity_method = fields.Selection(
        selection=[
            ("card", "Identity card seen"),
            ("portal", "Logged in to the portal"),
            ("call_back", "Called back on the known number"),
            ("code", "Code sent to the known number"),
            ("other", "Otherwise"),
        ],
        string="Identity shown by",
        default=lambda self: "portal" if self.env.user.share else False,
    )
    identity_note = fields.Char(groups=PERSONAL, help="Never the number of the card itself.")
    identity_checked_by_id = fields.Many2one(
        "res.users", string="Identity checked by", readonly=True, copy=False, ondelete="restrict"
    )
    identity_checked_at = fields.Datetime(readonly=True, copy=False)

    @api.constrains("requester", "requester_name", "authority_evidence", "partner_id")
    def _check_authority(self):
        for request in self.sudo().filtered(lambda request: request.requester != "self"):
            if request.partner_id.is_erased:
                continue
            if not request.requester_name or not (request.authority_evidence or "").strip():
                raise ValidationError(
                    self.env._("Who asks for somebody else is named, and shows the authority.")
                )
            if request.requester == "relative" and not request.partner_id.is_deceased:
                raise ValidationError(
                    self.env._(
                        "A relative asks for the rights of the deceased only: record the death "
                        "first, or choose who asks anew."
                    )
                )

    # VERBS

    def action_check_identity(self):
        self._check_may_work()
        if any(not request.identity_method for request in self):
            raise UserError(self.env._("Say how the identity was shown, then confirm it."))
        self.sudo().write(
            {"identity_checked_by_id": self.env.uid, "identity_checked_at": fields.Datetime.now()}
        )
        self._move("checked")
