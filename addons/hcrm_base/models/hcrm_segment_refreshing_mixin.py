import logging
import time
from contextlib import contextmanager

from psycopg2 import DataError, OperationalError
from psycopg2.errors import QueryCanceled

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..tools.segment_schedule import next_due

_logger = logging.getLogger(__name__)

#: First key of the advisory locks: "SEGM".
LOCK = 0x5345474D
ANNOUNCED = "hcrm segment refresh by "
SECONDS = 600

#: Whom the rule finds is asked once; who fits no more leaves, who is new enters.
REFRESH = """
WITH found AS MATERIALIZED (%(found)s),
     gone AS (
         UPDATE hcrm_segment_member
            SET left_at = %(now)s
          WHERE segment_id = %(segment)s AND left_at IS NULL AND active IS TRUE
            AND NOT EXISTS (
                SELECT FROM found WHERE found.id = hcrm_segment_member.partner_id)
      RETURNING 1),
     come AS (
         INSERT INTO hcrm_segment_member
                (segment_id, partner_id, entered_at, active)
         SELECT %(segment)s, found.id, %(now)s, TRUE
           FROM found
          WHERE NOT EXISTS (
                SELECT FROM hcrm_segment_member member
                 WHERE member.segment_id = %(segment)s
                   AND member.partner_id = found.id
                   AND member.left_at IS NULL AND member.active IS TRUE)
      RETURNING 1)
SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM come),
       (SELECT count(*) FROM gone)
"""


