import base64

from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmLetterPrint(models.TransientModel):
    """Today's letters as one PDF with a list for the post book."""

    _name = "hcrm.letter.print"
    _description = "Print Letters"
    _hcrm = Governance(data_class="wizard")

    message_ids = fields.Many2many("hcrm.communication", string="Chosen letters")
    again = fields.Boolean(
        string="Also what was printed and not posted",
        help="A run that the printer lost. These letters are marked: printed twice.",
    )
    count = fields.Integer(string="New letters", compute="_compute_count")
    count_again = fields.Integer(string="Printed, not posted", compute="_compute_count")
    run = fields.Char(string="Print run", readonly=True)
    repeated = fields.Integer(string="Printed a second time", readonly=True)
    kept_back = fields.Integer(string="Not printed", readonly=True)
    pdf = fields.Binary(string="PDF of the run", readonly=True, attachment=False)
    pdf_name = fields.Char(readonly=True)

    @api.depends("message_ids", "again")
    def _compute_count(self):
        messages = self.env["hcrm.communication"]
        for wizard in self:
            wizard.count = len(wizard._find())
            both = messages.search(messages._letter_domain(again=True))
            both = both._filtered_access("write").filtered("can_read_text")
            wizard.count_again = len(both.filtered(lambda one: one.letter_printed_at))

    def _find(self):
        """Return what this run prints, of what the clerk may read and print."""
        if self.message_ids:
            return self.message_ids
        messages = self.env["hcrm.communication"]
        found = messages.search(messages._letter_domain(again=self.again), order="id")
        return found._filtered_access("write").filtered("can_read_text")

    def action_print(self):
        """Make the PDF; these letters are printed from now on."""
        self.ensure_one()
        run = self._find()._print_letters()
        self.write(
            {
                "run": run.name or False,
                "repeated": len(run.again),
                "kept_back": len(run.kept_back),
                "pdf": base64.b64encode(run.pdf),
                "pdf_name": f"{run.name.replace('/', '-')}.pdf",
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Print letters"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class HcrmLetterPost(models.TransientModel):
    """Letters went to the post."""

    _name = "hcrm.letter.post"
    _description = "Letters to the Post"
    _hcrm = Governance(data_class="wizard")

    message_ids = fields.Many2many("hcrm.communication", required=True)
    posted_on = fields.Date(required=True, default=fields.Date.context_today)
    tracking = fields.Char(string="Tracking number")
    is_one = fields.Boolean(compute="_compute_is_one")

    @api.depends("message_ids")
    def _compute_is_one(self):
        for wizard in self:
            wizard.is_one = len(wizard.message_ids) == 1

    def action_post(self):
        """Note it on each."""
        self.message_ids._post_letters(self.posted_on, self.is_one and self.tracking)
        return {"type": "ir.actions.act_window_close"}
