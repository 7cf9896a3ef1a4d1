import hashlib
import json
import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.hcrm_his.tools import reasons

from ..tools.call import Call
from ..tools.errors import FhirError
from ..tools.reasons import reason_of

#: Statuses of refusals that leave the request among the dead letters: what was told is wrong.
KEPT = (400, 409, 422, 500)


class HcrmHisMessage(models.Model):
    _inherit = "hcrm.his.message"

    is_fhir = fields.Boolean(string="FHIR", readonly=True)
    fhir_client_id = fields.Many2one(
        "hcrm.fhir.client", string="FHIR system", readonly=True, ondelete="set null"
    )
    fhir_request = fields.Json(readonly=True, export_string_translation=False)

    @api.model
    def _keep_told(self, call, entries, kind=""):
        """Keep what a system told and was applied, in the transaction that applies it."""
        if call.is_replay:
            return
        people = {entry.record_id for entry in entries if entry.resource_type == "Patient"}
        people |= {_patient_of(entry) for entry in entries if entry.answer} - {0}
        wrong = [entry.error for entry in entries if entry.error]
        warnings = [reason for entry in entries for reason in entry.warnings]
        warnings += [reason_of(issue) for error in wrong for issue in error.issues]
        self._keep(
            call,
            {
                "state": "processed",
                "accepted": True,
                "control_id": f"fhir-{uuid.uuid4().hex}",
                "message_type": f"{call.method} {kind or entries[0].resource_type}"[:30],
                "ack_code": str(200 if kind else entries[0].status),
                "warning_list": json.loads(reasons.dump(warnings) or "false"),
                "processed_at": fields.Datetime.now(),
                "partner_id": people.pop() if len(people) == 1 else False,
            },
        )

    @api.model
    def _keep_refused(self, call, error, values=None):
        """Keep what was refused as a dead letter, the same bytes once; its sender was told why."""
        if error.status not in KEPT or not call.body.strip():
            return
        digest = hashlib.blake2b(call.body, digest_size=16).hexdigest()
        control_id = f"fhir-{digest}"
        client_sudo = self.env["hcrm.fhir.client"].sudo().browse(call.client_id)
        sender_id = (values or {}).get("sender_id") or client_sudo.sender_id.id
        domain = [("sender_id", "=", sender_id), ("control_id", "=", control_id)]
        if self.sudo().search_count(domain, limit=1):
            return
        self._keep(
            call,
            {
                "state": "dead",
                "accepted": False,
                "control_id": control_id,
                "message_type": f"{call.method} {call.path.strip('/') or 'Bundle'}"[:30],
                "ack_code": str(error.status),
                **self._prepare_reason_values(reason_of(error.issues[0])),
                "detail": "\n".join(f"{one.expression}: {one.text}" for one in error.issues),
                "body_digest": digest,
                **(values or {}),
            },
        )

    @api.model
    def _keep_line(self, call, load, error):
        """Keep a line of a load that cannot be used as a dead letter; it may be replayed."""
        sender = load.fhir_sender_id
        request = {"method": "POST", "path": call.path, "pairs": [], "headers": {}, "base": ""}
        values = {"sender_id": sender.id, "company_id": sender.company_id.id, "load_id": load.id}
        values["fhir_request"] = request
        self._keep_refused(call, error, values)

    @api.model
    def _keep(self, call, values):
        client_sudo = self.env["hcrm.fhir.client"].sudo().browse(call.client_id)
        now = fields.Datetime.now()
        message_sudo = self.sudo().create(
            {
                "is_fhir": True,
                "fhir_client_id": client_sudo.id,
                "sender_id": client_sudo.sender_id.id,
                "company_id": client_sudo.company_id.id,
                "received_at": now,
                "message_time": now,
                "peer": call.peer or False,
                "charset": "utf-8",
                "fhir_request": call.to_json(),
                **values,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE hcrm_his_message SET body = %s WHERE id = %s",
                memoryview(call.body),
                message_sudo.id,
            )
        )
        return message_sudo

    def _requeue(self, body):
        """A refused FHIR request is carried out again at once, as it was or as corrected."""
        if not self.is_fhir:
            return super()._requeue(body)
        told = self.corrected_text.encode() if self.corrected_text else body
        client_sudo = self.fhir_client_id.sudo()
        call = Call(**self.fhir_request, body=told, is_replay=True)
        if client_sudo:
            client_sudo._fill_call(call)
            env = self.env(user=client_sudo.user_id, context=client_sudo._get_context(), su=False)
        else:
            call.scopes = {"*": set("cru")}
            call.source, call.zone = self.sender_id._get_source(), self.sender_id.timezone
            context = {"fhir_zone": call.zone, "allowed_company_ids": self.company_id.ids}
            env = self.env(context=context, su=True)
        return self._replay_fhir(env, call)

    def _replay_fhir(self, env, call):
        try:
            with env.cr.savepoint():
                answer = env["hcrm.fhir.server"]._answer(call)
        except FhirError as error:
            values = self._prepare_reason_values(reason_of(error.issues[0]))
            self.write({"ack_code": str(error.status), **values})
            return
        self.write(
            {
                "state": "processed",
                "ack_code": str(answer.status),
                "processed_at": fields.Datetime.now(),
                **self._prepare_reason_values(None),
            }
        )


def _patient_of(entry):
    """Return the id of the patient whom a written resource is about, 0 for none."""
    told = entry.answer.get("subject") or entry.answer.get("patient") or {}
    kind, _slash, number = told.get("reference", "").partition("/")
    return int(number) if kind == "Patient" and number.isdecimal() else 0
