"""Finds a person's words in texts about others, in tables of a million rows."""

from odoo.tools import SQL

from .erasure_catalogue import trigram_columns


class MentionFinder:
    """Knows the words of one person, and which columns have a trigram index."""

    def __init__(self, env, words):
        self.env = env
        self._pattern = words.mention_pattern
        self._likes = words.mention_likes
        self._trigrams = trigram_columns(env)

    def ids(self, model, columns):
        """Return the ids of rows that name the person in one of the columns.

        They are read first and changed then: PostgreSQL reads with several processes, which an
        update cannot, and asks a trigram index where there is one, which it would not beside
        columns without.
        """
        indexed = [name for name in columns if (model._table, name) in self._trigrams]
        others = [name for name in columns if name not in indexed]
        arms = [self._by_index(model, name) for name in indexed]
        if others:
            found = finds(model._table, others, self._pattern)
            arms.append(SQL("SELECT id FROM %s WHERE %s", SQL.identifier(model._table), found))
        return [row_id for (row_id,) in self.env.execute_query(SQL(" UNION ").join(arms))]

    def _by_index(self, model, name):
        column = SQL.identifier(name)
        return SQL(
            "SELECT id FROM %s WHERE %s ILIKE ANY(%s) AND %s ~* %s",
            SQL.identifier(model._table),
            column,
            self._likes,
            column,
            self._pattern,
        )


def finds(table, columns, pattern):
    """Return the condition that one of the columns has a word of the pattern."""
    return SQL(
        "(%s)",
        SQL(" OR ").join(SQL("%s ~* %s", SQL.identifier(table, name), pattern) for name in columns),
    )
