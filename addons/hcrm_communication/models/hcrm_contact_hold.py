from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance, Told


class HcrmContactHold(models.Model):
    """Why a person is left alone for a while: an open complaint, a wish, an open question.

    Another addon opens a hold with ``_open`` and ends it with ``_close``; what it means for a
    message is said by the contact rules of its kind.
    """

    _name = "hcrm.contact.hold"
    _description = "Contact Hold"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin"]
    _order = "since DESC, id DESC"
    _rec_names_search = ["partner_id"]
    _hcrm = Governance(
        data_class="consent",
        merge="repoint",
        erasure="blank",
        retention="relation",
        blank=("note",),
        dated="since",
        told=Told(shown=("since", "until", "code", "note")),
    )

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    code = fields.Selection(
        selection=[
            ("complaint", "Open complaint"),
            ("hold", "Asked to be left alone"),
            ("shared_phone", "Shared phone: who answered is not clear"),
        ],
        string="Why",
        required=True,
        default="hold",
    )
    since = fields.Datetime(required=True, default=lambda self: self.env.cr.now())
    until = fields.Datetime(help="Empty: until somebody ends it.")
    note = fields.Char()
    res_model = fields.Char(string="Source", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source record", model_field="res_model", readonly=True
    )
    active = fields.Boolean(default=True)

    _person_idx = models.Index("(partner_id, company_id) WHERE active")
    _source_uniq = models.UniqueIndex(
        "(res_model, res_id, partner_id, code) WHERE res_model IS NOT NULL AND until IS NULL",
        "This record already holds the contact.",
    )
    _period = models.Constraint(
        "CHECK (until IS NULL OR until >= since)", "A hold cannot end before it began."
    )

    @api.depends("code", "partner_id")
    def _compute_display_name(self):
        codes = dict(self._fields["code"]._description_selection(self.env))
        for hold in self:
            hold.display_name = codes.get(hold.code, "")

    @api.constrains("code", "res_model")
    def _check_source(self):
        for hold in self:
            if hold.code == "complaint" and not hold.res_model and not self.env.su:
                raise ValidationError(
                    self.env._("A complaint opens its hold itself: choose another reason.")
                )

    @api.model
    def _open(self, partners, code, source, company=None):
        """Hold contact with these persons because of ``source`` until it is closed."""
        holds_sudo = self.sudo()
        held = holds_sudo.search(
            [
                ("res_model", "=", source._name),
                ("res_id", "=", source.id),
                ("code", "=", code),
                ("until", "=", False),
            ]
        ).partner_id
        return holds_sudo.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": (company or self.env.company).id,
                    "code": code,
                    "res_model": source._name,
                    "res_id": source.id,
                }
                for partner in partners - held
            ]
        )

    @api.model
    def _close(self, source, code=None, at=None):
        """End what ``source`` held; rules may add days of quiet after it."""
        domain = [
            ("res_model", "=", source._name),
            ("res_id", "=", source.id),
            ("until", "=", False),
        ]
        if code:
            domain.append(("code", "=", code))
        self.sudo().search(domain).until = at or self.env.cr.now()

    def action_end(self):
        """End the hold now."""
        self.until = self.env.cr.now()
