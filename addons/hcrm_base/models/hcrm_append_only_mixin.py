from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.erasure import ERASED


class HcrmAppendOnlyMixin(models.AbstractModel):
    """Rows that nobody deletes and nobody rewrites, the administrator and SQL included.

    PostgreSQL triggers guard the table. ``_append_only_except`` names the columns that stay open,
    ``_append_only_erasable`` those that the erasure of a person may empty, and nothing else.
    """

    _name = "hcrm.append.only.mixin"
    _description = "Append-only Rows"
    _append_only_except = ()
    _append_only_erasable = ()

    def init(self):
        if not self._auto or self._abstract:
            return
        self.env.cr.execute(_REFUSE_CHANGE)
        name = f"{self._table}_append_only"
        for trigger, event, level in (
            (f"{name}_row", "UPDATE OR DELETE", "ROW"),
            (f"{name}_table", "TRUNCATE", "STATEMENT"),
        ):
            self.env.cr.execute(
                SQL(
                    """
                    CREATE OR REPLACE TRIGGER %s BEFORE %s ON %s
                       FOR EACH %s EXECUTE FUNCTION hcrm_refuse_change(%s, %s)
                    """,
                    SQL.identifier(trigger),
                    SQL(event),
                    SQL.identifier(self._table),
                    SQL(level),
                    ",".join(("write_uid", "write_date", *self._append_only_except)),
                    ",".join(self._append_only_erasable),
                )
            )

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
