import base64
import io

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_his.tools import bulk
from odoo.addons.hcrm_his.tools.reasons import Reason

from ..tools import moments, ndjson
from ..tools import scopes as scope_tools
from ..tools.call import Call
from ..tools.entry import Entry
from ..tools.errors import FhirError
from ..tools.reader import read_json

CHUNK = 500
CHUNK_BYTES = 16 * 1024 * 1024


class HcrmHisLoad(models.Model):
    """FHIR: files of resources, one a line, as a bulk export writes them.

    They are applied chunk by chunk together with the position, so each is applied once whatever
    happens in between. Ids of the exporting system are remembered: a second load changes what is
    there. Lines that cannot be used become dead letters.
    """

    _inherit = "hcrm.his.load"

    fhir_sender_id = fields.Many2one(
        "hcrm.his.sender",
        string="FHIR data of",
        help="For .ndjson files: the system whose export this is. HL7 says it itself.",
    )
    skipped_count = fields.Integer(
        string="Left out", readonly=True, help="Resources of types that are not held here."
    )
    file = fields.Binary(help=".hl7, .txt, .ndjson, .zip, .tar.gz")

    def action_start(self):
        """FHIR files do not say whose they are."""
        for load in self:
            name = (load.file_name or "").lower()
            if name.endswith(tuple(ndjson.SUFFIXES)) and not load.fhir_sender_id:
                raise UserError(self.env._("Say whose FHIR data this is."))
            sender = load.fhir_sender_id
            if sender and not load.path and sender.company_id != load.company_id:
                raise UserError(self.env._("The sender belongs to another hospital."))
        return super().action_start()

    @api.model
    def _prepare_sender_values(self, code):
        sender = self.env["hcrm.his.sender"].search([("code", "=", code)])
        if not sender:
            raise UserError(self.env._("There is no sender %(code)s.", code=code))
        return {"fhir_sender_id": sender.id, "company_id": sender.company_id.id}

    def _load_chunks(self):
        return self._load_fhir_chunks() if self.fhir_sender_id else super()._load_chunks()

    def _load_fhir_chunks(self):
        """Apply the resources in chunks; yield the size of each for the caller to commit."""
        self.ensure_one()
        try:
            before = 0
            for names in ndjson.PASSES:
                lines = ndjson.iter_lines(self._get_fhir_files, names, before, self.position)
                while chunk := bulk.take_chunk(lines, CHUNK, CHUNK_BYTES):
                    self._apply_fhir_chunk(chunk)
                    yield len(chunk)
                before += ndjson.count_lines(self._get_fhir_files, names)
            self._finish("done")
        except bulk.SourceError as error:
            self._finish("failed", error.reason, error.__cause__)
        except (OSError, EOFError) as error:
            self._finish("failed", Reason("source_unreadable"), error)
        yield 0

    def _get_fhir_files(self):
        if self.path:
            return bulk.iter_source(self.path, ndjson.SUFFIXES)
        data = base64.b64decode(self.sudo().file or b"")
        name = self.file_name or "upload.ndjson"
        return bulk.iter_file(name, lambda: io.BytesIO(data), ndjson.SUFFIXES)

    def _apply_fhir_chunk(self, chunk):
        call = self._get_fhir_call()
        context = {"fhir_zone": call.zone, "allowed_company_ids": self.company_id.ids}
        writer = self.env["hcrm.fhir.writer"].with_context(**context)
        entries = [self._read_fhir_line(line) for _position, _name, line in chunk]
        # what a chunk tells twice of one resource is told in order
        for part in _parts(entries):
            writer._write_each(call, part)
        for entry, (_position, name, line) in zip(entries, chunk, strict=True):
            if entry.error:
                call.body, call.peer, call.path = line, name[-199:], entry.resource_type
                self.env["hcrm.his.message"]._keep_line(call, self, entry.error)
        position, name, _line = chunk[-1]
        self.write(
            {
                "position": position,
                "current_file": name,
                "stored_count": self.stored_count + sum(one.status == 201 for one in entries),
                "known_count": self.known_count + sum(one.status == 200 for one in entries),
                "refused_count": self.refused_count + sum(bool(one.error) for one in entries),
                "skipped_count": self.skipped_count + sum(one.status == 202 for one in entries),
            }
        )

    def _get_fhir_call(self):
        sender_sudo = self.fhir_sender_id.sudo()
        return Call(
            method="LOAD",
            path="",
            scopes=scope_tools.parse("system/*.cruds"),
            zone=sender_sudo.timezone,
            source=sender_sudo._get_source(),
            told_at=self.started_at,
        )

    @api.model
    def _read_fhir_line(self, line):
        entry = Entry("LOAD", ndjson.type_of(line))
        try:
            entry.resource = read_json(line)
            entry.fhir_id = str(entry.resource.get("id") or "")
            handler = self.env["hcrm.fhir.server"]._get_handlers().get(entry.resource_type)
            if not entry.resource_type:
                raise FhirError(400, "required", "this is no resource", "resourceType")
            if handler is None or not handler._fhir_reader:
                entry.status = 202
            told = (entry.resource.get("meta") or {}).get("lastUpdated")
            entry.told_at = moments.to_utc(told, "UTC") if isinstance(told, str) else None
        except FhirError as error:
            entry.error = error
        return entry


def _parts(entries):
    """Yield lists of entries in which no id is told twice.

    >>> a, b, c = (Entry("LOAD", "Patient", fhir_id=fhir_id) for fhir_id in "121")
    >>> [len(part) for part in _parts([a, b, c])]
    [2, 1]
    """
    part, seen = [], set()
    for entry in entries:
        if entry.fhir_id in seen:
            yield part
            part, seen = [], set()
        part.append(entry)
        if entry.fhir_id:
            seen.add(entry.fhir_id)
    yield part
