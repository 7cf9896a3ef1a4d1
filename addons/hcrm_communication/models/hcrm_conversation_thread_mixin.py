from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

#: Entries of a page.
PAGE = 50


class HcrmConversationThreadMixin(models.AbstractModel):
    """The thread: what arrived and what was sent, in the order in which it happened.

    Nothing is copied. Each kind of entry is an arm of one query, made by ``_search`` under the
    reader's rights, so that model, record, company and protected-file rules hold as in any list;
    the words are those of the computed fields, which know who looks. Pages follow each other by
    (time, kind, id), so that what arrives late stands where it belongs and moves nothing else.
    """

    _name = "hcrm.conversation.thread.mixin"
    _description = "Thread of a Conversation"

    def _get_thread_arms(self):
        """Return (kind, model, name of the moment) of what stands in a thread.

        Of one moment the first kind stands first. A model has ``conversation_id`` and a method
        ``_hcrm_thread_entries`` that gives a dictionary per record.
        """
        return [
            ("in", "hcrm.inbound", "happened_at"),
            ("out", "hcrm.communication", "shown_at"),
            ("call", "hcrm.call", "started_at"),
            ("log", "hcrm.conversation.handover", "done_at"),
        ]

    def get_thread(self, before=None, limit=PAGE):
        """Return a page of entries, the oldest first, and where the page before it begins.

        :param before: what ``before`` of a page said; nothing for the newest
        """
        self.ensure_one()
        self.check_access("read")
        limit = max(1, min(int(limit), 200))
        arms = self._get_thread_arms()
        rows = self._read_places(arms, before, limit)
        more, rows = len(rows) > limit, rows[:limit]
        entries = {}
        for place, (kind, model, _moment) in enumerate(arms):
            records = self.env[model].browse([row[2] for row in rows if row[1] == place])
            for record, entry in zip(records, records._hcrm_thread_entries(), strict=True):
                entries[place, record.id] = {"kind": kind, "id": record.id, **entry}
        told = [
            {**entries[place, row_id], "key": f"{place}-{row_id}", "at": f"{moment}Z"}
            for moment, place, row_id in rows
        ]
        return {
            "entries": told[::-1],
            "before": [rows[-1][0].isoformat(" "), *rows[-1][1:]] if more else False,
        }

    def _read_places(self, arms, before, limit):
        """Return (moment, place of the arm, id), the newest first, one more than a page."""
        selects = [
            self._select_arm(place, model, moment, before, limit)
            for place, (_kind, model, moment) in enumerate(arms)
            if self.env[model].has_access("read")
        ]
        return self.env.execute_query(
            SQL(
                "SELECT * FROM (%s) AS entry (moment, place, id)"
                " ORDER BY moment DESC, place DESC, id DESC LIMIT %s",
                SQL(" UNION ALL ").join(SQL("(%s)", one) for one in selects),
                limit + 1,
            )
        )

    def _select_arm(self, place, model, moment, before, limit):
        rows = self.env[model]
        query = rows._search(Domain("conversation_id", "=", self.id))
        at = SQL.identifier(query.table, moment)
        number = SQL.identifier(query.table, "id")
        if before:
            query.add_where(SQL("(%s, %s::int, %s) < (%s, %s, %s)", at, place, number, *before))
        query.order = SQL("%s DESC, %s DESC", at, number)
        query.limit = limit + 1
        return query.select(at, SQL("%s::int", place), number)
