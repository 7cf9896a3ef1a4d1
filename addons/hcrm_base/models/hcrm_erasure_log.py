from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told
from .erasure_run import ErasureRun
from .erasure_words import Words
from .hcrm_erasure_line import erasure_lines

_lt = LazyTranslate(__name__)

SWEEP_DAYS = 2


class HcrmErasureLog(models.Model):
    """One person erased: who proposed, who approved, what was done, what is kept and why.

    It names nobody. When the law no longer keeps the rest, the erasure is completed.
    """

    _name = "hcrm.erasure.log"
    _description = "Erasure"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "id DESC"
    _rec_name = "request_id"
    _append_only_except = ("state", "completed_at")
    _hcrm = Governance(
        data_class="privacy_request",
        merge="canonical",
        erasure="keep",
        retention="log",
        note="the proof that the erasure was carried out",
        told=Told(why_not=_lt("Proofs of erasures, which name nobody.")),
    )

    request_id = fields.Many2one(
        "hcrm.privacy.request", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Pseudonym",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        groups="hcrm_base.group_person_all",
    )
    proposed_by_id = fields.Many2one(
        "res.users", string="Proposed by", required=True, readonly=True, ondelete="restrict"
    )
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", required=True, readonly=True, ondelete="restrict"
    )
    erased_at = fields.Datetime(string="Erased", required=True, readonly=True)
    state = fields.Selection(
        selection=[
            ("restricted", "Restricted: the law keeps a part"),
            ("complete", "Complete"),
        ],
        required=True,
        readonly=True,
    )
    completes_on = fields.Date(
        readonly=True,
        help="When the last period of retention is over and the rest is made anonymous.",
    )
    completed_at = fields.Datetime(string="Completed", readonly=True)
    line_ids = fields.One2many("hcrm.erasure.line", "log_id", readonly=True)

    _two_people = models.Constraint(
        "CHECK (proposed_by_id <> approved_by_id)",
        "Two people erase: whoever proposed cannot approve.",
    )
    _restricted_idx = models.Index("(completes_on) WHERE state = 'restricted'")

    def _get_lines(self):
        """Return what was done, in words, for the certificate."""
        return erasure_lines(
            self.env,
            [
                {
                    "model_name": line.model_name,
                    "action": line.action,
                    "rows": line.rows,
                    "rule_id": line.rule_id.id,
                    "kept_until": line.kept_until,
                }
                for line in self.line_ids
            ],
        )

    def _complete(self):
        """Make anonymous what the law no longer keeps; called with the rights of the system."""
        for log in self:
            persons = log.partner_id._hcrm_known_as()
            run = ErasureRun(self.env, persons, words=Words())
            run.forget_keys({"outpatient", "inpatient"})
            log.write({"state": "complete", "completed_at": self.env.cr.now()})
        self.env.invalidate_all()

    @api.model
    def _cron_complete(self):
        """Complete erasures whose retention is over; sweep what came late to those of late."""
        commit_progress = self.env["ir.cron"]._commit_progress
        due = self.search(
            [("state", "=", "restricted"), ("completes_on", "<=", fields.Date.today())]
        )
        since = fields.Datetime.subtract(self.env.cr.now(), days=SWEEP_DAYS)
        late = self.search([("erased_at", ">=", since)])
        commit_progress(remaining=len(due) + len(late))
        for log in due:
            log._complete()
            if not commit_progress(1):
                return
        for log in late:
            log.partner_id._hcrm_known_as()._hcrm_erase_rows()
            if not commit_progress(1):
                return
