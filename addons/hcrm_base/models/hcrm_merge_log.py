import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)

UNDO_FIELDS = frozenset(("state", "undone_by_id", "undone_at"))
_logger = logging.getLogger(__name__)

MERGERS = ("hcrm_base.group_service_manager", "hcrm_base.group_integration")

#: What an undo marks is free, an erasure may empty ``changes`` and ``reason``; all else stays.
GUARD = """
CREATE OR REPLACE FUNCTION hcrm_merge_log_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.survivor_id, NEW.absorbed_id, NEW.user_id, NEW.merged_at,
            COALESCE(NEW.reason, OLD.reason), NEW.parent_id, NEW.moved,
            COALESCE(NEW.changes, OLD.changes))
           IS NOT DISTINCT FROM
           (OLD.id, OLD.survivor_id, OLD.absorbed_id, OLD.user_id, OLD.merged_at,
            OLD.reason, OLD.parent_id, OLD.moved, OLD.changes)
           AND (NEW.state = OLD.state OR OLD.state = 'done') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of hcrm_merge_log are kept as they were written.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER hcrm_merge_log_guard BEFORE UPDATE OR DELETE ON hcrm_merge_log
    FOR EACH ROW EXECUTE FUNCTION hcrm_merge_log_guard();
CREATE OR REPLACE TRIGGER hcrm_merge_log_guard_all BEFORE TRUNCATE ON hcrm_merge_log
    FOR EACH STATEMENT EXECUTE FUNCTION hcrm_merge_log_guard();
"""


