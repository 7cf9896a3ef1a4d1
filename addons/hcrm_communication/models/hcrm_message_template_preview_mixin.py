from odoo import api, fields, models

from ..tools import template_text


class HcrmMessageTemplatePreviewMixin(models.AbstractModel):
    """Shows a text as a customer whom the user may read would get it."""

    _name = "hcrm.message.template.preview.mixin"
    _description = "Preview of a Text"

    preview_partner_id = fields.Many2one(
        "res.partner",
        string="Try with",
        store=False,
        domain=[("is_customer_person", "=", True)],
        help="Filled with what you may read about this customer.",
    )
    preview_subject = fields.Char(string="Subject as sent", compute="_compute_preview")
    preview = fields.Text(compute="_compute_preview")
    preview_trouble = fields.Char(string="With this customer", compute="_compute_preview")
    place_help = fields.Html(string="Places", compute="_compute_place_help", sanitize=False)

    @api.depends("body", "subject_line", "channel", "lang", "template_id", "preview_partner_id")
    @api.depends_context("uid", "lang")
    def _compute_preview(self):
        renderer = self.env["hcrm.template.renderer"].with_user(self.env.user)
        for text in self:
            text.preview = text.preview_subject = text.preview_trouble = False
            if not text.body:
                continue
            values = text._get_preview_values(renderer)
            text.preview, missing = template_text.render(text.body, values)
            text.preview_subject, also = template_text.render(text.subject_line or "", values)
            if text.preview_partner_id and (missing or also):
                text.preview_trouble = self.env._(
                    "Nothing is known for %s: write words instead behind a |.",
                    ", ".join(f"{{{name}}}" for name in dict.fromkeys(missing + also)),
                )

    def _get_preview_values(self, renderer):
        """Values of the chosen customer, with their newest appointment and visit; or samples."""
        company = self.template_id.company_id or self.env.company
        partner = self.preview_partner_id._origin or self.preview_partner_id
        if not partner:
            rows = renderer._read_companies({company.id})[company.id]
            own = renderer._prepare_values(None, None, rows, None, self.lang, self.channel)
            return {
                name: f"〔{self._say_place(name)}〕"
                for name in (*template_text.PLACES, *template_text.places(self.body))
            } | own
        request = {"recipient_id": partner.id, "company_id": company.id}
        rows = renderer._read_rows([request])
        person = rows["persons"].get(partner.id)
        values = {}
        for model in ("hcrm.encounter", "hcrm.appointment"):
            record = self._get_newest(model, partner)
            values |= renderer._prepare_values(
                person, person, rows["companies"][company.id], record, self.lang, self.channel
            )
        return values

    @api.model
    def _get_newest(self, model, partner):
        records = self.env[model]
        if not records.has_access("read"):
            return None
        return records.search([("partner_id", "=", partner.id)], limit=1)

    @api.model
    def _say_place(self, name):
        place = template_text.PLACES.get(name)
        return place._translate(self.env.lang or "en_US") if place else name

    @api.depends_context("lang")
    def _compute_place_help(self):
        """The list of places, to copy from."""
        lines = "".join(
            f"<tr><td class='pe-3'><code>{{{name}}}</code></td>"
            f"<td>{label._translate(self.env.lang or 'en_US')}</td></tr>"
            for name, label in template_text.PLACES.items()
        )
        self.place_help = f"<table class='small'>{lines}</table>"
