from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, clean_context

from ..tools.erasure import ERASED


class HcrmAppendOnlyMixin(models.AbstractModel):
    """Rows that nobody deletes and nobody rewrites, the administrator and SQL included.

    PostgreSQL triggers guard the table. ``_append_only_except`` names the columns that stay open,
    ``_append_only_erasable`` those that the erasure of a person may empty, and nothing else.

    Rows of a model whose governance entry says ``expiry="log"`` go one day: the function
    ``hcrm_remove_expired`` takes those whose period is over. Whatever asks it, the trigger looks at
    the row's own date and at the rule, and under three years at neither.
    """

    _name = "hcrm.append.only.mixin"
    _description = "Append-only Rows"
    _append_only_except = ()
    _append_only_erasable = ()

    def init(self):
        if not self._auto or self._abstract:
            return
        for function in (_REFUSE_CHANGE, _LOG_CUTOFF, _REMOVE_EXPIRED):
            self.env.cr.execute(function)
        name = f"{self._table}_append_only"
        for trigger, event, level in (
            (f"{name}_row", "UPDATE OR DELETE", "ROW"),
            (f"{name}_table", "TRUNCATE", "STATEMENT"),
        ):
            self.env.cr.execute(
                SQL(
                    """
                    CREATE OR REPLACE TRIGGER %s BEFORE %s ON %s
                       FOR EACH %s EXECUTE FUNCTION hcrm_refuse_change(%s, %s, %s)
                    """,
                    SQL.identifier(trigger),
                    SQL(event),
                    SQL.identifier(self._table),
                    SQL(level),
                    ",".join(("write_uid", "write_date", *self._append_only_except)),
                    ",".join(self._append_only_erasable),
                    self._hcrm.ages_by if self._hcrm.expires == "log" else "",
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        """Code writes these rows and says all it means: a client's defaults have no part in it."""
        writer = self.with_context(clean_context(self.env.context))
        return super(HcrmAppendOnlyMixin, writer).create(vals_list).with_env(self.env)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_append_only(self):
        raise UserError(
            self.env._("%(name)s: these rows are never deleted.", name=self._description)
        )


_REFUSE_CHANGE = SQL(
    """
    CREATE OR REPLACE FUNCTION hcrm_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        open_columns text[] := string_to_array(TG_ARGV[0], ',');
        erasable text[] := string_to_array(COALESCE(TG_ARGV[1], ''), ',');
    BEGIN
        IF TG_OP = 'DELETE' AND TG_ARGV[2] <> ''
           AND current_setting('hcrm.removes_expired', true) = 'yes'
           AND (to_jsonb(OLD) ->> TG_ARGV[2])::timestamp < hcrm_log_cutoff() THEN
            RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE'
           AND to_jsonb(NEW) - open_columns - erasable = to_jsonb(OLD) - open_columns - erasable
           AND NOT EXISTS (
               SELECT 1 FROM unnest(erasable) AS name
                WHERE to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name
                  AND COALESCE(to_jsonb(NEW) ->> name, %s) <> %s) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION '%% is append-only: %% refused', TG_TABLE_NAME, TG_OP
              USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    ERASED,
    ERASED,
)

#: Before which moment the lines of logs have had their time: NULL while no rule is applied, and
#: never younger than three years, whatever the rule says (PIPL art. 56).
_LOG_CUTOFF = SQL(
    """
    CREATE OR REPLACE FUNCTION hcrm_log_cutoff() RETURNS timestamp LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN (SELECT (now() AT TIME ZONE 'UTC') - make_interval(days => GREATEST(1096, days))
                  FROM hcrm_retention_rule
                 WHERE kind = 'log' AND active AND mode = 'apply');
    END
    $$
    """
)

#: Removes rows of a log by their ids; a row whose time is not over makes all of it fail.
_REMOVE_EXPIRED = SQL(
    """
    CREATE OR REPLACE FUNCTION hcrm_remove_expired(log regclass, ids bigint[])
    RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        removed bigint;
    BEGIN
        PERFORM set_config('hcrm.removes_expired', 'yes', true);
        EXECUTE format('DELETE FROM %%s WHERE id = ANY($1)', log) USING ids;
        GET DIAGNOSTICS removed = ROW_COUNT;
        PERFORM set_config('hcrm.removes_expired', '', true);
        RETURN removed;
    END
    $$
    """
)
