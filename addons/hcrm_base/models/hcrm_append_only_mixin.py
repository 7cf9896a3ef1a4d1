from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class HcrmAppendOnlyMixin(models.AbstractModel):
    """Rows that nobody deletes and nobody rewrites, the administrator and SQL included.

    PostgreSQL triggers guard the table; ``_append_only_except`` names the columns that stay open.
    """

    _name = "hcrm.append.only.mixin"
    _description = "Append-only Rows"
    _append_only_except = ()

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
                       FOR EACH %s EXECUTE FUNCTION hcrm_refuse_change(%s)
                    """,
                    SQL.identifier(trigger),
                    SQL(event),
                    SQL.identifier(self._table),
                    SQL(level),
                    ",".join(("write_uid", "write_date", *self._append_only_except)),
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
    BEGIN
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - string_to_array(TG_ARGV[0], ',')
                              = to_jsonb(OLD) - string_to_array(TG_ARGV[0], ',') THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION '%% is append-only: %% refused', TG_TABLE_NAME, TG_OP
              USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """
)
