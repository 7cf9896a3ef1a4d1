import json
import logging
import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import gateway as gateways
from ..tools.backoff import pause
from ..tools.failures import DOUBTS, readable
from ..tools.sms_text import measure
from .outbox_clock import now, now_sql, rehearsal
from .outbox_connections import borrow

_logger = logging.getLogger(__name__)


class HcrmOutboxSendingMixin(models.AbstractModel):
    """Handing claimed messages over, and writing down what became of each."""

    _name = "hcrm.outbox.sending.mixin"
    _description = "Handing Over"

    @api.model
    def _hand_over(self, gateway, claim, rows, commit):
        """Send claimed ``rows`` and commit the outcomes before anything else that may fail."""
        sandbox = bool(rehearsal()) or rows[0]["is_sandboxed"]
        fresh = gateway._open_connections(min(gateway.parallel, len(rows)), sandbox)
        messages = self._prepare_outgoing(gateway, claim, rows)
        by_id = {row["id"]: row for row in rows}
        with borrow(gateway.id, fresh) as connections:
            told = gateways.weigh(gateways.send_all(connections, messages))
            results = self._prepare_outcomes(gateway, by_id, told)
            is_free = sandbox and not rehearsal()
            self._book_costs(gateway, by_id, results, 0 if is_free else gateway.price_per_part)
            self._save_outcomes(claim, results)
            self._forget_calls(gateway, claim, results)
            self._between(commit)
        self._note_gateway(gateway, results)
        self._between(commit)

    @api.model
    def _book_costs(self, gateway, rows, results, price):
        """Put down what each try that left, or may have left, costs at the price of this moment.

        A sandbox costs nothing; a rehearsal tells what it would cost without one.
        """
        is_sms = gateway.channel == "sms"
        for result in results:
            parts = 0
            if result["status"] in (gateways.ACCEPTED, gateways.UNKNOWN):
                text = rows[result["id"]]["body_stored"] or ""
                parts = measure(text).parts if is_sms else 1
            result["parts"], result["cost"] = parts, round(parts * price, 4)

    @api.model
    def _find_files(self, gateway, rows):
        """Return {message id: its files} of e-mails and faxes; a fax is one document."""
        if gateway.channel not in ("email", "fax"):
            return {}
        found = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "hcrm.communication"),
                    ("res_field", "=", "files_stored"),
                    ("res_id", "in", [row["id"] for row in rows]),
                ],
                order="id",
            )
        )
        files = {
            message_id: tuple((file.name, file.mimetype, file.raw or b"") for file in files)
            for message_id, files in found.grouped("res_id").items()
        }
        if gateway.channel == "fax":
            return self.env["hcrm.letter.renderer"]._make_documents(gateway, rows, files)
        return files

    @api.model
    def _prepare_outgoing(self, gateway, claim, rows):
        """Return what goes out; what is the same for all is looked up once."""
        files, sign = self._find_files(gateway, rows), gateway._get_signer()
        sender, answers_to = gateway.sender or "", gateway.reply_to or ""
        messages = []
        for row in rows:
            headers = json.loads(row["headers_stored"]) if row["headers_stored"] else {}
            reply_to = headers.pop("Reply-To", "")
            message = gateways.Outgoing(
                number=row["id"],
                ref=row["ref"],
                attempt=claim,
                signature=sign(f"{row['ref']}/{claim}"),
                to=row["address_stored"],
                text=row["body_stored"],
                subject=row["subject_line_stored"] or "",
                html=row["html_stored"] or "",
                purpose=row["purpose"],
                priority=row["priority"],
                sender=sender,
                reply_to=reply_to or answers_to,
                headers=headers,
                files=files.get(row["id"], ()),
            )
            messages.append(message)
        return messages

    @api.model
    def _prepare_outcomes(self, gateway, rows, told):
        """Return what the outcomes make of their messages.

        A yes is told in few words: nothing of the gateway is looked up for each.
        """
        same = {"gateway_id": gateway.id, "channel": gateway.channel}
        return [
            {
                **same,
                "id": message.number,
                "ref": message.ref,
                "job": outcome.provider_ref,
                "status": outcome.status,
                "state": "sent",
                "of_gateway": False,
                "unclear": False,
            }
            if outcome.status == gateways.ACCEPTED
            else self._prepare_outcome(gateway, rows[message.number], outcome)
            for message, outcome in told
        ]

    @api.model
    def _prepare_outcome(self, gateway, row, outcome):
        """Return what an outcome makes of a message: state, next try, channel, reason."""
        result = {
            "id": row["id"],
            "ref": row["ref"],
            "job": outcome.provider_ref,
            "status": outcome.status,
            "code": outcome.code or None,
            "detail": readable(outcome.detail, row["address_stored"]) or None,
            "of_gateway": outcome.of_gateway,
            "unclear": outcome.unclear,
            "tried": outcome.tried,
            "gateway_id": gateway.id,
            "channel": gateway.channel,
            "next_at": None,  # now
            "attempts": row["attempts"],
        }
        if outcome.status == gateways.UNKNOWN:
            result["state"] = "uncertain"
            result["next_at"] = now() + timedelta(minutes=gateway.settle_minutes)
        elif outcome.status == gateways.LATER:
            self._put_off(gateway, result)
        if outcome.status == gateways.REFUSED or result["state"] == "failed":
            result["state"] = "waiting" if row["channels_left"] else "failed"
            result["next_channel"] = bool(row["channels_left"])
        return result

    @api.model
    def _put_off(self, gateway, result):
        """The gateway has certainly not taken it. Its own trouble costs the message no try."""
        if result["of_gateway"]:
            result["attempts"] -= 1
        elif result["attempts"] >= gateway.max_attempts:
            result["state"], result["code"] = "failed", "too_many_attempts"
            return
        result["state"] = "waiting"
        if result["tried"]:  # else it stays due, before what met the trouble
            seconds = pause(result["attempts"], random.random())  # noqa: S311 no secret
            result["next_at"] = now() + timedelta(seconds=seconds)

    @api.model
    def _save_outcomes(self, claim, results):
        """Write states and the tries that did not end the matter.

        A receipt may have come before us: what it settled stays so, and the try costs the same.
        """
        accepted = [row for row in results if row["status"] == gateways.ACCEPTED]
        others = [row for row in results if row["status"] != gateways.ACCEPTED]
        known = self._save_accepted(claim, accepted) | self._save_others(claim, others)
        self._save_costs([row for row in results if row["parts"] and row["id"] not in known])
        self._save_attempts([row for row in others if row["tried"]])

    @api.model
    def _save_accepted(self, claim, results):
        """Write what the gateway answers for from now on; return the ids of messages that were
        still ours. Nearly all are such: nothing is written that stays as it is.
        """
        if not results:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_communication AS message
                   SET state = 'sent', sent_at = told.now, shown_at = told.now,
                       next_at = told.now, settled_at = NULL,
                       failure_code = NULL, failure_detail = NULL,
                       parts = COALESCE(message.parts, 0) + told.parts,
                       cost = COALESCE(message.cost, 0) + told.cost,
                       is_untold = res_model IS NOT NULL, wants_person = FALSE
                  FROM (SELECT id, parts, cost, %(now)s AS now
                          FROM unnest(%(ids)s::int[], %(parts)s::int[], %(costs)s::numeric[])
                               AS accepted (id, parts, cost)) AS told
                 WHERE message.id = told.id AND message.claim = %(claim)s
                   AND message.state IN ('claimed', 'uncertain')
             RETURNING message.id
                """,
                now=now_sql(),
                ids=[row["id"] for row in results],
                parts=[row["parts"] for row in results],
                costs=[row["cost"] for row in results],
                claim=claim,
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _save_others(self, claim, results):
        """Write what went otherwise; return the ids of messages that were still ours."""
        if not results:
            return set()
        columns = SQL(
            """id int, status text, code text, detail text, state text, next_at timestamp,
               attempts int, gateway_id int, channel text, next_channel boolean,
               parts int, cost numeric"""
        )
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_communication AS message
                   SET state = told.state, next_at = COALESCE(told.next_at, %(now)s),
                       attempts = told.attempts, sent_at = NULL,
                       settled_at = CASE told.state WHEN 'failed' THEN %(now)s END,
                       channel = CASE WHEN told.next_channel
                                      THEN split_part(channels_left, ',', 1)
                                      ELSE message.channel END,
                       channels_left = CASE WHEN told.next_channel
                           THEN NULLIF(substr(channels_left, strpos(channels_left || ',', ',') + 1),
                                       '')
                           ELSE channels_left END,
                       failure_code = told.code,
                       parts = COALESCE(message.parts, 0) + told.parts,
                       cost = COALESCE(message.cost, 0) + told.cost,
                       failure_values = jsonb_build_object('attempts', told.attempts),
                       failure_detail = told.detail,
                       is_untold = res_model IS NOT NULL AND told.state = 'failed',
                       wants_person = purpose = 'care' AND told.state = 'failed'
                  FROM jsonb_to_recordset(%(told)s::jsonb) AS told(%(columns)s)
                 WHERE message.id = told.id AND message.claim = %(claim)s
                   AND message.state IN ('claimed', 'uncertain')
             RETURNING message.id
                """,
                now=now_sql(),
                told=json.dumps(results, default=fields.Datetime.to_string),
                columns=columns,
                claim=claim,
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _save_costs(self, results):
        """Book tries of messages that are no longer ours: a receipt was quicker."""
        if not results:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication AS message
                   SET parts = COALESCE(message.parts, 0) + told.parts,
                       cost = COALESCE(message.cost, 0) + told.cost
                  FROM jsonb_to_recordset(%s::jsonb) AS told(id int, parts int, cost numeric)
                 WHERE message.id = told.id
                """,
                json.dumps(results, default=fields.Datetime.to_string),
            )
        )

    @api.model
    def _save_attempts(self, results):
        """Write one line for each try that did not end the matter."""
        if not results:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_communication_attempt
                       (communication_id, at, channel, gateway_id, status, code, detail)
                SELECT id, %(now)s, channel, gateway_id, status, code, detail
                  FROM jsonb_to_recordset(%(told)s::jsonb) AS told(
                           id int, channel text, gateway_id int, status text, code text,
                           detail text)
                """,
                now=now_sql(),
                told=json.dumps(results, default=fields.Datetime.to_string),
            )
        )

    @api.model
    def _note_gateway(self, gateway, results):
        """Pause or clear the gateway; never stops the outbox."""
        try:
            with self.env.cr.savepoint():
                self._judge_gateway(gateway, results)
        except Exception:  # pylint: disable=broad-except
            _logger.exception("How gateway %s does could not be noted", gateway.id)

    @api.model
    def _judge_gateway(self, gateway, results):
        """Pause a gateway in trouble or in doubt, clear one that took something.

        Doubt about one message beside others that were taken is no trouble that grows.
        """
        took_one = any(row["status"] == gateways.ACCEPTED for row in results)
        trouble = next((row for row in results if row["of_gateway"]), None)
        if took_one and (not trouble or trouble["status"] == gateways.UNKNOWN):
            gateway._note_health()
        if trouble:
            gateway._note_trouble(trouble["code"], trouble["detail"] or "")
        elif not took_one and (doubt := next((row for row in results if row["unclear"]), None)):
            gateway._note_trouble(DOUBTS, doubt["detail"] or "")
