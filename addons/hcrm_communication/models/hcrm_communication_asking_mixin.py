import json
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.purposes import CHANNELS, PURPOSES, priority
from .outbox_clock import now_sql

#: What a message is worth when nobody said until when: days.
DAYS_TO_LIVE = 7
#: Where in neutral words the address of the page goes that shows the text.
LINK_PLACE = "{secure_link}"


class HcrmCommunicationAskingMixin(models.AbstractModel):
    """How other addons ask for messages, any number at once.

    An asker whose model defines ``_hcrm_on_communications(events)`` is told what became of them:
    a list of dicts with ``communication_id``, ``res_id``, ``event`` (a state, or ``answered``).
    """

    _name = "hcrm.communication.asking.mixin"
    _description = "Asking for Messages"

    @api.model
    def _ask(self, requests):
        """Ask for messages; what was asked for under the same key before is not asked again.

        :param requests: list of dicts. Required: ``recipient_id``, ``purpose``, ``channels``
            (codes, the preferred first), ``key`` (unique in the hospital: "discharge-call/4711/3"),
            ``body`` or ``template_id`` (with ``values`` for its ``{value.…}`` places; its rows are
            ``res_model`` and ``res_id``, or ``record``). Optional: ``subject_id`` (the person it is
            about; the recipient),
            ``subject_line``, ``html``, ``topic_id``, ``due_at`` and ``expires_at`` (naive UTC),
            ``is_urgent``, ``is_asked_for``, ``is_mined``, ``is_rating``, ``res_model``, ``res_id``,
            ``company_id`` (the user's), ``lang``, ``address`` (where, if not to the person's usual
            one), ``sharers`` (ids of others who have this address), ``is_outside`` (the address is
            no customer's), ``is_secret`` (it bears a code or link that opens an account),
            ``headers`` and ``files`` (name, mimetype, bytes) of an e-mail, ``linked_text`` (what
            the secure link shows whose place in ``body`` is ``{secure_link}``)
        :return: records in the order of ``requests``; those of a repeated key are the first ones
        :raises ValidationError: a request that nobody could send, with what to mend
        """
        requests = self.env["hcrm.template.renderer"]._render_requests(requests)
        rows = [self._prepare_asked(request) for request in requests]
        if not rows:
            return self.browse()
        self.flush_model()
        found = self._insert_asked(rows)
        made = {key: row_id for (_company, key), row_id in found.items()}
        self._keep_files(requests, made)
        self._link_texts(requests, made)
        keys = [(row["company_id"], row["idempotency_key"]) for row in rows]
        found |= self._find_known({key for key in keys if key not in found})
        # under repeatable read another worker's row may be unseen yet; its message stands
        asked = self.browse([found[key] for key in keys if key in found])
        self.env["hcrm.outbox"]._trigger(min(row["next_at"] for row in rows))
        return asked

    @api.model
    def _prepare_asked(self, request):
        """Check one request and return the row of it."""
        purpose, channels = request.get("purpose"), list(request.get("channels") or ())
        if purpose not in PURPOSES:
            raise ValidationError(self.env._("A message needs a purpose; %r is none.", purpose))
        wrong = [code for code in channels if code not in CHANNELS]
        if not channels or wrong:
            raise ValidationError(
                self.env._("A message needs channels; these are none: %s", ", ".join(wrong) or "–")
            )
        if not request.get("trouble") and not (request.get("body") or "").strip():
            raise ValidationError(self.env._("A message without words cannot be sent."))
        if not request.get("recipient_id") or not request.get("key"):
            raise ValidationError(self.env._("A message needs a recipient and a key."))
        due = request.get("due_at") or self.env.cr.now().replace(microsecond=0)
        return {
            "recipient_id": request["recipient_id"],
            "subject_id": request.get("subject_id") or request["recipient_id"],
            "company_id": request.get("company_id") or self.env.company.id,
            "purpose": purpose,
            "message_class": PURPOSES[purpose].data_class.removesuffix("_message"),
            "topic_id": request.get("topic_id") or None,
            "is_urgent": bool(request.get("is_urgent")),
            "is_asked_for": bool(request.get("is_asked_for")),
            "is_mined": bool(request.get("is_mined")),
            "is_rating": bool(request.get("is_rating")),
            "priority": priority(purpose, request.get("is_urgent")),
            "res_model": request.get("res_model") or None,
            "res_id": request.get("res_id") or None,
            "idempotency_key": request["key"],
            "due_at": due,
            "next_at": due,
            "shown_at": due,
            "expires_at": request.get("expires_at") or due + timedelta(days=DAYS_TO_LIVE),
            "channel": channels[0],
            "channels_left": ",".join(channels[1:]) or None,
            "lang": request.get("lang") or None,
            "ref": self._new_ref(),
            "subject_line_stored": request.get("subject_line") or None,
            "body_stored": request.get("body") or None,
            "html_stored": request.get("html") or None,
            "address_asked_stored": request.get("address") or None,
            "sharers": request.get("sharers") or None,
            "is_outside": bool(request.get("is_outside")),
            "is_secret": bool(request.get("is_secret")),
            "linked_text_stored": request.get("linked_text") or None,
            "headers_stored": json.dumps(request["headers"]) if request.get("headers") else None,
            **self._prepare_texts(request),
        }

    @api.model
    def _keep_files(self, requests, made):
        """Hang the files of new messages on a field that nobody reads: {key: id} tells which.

        The file store keeps equal files once, however many messages carry them.
        """
        files = [
            {
                "name": name,
                "mimetype": mimetype,
                "raw": content,
                "res_model": self._name,
                "res_id": made[request["key"]],
                "res_field": "files_stored",
            }
            for request in requests
            for name, mimetype, content in request.get("files") or ()
            if request["key"] in made
        ]
        if files:
            self.env["ir.attachment"].sudo().create(files)

    @api.model
    def _link_texts(self, requests, made):
        """Make the secure links of new messages and put them where they belong."""
        links = self.env["hcrm.secure.link"]
        linked = [one for one in requests if one.get("linked_text") and one["key"] in made]
        if not linked:
            return
        addresses = links._make_for_messages(
            [
                {
                    "partner_id": request["recipient_id"],
                    "res_id": made[request["key"]],
                    "company_id": request.get("company_id") or self.env.company.id,
                }
                for request in linked
            ]
        )
        told = [
            {"id": made[request["key"]], "address": address}
            for request, address in zip(linked, addresses, strict=True)
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication AS message
                   SET body_stored = replace(body_stored, %s, told.address)
                  FROM jsonb_to_recordset(%s::jsonb) AS told(id int, address text)
                 WHERE message.id = told.id
                """,
                LINK_PLACE,
                json.dumps(told),
            )
        )

    @api.model
    def _insert_asked(self, rows):
        """One statement for all rows; the unique key decides who was first.

        What all rows share is said once: of many messages few columns differ.

        :return: {(hospital, key): id} of the new ones
        """
        same, differing = {}, []
        for name, value in rows[0].items():
            column = [row[name] for row in rows]
            if column.count(value) == len(column):
                same[name] = value
            else:
                differing.append(name)
        told = [{name: row[name] for name in differing} for row in rows]
        made = self.env.execute_query(
            SQL(
                """
                INSERT INTO hcrm_communication
                       (%(names)s, attempts, create_uid, create_date, write_uid, write_date)
                SELECT %(names)s, 0, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM %(same)s CROSS JOIN %(told)s
                    ON CONFLICT (company_id, idempotency_key) DO NOTHING
             RETURNING company_id, idempotency_key, id
                """,
                now=now_sql(),
                names=SQL(", ").join(SQL.identifier(name) for name in rows[0]),
                uid=self.env.uid,
                same=self._asked_sql("same", [same], same),
                told=self._asked_sql("told", told, differing),
            )
        )
        return {(company, key): row_id for company, key, row_id in made}

    @api.model
    def _asked_sql(self, alias, rows, names):
        """Return a source of ``rows`` with these columns; without one it has as many rows."""
        if not names:
            return SQL("generate_series(1, %s) AS %s", len(rows), SQL.identifier(alias))
        typed = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(self._fields[name].column_type[1]))
            for name in names
        )
        words = json.dumps(rows, default=_say_moment)
        return SQL("jsonb_to_recordset(%s::jsonb) AS %s(%s)", words, SQL.identifier(alias), typed)

    @api.model
    def _find_known(self, keys):
        """Return {(hospital, key): id} of what was asked for before."""
        if not keys:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, company_id, idempotency_key FROM hcrm_communication
                  JOIN unnest(%s::int[], %s::text[]) AS asked (company, key)
                    ON (company_id, idempotency_key) = (asked.company, asked.key)
                """,
                [company for company, _key in keys],
                [key for _company, key in keys],
            )
        )
        return {(company, key): row_id for row_id, company, key in rows}


def _say_moment(value):
    """Return a moment as PostgreSQL reads it; ``strftime`` takes ten times as long."""
    return value.isoformat(" ", "seconds")
