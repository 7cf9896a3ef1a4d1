import logging
import secrets

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.http import root
from odoo.tools import SQL

from ..tools import erasure
from . import erasure_catalogue as catalogue
from .erasure_run import ErasureRun

_logger = logging.getLogger(__name__)

#: Columns of the contact that stay: they tell of a group, not of a person.
KEPT_TEXTS = frozenset(("lang", "tz"))
CROWD_TEXTS = ("city", "occupation")
KEPT_LINKS = frozenset(
    ("company_id", "country_id", "state_id", "industry_id", "canonical_id", "create_uid")
    + ("write_uid", "commercial_partner_id")
)
KEPT_DATES = frozenset(("create_date", "write_date", "birth_date", "death_date"))
PLACES = ("partner_latitude", "partner_longitude")
#: What nobody may write on somebody who was erased.
IDENTITY = frozenset(
    ("name", "email", "phone", "phone_other", "phone_stored", "phone_other_stored", "street")
    + ("street2", "birth_date", "identifier_ids", "active", "user_ids", "parent_id", "comment")
)


class HcrmErasablePersonMixin(models.AbstractModel):
    """Erases who somebody is; what happened stays as the history of a pseudonym.

    One function does it, ``_hcrm_erase``: in one transaction, proposed by one person and approved
    by another, told by ``hcrm.erasure.log``. Models take part by their governance entry, and by a
    method ``_hcrm_on_erase(run)`` where rows are found in other ways than by links.
    """

    _name = "hcrm.erasable.person.mixin"
    _description = "Erasure of a Person"

    # as the ORM writes the condition: another form would leave the index unused
    _erased_idx = models.Index("(id) WHERE is_erased IS TRUE")

    def write(self, vals):
        # from the cache: who was erased meanwhile makes this write fail and be tried again
        if IDENTITY & vals.keys() and any(partner.is_erased for partner in self.sudo()):
            raise self._hcrm_erased_error()
        return super().write(vals)

    @api.model
    def _hcrm_is_gone(self, partner_ids):
        """True if one of the contacts was merged into another or erased."""
        wanted = [number for number in partner_ids if isinstance(number, int)]
        if not wanted:
            return False
        self.env["res.partner"].flush_model(["canonical_id", "is_erased"])
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT 1 FROM res_partner
                     WHERE id = ANY(%s) AND (canonical_id IS NOT NULL OR is_erased IS TRUE)
                     LIMIT 1
                    """,
                    wanted,
                )
            )
        )

    @api.model
    def _hcrm_refuse_erased(self, partner_ids):
        """Raise UserError if one of the contacts was erased."""
        wanted = [number for number in partner_ids if isinstance(number, int)]
        if wanted and self.env.execute_query(
            SQL(
                "SELECT 1 FROM res_partner WHERE id = ANY(%s) AND is_erased IS TRUE LIMIT 1",
                wanted,
            )
        ):
            raise self._hcrm_erased_error()

    @api.model
    def _hcrm_erased_error(self):
        return UserError(
            self.env._(
                "This person was erased and is kept for statistics and by law only: "
                "register who comes back as a new customer."
            )
        )

    # THE ERASURE

    def _hcrm_erase(self, request):
        """Erase this person for an approved request; return the log. It cannot be undone.

        Called again, it only erases what was written since. The caller has checked the approval.
        """
        self.ensure_one()
        person_sudo = self.sudo()._hcrm_canonical()
        self.env.flush_all()
        persons_sudo = person_sudo._hcrm_known_as()
        persons_sudo._hcrm_lock()
        self.env.invalidate_all()
        log = self.env["hcrm.erasure.log"].sudo().search([("partner_id", "=", person_sudo.id)])
        if log:
            persons_sudo._hcrm_erase_rows()
            return log
        person_sudo._hcrm_check_erasure()
        run, lines = persons_sudo._hcrm_erase_rows()
        log = request.sudo()._log_erasure(person_sudo, lines)
        persons_sudo._hcrm_sweep_after_commit(run.words)
        return log

    def _hcrm_erasure_plan(self):
        """Return the lines that an erasure would log, tried out and taken back."""
        self.ensure_one()
        person_sudo = self.sudo()._hcrm_canonical()
        person_sudo._hcrm_check_erasure()
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            _run, lines = person_sudo._hcrm_known_as()._hcrm_erase_rows(is_trial=True)
        finally:
            self.env.invalidate_all(flush=False)
            savepoint.close(rollback=True)
        return lines

    def _hcrm_known_as(self):
        """Return all contacts under which one person is known: absorbed ones, addresses."""
        found = self.with_context(active_test=False)
        while True:
            more = found.search(
                ["|", ("canonical_id", "in", found.ids), ("parent_id", "in", found.ids)]
            )
            if not more - found:
                return found
            found |= more

    def _hcrm_check_erasure(self):
        """Raise UserError where a person cannot be erased now."""
        self.ensure_one()
        if self._hcrm_is_organisation():
            raise UserError(self.env._("An organisation has no personal data of its own to erase."))
        if self._hcrm_known_as().filtered(lambda partner: partner._hcrm_is_staff()):
            raise UserError(
                self.env._(
                    "This contact belongs to an employee, an internal user or a hospital: "
                    "end that first, or separate the customer from it."
                )
            )
        ids = self._hcrm_known_as().ids
        if self.env["hcrm.encounter"].search_count(
            [
                ("partner_id", "in", ids),
                ("encounter_class", "=", "inpatient"),
                ("state", "=", "in_progress"),
            ],
            limit=1,
        ):
            raise UserError(self.env._("The person is in hospital: erase after the discharge."))
        if self.env["hcrm.appointment"].search_count(
            [
                ("partner_id", "in", ids),
                ("state", "in", ("proposed", "booked")),
                ("starts_at", ">", self.env.cr.now()),
            ],
            limit=1,
        ):
            raise UserError(self.env._("The person has appointments to come: cancel them first."))

    def _hcrm_erase_rows(self, words=None, is_trial=False):
        """Erase everywhere; return the run and its lines as dictionaries."""
        env = self.env(user=SUPERUSER_ID, su=True)
        persons = self.with_env(env).with_context(active_test=False)
        kept = persons._hcrm_kept_until()
        run = ErasureRun(env, persons, words, is_trial)
        run.run()
        persons._hcrm_forget_logins(run)
        persons._hcrm_pseudonymise(run)
        run.run_mentions()
        run.forget_keys({kind for kind, (until, _rule) in kept.items() if not _is_kept(until)})
        env["hcrm.erased.key"]._block(run.words.numbers, env.cr.now())
        env.invalidate_all()
        return run, persons._hcrm_erasure_lines(run, kept)

    # THE CONTACT

    def _hcrm_pseudonymise(self, run):
        """Leave of the contacts what statistics need: year of birth, sex, district, kinds."""
        fresh = self.filtered(lambda partner: not partner.is_erased)
        company = self.env.company
        lang = company.partner_id.lang or "en_US"
        name = self.with_context(lang=lang).env._(
            "Erased #%(code)s", code=secrets.token_hex(4).upper()
        )
        crowd = self._hcrm_crowd_texts()
        for partner in fresh:
            values = partner._hcrm_pseudonym_values(name, crowd)
            pairs = [SQL("%s = %s", SQL.identifier(key), value) for key, value in values.items()]
            self.env.cr.execute(
                SQL("UPDATE res_partner SET %s WHERE id = %s", SQL(", ").join(pairs), partner.id)
            )
        run.add("res.partner", "pseudonymised", len(fresh))

    def _hcrm_pseudonym_values(self, name, crowd):
        """Return {column: value}; every text, date and link that nobody spared is emptied."""
        self.ensure_one()
        values = {
            column: None
            for column, field in self._fields.items()
            if field.store and field.column_type and self._hcrm_tells(column, field)
        }
        return values | {
            "name": name,
            "complete_name": name,
            "birth_date": erasure.coarse_date(self.birth_date or None),
            "death_date": erasure.coarse_date(self.death_date or None),
            "area_code": erasure.coarse_area(self.area_code or None),
            **{column: self[column] for column in CROWD_TEXTS if self[column] in crowd},
            "commercial_partner_id": self.id,
            "active": False,
            "is_erased": True,
            "marketing_allowed": False,
            "profiling_refused": True,
        }

    @api.model
    def _hcrm_tells(self, column, field):
        """True for a column that may tell who somebody is."""
        if field.company_dependent or column in PLACES:
            return True
        spared = {"many2one": KEPT_LINKS, "date": KEPT_DATES, "datetime": KEPT_DATES}
        if field.type in spared:
            return column not in spared[field.type]
        texts = ("char", "text", "html", "json", "properties", "binary", "reference")
        return field.type in texts and column not in KEPT_TEXTS

    def _hcrm_crowd_texts(self):
        """Return towns and occupations of these contacts that enough others have too."""
        return {
            text
            for column in CROWD_TEXTS
            for text in set(self.mapped(column)) - {False}
            if self.search_count([(column, "=", text), ("id", "not in", self.ids)], erasure.CROWD)
            == erasure.CROWD
        }

    def _hcrm_forget_logins(self, run):
        """Portal logins stay as the authors of rows, without a name to log in with."""
        users = self.user_ids
        if not users:
            return
        sessions = self.env["res.device.log"].search([("user_id", "in", users.ids)])
        identifiers = sessions.mapped("session_identifier")
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_users
                   SET login = 'erased-' || id, password = NULL, signature = NULL, active = FALSE
                 WHERE id = ANY(%s)
                """,
                users.ids,
            )
        )
        run.add("res.users", "pseudonymised", len(users))
        if not run.is_trial:
            self.env.cr.postcommit.add(
                lambda: root.session_store.delete_from_identifiers(identifiers)
            )
            self.env.registry.clear_cache()

    # WHAT IS KEPT

    def _hcrm_kept_until(self):
        """Return {kind of retention: (day until which the law keeps the records, its rule)}.

        Outpatient records count from the last visit, inpatient ones from the last discharge; who
        was both is kept as long as the longer asks.
        """
        rules = self.env["hcrm.retention.rule"]._get_rules()
        last_stay, last = self._hcrm_last_visits()
        outpatient = (last and rules["outpatient"]._end(last), rules["outpatient"])
        inpatient = (last_stay and rules["inpatient"]._end(last_stay), rules["inpatient"])
        return {
            "outpatient": outpatient,
            "inpatient": max(
                (end for end in (inpatient, outpatient) if end[0]),
                key=lambda end: end[0],
                default=inpatient,
            ),
        }

    def _hcrm_last_visits(self):
        """Return the days of the last discharge from a ward and of the last medical record."""
        statements = [
            SQL(
                """
                SELECT max(COALESCE(ended_at, started_at)) FILTER (
                           WHERE encounter_class = 'inpatient')::date,
                       max(COALESCE(ended_at, started_at))::date
                  FROM hcrm_encounter WHERE partner_id = ANY(%s) AND state <> 'cancelled'
                """,
                self.ids,
            )
        ]
        statements += [
            SQL(
                "SELECT NULL::date, max(%s)::date FROM %s WHERE partner_id = ANY(%s)",
                SQL.identifier(model._hcrm.timeline.date),
                SQL.identifier(model._table),
                self.ids,
            )
            for model in catalogue.governed(self.env)
            if model._hcrm.data_class == "clinical" and model._hcrm.timeline
        ]
        rows = self.env.execute_query(SQL(" UNION ALL ").join(statements))
        return tuple(max(filter(None, column), default=None) for column in zip(*rows, strict=True))

    def _hcrm_erasure_lines(self, run, kept):
        """Return what was done and what is kept, as values of ``hcrm.erasure.line``."""
        rules = self.env["hcrm.retention.rule"]._get_rules()
        lines = [
            {"model_name": name, "action": action, "rows": rows}
            for (name, action), rows in sorted(run.lines.items())
        ]
        for name, retention, rows in run.kept_rows():
            until, rule = kept.get(retention, (None, rules[retention]))
            by_law = retention == "log" or _is_kept(until)
            lines.append(
                {
                    "model_name": name,
                    "action": "kept" if by_law else "anonymous",
                    "rows": rows,
                    "rule_id": rule.id if by_law else False,
                    "kept_until": until if by_law else False,
                }
            )
        return lines

    # LATE ROWS

    def _hcrm_sweep_after_commit(self, words):
        """Look once more when the erasure is visible to all, and let the files go.

        A transaction that began before and committed meanwhile may have written what this one,
        under repeatable read, could not see. Its words are known here and nowhere else.
        """
        registry, person_ids = self.env.registry, self.ids

        @self.env.cr.postcommit.add
        def sweep():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["res.partner"].browse(person_ids)._hcrm_erase_rows(words)
                    cr.commit()  # pylint: disable=invalid-commit
                    env["ir.attachment"]._gc_file_store()
            except Exception:
                _logger.exception("What came late about an erased person is left to the night")


def _is_kept(until):
    return bool(until) and until > fields.Date.today()
