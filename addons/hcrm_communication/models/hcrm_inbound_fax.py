import io
import logging
from pathlib import Path

import psycopg2

# Odoo loads few of Pillow's formats: these register themselves by being imported
from PIL import Image, PdfImagePlugin, TiffImagePlugin  # noqa: F401 pylint: disable=unused-import

from odoo import api, models
from odoo.exceptions import AccessError, UserError

_logger = logging.getLogger(__name__)

BATCH = 20


class HcrmInbound(models.Model):
    """Faxes that arrive: Asterisk writes a TIFF, then a line about it; we take both.

    The files go when the message is committed: who is killed between finds the message here already
    by its key.
    """

    _inherit = "hcrm.inbound"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _cron_take_faxes(self):
        """Take what lies in the folders of fax gateways as far as the time goes.

        Only a database that a person opened: a copy has the same folders, and would take away what
        is the hospital's. While the outbox is closed faxes wait where they are.
        """
        commit_progress = self.env["ir.cron"]._commit_progress
        if self.env["hcrm.safety.switch"]._get_state() != "open":
            return
        gateways = self.env["hcrm.gateway"].sudo()
        for gateway in gateways.search(
            [("kind", "=", "asterisk_fax"), ("fax_folder", "!=", False)]
        ):
            for note in sorted(Path(gateway.fax_folder).glob("in/*.txt"))[:BATCH]:
                is_whole = self._take_fax_safely(gateway, note)
                if is_whole is None:
                    continue
                if not commit_progress(1):
                    return
                for path in (note.with_suffix(".tif"), note):
                    _put_away(path, is_whole)
        commit_progress(remaining=0)

    @api.model
    def _take_fax_safely(self, gateway, note):
        """Return True for one that is stored with its pages; False where they cannot be read: who
        works on the inbox is told; None where nothing could be stored: one must not stop the rest.
        """
        try:
            with self.env.cr.savepoint():
                self._take_fax(gateway, note)
            return True
        except psycopg2.Error:
            _logger.exception("A fax could not be stored: %s", note.name)
            return None
        except Exception:  # pylint: disable=broad-except
            _logger.exception("A fax that arrived cannot be read: %s", note.name)
        try:
            with self.env.cr.savepoint():
                self._tell_unreadable(gateway, note)
            return False
        except Exception:  # pylint: disable=broad-except
            _logger.exception("A fax that arrived cannot be told: %s", note.name)
            return None

    @api.model
    def _take_fax(self, gateway, note):
        """Store one fax with its pages as PDF; the caller commits and removes the files."""
        sender, pages, station = _read_note(note)
        text = self.env._(
            "A fax of %(pages)s pages. Station: %(station)s", pages=pages, station=station or "–"
        )
        number = self._receive(
            "fax", gateway.company_id, sender or station, text, gateway, provider_key=note.stem
        )
        if not number:
            return
        self.env["ir.attachment"].sudo().create(
            {
                "name": f"fax-{note.stem}.pdf",
                "mimetype": "application/pdf",
                "raw": _as_pdf(note.with_suffix(".tif")),
                "res_model": self._name,
                "res_field": "files_stored",
                "res_id": number,
            }
        )

    @api.model
    def _tell_unreadable(self, gateway, note):
        """Whoever works on the inbox calls the sender; the file stays for who can mend it."""
        try:
            sender, _pages, station = _read_note(note)
        except OSError:
            sender = station = ""
        text = self.env._(
            "A fax arrived and its pages cannot be read: ask the sender to fax it again. "
            "Station: %(station)s. File: %(file)s",
            station=station or "–",
            file=f"{note.stem}.tif.bad",
        )
        self._receive(
            "fax", gateway.company_id, sender or station, text, gateway, provider_key=note.stem
        )

    def action_open_pages(self):
        """Show the pages to whoever may read the words."""
        self.ensure_one()
        self.check_access("read")
        if not self.can_read_text:
            raise AccessError(self.env._("You may not read what arrived with this message."))
        if not self._find_pages():
            raise UserError(
                self.env._("This fax has no pages to show: ask the sender to fax it again.")
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/hcrm/inbound/{self.id}/pages",
            "target": "new",
        }

    def _find_with_pages(self):
        """Return the ids of those whose pages are kept: in one query, and none without a fax."""
        faxes = self.filtered(lambda one: one.channel == "fax")
        if not faxes:
            return set()
        files = self.env["ir.attachment"].sudo()
        kept = [("res_model", "=", self._name), ("res_field", "=", "files_stored")]
        return set(files.search([*kept, ("res_id", "in", faxes.ids)]).mapped("res_id"))

    def _find_pages(self):
        """Return the PDF of a fax."""
        self.ensure_one()
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "files_stored"),
                    ("res_id", "=", self.id),
                ],
                limit=1,
            )
        )


def _read_note(note):
    """Return (number, pages, station) as Asterisk wrote them."""
    told = note.read_text(encoding="utf-8", errors="replace").strip()
    return [*told.split("|"), "", "", ""][:3]


def _put_away(path, is_whole):
    """Remove what is stored; keep what cannot be read under another name."""
    try:
        if is_whole:
            path.unlink(missing_ok=True)
        elif path.exists():
            path.rename(f"{path}.bad")
    except OSError:
        _logger.exception("%s could not be put away: is the folder ours to write?", path)


def _as_pdf(path):
    """Return the pages of a TIFF as PDF, as tall as they were: a fax has other dots down."""
    pages = []
    with Image.open(path) as tiff:
        for number in range(getattr(tiff, "n_frames", 1)):
            tiff.seek(number)
            across, down = (float(one) or 204.0 for one in tiff.info.get("dpi", (204, 196)))
            height = round(tiff.height * across / down)
            pages.append(tiff.convert("L").resize((tiff.width, height)).convert("1"))
    out = io.BytesIO()
    pages[0].save(out, format="PDF", save_all=True, append_images=pages[1:], resolution=204)
    return out.getvalue()