class HcrmSegmentRefreshingMixin(models.AbstractModel):
    """Brings the members of a segment up to date: one statement, whatever the size.

    Only one at a time refreshes a segment; a second one is told who is at it. What cannot be asked
    is refused with its reason, and the members stay as they were.
    """

    _name = "hcrm.segment.refreshing.mixin"
    _description = "Refreshing of a Segment"

    state = fields.Selection(
        selection=[
            ("new", "Not refreshed yet"),
            ("current", "Up to date"),
            ("stale", "Out of date"),
            ("refused", "Refresh refused"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="new",
    )
    refreshed_at = fields.Datetime(string="Last refresh", readonly=True, copy=False)
    refreshed_by_id = fields.Many2one(
        "res.users",
        string="Refreshed by",
        readonly=True,
        copy=False,
        help="Empty: by the schedule.",
    )
    error = fields.Text(string="Why refused", compute="_compute_error")
    error_stored = fields.Text(groups=fields.NO_ACCESS, copy=False, export_string_translation=False)
    refresh_ids = fields.One2many(
        "hcrm.segment.refresh",
        "segment_id",
        string="Refreshes",
        groups="hcrm_base.group_segment_detail",
    )

    @api.depends("error_stored")
    @api.depends_context("uid", "lang")
    def _compute_error(self):
        """What is wrong with a rule tells what it asks for."""
        known = self._filtered_known()
        for segment in self:
            segment.error = segment.sudo()._explain_refusal() if segment in known else False

    def _explain_refusal(self):
        """Return why the last refresh was refused: in the reader's language where it can be."""
        if self.error_stored and self.kind == "rule":
            try:
                self._get_rule()
            except UserError as error:
                return error.args[0]
            except (ValueError, TypeError, NotImplementedError):
                return self.error_stored
        return self.error_stored

    def action_refresh(self):
        """Bring the members up to date now, and say what changed."""
        self.check_access("write")
        results = {row.segment_id.id: row for row in self._refresh()}
        return self._notify(
            *(segment._refresh_result(results[segment.id]) for segment in self),
            kind="danger" if "refused" in self.mapped("state") else "success",
        )

    def _refresh_result(self, row):
        if self.state == "refused":
            return self.env._("%(segment)s: %(error)s", segment=self.name, error=self.error or "")
        if not self.env.user.has_group("hcrm_base.group_segment_member_reader"):
            return self.env._("%(segment)s: %(size)s", segment=self.name, size=self.size_text)
        return self.env._(
            "%(segment)s: %(size)s members, %(entered)s entered, %(left)s left.",
            segment=self.name,
            size=self.size_text,
            entered=row.entered,
            left=row.left,
        )

    def _notify(self, *lines, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": "\n".join(lines),
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # REFRESH

    def _refresh(self):
        """Bring the members of these segments up to date; return what was logged of each.

        A refusal is noted on the segment and stops no other.
        """
        rows = self.env["hcrm.segment.refresh"].sudo()
        for segment in self.sudo():
            segment._lock_for_refresh()
            rows |= segment._refresh_locked()
        return rows

    def _refresh_locked(self):
        started = time.monotonic()
        try:
            with self.env.cr.savepoint(), self._time_limit():
                size, entered, left = self._apply_members()
        except QueryCanceled:
            reason = self.env._("It takes longer than %s seconds: narrow it down.", SECONDS)
        except DataError as error:
            reason = self.env._("The database cannot compare this: %s", error.diag.message_primary)
        except UserError as error:
            reason = error.args[0]
        except (ValueError, TypeError, NotImplementedError) as error:
            reason = self.env._("The rule cannot be read: %(reason)s", reason=error)
        else:
            seconds = time.monotonic() - started
            return self._note_refresh(size, entered, left, seconds=seconds)
        return self._note_refusal(reason)

    def _lock_for_refresh(self):
        """Let nobody else refresh or change this segment until the end of the transaction."""
        [(is_free,)] = self.env.execute_query(
            SQL(
                """
                SELECT pg_try_advisory_xact_lock(%s, %s)
                """,
                LOCK,
                self.id,
            )
        )
        if not is_free:
            raise UserError(self._busy_text())
        self._announce()
        # under repeatable read, somebody's finished refresh or change makes this fail: tried again
        self.env.cr.execute(
            SQL("SELECT id FROM hcrm_segment WHERE id = %s FOR NO KEY UPDATE", self.id)
        )

    def _announce(self):
        """Tell others who is at it; the advisory lock leads to this connection."""
        self.env.cr.execute(
            SQL("SELECT set_config('application_name', %s, TRUE)", f"{ANNOUNCED}{self.env.uid}")
        )

    def _busy_text(self):
        """Return who refreshes this segment, and since when."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT activity.application_name, activity.xact_start AT TIME ZONE 'UTC'
                  FROM pg_locks held
                  JOIN pg_stat_activity activity ON activity.pid = held.pid
                 WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
                   AND held.classid = %s AND held.objid = %s
                   AND activity.datname = current_database()
                """,
                LOCK,
                self.id,
            )
        )
        name, since = rows[0] if rows else ("", None)
        uid = name.removeprefix(ANNOUNCED) if name.startswith(ANNOUNCED) else ""
        user = self.env["res.users"].sudo().browse(int(uid) if uid.isdigit() else []).exists()
        return self.env._(
            "“%(segment)s” is being refreshed right now (since %(time)s, by %(user)s): "
            "its members will be up to date in a moment.",
            segment=self.name,
            time=format_datetime(self.env, since or self.env.cr.now(), dt_format="HH:mm:ss"),
            user=user.name if user and user.id != SUPERUSER_ID else self.env._("the system"),
        )

    @contextmanager
    def _time_limit(self):
        """A rule that never ends must not hold a worker and its locks."""
        cr = self.env.cr
        [(before,)] = self.env.execute_query(SQL("SELECT current_setting('statement_timeout')"))
        cr.execute(SQL("SELECT set_config('statement_timeout', %s, TRUE)", f"{SECONDS}s"))
        yield
        cr.execute(SQL("SELECT set_config('statement_timeout', %s, TRUE)", before))

    def _apply_members(self):
        """Let members enter and leave as the rule says; return (size, entered, left)."""
        members = self.env["hcrm.segment.member"]
        members.flush_model()
        [counts] = self.env.execute_query(
            SQL(
                REFRESH,
                found=getattr(self, f"_found_by_{self.kind}")(),
                segment=self.id,
                now=self.env.cr.now(),
            )
        )
        members.invalidate_model(flush=False)
        return counts

    def _found_by_rule(self):
        """Return the SQL of the customers that the rule finds, asked by its owner."""
        rule = self.with_context(lang=self.owner_id.lang)._get_rule()
        if (rule.is_clinical, rule.touches_charges) != (
            self.touches_clinical,
            self.touches_charges,
        ):
            # what a field tells about may change with an addon; what was released was less
            self.write(
                {
                    "touches_clinical": rule.is_clinical,
                    "touches_charges": rule.touches_charges,
                    "is_released": False,
                }
            )
        return rule.query().select()

    def _found_by_fixed(self):
        """Return the SQL of those chosen by hand who still are customers."""
        return SQL(
            """
            SELECT partner.id
              FROM hcrm_segment_member member
              JOIN res_partner partner ON partner.id = member.partner_id
             WHERE member.segment_id = %s AND member.left_at IS NULL AND member.active IS TRUE
               AND partner.active IS TRUE AND partner.is_customer IS TRUE
            """,
            self.id,
        )

    def _note_refresh(self, size, entered, left, seconds=0.0):
        now = self.env.cr.now()
        self.write(
            {
                "state": "current",
                "size_stored": size,
                "error_stored": False,
                "refreshed_at": now,
                "refreshed_by_id": self._acting_user_id(),
                "next_refresh_at": next_due(self.next_refresh_at, now, self.cadence),
            }
        )
        self._take_coarse_size(now)
        return self._log("done", entered=entered, left=left, seconds=seconds)

    def _note_refusal(self, reason):
        """Keep the members as they were, and say why."""
        _logger.info("Segment %s was not refreshed: %s", self.id, reason)
        due = next_due(self.next_refresh_at, self.env.cr.now(), self.cadence)
        self.write({"state": "refused", "error_stored": reason, "next_refresh_at": due})
        return self._log("refused", error=reason)

    def _acting_user_id(self):
        return self.env.uid if self.env.uid != SUPERUSER_ID else False

    def _log(self, state, **values):
        return self.env["hcrm.segment.refresh"].create(
            {
                "segment_id": self.id,
                "refreshed_at": self.env.cr.now(),
                "user_id": self._acting_user_id(),
                "state": state,
                "size": self.size_stored,
                **values,
            }
        )

    # SCHEDULE

    @api.model
    def _get_due_domain(self):
        """What the clock asks for, and scheduled segments whose rule is new."""
        due = Domain("next_refresh_at", "<=", self.env.cr.now())
        is_new = Domain("state", "in", ("new", "stale"))
        return Domain("cadence", "!=", "manual") & (due | is_new)

    @api.model
    def _cron_refresh(self):
        """Refresh what is due; one that fails stops no other."""
        due = self.search(self._get_due_domain(), order="next_refresh_at, id")
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(due))
        for segment in due:
            segment._refresh_due()
            if not commit_progress(1):
                break

    def _refresh_due(self):
        """Refresh unless another worker is at it or was; a conflict is tried again next time."""
        try:
            if self.try_lock_for_update(allow_referencing=True).filtered_domain(
                self._get_due_domain()
            ):
                self._refresh()
        except OperationalError:
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            _logger.info("Segment %s changed meanwhile: refreshed next time", self.id)
        except UserError as error:  # another worker is at it
            _logger.info("%s", error)
