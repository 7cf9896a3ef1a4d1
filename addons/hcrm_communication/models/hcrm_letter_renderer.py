import io
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from ..tools.letter_pages import number_pages

_logger = logging.getLogger(__name__)

#: Letters in one run of wkhtmltopdf; more would keep a browser of the clerk waiting.
MOST_LETTERS = 500


class HcrmLetterRenderer(models.AbstractModel):
    """Words on paper: letters to be posted, documents to be faxed."""

    _name = "hcrm.letter.renderer"
    _description = "Letters as PDF"

    @api.model
    def _make_documents(self, gateway, rows, files):
        """Return {message id: (name, mimetype, PDF)}: its own PDF files as one, else its words.

        A document that cannot be made stays away: the gateway says what is wrong.
        """
        made = {}
        for row in rows:
            try:
                made[row["id"]] = (self._make_document(gateway, row, files.get(row["id"], ())),)
            except Exception:  # pylint: disable=broad-except
                _logger.exception("No document could be made of message %s", row["id"])
        return made

    @api.model
    def _make_document(self, gateway, row, files):
        pdfs = [content for _name, kind, content in files if kind == "application/pdf"]
        if not pdfs:
            messages = self.env["hcrm.communication"].sudo().browse(row["id"])
            return "fax.pdf", "application/pdf", self._render(messages, with_window=False)
        return "fax.pdf", "application/pdf", pdfs[0] if len(pdfs) == 1 else join(pdfs)

    @api.model
    def _render(self, messages_sudo, with_window=True, cover=None, run=None):
        """Return one PDF: a cover list if asked for, then each message on a page of its own; the
        pages of long ones bear the name of the run.

        :raises UserError: the program that makes PDFs is not there
        """
        letters = [self._prepare_letter(message) for message in messages_sudo]
        return self._render_letters(letters, with_window, cover, run)

    @api.model
    def _render_letters(self, letters, with_window=True, cover=None, run=None):
        """Return one PDF of prepared letters; see ``_render``."""
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() not in (
            "ok",
            "upgrade",
            "workers",
        ):
            raise UserError(
                self.env._(
                    "PDFs cannot be made here: ask the administrator to install wkhtmltopdf."
                )
            )
        body = self.env["ir.qweb"]._render(
            "hcrm_communication.letters_document",
            {
                "letters": letters,
                "cover": cover,
                "with_window": with_window,
            },
        )
        pdf = (
            self.env["ir.actions.report"]
            .sudo()
            ._run_wkhtmltopdf([str(body)], report_ref="hcrm_communication.letters_report")
        )
        return number_pages(pdf, run, bool(cover)) if run else pdf

    @api.model
    def _prepare_letter(self, message_sudo):
        """Return what stands on a letter, in the language of the message."""
        company = message_sudo.company_id
        recipient = message_sudo.recipient_id
        lang = message_sudo.lang or recipient.lang or company.partner_id.lang or "zh_CN"
        env = self.with_context(lang=lang).env
        day = fields.Date.context_today(self.with_context(tz=company._hcrm_zone()))
        return {
            "message": message_sudo,
            "lang": lang.replace("_", "-"),
            "logo": company.logo and image_data_uri(company.logo),
            "hospital": company.with_context(lang=lang).name,
            "sender": self._say_place(company.partner_id),
            "phone": company.phone,
            "name": recipient.name,
            "address": self._prepare_address(recipient.with_context(lang=lang)),
            "subject": message_sudo.subject_line_stored,
            "paragraphs": (message_sudo.body_stored or "").strip().splitlines(),
            "date": format_date(env, day, lang_code=lang, date_format="long"),
            "is_chinese": lang.startswith("zh"),
        }

    @api.model
    def _prepare_address(self, partner):
        """Return the lines of a postal address: a Chinese one begins with the postcode and the
        province, and ends with the name."""
        street = " ".join(filter(None, (partner.street, partner.street2)))
        if (partner.country_id.code or "CN") == "CN":
            place = "".join(filter(None, (partner.state_id.name, partner.city)))
            lines = [partner.zip, f"{place}{street}", f"{partner.name} 收"]
        else:
            place = " ".join(filter(None, (partner.zip, partner.city)))
            lines = [partner.name, street, place, partner.country_id.name]
        return [line for line in lines if line]

    @api.model
    def _say_place(self, partner):
        return " ".join(filter(None, (partner.zip, partner.city, partner.street)))

    @api.model
    def _check_number(self, count):
        if count > MOST_LETTERS:
            raise UserError(
                self.env._("Print at most %s letters at once: the rest comes next.", MOST_LETTERS)
            )


def join(pdfs):
    """Return several PDFs as one."""
    from pypdf import PdfWriter  # noqa: PLC0415 Odoo's own choice at run time

    writer = PdfWriter()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
