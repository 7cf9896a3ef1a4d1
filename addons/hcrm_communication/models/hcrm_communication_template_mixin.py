from odoo import api, fields, models

from ..tools.purposes import CHANNELS


class HcrmCommunicationTemplateMixin(models.AbstractModel):
    """Messages whose words come from a template: made in batch, one text for each channel."""

    _name = "hcrm.communication.template.mixin"
    _description = "Messages from Templates"

    template_id = fields.Many2one(
        "hcrm.message.template", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    texts_stored = fields.Json(
        groups=".", help="Words for each channel; those of the channel taken are in the message."
    )

    trouble_stored = fields.Char(
        groups=".", help="What the linter found, with the word: for who may read the text."
    )

    @api.model
    def _prepare_texts(self, request):
        """Return the columns that a template fills, or the trouble it met.

        What cannot be made is kept as failed and never leaves: it has no words.
        """
        if not request.get("template_id"):
            return {"template_id": None, "texts_stored": None, "state": "waiting"} | {
                "failure_code": None,
                "failure_values": None,
                "trouble_stored": None,
                "settled_at": None,
                "is_untold": False,
            }
        trouble = request.get("trouble")
        texts = {
            code: {name: words[name] for name in ("body", "subject_line")}
            for code, words in (request.get("texts") or {}).items()
            if code in CHANNELS
        }
        return {
            "template_id": request["template_id"],
            "texts_stored": None if trouble else texts,
            "state": "failed" if trouble else "waiting",
            "failure_code": "bad_text" if trouble else None,
            "failure_values": {"why": trouble} if trouble else None,
            "trouble_stored": request.get("trouble_told") if trouble else None,
            "settled_at": self.env.cr.now().replace(microsecond=0) if trouble else None,
            "is_untold": bool(trouble and request.get("res_model")),
        }
