from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import split_every
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)


class HcrmAgreement(models.Model):
    """A contract with an organisation; its owner hears in time that it runs out."""

    _name = "hcrm.agreement"
    _description = "Agreement"
    _inherit = ["hcrm.organisation.row.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "ends_on, id"
    _hcrm = Governance(
        data_class="organisation",
        merge="repoint",
        erasure="keep",
        told=Told(why_not=_lt("About organisations, not about persons.")),
    )

    name = fields.Char(string="Subject", required=True, tracking=True)
    number = fields.Char(copy=False)
    active = fields.Boolean(default=True)
    partner_id = fields.Many2one(required=True, tracking=True)
    department_id = fields.Many2one(string="Responsible department")
    user_id = fields.Many2one(
        "res.users", string="Owner", default=lambda self: self.env.user, tracking=True
    )
    kind = fields.Selection(
        selection=[
            ("checkup", "Group check-ups"),
            ("referral", "Referral and medical alliance"),
            ("insurance", "Insurance and direct billing"),
            ("supply", "Supply"),
            ("cooperation", "Cooperation"),
            ("training", "Teaching and training"),
            ("other", "Other"),
        ],
        required=True,
        default="cooperation",
    )
    scope = fields.Text(help="What was agreed: services, prices, contact persons.")
    service_ids = fields.Many2many("hcrm.service", string="Services agreed", check_company=True)

    # term
    starts_on = fields.Date(required=True, default=fields.Date.context_today)
    ends_on = fields.Date(tracking=True, help="Empty: until it is ended.")
    notice_days = fields.Integer(
        string="Remind (days before)",
        default=60,
        help="So many days before the end the owner finds a task on the desk.",
    )
    renews = fields.Boolean(string="Renews by itself")
    state = fields.Selection(
        selection=[("draft", "Draft"), ("signed", "Signed"), ("ended", "Ended")],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    phase = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("coming", "Not yet begun"),
            ("running", "In force"),
            ("expiring", "Running out"),
            ("expired", "Run out"),
            ("ended", "Ended"),
        ],
        compute="_compute_phase",
        search="_search_phase",
    )
    reminded_for = fields.Date(
        copy=False, help="The end of which the owner was reminded: once for each end."
    )
    previous_id = fields.Many2one(
        "hcrm.agreement", copy=False, index="btree_not_null", check_company=True
    )

    # money
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(string="Value", help="Over the whole term.")

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL", "This agreement number is already used."
    )
    _previous_uniq = models.UniqueIndex(
        "(previous_id) WHERE previous_id IS NOT NULL", "This agreement was already renewed."
    )
    _term_order = models.Constraint(
        "CHECK (ends_on >= starts_on)", "An agreement ends on the day it begins or later."
    )
    _notice_range = models.Constraint(
        "CHECK (notice_days BETWEEN 0 AND 730)", "Remind 0 to 730 days before the end."
    )
    _due_idx = models.Index("(ends_on) WHERE state = 'signed' AND ends_on IS NOT NULL")

    @api.depends("state", "starts_on", "ends_on", "notice_days", "renews")
    def _compute_phase(self):
        today = fields.Date.context_today(self)
        for agreement in self:
            agreement.phase = agreement._phase_on(today)

    def _phase_on(self, day):
        """Return the phase of one agreement on a day."""
        if self.state != "signed":
            return self.state
        if self.starts_on and self.starts_on > day:
            return "coming"
        if not self.ends_on or self.renews:
            return "running"
        if self.ends_on < day:
            return "expired"
        return "expiring" if self.ends_on <= day + self._notice() else "running"

    def _notice(self):
        return relativedelta(days=self.notice_days)

    def _search_phase(self, operator, value):
        """The few agreements of a hospital are asked one by one, so that rule and list agree."""
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        agreements = self.with_context(active_test=False).search(Domain.TRUE)
        found = agreements.filtered(lambda agreement: agreement._phase_on(today) in value)
        return Domain("id", "in", found.ids)

    # verbs
    def action_sign(self):
        """Put drafts into force."""
        self._require_state("draft")
        self.state = "signed"

    def action_end(self):
        """End now what has no end or a later one."""
        self._require_state("signed")
        today = fields.Date.context_today(self)
        for agreement in self:
            ends_on = min(agreement.ends_on or today, max(today, agreement.starts_on))
            agreement.write({"state": "ended", "ends_on": ends_on})
        self.activity_unlink(["hcrm_base.mail_activity_type_agreement"])

    def action_renew(self):
        """Open the next term: as long as this one, from the day after its end."""
        self.ensure_one()
        if not self.ends_on:
            raise UserError(self.env._("An agreement without an end needs no renewal."))
        starts_on = self.ends_on + relativedelta(days=1)
        renewed = self.with_context(active_test=False).search(
            [("previous_id", "=", self.id)], limit=1
        )
        renewed = renewed or self.copy(
            {
                "starts_on": starts_on,
                "ends_on": starts_on + (self.ends_on - self.starts_on),
                "previous_id": self.id,
                "number": False,
            }
        )
        self.activity_feedback(
            ["hcrm_base.mail_activity_type_agreement"], feedback=self.env._("Renewed")
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": renewed.id,
            "view_mode": "form",
        }

    def _require_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for agreement in self:
            if agreement.state != state:
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”: this step is not for it.",
                        name=agreement.name,
                        state=labels[agreement.state],
                    )
                )

    # reminders
    def _cron_remind(self):
        """Remind the owners of what runs out; a reminder is given once for each end."""
        due = self._search_due(fields.Date.context_today(self))
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=len(due))
        for batch in split_every(100, due.ids, self.browse):
            batch = batch.try_lock_for_update()
            batch._remind()
            if not commit(len(batch)):
                break

    @api.model
    def _search_due(self, today):
        """Return the signed agreements whose notice has begun and was not given yet."""
        ending = Domain("state", "=", "signed") & Domain("ends_on", "!=", False)
        soon = Domain("ends_on", "<=", today + relativedelta(days=730))
        return self.search(ending & soon).filtered(
            lambda agreement: (
                agreement.ends_on <= today + agreement._notice()
                and agreement.reminded_for != agreement.ends_on
            )
        )

    def _remind(self):
        """Put a task on the owner's desk, due before the end."""
        for agreement in self:
            agreement.activity_schedule(
                "hcrm_base.mail_activity_type_agreement",
                date_deadline=max(fields.Date.context_today(self), agreement.starts_on),
                user_id=agreement._who_cares().id,
                summary=self.env._("Runs out on %(day)s", day=agreement.ends_on),
            )
            agreement.reminded_for = agreement.ends_on

    def _who_cares(self):
        """Return the owner; of the agreement, of the organisation, or who made it."""
        return self._first_at_work(self.user_id, self.partner_id.sudo().user_id, self.create_uid)
