from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..tools.access_log import KIND_NAMES, KINDS
from ..tools.governance import Governance, Told
from .access_log_fields import IntegerArray, LooseMany2one
from .access_log_rollover import ROLLOVER
from .access_log_writer import AccessLogWriter
from .base import NOBODY
from .hcrm_access_log_screen_mixin import REVIEWERS

_lt = LazyTranslate(__name__)


class HcrmAccessLog(models.Model):
    """Who looked at whose data, when, by which road. One row for all that one request read.

    Rows come from ``_note``. They are written once: PostgreSQL refuses every change.
    """

    _name = "hcrm.access.log"
    _description = "Access Log"
    _inherit = [
        "hcrm.access.log.screen.mixin",
        "hcrm.append.only.mixin",
        "hcrm.access.logged.mixin",
    ]
    _order = "id DESC"
    _log_access = False
    _hcrm = Governance(
        data_class="access_log",
        merge="canonical",
        erasure="keep",
        retention="log",
        dated="at",
        expiry="log",
        partner=("partner_ids",),
        blank=("path", "detail", "domain_text"),
        told=Told(label=_lt("Who looked"), shown=("at", "user_id", "kind", "res_model")),
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
    res_model = fields.Selection(
        selection="_selection_res_model", string="Kind of data", required=True, readonly=True
    )
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

    _partner_ids_idx = models.Index("USING gin (partner_ids)")
    _at_idx = models.Index("USING brin (at)")
    _user_idx = models.Index("(user_id, at)")
    _marked_idx = models.Index(
        "(kind, at) WHERE kind IN ('export', 'report', 'break_glass', 'reveal')"
    )

    def init(self):  # pylint: disable=missing-return
        """Ids have eight bytes: a large hospital would use up four within some years."""
        super().init()
        self.env.cr.execute("ALTER TABLE hcrm_access_log ALTER COLUMN id TYPE bigint")
        self.env.cr.execute("ALTER SEQUENCE hcrm_access_log_id_seq AS bigint")
        self.env.cr.execute(ROLLOVER)

    @api.depends("user_id", "at")
    @api.depends_context("tz")
    def _compute_display_name(self):
        for log in self:
            when = log.at and fields.Datetime.context_timestamp(log, log.at)
            log.display_name = f"{log.user_id.name or ''} {when or '':%Y-%m-%d %H:%M}".strip()

    @api.model
    def _selection_res_model(self):
        """Return every model with data about somebody, by the name people know it by."""
        names = [
            name
            for name, model in self.env.registry.items()
            if (governance := getattr(model, "_hcrm", None))
            and governance.data_class not in NOBODY
            and not model._abstract
        ]
        models_sudo = self.env["ir.model"].sudo().search([("model", "in", names)])
        return sorted((model.model, model.name) for model in models_sudo)

    def action_review(self):
        """Put this line under review and show the verdict's form."""
        self.ensure_one()
        if not self.env.user.has_group("hcrm_base.group_leader"):
            raise AccessError(self.env._("A leader reviews accesses."))
        self.check_access("read")
        review = self.env["hcrm.access.review"]._request(self, "picked")
        return {
            "type": "ir.actions.act_window",
            "res_model": "hcrm.access.review",
            "res_id": review.id,
            "view_mode": "form",
        }

    @api.model
    def _hcrm_expiry_where(self):
        """A line that was put under review goes after its review, which says what it is about."""
        return SQL(
            "NOT EXISTS (SELECT 1 FROM hcrm_access_review review"
            " WHERE review.log_id = hcrm_access_log.id)"
        )

    @api.model
    @tools.ormcache()
    def _get_writing(self):
        """Return (secret for hashes, whether every line waits for the disk)."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        durable = get_param("hcrm_base.access_log_durable")
        return (get_param("database.secret").encode(), bool(durable))

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
