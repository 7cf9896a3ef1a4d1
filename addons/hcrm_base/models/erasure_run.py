"""One erasure at work: a statement per table, whatever the number of rows.

Three rings around the person: rows *about* them; what *hangs* on these rows (chatter, files,
activities) or was written by them; and *mentions* of their numbers and name in texts about others,
where nobody else bears them. Nothing here knows an addon's tables: they come from the governance
registry, from the links of the merge catalogue and from ``erasure_catalogue``.
"""

from collections import Counter

from odoo.tools import SQL

from ..tools import erasure
from . import erasure_catalogue as catalogue
from .erasure_catalogue import ANY, CORE, MESSAGE, PARTNER, USER
from .erasure_mentions import MentionFinder, finds
from .erasure_words import Words


class ErasureRun:
    """Erases ``partners``: all contacts under which one person is known.

    ``lines`` counts rows by (model, what was done). ``is_trial``: everything is rolled back later,
    so nothing outside the database may be touched.
    """

    def __init__(self, env, partners, words=None, is_trial=False):
        self.env = env
        self.partners = partners
        self.ids = partners.ids
        self.users = partners.with_context(active_test=False).user_ids
        self.words = words or Words.of(env, partners)
        self.is_trial = is_trial
        self.lines = Counter()
        self.governed = catalogue.governed(env)
        self._required = catalogue.required_columns(env)
        self._unique = catalogue.unique_columns(env)

    def run(self):
        """Erase what is about the person and what hangs on it, the contact itself left out."""
        self.env.flush_all()
        self._note_rows()
        for model in self.governed:
            self._erase_governed(model)
        self._erase_messages_to_the_person()
        self._erase_files()
        for name, rule in CORE.items():
            if name in self.env.registry:
                self._erase_core(self.env.registry[name], rule)
        self._erase_links()
        for model in self.env.registry.values():
            if not model._abstract and hasattr(model, "_hcrm_on_erase"):
                self.env[model._name]._hcrm_on_erase(self)
        self.env.invalidate_all()

    def run_mentions(self):
        """Erase the person's words in records about others; the contact is a pseudonym by now."""
        self._erase_queues()
        self._erase_mentions()
        self.env.invalidate_all()

    def add(self, model_name, action, rows):
        """Count what was done; hooks call it too."""
        if rows:
            self.lines[model_name, action] += rows

    # rows about the person

    def about(self, model):
        """Return the condition that a row of a governed model is about the person."""
        parts = []
        for name in model._hcrm.partner:
            field, column = model._fields[name], SQL.identifier(name)
            if field.store and field.type == "many2one":
                parts.append(SQL("%s = ANY(%s)", column, self.ids))
            elif field.store:
                parts.append(SQL("%s && %s::int[]", column, self.ids))
        return SQL("(%s)", SQL(" OR ").join(parts)) if parts else SQL("FALSE")

    def kept_rows(self):
        """Yield (model, kind of retention, rows) of what is still there about the pseudonym."""
        for model in self.governed:
            [(rows,)] = self.env.execute_query(
                SQL(
                    "SELECT count(*) FROM %s WHERE %s",
                    SQL.identifier(model._table),
                    self.about(model),
                )
            )
            if rows:
                yield model._name, model._hcrm.retention, rows

    def forget_keys(self, retentions):
        """Empty the numbers by which other systems know rows of these kinds of retention."""
        for model in self.governed:
            if model._hcrm.keys and model._hcrm.retention in retentions:
                self.blank(model, model._hcrm.keys, self.about(model))

    def _note_rows(self):
        """Fill a table of this transaction with every row that chatter and files may hang on."""
        self._execute(
            SQL(
                """
                CREATE TEMPORARY TABLE IF NOT EXISTS hcrm_erased_row (
                    model varchar, res_id int, PRIMARY KEY (model, res_id)) ON COMMIT DROP
                """
            )
        )
        self._execute(SQL("TRUNCATE hcrm_erased_row"))
        self._note(PARTNER, SQL("SELECT unnest(%s::int[])", self.ids))
        self._note(USER, SQL("SELECT unnest(%s::int[])", self.users.ids))
        for model in self.governed:
            if not model._log_access:
                continue  # a log of clicks: nothing hangs on it
            where = self.about(model)
            self._note(
                model._name,
                SQL("SELECT id FROM %s WHERE %s", SQL.identifier(model._table), where),
            )
        for name, column, values in self._stop_lists():
            self._note(
                name,
                SQL(
                    "SELECT id FROM %s WHERE %s = ANY(%s)",
                    SQL.identifier(self.env.registry[name]._table),
                    SQL.identifier(column),
                    values,
                ),
            )
        self._note_messages()

    def _note(self, name, rows):
        self._execute(
            SQL(
                "INSERT INTO hcrm_erased_row SELECT %s, found.* FROM (%s) found "
                "ON CONFLICT DO NOTHING",
                name,
                rows,
            )
        )

    def _note_messages(self):
        """On the person's rows, written by the person, or written to nobody else."""
        self._note(
            MESSAGE,
            SQL(
                """
                SELECT message.id
                  FROM mail_message message
                  JOIN hcrm_erased_row line
                    ON (line.model, line.res_id) = (message.model, message.res_id)
                 UNION
                SELECT id FROM mail_message WHERE author_id = ANY(%(ids)s)
                 UNION
                SELECT told.mail_message_id
                  FROM mail_notification told
                 WHERE told.res_partner_id = ANY(%(ids)s)
                   AND NOT EXISTS (
                       SELECT 1 FROM mail_notification other
                        WHERE other.mail_message_id = told.mail_message_id
                          AND other.res_partner_id <> ALL(%(ids)s))
                 UNION
                SELECT mail.mail_message_id
                  FROM mail_mail_res_partner_rel told
                  JOIN mail_mail mail ON mail.id = told.mail_mail_id
                 WHERE told.res_partner_id = ANY(%(ids)s)
                   AND NOT EXISTS (
                       SELECT 1 FROM mail_mail_res_partner_rel other
                        WHERE other.mail_mail_id = told.mail_mail_id
                          AND other.res_partner_id <> ALL(%(ids)s))
                """,
                ids=self.ids,
            ),
        )

    def _stop_lists(self):
        """Yield (model, column, values) of core's lists of numbers that are nobody else's."""
        if "phone.blacklist" in self.env.registry:
            yield "phone.blacklist", "number", self.words.own_phones
        yield "mail.blacklist", "email", self.words.own_emails

    def _erase_governed(self, model):
        governance, where = model._hcrm, self.about(model)
        if governance.erasure == "delete":
            self.add(model._name, "deleted", self.delete(model._table, where))
            return
        if governance.erasure == "blank":
            self.add(model._name, "blanked", self.blank(model, governance.blank, where))
        if not hasattr(model, "_append_only_erasable"):
            self.add(model._name, "blacked", self.black_out(model, where, self.words.pattern))

    # what hangs on the rows

    def _erase_core(self, model, rule):
        where = SQL("(%s)", SQL(" OR ").join(self._via(model, *pair) for pair in rule.via.items()))
        if rule.action == "delete":
            self.add(model._name, "deleted", self.delete(model._table, where))
        else:
            self.add(model._name, "blanked", self.blank(model, rule.blank, where))

    def _via(self, model, column, target):
        """Return the condition that ``column`` points to the person, a login or a noted row."""
        name = SQL.identifier(column)
        if target == PARTNER:
            return SQL("%s = ANY(%s)", name, self.ids)
        if target == USER:
            return SQL("%s = ANY(%s)", name, self.users.ids)
        if target == ANY:
            pointer = SQL.identifier(model._fields[column].model_field)
            return SQL("(%s, %s) IN (SELECT model, res_id FROM hcrm_erased_row)", pointer, name)
        return SQL("%s IN (%s)", name, _noted(target))

    def _erase_messages_to_the_person(self):
        """A message to several keeps its words for the others, without this person's."""
        told = SQL(
            """
            id IN (SELECT mail_message_id FROM mail_notification WHERE res_partner_id = ANY(%s)
                    UNION
                   SELECT mail_message_id FROM mail_message_res_partner_rel
                    WHERE res_partner_id = ANY(%s))
            """,
            self.ids,
            self.ids,
        )
        model = self.env.registry[MESSAGE]
        self.add(MESSAGE, "blacked", self.black_out(model, told, self.words.pattern))

    def _erase_files(self):
        """Delete files on the person's rows, in the person's messages, and those they brought."""
        attachments = self.env["ir.attachment"]
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM ir_attachment
                 WHERE (res_model, res_id) IN (SELECT model, res_id FROM hcrm_erased_row)
                    OR create_uid = ANY(%(users)s)
                    OR id IN (SELECT attachment_id
                                FROM message_attachment_rel rel
                                JOIN hcrm_erased_row line
                                  ON (line.model, line.res_id) = (%(message)s, rel.message_id))
             RETURNING store_fname
                """,
                users=self.users.ids,
                message=MESSAGE,
            )
        )
        self.add("ir.attachment", "deleted", len(rows))
        if not self.is_trial:
            for name in {name for (name,) in rows if name}:
                attachments._file_delete(name)

    def _erase_links(self):
        """Tables nobody named: relation tables lose the row, other rows the person's words."""
        named = {model._table for model in self.governed} | {"res_partner", "res_users"}
        named |= {self.env.registry[name]._table for name in CORE if name in self.env.registry}
        for link in self.env[PARTNER]._hcrm_links():
            if link.table in named or link.kind != "column" or link.model_column:
                continue
            where = SQL("%s = ANY(%s)", SQL.identifier(link.column), self.ids)
            if link.model:
                model = self.env.registry[link.model]
                self.add(link.model, "blacked", self.black_out(model, where, self.words.pattern))
            elif link.table not in catalogue.KEPT_RELATIONS:
                self.delete(link.table, where)
        for name, _column, _values in self._stop_lists():
            where = SQL("id IN (%s)", _noted(name))
            self.add(name, "deleted", self.delete(self.env.registry[name]._table, where))

    # mentions

    def _erase_queues(self):
        for name in catalogue.QUEUES:
            model = self.env.registry.get(name)
            if model is not None and self.words.pattern:
                columns = catalogue.texts(model)
                found = finds(model._table, columns, self.words.pattern)
                self.add(name, "deleted", self.delete(model._table, found))
        channels = [
            f'%"{name}",{number}]'
            for name, ids in ((PARTNER, self.ids), (USER, self.users.ids))
            for number in ids
        ]
        self.add(
            "bus.bus", "deleted", self.delete("bus_bus", SQL("channel LIKE ANY(%s)", channels))
        )

    def _erase_mentions(self):
        """Black out numbers and name in texts about others; drop the wizards that hold them."""
        pattern = self.words.mention_pattern
        if not pattern:
            return
        finder = MentionFinder(self.env, self.words)
        for name, columns in catalogue.free_text(self.env).items():
            model = self.env.registry[name]
            if ids := columns and finder.ids(model, columns):
                where = SQL("id = ANY(%s)", ids)
                self.add(name, "mentions", self.black_out(model, where, pattern, columns))
        for model in self.env.registry.values():
            columns = catalogue.texts(model) if model._transient and not model._abstract else ()
            if columns:
                self.delete(model._table, finds(model._table, columns, pattern))

    # statements

    def delete(self, table, where):
        """Delete rows; return how many."""
        return self._execute(SQL("DELETE FROM %s WHERE %s", SQL.identifier(table), where))

    def blank(self, model, columns, where):
        """Empty columns; what may not be empty gets a bar. Return how many rows changed."""
        names = [name for name in columns if name in model._fields and model._fields[name].store]
        if not names:
            return 0
        pairs = [(SQL.identifier(name), self._nothing(model, name)) for name in names]
        return self._execute(
            SQL(
                "UPDATE %s SET %s WHERE %s AND (%s)",
                SQL.identifier(model._table),
                SQL(", ").join(SQL("%s = %s", *pair) for pair in pairs),
                where,
                SQL(" OR ").join(SQL("%s IS DISTINCT FROM %s", *pair) for pair in pairs),
            )
        )

    def _nothing(self, model, name):
        is_required = (model._table, name) in self._required
        return SQL("%s", erasure.ERASED) if is_required else SQL("NULL")

    def black_out(self, model, where, pattern, columns=None):
        """Put bars over the words in the texts of rows; return how many rows changed.

        A log that is only appended to takes no new words: where it names the person, what may be
        emptied is emptied.
        """
        if not pattern:
            return 0
        erasable = getattr(model, "_append_only_erasable", None)
        if erasable is not None:
            columns = [name for name in columns or () if name in erasable]
        elif columns is None:
            columns = catalogue.texts(model)
        if not columns:
            return 0
        pairs = [
            (
                SQL.identifier(name),
                self._emptied(model, name, pattern)
                if erasable is not None
                else self._blacked(model, name, pattern),
            )
            for name in columns
        ]
        return self._execute(
            SQL(
                "UPDATE %s SET %s WHERE %s AND %s",
                SQL.identifier(model._table),
                SQL(", ").join(SQL("%s = %s", *pair) for pair in pairs),
                where,
                finds(model._table, columns, pattern),
            )
        )

    def _emptied(self, model, name, pattern):
        column, nothing = SQL.identifier(name), self._nothing(model, name)
        return SQL("CASE WHEN %s ~* %s THEN %s ELSE %s END", column, pattern, nothing, column)

    def _blacked(self, model, name, pattern):
        """Return the text with bars; where it must be unique, with the number of the row."""
        column = SQL.identifier(name)
        barred = SQL("regexp_replace(%s, %s, %s, 'gi')", column, pattern, erasure.ERASED)
        if (model._table, name) not in self._unique:
            return barred
        return SQL(
            "CASE WHEN %s ~* %s THEN %s || '#' || id ELSE %s END", column, pattern, barred, column
        )

    def _execute(self, statement):
        self.env.cr.execute(statement)
        return self.env.cr.rowcount


def _noted(name):
    return SQL("SELECT res_id FROM hcrm_erased_row WHERE model = %s", name)
