from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import PURPOSES


class HcrmMessageTemplate(models.Model):
    """What the hospital says on an occasion; its words per language and channel are versions."""

    _name = "hcrm.message.template"
    _description = "Message Template"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "sequence, name, id"
    _hcrm = Governance(data_class="template")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Short name by which programs ask for it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="Hospital", index="btree_not_null", help="All hospitals, if empty."
    )
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()],
        required=True,
        default=lambda self: self._default_purpose(),
    )
    topic_id = fields.Many2one(
        "hcrm.message.topic", index="btree_not_null", domain="[('purpose', '=', purpose)]"
    )
    is_clinical = fields.Boolean(
        string="Tells about health",
        help="For letters and the portal only: others read along on a phone.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="When a program sends it, its places are filled with what this user may read.",
    )
    note = fields.Text(string="When it is used")
    text_ids = fields.One2many("hcrm.message.template.text", "template_id", string="Texts")
    approved_count = fields.Integer(string="Approved texts", compute="_compute_approved_count")

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code IS NOT NULL",
        "This code of a template is already used.",
    )

    @api.model
    def _default_purpose(self):
        return "marketing" if self.env.user.has_group("hcrm_base.group_marketing") else "service"

    @api.depends("text_ids.state")
    def _compute_approved_count(self):
        self.approved_count = 0
        texts = self.env["hcrm.message.template.text"]
        groups = texts._read_group(
            [("template_id", "in", self.ids), ("state", "=", "approved")],
            ["template_id"],
            ["__count"],
        )
        for template, count in groups:
            template.approved_count = count

    def write(self, vals):
        """What the linter relied on does not change under approved words."""
        if not vals.keys().isdisjoint(("purpose", "is_clinical")):
            changed = self.filtered(
                lambda one: any(
                    name in vals and vals[name] != one[name] for name in ("purpose", "is_clinical")
                )
            )
            if changed.text_ids.filtered(lambda text: text.state == "approved"):
                raise UserError(
                    self.env._(
                        "Its texts are approved for this purpose: make another template instead."
                    )
                )
        result = super().write(vals)
        if "purpose" in vals and not self.env.su:
            self.check_access("write")  # marketing does not write care by way of a change
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if self.text_ids.filtered(lambda text: text.state != "draft"):
            raise UserError(self.env._("Approved texts stay on record: archive the template."))

    def _find_text(self, channel, lang):
        """Return the approved text for a channel: of the language, its family, or any."""
        self.ensure_one()
        texts = self.text_ids.filtered(
            lambda one: one.state == "approved" and one.channel == channel
        )
        family = (lang or "")[:2]
        ranked = texts.sorted(
            lambda one: (one.lang != lang, one.lang[:2] != family, one.lang != "zh_CN", one.id)
        )
        return ranked[:1]