class HcrmMergeLog(models.Model):
    """One person taken into another: what moved, what changed, and the way back.

    Rows are written once. Only an undo may mark them, and an erasure may empty what names the
    person; a trigger guards this against SQL too.
    """

    _name = "hcrm.merge.log"
    _description = "Merge of Persons"
    _order = "id DESC"
    _rec_name = "absorbed_id"
    _hcrm = Governance(
        data_class="person",
        merge="canonical",
        erasure="blank",
        retention="log",
        partner=("survivor_id", "absorbed_id"),
        blank=("changes", "reason"),
        told=Told(label=_lt("Records that were joined"), shown=("merged_at", "state")),
    )
    _append_only_erasable = ("changes", "reason")

    survivor_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    absorbed_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Merged by",
        required=True,
        readonly=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    merged_at = fields.Datetime(
        required=True, readonly=True, default=lambda self: self.env.cr.now()
    )
    reason = fields.Char(readonly=True)
    parent_id = fields.Many2one(
        "hcrm.merge.log",
        string="Completes",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Rows that another transaction wrote while the persons were being merged.",
    )
    child_ids = fields.One2many("hcrm.merge.log", "parent_id", string="Late rows")
    moved = fields.Json(
        groups=fields.NO_ACCESS, help="{table: {column: keys of the rows that moved}}"
    )
    changes = fields.Json(
        groups=fields.NO_ACCESS, help="{survivor or absorbed: {field: [before, after]}}"
    )

    # undo
    state = fields.Selection(
        selection=[("done", "Merged"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="done",
    )
    undone_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    undone_at = fields.Datetime(readonly=True)

    _not_self = models.Constraint(
        "CHECK (survivor_id <> absorbed_id)", "Nobody can be merged into themselves."
    )

    def init(self):
        """Guard the rows against SQL too; the trigger goes with the table."""
        self.env.cr.execute(GUARD)

    def write(self, vals):
        if vals.keys() - UNDO_FIELDS and vals != {"changes": False}:
            raise UserError(self.env._("The log of merges is kept as it was written."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The log of merges is never deleted."))

    # UNDO

    def action_undo(self):
        """Take these merges back, the newest first."""
        self._check_may_merge()
        for log in self.parent_id.sorted("id", reverse=True) | self.sorted("id", reverse=True):
            if not log.parent_id:
                log.sudo()._undo()

    @api.model
    def _check_may_merge(self):
        """Merging and its undo are for the service manager and the integration (POLICY §2)."""
        if not self.env.su and not any(self.env.user.has_group(group) for group in MERGERS):
            raise AccessError(
                self.env._("Only a service manager may merge persons or take a merge back.")
            )

    def _undo(self):
        self.ensure_one()
        self.env.flush_all()
        partners = self.survivor_id | self.absorbed_id
        partners._hcrm_lock()
        self._check_undo()
        for log in self.child_ids.sorted("id", reverse=True) | self:
            log._undo_moves()
        self._undo_changes()
        (self | self.child_ids).write(
            {"state": "undone", "undone_by_id": self.env.uid, "undone_at": self.env.cr.now()}
        )
        self._call_hooks("_hcrm_after_unmerge")

    def _check_undo(self):
        """A merge on which later ones were built is undone after them."""
        if self.state == "undone":
            raise UserError(self.env._("This merge was already undone."))
        if self.survivor_id.is_erased or self.absorbed_id.is_erased:
            raise UserError(self.env._("Who was merged here was erased: there is no way back."))
        later = self.search(
            [
                ("id", ">", self.id),
                ("state", "=", "done"),
                ("parent_id", "=", False),
                "|",
                ("survivor_id", "=", self.survivor_id.id),
                ("absorbed_id", "=", self.survivor_id.id),
            ],
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "First undo the later merge of %(absorbed)s into %(survivor)s "
                    "of %(date)s: it was built on this one.",
                    absorbed=later.absorbed_id.display_name,
                    survivor=later.survivor_id.display_name,
                    date=fields.Datetime.to_string(later.merged_at),
                )
            )

    def _undo_moves(self):
        """Bring back exactly the rows that moved, as far as they are still with the survivor."""
        survivor, absorbed = self.survivor_id, self.absorbed_id
        moved = self.moved or {}
        for link in survivor._hcrm_links():
            columns = moved.get(link.table, {})
            if keys := columns.get(link.name):
                if link.is_copied:
                    link.remove_rows(self.env, survivor.id, keys)
                else:
                    link.move_rows(self.env, survivor.id, absorbed.id, keys)
            if kept := columns.get(f"active/{link.name}"):
                link.unarchive_rows(self.env, kept)
        self._restore_served_departments()
        survivor._hcrm_after_move(moved, survivor | absorbed)
        self._restore_uses(moved.get("hcrm_identifier", {}).get("use", {}))

    def _restore_uses(self, uses):
        numbers = self.env["hcrm.identifier"].browse(int(number) for number in uses).exists()
        for number in numbers.filtered(lambda number: number.use == "old"):
            number.use = uses[str(number.id)]

    def _restore_served_departments(self):
        """Departments that the encounters of either person name are theirs."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_partner_department_rel (partner_id, department_id)
                SELECT DISTINCT partner_id, department_id
                  FROM hcrm_encounter
                 WHERE partner_id = ANY(%s) AND department_id IS NOT NULL
                    ON CONFLICT DO NOTHING
                """,
                (self.survivor_id | self.absorbed_id).ids,
            )
        )

    def _undo_changes(self):
        """Restore values that nobody changed since the merge."""
        changes = self.changes or {"absorbed": {"active": [True], "canonical_id": [False]}}
        for role, partner in (("absorbed", self.absorbed_id), ("survivor", self.survivor_id)):
            now = partner._hcrm_scalars()
            partner._hcrm_write_quietly(
                {
                    name: before
                    for name, (before, *after) in changes.get(role, {}).items()
                    if not after or (now.get(name) or False) == (after[0] or False)
                }
            )

    # LATE ROWS

    def _sweep_after_commit(self):
        """Look once more when the merge is visible to all.

        A transaction that began before the merge and committed while the merge waited for its lock
        may have written a fact about the absorbed person that the merge, under repeatable read,
        could not see. Later ones fail with a serialization error, are tried again and redirected.
        """
        registry, log_ids, uid = self.env.registry, self.ids, self.env.uid

        @self.env.cr.postcommit.add
        def sweep():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, uid, {})
                    env["hcrm.merge.log"].sudo().browse(log_ids)._sweep()
            except Exception:
                _logger.exception("Late rows of merges %s are left to the nightly job", log_ids)

    def _sweep(self):
        """Move rows that still point to absorbed persons, each under a log of its own."""
        for log in self.filtered(lambda log: log.state == "done" and not log.parent_id):
            survivor, absorbed = log.survivor_id, log.absorbed_id
            if moved := survivor._hcrm_move_links(absorbed, survivor, is_late=True):
                self.create(
                    {
                        "survivor_id": survivor.id,
                        "absorbed_id": absorbed.id,
                        "parent_id": log.id,
                        "reason": log.reason,
                        "moved": moved,
                    }
                )

    @api.model
    def _cron_sweep(self):
        since = fields.Datetime.subtract(self.env.cr.now(), days=2)
        self.search([("merged_at", ">=", since)], order="id")._sweep()

    # HOOKS

    def _call_hooks(self, name):
        """Call ``name(log)`` on every model that settles more than rows can tell.

        The names are ``_hcrm_after_merge`` and ``_hcrm_after_unmerge``: the way for
        ``merge="strictest"``.
        """
        for model in self.env.registry.values():
            if not model._abstract and hasattr(model, name):
                getattr(self.env[model._name], name)(self)
