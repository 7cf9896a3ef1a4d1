from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.access_log import KIND_NAMES, KINDS
from ..tools.governance import Governance
from .access_log_fields import IntegerArray, LooseMany2one
from .access_log_writer import AccessLogWriter

REVIEWERS = "hcrm_base.group_leader,hcrm_base.group_hcrm_admin"


class HcrmAccessLog(models.Model):
    """Who looked at whose data, when, by which road. One row for all that one request read.

    Rows come from ``_note``. They are written once: PostgreSQL refuses every change.
    """

    _name = "hcrm.access.log"
    _description = "Access Log"
    _inherit = ["hcrm.append.only.mixin", "hcrm.access.logged.mixin"]
    _order = "id DESC"
    _log_access = False
    _hcrm = Governance(
        data_class="access_log",
        merge="canonical",
        erasure="keep",
        retention="log",
        partner=("partner_ids",),
        blank=("path", "detail", "domain_text"),
    )
    _append_only_erasable = ("path", "detail", "domain_text")

    # who
    user_id = LooseMany2one("res.users", string="Reader", required=True, readonly=True)
    real_user_id = LooseMany2one(
        "res.users",
        string="Logged in as",
        readonly=True,
        help="Whose session it was, where that is somebody else than the reader.",
    )
    company_id = LooseMany2one("res.company", string="Hospital", required=True, readonly=True)

    # when, how
    at = fields.Datetime(string="Read at", required=True, readonly=True)
    kind = fields.Selection(selection=list(KINDS), required=True, readonly=True)
    path = fields.Char(readonly=True, groups=REVIEWERS)
    session_hash = fields.Char(string="Session", readonly=True, groups=REVIEWERS)
    address_hash = fields.Char(string="Address", readonly=True, groups=REVIEWERS)
    detail = fields.Char(readonly=True, groups=REVIEWERS)

    # what
    res_model = fields.Char(string="Kind of data", required=True, readonly=True)
    record_count = fields.Integer(string="Records", readonly=True, groups=REVIEWERS)
    field_names = fields.Char(string="Fields", readonly=True, groups=REVIEWERS)
    domain_text = fields.Char(
        string="Question",
        readonly=True,
        groups="hcrm_base.group_leader",
        help="What was searched for, without names of persons.",
    )
    res_ids = IntegerArray(string="Record IDs", readonly=True, groups=fields.NO_ACCESS)

    # whose
    partner_ids = IntegerArray(string="Person IDs", readonly=True, groups=fields.NO_ACCESS)
    break_glass_id = fields.Many2one(
        "hcrm.break.glass",
        string="Behind glass",
        compute="_compute_break_glass_id",
        search="_search_break_glass_id",
        groups=REVIEWERS,
        help="The opening of a protected file under which this was read.",
    )
    is_about_me = fields.Boolean(
        compute="_compute_is_about_me",
        search="_search_is_about_me",
        export_string_translation=False,
    )

    _partner_ids_idx = models.Index("USING gin (partner_ids)")
    _at_idx = models.Index("USING brin (at)")
    _user_idx = models.Index("(user_id, at)")
    _marked_idx = models.Index(
        "(kind, at) WHERE kind IN ('export', 'report', 'break_glass', 'reveal')"
    )

    def init(self):
        """Ids are eight bytes: a large hospital would use up four within some years."""
        super().init()
        self.env.cr.execute("ALTER TABLE hcrm_access_log ALTER COLUMN id TYPE bigint")
        self.env.cr.execute("ALTER SEQUENCE hcrm_access_log_id_seq AS bigint")

    @api.depends("user_id", "at", "partner_ids")
    def _compute_break_glass_id(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT log.id, max(glass.id) FROM hcrm_access_log log
                     JOIN hcrm_break_glass glass ON %s
                    WHERE log.id = ANY(%s) GROUP BY log.id""",
                self._sql_behind_glass("log"),
                self.ids,
            )
        )
        found = dict(rows)
        for log in self:
            log.break_glass_id = found.get(log.id)

    def _search_break_glass_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "EXISTS (SELECT 1 FROM hcrm_break_glass glass WHERE %s AND glass.id = ANY(%s))",
                model._sql_behind_glass(alias),
                [opening_id for opening_id in value if opening_id],
            )
        )

    @api.model
    def _sql_behind_glass(self, alias):
        """Return the condition that a reading ``alias`` was made under an opening ``glass``."""
        log = SQL.identifier(alias)
        return SQL(
            """glass.user_id = %(log)s.user_id AND glass.partner_id = ANY(%(log)s.partner_ids)
               AND %(log)s.at BETWEEN glass.granted_at - interval '1 second'
                                  AND glass.expires_at""",
            log=log,
        )

    @api.depends("partner_ids")
    @api.depends_context("uid")
    def _compute_is_about_me(self):
        mine = set(self._get_my_ids())
        for log in self:
            log.is_about_me = not mine.isdisjoint(log.sudo().partner_ids or ())

    def _search_is_about_me(self, operator, _value):
        """Asked anew by every query: a merge may have brought rows about the same person."""
        if operator != "in":
            return NotImplemented
        return Domain("partner_ids", "in", self._get_my_ids())

    @api.model
    def _get_my_ids(self):
        """Return the ids under which the user was ever known as a person."""
        return self.env.user.partner_id._hcrm_alias_ids()

    @api.model
    def _note(self, model_name, res_ids, partner_ids, *, kind=None, fields=(), detail=None):
        """Note that the current user is shown records; written before the answer leaves.

        Call it wherever the ORM cannot see a user reading: after ``sudo()``, in raw SQL.

        :param res_ids: ids of ``model_name``; may be empty (counts)
        :param partner_ids: ids of the persons concerned, or None to find them from the records
        :param kind: one of ``tools.access_log.KINDS``; None lets road and size decide
        :param fields: names of the fields shown
        :param detail: a few words for the reviewer: a report's name, a purpose; never health data
        """
        if kind is not None and kind not in KIND_NAMES:
            raise ValueError(f"kind {kind!r} is unknown; see tools/access_log.py")
        AccessLogWriter.of(self.env.cr).add(
            self.env,
            model_name,
            kind=kind,
            detail=detail,
            res_ids=res_ids,
            partner_ids=partner_ids or (),
            orphans=res_ids if partner_ids is None else (),
            fields=fields,
        )

    @api.model
    def _flush_notes(self):
        """Write what was noted so far at once; tests and long jobs call it."""
        AccessLogWriter.of(self.env.cr).flush()
