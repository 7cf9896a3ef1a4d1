import base64
import io
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import ack, bulk, inbox, inbox_store, mllp
from ..tools.reasons import Reason
from .hcrm_his_message import CODECS

_logger = logging.getLogger(__name__)

CHUNK = 500
CHUNK_BYTES = 16 * 1024 * 1024
INTEGRATION = "hcrm_base.group_integration"
#: Days for which the file of a load that failed or was never started is kept.
KEEP_FILE_DAYS = 30


class HcrmHisLoad(models.Model):
    """A folder, file or archive of messages on its way into the inbox.

    The messages go the way of those that arrive by wire: stored once by sender and control id, then
    processed in order. After an interruption the load goes on at ``position``.
    """

    _name = "hcrm.his.load"
    _description = "HIS Bulk Load"
    _inherit = ["hcrm.his.reason.mixin", "hcrm.his.load.rows.mixin"]
    _order = "id DESC"
    _hcrm = Governance(
        data_class="inbox",
        log_reads=False,
        note="a job about nobody; the uploaded file, seen by integration, is deleted when loaded, "
        "else after some weeks, or when somebody named in it is erased",
    )

    name = fields.Char(required=True, default=lambda self: self.env._("New load"))
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, default=lambda self: self.env.company
    )
    path = fields.Char(
        readonly=True, help="Folder or file on the server, given on the command line."
    )
    file = fields.Binary(groups=INTEGRATION, help=".hl7, .txt, .zip, .tar.gz")
    file_name = fields.Char()
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Running"),
            ("done", "Loaded"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="draft",
    )
    position = fields.Integer(readonly=True, string="Messages read")
    stored_count = fields.Integer(readonly=True, string="Stored")
    known_count = fields.Integer(readonly=True, string="Known before")
    refused_count = fields.Integer(readonly=True, string="Refused")
    current_file = fields.Char(readonly=True)
    reason = fields.Char(help="Why it stopped.")
    detail = fields.Text(readonly=True, groups=INTEGRATION, help="For whoever mends the file.")
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    waiting_count = fields.Integer(compute="_compute_waiting_count", string="Still waiting")

    def _compute_waiting_count(self):
        self.waiting_count = 0
        for load_id, count in self.env["hcrm.his.message"]._read_group(
            [("load_id", "in", self.ids), ("state", "=", "received")], ["load_id"], ["__count"]
        ):
            self.browse(load_id).waiting_count = count

    def action_start(self):
        """Queue the load; also goes on with one that failed."""
        for load in self:
            if not load.path and not load.file:
                raise UserError(self.env._("Choose a file first."))
            load.write(
                {
                    "state": "running",
                    **self._prepare_reason_values(None),
                    "detail": False,
                    "name": load.file_name or load.path or load.name,
                    "started_at": load.started_at or fields.Datetime.now(),
                }
            )
        self.env.ref("hcrm_his.ir_cron_load").sudo()._trigger()

    def action_view_messages(self):
        """Open the messages of this load."""
        action = self.env["ir.actions.act_window"]._for_xml_id("hcrm_his.hcrm_his_message_action")
        return action | {"domain": [("load_id", "in", self.ids)], "context": {}}

    @api.model
    def _cron_load(self):
        """Go on with running loads of uploaded files, oldest first.

        What has a path is read by the operator's command only: a user who names one reads nothing.
        """
        commit_progress = self.env["ir.cron"]._commit_progress
        domain = [("state", "=", "running"), ("path", "=", False), ("feed_id", "=", False)]
        for load in self.search(domain, order="id"):
            if not load.try_lock_for_update():
                continue
            try:
                for count in load._load_chunks():
                    if not commit_progress(count, remaining=1):
                        return
            except Exception as error:
                # goes on at its position the next time; the loads behind it go on now
                self.env.cr.rollback()
                _logger.error("HIS load %s was interrupted: %s", load.id, type(error).__name__)
        commit_progress(remaining=0)

    @api.model
    def _prepare_sender_values(self, code):
        """Return values for a load of files that do not say themselves who sent them."""
        raise UserError(self.env._("HL7 says who sends it: only FHIR needs a sender."))

    def _load_chunks(self):
        """Store the messages in chunks; yield the size of each for the caller to commit."""
        self.ensure_one()
        try:
            messages = bulk.iter_messages(self._get_files(), skip=self.position)
            while chunk := bulk.take_chunk(messages, CHUNK, CHUNK_BYTES):
                self._store_chunk(chunk)
                yield len(chunk)
            self._finish("done")
        except bulk.SourceError as error:
            self._finish("failed", error.reason, error.__cause__)
        except (OSError, EOFError) as error:
            self._finish("failed", Reason("source_unreadable"), error)
        yield 0

    def _get_files(self):
        """Return the files of the source; a path was given on the command line, by the operator."""
        if self.path:
            return bulk.iter_source(self.path)
        data = base64.b64decode(self.sudo().file or b"")
        return bulk.iter_file(self.file_name or "upload.hl7", lambda: io.BytesIO(data))

    def _store_chunk(self, chunk):
        book = inbox_store.SenderBook()
        book.refresh(self.env.cr)
        entries = [
            inbox.prepare(_frame(body), book, name[-199:]) for _position, name, body in chunk
        ]
        self._refuse_of_others(entries, book)
        inbox_store.store(self.env.cr, entries, book, self.id, self.company_id.id)
        accepted = [entry for entry in entries if entry.is_accepted]
        stored = sum(entry.is_new for entry in accepted)
        position, name, _body = chunk[-1]
        self.write(
            {
                "position": position,
                "current_file": name,
                "stored_count": self.stored_count + stored,
                "known_count": self.known_count + len(accepted) - stored,
                "refused_count": self.refused_count + len(entries) - len(accepted),
            }
        )
        self.env["hcrm.his.intake"]._trigger_crons()

    def _refuse_of_others(self, entries, book):
        """Who uploads a file for one hospital tells nothing in the name of another."""
        for entry in entries:
            sender = book.get(entry.sender)
            is_ours = self.path or not entry.is_accepted or not sender
            if not is_ours and sender.company_id != self.company_id.id:
                entry.verdict = ack.refuse("sender_elsewhere", "MSH-3")

    def _finish(self, state, reason=None, cause=None):
        values = {"state": state, "finished_at": fields.Datetime.now()}
        values |= self._prepare_reason_values(reason)
        values["detail"] = f"{type(cause).__name__}: {cause}" if cause else False
        if state == "done":
            values["file"] = False  # what was in it is in the inbox now
        self.write(values)

    # FILES THAT WERE NOT LOADED

    @api.model
    def _hcrm_on_erase(self, run):
        """Drop uploaded files that name the erased person: the hospital can export them anew.

        A file that cannot be read could name anybody. One that is being loaded goes by itself, and
        what it tells of the erased is set aside.
        """
        waiting = self.search([("state", "in", ("draft", "failed")), ("file", "!=", False)])
        words = [word.encode(codec) for word in run.words.mentions for codec in CODECS]
        for load in waiting:
            if bulk.may_contain(load._get_any_files(), words):
                load.file = False
                run.add(self._name, "deleted", 1)

    def _get_any_files(self):
        """Return what was uploaded, files of any kind."""
        data = base64.b64decode(self.sudo().file or b"")
        name = self.file_name or "upload.hl7"
        return bulk.iter_file(name, lambda: io.BytesIO(data), bulk.ANY_SUFFIX)

    @api.autovacuum
    def _gc_files(self):
        """What was never loaded is not kept for ever."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_FILE_DAYS)
        waiting = [("state", "in", ("draft", "failed")), ("file", "!=", False)]
        self.search([*waiting, ("write_date", "<", limit)]).file = False


def _frame(body):
    if len(body) < bulk.LIMIT:
        return mllp.Frame(body)
    return mllp.Frame(body[: mllp.KEPT_OF_OVERSIZE], mllp.OVERSIZE)
