from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import CONSENT_ONLY, PURPOSES

FROZEN = frozenset(("purpose", "lang", "body", "number", "company_id", "published_at"))


class HcrmConsentWording(models.Model):
    """The words a person agreed to. Published ones never change: a new version replaces them."""

    _name = "hcrm.consent.wording"
    _description = "Consent Wording"
    _order = "purpose, lang, number DESC"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(string="Title", required=True)
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()]
        + list(CONSENT_ONLY.items()),
        required=True,
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        required=True,
        default=lambda self: self.env.lang,
    )
    body = fields.Text(string="What the person is told", required=True)
    number = fields.Integer(string="Version", readonly=True, copy=False, aggregator=None)
    published_at = fields.Datetime(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", string="Hospital", index="btree_not_null", help="Empty: all hospitals."
    )
    active = fields.Boolean(default=True)

    _version_uniq = models.UniqueIndex(
        "(purpose, lang, COALESCE(company_id, 0), number) WHERE number IS NOT NULL AND number > 0",
        "This version is already published.",
    )

    @api.depends("name", "number")
    def _compute_display_name(self):
        for wording in self:
            wording.display_name = (
                self.env._(
                    "%(name)s (version %(number)s)", name=wording.name, number=wording.number
                )
                if wording.number
                else self.env._("%(name)s (draft)", name=wording.name or "")
            )

    def write(self, vals):
        changed = FROZEN & vals.keys()
        if (
            changed
            and not self.env.context.get("hcrm_publishing")
            and self.filtered("published_at")
        ):
            raise UserError(
                self.env._(
                    "Somebody may have agreed to these words: they stay as they are. "
                    "Make a new version."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if self.filtered("published_at"):
            raise UserError(self.env._("Published words are kept as proof: archive them instead."))

    def action_publish(self):
        """Give the next version number; from now on nobody changes the words."""
        for wording in self.filtered(lambda one: not one.published_at):
            newest = self.with_context(active_test=False).search(
                [
                    ("published_at", "!=", False),
                    ("purpose", "=", wording.purpose),
                    ("lang", "=", wording.lang),
                    ("company_id", "=", wording.company_id.id),
                ],
                order="number DESC",
                limit=1,
            )
            wording.with_context(hcrm_publishing=True).write(
                {"number": newest.number + 1, "published_at": fields.Datetime.now()}
            )

    def action_new_version(self):
        """Open a draft that starts from these words."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.copy().id,
            "view_mode": "form",
        }

    @api.model
    def _current(self, lang, company):
        """Return {purpose: newest published wording}, in the language or, failing that, English."""
        found = self.search(
            [
                ("published_at", "!=", False),
                ("lang", "in", (lang, "en_US")),
                ("company_id", "in", (False, company.id)),
            ]
        )
        ranked = found.sorted(lambda one: (one.lang == lang, one.company_id == company, one.number))
        return {wording.purpose: wording for wording in ranked}
