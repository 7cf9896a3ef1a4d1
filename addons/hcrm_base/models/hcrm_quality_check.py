from datetime import timedelta
from random import Random

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools.governance import Governance

DAYS = 7
EACH = 2
#: Roles whose work is to answer customers (POLICY §2).
DESKS = (
    "officer", "service_manager", "handler", "department_head", "nurse", "doctor",
    "community_worker", "vip_desk", "marketing",
)  # fmt: skip
NOT_DRAWN = ("hcrm_base.group_integration", "base.group_system")


class HcrmQualityCheck(models.Model):
    """A sampled contact of one member of staff, read and scored by the service manager.

    The sample is drawn by the system, so that nobody chooses whom to look at. An addon with calls
    or written answers adds its source in ``_quality_sources``.
    """

    _name = "hcrm.quality.check"
    _description = "Quality Check"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "sampled_at DESC, id DESC"
    _hcrm = Governance(data_class="library")

    user_id = fields.Many2one("res.users", string="Staff", required=True, index=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, index=True, readonly=True
    )
    res_model = fields.Char(string="Kind of record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    sampled_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    happened_at = fields.Datetime(readonly=True)
    reviewer_id = fields.Many2one("res.users", readonly=True)
    reviewed_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        selection=[("sampled", "To be read"), ("scored", "Scored"), ("discussed", "Discussed")],
        required=True,
        default="sampled",
        readonly=True,
        group_expand=True,
    )
    score_ids = fields.One2many("hcrm.quality.score", "check_id")
    score = fields.Float(
        string="Score (%)", compute="_compute_score", store=True, aggregator="avg", digits=(5, 1)
    )
    praise = fields.Text(string="What was good")
    advice = fields.Text(string="What to do better")
    reply = fields.Text(string="Reply of the staff")

    _source_uniq = models.Constraint(
        "UNIQUE (res_model, res_id)", "This contact was already sampled."
    )
    _staff_idx = models.Index("(user_id, sampled_at DESC)")

    @api.depends("score_ids.points", "score_ids.criterion_id.weight")
    def _compute_score(self):
        for check in self:
            scored = check.score_ids.filtered(lambda line: line.points not in (False, "0"))
            weight = sum(scored.mapped("criterion_id.weight"))
            reached = sum((int(line.points) - 1) * line.criterion_id.weight for line in scored)
            check.score = 100.0 * reached / (4 * weight) if weight else 0.0

    @api.depends("user_id", "happened_at")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for check in self:
            day = check.happened_at and format_date(
                self.env, fields.Datetime.context_timestamp(check, check.happened_at)
            )
            check.display_name = " · ".join(filter(None, (check.user_id.name, day)))

    def _read_group_select(self, aggregate_spec, query):
        """Whoever was not read yet has no score: no average counts them as 0."""
        found = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec == "score:avg":
            state = self._field_to_sql(query.table, "state", query)
            return SQL("%s FILTER (WHERE %s <> 'sampled')", found, state)
        return found

    # drawn
    @api.model
    def _quality_sources(self):
        """Return what to draw from: [(model, domain, field of the staff, field of the time)].

        Drawn are only contacts of those who work at a desk (``_quality_staff``).
        """
        return [("hcrm.contact.note", [], "user_id", "noted_at")]

    @api.model
    def _quality_staff(self):
        """Return the users whose contacts are drawn: people at the desks that answer customers.

        No programs: the notes of an integration are nobody's manner of speaking.
        """
        groups = self.env["res.groups"].sudo()
        desks = groups.union(*(self.env.ref(f"hcrm_base.group_{desk}") for desk in DESKS))
        others = groups.union(*(self.env.ref(xmlid) for xmlid in NOT_DRAWN))
        people = (desks.all_user_ids - others.all_user_ids).filtered("active")
        return people.filtered(lambda user: not user.share).with_env(self.env)

    def _cron_sample(self):
        self._sample()

    @api.model
    def _sample(self, now=None, each=EACH):
        """Draw ``each`` contacts of the last week for every member of staff; again adds nothing."""
        now = now or fields.Datetime.now()
        since = now - timedelta(days=DAYS)
        staff_ids = self._quality_staff().ids
        dice = Random(f"quality:{since:%G-%V}")
        criteria = self.env["hcrm.quality.criterion"].search(Domain.TRUE)
        values = []
        for model_name, domain, staff, moment in self._quality_sources():
            found = self.env[model_name].search(
                [*domain, (staff, "in", staff_ids), (moment, ">=", since), (moment, "<", now)],
                order="id",
            )
            known = self._search_known(model_name, staff, since)
            for user, records in found.grouped(staff).items():
                free = [one for one in records.ids if one not in known["ids"]]
                wanted = max(0, each - known["counts"].get(user.id, 0))
                for record_id in dice.sample(free, min(wanted, len(free))):
                    record = records.browse(record_id)
                    values.append(self._prepare_check(record, user, record[moment], criteria))
        return self.create(values)

    @api.model
    def _search_known(self, model_name, _staff, since):
        checks = self.search([("res_model", "=", model_name), ("happened_at", ">=", since)])
        counts = {user.id: len(rows) for user, rows in checks.grouped("user_id").items()}
        return {"ids": set(checks.mapped("res_id")), "counts": counts}

    @api.model
    def _prepare_check(self, record, user, moment, criteria):
        return {
            "res_model": record._name,
            "res_id": record.id,
            "user_id": user.id,
            "company_id": record.company_id.id or self.env.company.id,
            "happened_at": moment,
            "score_ids": [Command.create({"criterion_id": one.id}) for one in criteria],
        }

    # read
    def action_open_record(self):
        """Open what was sampled, under the rights of who asks."""
        self.ensure_one()
        self.check_access("read")
        records = self.env.get(self.res_model)
        record = records.browse(self.res_id).exists() if records is not None else None
        if not record:
            raise UserError(
                self.env._(
                    "What was drawn is not here any more: it was deleted, or the addon that kept "
                    "it was uninstalled."
                )
            )
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_score(self):
        """Close the reading; the staff member sees it from now on."""
        self.check_access("write")
        self._check_open()
        for check in self:
            if not check.score_ids.filtered("points") or check.score_ids.filtered(
                lambda line: not line.points
            ):
                raise UserError(
                    self.env._("Score every criterion first; “does not apply” is an answer.")
                )
        self.sudo().write(
            {
                "state": "scored",
                "reviewer_id": self.env.uid,
                "reviewed_at": fields.Datetime.now(),
            }
        )
        return True

    def write(self, vals):
        """Staff reply to what was scored, once and to nothing else; only the manager reads on."""
        if self.env.su:
            return super().write(vals)
        manager = self.env.user.has_group("hcrm_base.group_service_manager")
        if "reply" in vals or not manager:
            self._check_reply(vals)
            return super().write(vals) and self.sudo().write({"state": "discussed"})
        self._check_open()
        return super().write(vals)

    def _check_open(self):
        """Raise unless the user may still score: another's contact, not yet closed."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for check in self:
            if check.user_id == self.env.user:
                raise AccessError(self.env._("Nobody scores the own contacts."))
            if check.state != "sampled":
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”: this step is not for it.",
                        name=check.user_id.name,
                        state=labels[check.state],
                    )
                )

    def _check_reply(self, vals):
        if set(vals) != {"reply"}:
            raise AccessError(self.env._("You may reply to your scores, nothing else."))
        for check in self:
            if check.user_id != self.env.user or check.state != "scored":
                raise AccessError(self.env._("Only who was scored replies, once."))
