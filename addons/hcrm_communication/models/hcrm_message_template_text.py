from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import message_lint
from ..tools.purposes import CHANNELS
from ..tools.sms_text import measure

WORDS = frozenset(("template_id", "lang", "channel", "subject_line", "body"))


class HcrmMessageTemplateText(models.Model):
    """One version of a template's words in one language for one channel; frozen once approved."""

    _name = "hcrm.message.template.text"
    _description = "Text of a Template"
    _inherit = ["hcrm.message.template.preview.mixin", "hcrm.guarded.write.mixin"]
    _order = "template_id, channel, lang, number DESC"
    _hcrm = Governance(data_class="template")

    template_id = fields.Many2one(
        "hcrm.message.template", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True, index=True)
    purpose = fields.Selection(related="template_id.purpose", store=True)
    lang = fields.Selection(
        selection="_get_languages", string="Language", required=True, default="zh_CN"
    )
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True, default="sms")
    number = fields.Integer(string="Version", readonly=True, default=1)
    subject_line = fields.Char(string="Subject line")
    body = fields.Text(string="Message", required=True)

    state = fields.Selection(
        selection=[("draft", "Draft"), ("approved", "Approved"), ("replaced", "Replaced")],
        required=True,
        readonly=True,
        default="draft",
    )
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, index="btree_not_null"
    )
    approved_at = fields.Datetime(string="Approved on", readonly=True)

    # what the linter says
    findings = fields.Text(string="What to mend", compute="_compute_lint")
    warnings = fields.Text(string="Note", compute="_compute_lint")
    is_clean = fields.Boolean(compute="_compute_lint")
    size = fields.Char(string="Length", compute="_compute_lint")

    _approved_uniq = models.UniqueIndex(
        "(template_id, channel, lang) WHERE state = 'approved'",
        "One version for each language and channel is in force.",
    )
    _draft_uniq = models.UniqueIndex(
        "(template_id, channel, lang) WHERE state = 'draft'",
        "There is a draft for this language and channel already: go on with that.",
    )
    _approved_by_whom = models.Constraint(
        "CHECK (state = 'draft' OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL))",
        "An approved text says who approved it.",
    )

    @api.model
    def _get_languages(self):
        return self.env["res.lang"].get_installed()

    @api.depends("template_id", "channel", "lang", "number")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for text in self:
            parts = (text.template_id.name, channels.get(text.channel), f"v{text.number}")
            text.display_name = " · ".join(part for part in parts if part)

    @api.depends(
        "body", "subject_line", "channel", "template_id.purpose", "template_id.is_clinical"
    )
    @api.depends_context("lang")
    def _compute_lint(self):
        for text in self:
            found = text._lint()
            wrong = message_lint.errors(found)
            text.is_clean = not wrong
            text.findings = self._say_findings(wrong)
            text.warnings = self._say_findings([one for one in found if one not in wrong])
            text.size = text._say_size()

    def _lint(self):
        return self.env["hcrm.template.renderer"]._lint(
            self.body,
            self.subject_line,
            self.template_id.purpose,
            self.channel,
            is_clinical=self.template_id.is_clinical,
        )

    @api.model
    def _say_findings(self, findings):
        return "\n".join(self.env["hcrm.template.renderer"]._say(one) for one in findings)

    def _say_size(self):
        if self.channel != "sms" or not self.body:
            return False
        size = measure(self.preview or self.body)
        price = self._get_price() * size.parts
        text = self.env._(
            "%(units)s characters, %(parts)s parts", units=size.units, parts=size.parts
        )
        return f"{text} · {price:.3f}" if price else text

    def _get_price(self):
        company = self.template_id.company_id or self.env.company
        gateway = (
            self.env["hcrm.gateway"]
            .sudo()
            .search([("channel", "=", "sms"), ("company_id", "=", company.id)], limit=1)
        )
        return gateway.price_per_part

    # LIFE

    @api.model_create_multi
    def create(self, vals_list):
        texts = super().create(vals_list)
        for text in texts:
            twins = self.sudo().search(
                [
                    ("template_id", "=", text.template_id.id),
                    ("channel", "=", text.channel),
                    ("lang", "=", text.lang),
                    ("id", "!=", text.id),
                ]
            )
            if twins:
                text.sudo().number = max(twins.mapped("number")) + 1
        return texts

    def write(self, vals):
        if not WORDS.isdisjoint(vals) and any(text.state != "draft" for text in self):
            raise UserError(
                self.env._("Approved words do not change: make a new version of the text.")
            )
        return super().write(vals)

    def action_approve(self):
        """Put it in force; the former version is kept as replaced."""
        self.check_access("write")
        for text in self:
            if text.state != "draft":
                raise UserError(self.env._("Only drafts are approved."))
            if wrong := message_lint.errors(text._lint()):
                raise ValidationError(self._say_findings(wrong))
            text_sudo = text.sudo()
            former = text_sudo.template_id.text_ids.filtered(
                lambda one, text=text: (
                    one.state == "approved" and (one.channel, one.lang) == (text.channel, text.lang)
                )
            )
            former.state = "replaced"
            former.flush_recordset()
            text_sudo.write(
                {
                    "state": "approved",
                    "approved_by_id": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                }
            )

    def action_new_version(self):
        """Go on from an approved text; a draft that is there already is opened."""
        self.ensure_one()
        self.check_access("write")
        draft = self.search(
            [
                ("template_id", "=", self.template_id.id),
                ("channel", "=", self.channel),
                ("lang", "=", self.lang),
                ("state", "=", "draft"),
            ],
            limit=1,
        ) or self.create(
            {
                "template_id": self.template_id.id,
                "channel": self.channel,
                "lang": self.lang,
                "subject_line": self.subject_line,
                "body": self.body,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if any(text.state != "draft" for text in self):
            raise UserError(self.env._("Approved texts stay on record: make a new version."))
