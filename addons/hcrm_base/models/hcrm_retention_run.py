import logging
import time

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.tools import mute_logger

from ..tools.governance import Governance
from .retention_rows import Told
from .retention_steps import steps

_logger = logging.getLogger(__name__)

#: Minutes that a night's run may take; what is left waits for the next night.
MINUTES = 30
TRIES = 5
#: Seconds before what was in use is tried again, at the end of a run.
PAUSES = (1, 4)
#: What lines tell that was not taken.
NOT_TAKEN = ("failed", "busy")


class HcrmRetentionRun(models.Model):
    """One dry run, or one run that took what was due. Its lines are written as batches commit.

    A run that was killed has no end; what it took is in its lines all the same, because each batch
    commits with its line. The next run finds what is left.
    """

    _name = "hcrm.retention.run"
    _description = "Retention Run"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "id DESC"
    _rec_name = "started_at"
    _append_only_except = ("finished_at", "outcome")
    _hcrm = Governance(data_class="setting", retention="log", note="counts; names nobody")

    is_trial = fields.Boolean(string="Dry run", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Begun by", required=True, readonly=True, ondelete="restrict"
    )
    rule_ids = fields.Many2many("hcrm.retention.rule", string="Rules", readonly=True)
    started_at = fields.Datetime(string="Begun", required=True, readonly=True)
    finished_at = fields.Datetime(string="Ended at", readonly=True)
    outcome = fields.Selection(
        selection=[
            ("running", "Not ended"),
            ("done", "All that was due"),
            ("busy", "Some were in use, tried again next night"),
            ("failed", "Some could not be taken"),
            ("time", "Time was over"),
        ],
        string="How it ended",
        required=True,
        readonly=True,
        default="running",
    )
    line_ids = fields.One2many("hcrm.retention.line", "run_id", readonly=True)
    row_count = fields.Integer(string="Rows", compute="_compute_counts")
    held_count = fields.Integer(string="Held back", compute="_compute_counts")

    @api.depends("line_ids")
    def _compute_counts(self):
        found = {
            run: (rows, held)
            for run, rows, held in self.env["hcrm.retention.line"]._read_group(
                [("run_id", "in", self.ids), ("action", "not in", NOT_TAKEN)],
                ["run_id"],
                ["rows:sum", "held:sum"],
            )
        }
        for run in self:
            run.row_count, run.held_count = found.get(run, (0, 0))

    @api.model
    def _begin(self, rules, **values):
        return self.sudo().create(
            {
                "user_id": self.env.uid,
                "started_at": fields.Datetime.now(),
                "rule_ids": [fields.Command.set(rules.ids)],
                **values,
            }
        )

    @api.model
    def _try(self, rules):
        """Return a run that tells what would go today; the caller checked the right."""
        run_sudo = self._begin(rules, is_trial=True)
        self.env.flush_all()
        for step in steps(rules.sudo()):
            run_sudo._add_lines(step, [told for told in step.due() if told.rows or told.held])
        run_sudo._end("done")
        return run_sudo.with_env(self.env)

    def _end(self, outcome):
        self.write({"outcome": outcome, "finished_at": fields.Datetime.now()})

    def _add_lines(self, step, found):
        """Write what a step told, with the rule as it is today."""
        rule = step.rule.with_context(lang=self.env.company.partner_id.lang)
        self.env["hcrm.retention.line"].create(
            [
                {
                    "run_id": self.id,
                    "rule_id": step.rule.id,
                    "days": step.rule.days,
                    "law": rule.law,
                    "model_name": told.model,
                    "action": told.action,
                    "rows": told.rows,
                    "held": told.held,
                    "oldest": told.oldest,
                    "newest": told.newest,
                    "sample": ", ".join(f"#{number}" for number in told.sample),
                    "why": told.why.code if told.why else False,
                    "why_place": told.why.place if told.why else False,
                }
                for told in found
            ]
        )

    @api.model
    def _cron_apply(self):
        """Apply the rules that are switched on, batch by batch, for a limited time."""
        rules = self.env["hcrm.retention.rule"].search([("mode", "=", "apply")])
        minutes = self.env["ir.config_parameter"].get_param("hcrm_base.retention_minutes")
        until = time.monotonic() + 60 * int(minutes or MINUTES)
        run = self._begin(rules)
        self.env["ir.cron"]._commit_progress()
        run._end(run._apply(steps(rules), until))

    def _apply(self, todo, until):
        """Take all that is due; return how it ended. What was in use is tried again at the end."""
        every, left = todo, {}
        for pause in (0, *PAUSES):
            time.sleep(pause)
            for step in left:
                step.again()
            if not all(self._apply_step(step, until) for step in left or every):
                return _outcome("time", every)
            left = {step: rows for step in left or every if (rows := self._count_left(step))}
            if not left:
                return _outcome("done", every)
        for step, rows in left.items():
            self._add_lines(step, [Told(name, "busy", count) for name, count in rows.items()])
        return _outcome("busy", every)

    def _count_left(self, step):
        """Return {model: rows} still due; asked anew, as others may have taken them meanwhile."""
        self.env["ir.cron"]._commit_progress()
        rows = step.left()
        self.env["ir.cron"]._commit_progress()
        return rows

    def _apply_step(self, step, until):
        """Take all that can be of one kind, each batch with its line; False if time is over."""
        while time.monotonic() < until:
            found = self._take_batch(step)
            if not found:
                return True
            if not self.env["ir.cron"]._commit_progress(sum(told.rows for told in found)):
                return False
        return False

    def _take_batch(self, step):
        """Return what a batch took; rows that somebody else just changed are tried again."""
        failed = list(step.failed)
        for _attempt in range(TRIES):
            try:
                with mute_logger("odoo.sql_db"):
                    found = step.apply()
                self._add_lines(step, found)
                self.env.flush_all()
                return found
            except (SerializationFailure, LockNotAvailable, DeadlockDetected):
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                step.failed = list(failed)
        _logger.warning("Retention: %s is busy, the rest is tried again", step.rule.kind)
        return []

    def _get_totals(self):
        """Return one dictionary for each rule, kind of record and action: for the certificate."""
        totals = {}
        for line in self.line_ids.filtered(lambda line: line.action not in NOT_TAKEN):
            key = (line.rule_id, line.model_name, line.action)
            total = totals.setdefault(
                key, {"line": line, "rows": 0, "oldest": line.oldest, "newest": line.newest}
            )
            total["rows"] += line.rows
            total["oldest"] = min(filter(None, (total["oldest"], line.oldest)), default=False)
            total["newest"] = max(filter(None, (total["newest"], line.newest)), default=False)
        return list(totals.values())


def _outcome(outcome, todo):
    """What could not be taken wants somebody to look: it is said before anything else."""
    return "failed" if any(step.failed for step in todo) else outcome
