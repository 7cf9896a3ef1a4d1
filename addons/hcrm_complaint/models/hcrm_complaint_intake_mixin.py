from psycopg2.errors import UniqueViolation
from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, ValidationError
from odoo.tools import SQL, clean_context, consteq
from odoo.tools.sql import escape_psql

from ..tools import numbers
from .hcrm_complaint_person_mixin import SHOWN
from .res_users import CASES_ABOUT

#: What the form and ``_take_in`` give for the rows of the person and their words.
PERSON = frozenset((*SHOWN, "lang"))
#: Set by ``create`` itself, whatever a request brings.
OWN = frozenset(("intake_number", "receipt_number", "state", "desk_id", "user_id", "pin_hash"))
HOLDING = ("complaint", "misconduct")


class HcrmComplaintIntakeMixin(models.AbstractModel):
    """One intake with one set of rules for all roads.

    ``create`` makes a case whole: numbers, PIN, first custody row, complainant, sealed statement,
    clocks, hold, acknowledgement, all in batches; ``_take_in`` brings what roads know into its
    shape and is the same for who asks twice.
    """

    _name = "hcrm.complaint.intake.mixin"
    _description = "Intake of Cases"
    _inherit = ["hcrm.complaint.receipt.mixin"]

    @api.model
    def _take_in(self, requests):
        """Register what came in; the same ``key`` again gives the case it made before.

        :param requests: list of dicts. Required: ``kind``, ``channel``, ``text`` (the person's own
            words). Optional: ``key`` (unique in the hospital: which arrival it was),
            ``company_id``, ``received_at`` (naive UTC), ``event_at``, ``location``, ``name`` (the
            matter in a few words), ``matter``, ``topic_id``, ``department_id`` or ``department``
            (code or name as told), ``staff`` (list of codes or names as told), ``partner_id`` or
            ``person`` (dict of ``name``, ``phone``, ``email``), ``patient_id`` or ``patient``
            (dict likewise), ``relation``, ``authority_evidence``, ``is_anonymous``,
            ``answer_channel``, ``lang``, ``conversation_id``, ``confirmed_by`` (of the statement),
            ``files`` (list of name, mimetype, bytes), ``pin``, ``is_history`` (taken over from an
            older system: no receipt leaves)
        :return: cases in the order of ``requests``; who must be told the PIN another way than by
            the receipt gives it along as ``pin`` (``numbers.new_pin()``), or renews it
        :raises ValidationError: a request that says too little, with what to add
        """
        known = self._find_taken_in(requests)
        # what has no key is an arrival of its own: its place in the list tells it from others
        names = [_key(self, one) if one.get("key") else place for place, one in enumerate(requests)]
        fresh = {name: one for name, one in zip(names, requests, strict=True) if name not in known}
        made = self._create_once(list(fresh.values()))
        cases = known | dict(zip(fresh, made, strict=True))
        return self.browse([cases[name].id for name in names])

    @api.model
    def _create_once(self, requests):
        """Make the cases; if another worker made one of them just now, all is tried again."""
        try:
            return self.sudo().create(self._prepare_requests(requests))
        except UniqueViolation as error:
            if error.diag.constraint_name != "hcrm_complaint_key_uniq":
                raise
            raise ConcurrencyError(
                "The same arrival is being taken in by another worker"
            ) from error

    @api.model
    def _find_taken_in(self, requests):
        """Return {(hospital, key): case} of what came in before."""
        keys = {_key(self, one) for one in requests if one.get("key")}
        if not keys:
            return {}
        found = self.sudo().search(
            [
                ("company_id", "in", [company for company, _key in keys]),
                ("intake_key", "in", [key for _company, key in keys]),
            ]
        )
        return {(case.company_id.id, case.intake_key): case for case in found}

    @api.model
    def _prepare_requests(self, requests):
        """Return values for ``create``."""
        return [self._prepare_request(one) for one in requests]

    @api.model
    def _prepare_request(self, request):
        company = self.env["res.company"].browse(request.get("company_id") or self.env.company.id)
        if not (request.get("text") or "").strip():
            raise ValidationError(self.env._("Say what happened: there are no words yet."))
        person = self.env["hcrm.complaint.person.finder"]
        anonymous = bool(request.get("is_anonymous"))
        partner_id = request.get("partner_id") or (
            not anonymous and person._find_or_create(request.get("person"), company).id
        )
        patient_id = request.get("patient_id") or person._find(request.get("patient"), company).id
        plain = {
            name: request[name]
            for name in (
                "kind", "channel", "received_at", "event_at", "location", "name", "matter",
                "topic_id", "relation", "authority_evidence", "answer_channel", "lang",
                "conversation_id", "encounter_id", "harm", "is_danger", "is_violence", "is_death",
                "is_media", "priority", "pin",
            )
            if request.get(name)
        }  # fmt: skip
        return {
            **plain,
            "company_id": company.id,
            "intake_key": request.get("key"),
            "department_id": request.get("department_id")
            or self._find_department(request.get("department"), company).id,
            "staff_ids": self._prepare_staff(request.get("staff"), request["kind"]),
            "partner_id": partner_id,
            "patient_id": patient_id,
            "is_anonymous": anonymous,
            "complainant_name": (request.get("person") or {}).get("name"),
            "patient_name": not patient_id and (request.get("patient") or {}).get("name"),
            "statement_text": request["text"],
            "statement_confirmed_by": request.get("confirmed_by"),
            "files": request.get("files"),
            "is_history": request.get("is_history"),
        }

    @api.model
    def _find_department(self, told, company):
        """Return the one department of the hospital that a code or name means, or none."""
        told = (told or "").strip()
        departments = self.env["hr.department"].sudo()
        if not told:
            return departments
        here = [("company_id", "in", (company.id, False))]
        for field, operator in (("code", "=ilike"), ("name", "=ilike"), ("name", "ilike")):
            found = departments.search([*here, (field, operator, escape_psql(told))], limit=2)
            if len(found) == 1:
                return found
        return departments

    @api.model
    def _prepare_staff(self, told, kind):
        """Return commands for staff told by code or name; whoever is clear is linked with it."""
        role = "praised" if kind == "praise" else "accused"
        names = filter(None, ((one or "").strip() for one in told or ()))
        return [(0, 0, {"told_name": name, "role": role}) for name in names]

    # MAKING

    @api.model_create_multi
    def create(self, vals_list):
        """Make cases whole; see the class."""
        self._check_given(vals_list)
        told = [self._take_apart(vals) for vals in vals_list]
        self._check_said([rest for _vals, rest in told])
        plain, rests = [vals for vals, _rest in told], [rest for _vals, rest in told]
        self._number(plain)
        self._lock_away(plain, [rest["pin"] for rest in rests])
        begun = self._prepare_first_clocks(plain)
        quiet = self.sudo().with_context(tracking_disable=True)  # the ledger tells who made it
        cases = super(HcrmComplaintIntakeMixin, quiet).create(plain)
        # what a form is prefilled with is of the case, not of the rows made below
        cases = cases.with_context(clean_context(self.env.context))
        cases._create_persons(rests)
        cases._create_statements(rests)
        cases._log_custody("received")
        cases._count_repeats()
        cases._follow_accused()
        cases._create_files(rests)
        cases._create_first_clocks(begun)
        cases._open_holds()
        cases._acknowledge(
            "intake", [None if rest["is_history"] else rest["pin"] for rest in rests]
        )
        cases._leave_accused_desks()
        made = cases.with_env(self.env)
        if not self.env.su:
            made.check_access("create")
            made._check_links({name for vals in vals_list for name in vals})
        return made

    @api.model
    def _check_given(self, vals_list):
        """A user gives what the form asks for; the rest is the system's, which makes the rows."""
        self.check_access("create")
        if self.env.su:
            return
        names = {name for vals in vals_list for name in vals} - OWN
        self._check_code_written(names)
        for name in names & self._fields.keys():
            self._check_field_access(self._fields[name], "write")

    @api.model
    def _check_said(self, rests):
        """A form that somebody opened and left is no case: it could never be deleted again."""
        if not self.env.su and not all((rest["statement_text"] or "").strip() for rest in rests):
            raise ValidationError(
                self.env._("Say what happened, in the person's own words: there are none yet.")
            )

    @api.model
    def _take_apart(self, vals):
        """Return (values of the case, what belongs to other rows)."""
        vals = dict(vals)
        rest = {name: vals.pop(name) for name in PERSON & vals.keys()}
        for name in ("statement_text", "statement_confirmed_by", "files", "pin", "is_history"):
            rest[name] = vals.pop(name, None)
        rest["pin"] = rest["pin"] or numbers.new_pin()
        for name in OWN:
            vals.pop(name, None)
        vals.setdefault("company_id", self.env.company.id)
        phone = vals.pop("complainant_phone", None)
        if phone and not rest.get("partner_id") and not rest.get("is_anonymous"):
            company = self.env["res.company"].browse(vals["company_id"])
            told = {"name": rest.get("complainant_name"), "phone": phone}
            rest["partner_id"] = self._find_complainant(told, company).id
        is_own = (rest.get("relation") or "self") == "self"
        if is_own and not (rest.get("patient_id") or rest.get("patient_name")):
            rest["patient_id"] = rest.get("partner_id")
        vals.setdefault("kind", self.env.context.get("default_kind") or "complaint")
        return vals, rest

    @api.model
    def _number(self, vals_list):
        """Give intake numbers and the office as first custodian."""
        by_company = {}
        for vals in vals_list:
            by_company.setdefault(vals["company_id"], []).append(vals)
        for company_id, rows in by_company.items():
            hospital = self.env["hcrm.complaint.hospital"]._get(company_id)
            year = utc.localize(self._now()).astimezone(timezone(hospital.zone_name)).year
            taken = self.env["hcrm.complaint.number"]._take("intake", year, len(rows))
            for vals, number in zip(rows, taken, strict=True):
                vals["intake_number"] = number
                vals["desk_id"] = hospital.office_id
                vals["level"] = hospital.office_level

    @api.model
    def _lock_away(self, vals_list, pins):
        """Keep of each PIN a hash only."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        for vals, pin in zip(vals_list, pins, strict=True):
            vals["pin_hash"] = numbers.hash_pin(secret, vals["intake_number"], pin)

    def _is_pin(self, pin):
        """True if this is the PIN of the case; under sudo, after the try was counted."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        typed = numbers.hash_pin(secret, self.intake_number, numbers.fold(pin))
        return consteq(self.pin_hash or "", typed)

    def _renew_pin(self):
        """Give the case a new PIN and return it; the former is void. Under sudo."""
        self.ensure_one()
        pin = numbers.new_pin()
        values = {"intake_number": self.intake_number}
        self._lock_away([values], [pin])
        self.pin_hash = values["pin_hash"]
        return pin

    @api.model
    def _now(self):
        """Return the moment at which a verb happens: now, or as history tells it.

        ``hcrm_complaint_at`` in the context is believed of the system alone.
        """
        return (self.env.su and self.env.context.get("hcrm_complaint_at")) or fields.Datetime.now()

    def _get_local_now(self):
        """Return the present moment on the hospital's clock."""
        zone = self.env["hcrm.complaint.hospital"]._get(self.company_id.id).zone_name
        return fields.Datetime.context_timestamp(self.with_context(tz=zone), self._now())

    def _create_persons(self, rests):
        rows = []
        for case, rest in zip(self, rests, strict=True):
            told = {name: rest[name] for name in PERSON & rest.keys() if rest[name]}
            rows.append({**told, "complaint_id": case.id, "company_id": case.company_id.id})
        self.env["hcrm.complaint.complainant"].create(rows)

    def _create_statements(self, rests):
        statements = self.env["hcrm.complaint.statement"]
        statements.create(
            [
                statements._prepare(
                    case, rest["statement_text"], confirmed_by=rest["statement_confirmed_by"]
                )
                for case, rest in zip(self, rests, strict=True)
                if (rest["statement_text"] or "").strip()
            ]
        )

    def _create_files(self, rests):
        """Hang files on the complainant's row: they show who it was."""
        files = [
            {
                "name": name,
                "mimetype": mimetype,
                "raw": content,
                "res_model": "hcrm.complaint.complainant",
                "res_id": case.complainant_ids.id,
            }
            for case, rest in zip(self, rests, strict=True)
            for name, mimetype, content in rest["files"] or ()
        ]
        if files:
            self.env["ir.attachment"].create(files)

    def _count_repeats(self):
        """Count the earlier cases of who complains, those of a merged name included."""
        self.env["hcrm.complaint.complainant"].flush_model(["kind", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT now.complaint_id, count(*)
                  FROM hcrm_complaint_complainant AS now
                  JOIN hcrm_complaint_complainant AS before
                    ON before.partner_id = now.partner_id
                   AND before.company_id = now.company_id
                   AND before.complaint_id < now.complaint_id
                   AND before.kind IN ('complaint', 'misconduct')
                 WHERE now.complaint_id = ANY(%s)
                   AND now.kind IN ('complaint', 'misconduct')
                 GROUP BY now.complaint_id
                """,
                self.ids,
            )
        )
        for case_id, count in rows:
            self.browse(case_id).repeat_count = count

    def _follow_accused(self):
        """Keep in step from whom the case is hidden."""
        self.env.cr.cache.pop(CASES_ABOUT, None)
        self.staff_ids.flush_recordset()
        employees_sudo = self.env["hr.employee"].sudo()
        for case in self:
            accused = case.staff_ids.filtered(lambda one: one.role == "accused")
            # the public employee is a view that knows a new login only later
            users = employees_sudo.browse(accused.employee_id.ids).user_id
            if users != case.accused_user_ids:
                case.accused_user_ids = users

    def _open_holds(self):
        """Advertising and surveys leave alone who complains, and whom it happened to."""
        rows = [
            {
                "partner_id": partner.id,
                "company_id": case.company_id.id,
                "code": "complaint",
                "res_model": self._name,
                "res_id": case.id,
            }
            for case in self
            if case.kind in HOLDING
            for partner in case.complainant_ids.partner_id | case.complainant_ids.patient_id
        ]
        if rows:
            self.env["hcrm.contact.hold"].sudo().create(rows)

    def _end_holds(self):
        for case in self:
            self.env["hcrm.contact.hold"]._close(case)


def _key(self, request):
    return request.get("company_id") or self.env.company.id, request["key"]
