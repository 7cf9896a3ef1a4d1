"""The consent ledger read in SQL: the rule of ``tools/consent.py`` for any number of questions.

Each question walks the index of the person's rows: a million cost a million times what one costs,
however wrong the planner guesses, and no question waits for the whole ledger to be read.
"""

from odoo.tools import SQL

#: Which rows speak for each of the four cells of a question: all, its channel, its topic, both.
_CELLS = (
    "r.topic_id IS NULL AND r.channel IS NULL",
    "r.topic_id IS NULL AND r.channel IS NOT NULL",
    "r.topic_id IS NOT NULL AND r.channel IS NULL",
    "r.topic_id IS NOT NULL AND r.channel IS NOT NULL",
)
#: For each cell those that are at least as specific.
_LIFTERS = ((0, 1, 2, 3), (1, 3), (2, 3), (3,))
#: Order of rows as one number above 0: second of the decision, then the id.
_RANK = "(GREATEST(date_part('epoch', r.decided_at), 0)::bigint << 31) | r.id"


def answer(question, at, known_at=None, has_names=True):
    """Return SQL of one line (status, consent_id): what the ledger answers to a question.

    Nearly always all rows that speak say the same, and the newest is the answer: two sums find
    that out, in half the time of weighing cell against cell, which is left for the others.

    :param question: {partner_id, company_id, purpose, topic_id, channel, day: column or value};
        ``partner_id`` is a canonical person, all whose names are read
    :param known_at: answer as the ledger stood then, without what was recorded later
    :param has_names: False where it is known that nobody was merged into the person
    """
    rows = _rows(question, at, known_at, has_names)
    return SQL(
        """
        SELECT CASE WHEN said < 0 THEN 'withdrawn' WHEN said > 0 THEN 'granted'
                    ELSE 'unknown' END AS status,
               (abs(said) & 2147483647)::int AS consent_id
          FROM (SELECT CASE WHEN yes IS NULL THEN - no
                            WHEN no IS NULL AND NOT was_lost THEN yes
                            ELSE (%(weighed)s) END AS said
                  FROM (SELECT max(%(rank)s) FILTER (WHERE %(holds)s) AS yes,
                               max(%(rank)s) FILTER (WHERE r.status <> 'granted') AS no,
                               COALESCE(bool_or(r.expires_on < %(day)s), FALSE) AS was_lost
                          %(rows)s) AS told
                OFFSET 0) AS answered
        """,
        weighed=_weighed(rows, question["day"]),
        rank=SQL(_RANK),
        holds=_holds(question["day"]),
        day=question["day"],
        rows=rows,
    )


def _rows(question, at, known_at, has_names):
    """FROM and WHERE of the rows that speak about a question."""
    return SQL(
        """
          FROM hcrm_consent r
         WHERE r.partner_id %(is_person)s
           AND r.company_id = %(company_id)s
           AND r.purpose = %(purpose)s
           AND (r.topic_id IS NULL OR r.topic_id = %(topic_id)s)
           AND (r.channel IS NULL OR r.channel = %(channel)s)
           AND r.decided_at <= %(at)s
           AND %(known)s
           AND (r.merge_log_id IS NULL OR NOT EXISTS (
               SELECT FROM hcrm_merge_log undone
                WHERE undone.id = r.merge_log_id AND undone.state = 'undone'))
        """,
        is_person=_is_person(question["partner_id"], has_names),
        at=at,
        known=SQL("r.recorded_at <= %s", known_at) if known_at else SQL("TRUE"),
        **{name: question[name] for name in ("company_id", "purpose", "topic_id", "channel")},
    )


def _weighed(rows, day):
    """The rank of the row that answers: a withdrawal as a negative number."""
    return SQL(
        """
        SELECT COALESCE(- GREATEST(%(standing)s), GREATEST(g0, g1, g2, g3))
          FROM (SELECT %(held)s FROM (SELECT %(aggregates)s %(rows)s) AS newest OFFSET 0) AS held
        """,
        standing=SQL(", ".join(_standing(cell) for cell in range(4))),
        held=SQL(", ".join(_held(cell) for cell in range(4))),
        aggregates=SQL(", ").join(_aggregates(cell, day) for cell in range(4)),
        rows=rows,
    )


def _holds(day):
    return SQL("r.status = 'granted' AND (r.expires_on IS NULL OR r.expires_on >= %s)", day)


def answers(questions, known_at=None):
    """Return SQL of the questions with (status, consent_id), a line for each.

    Nobody should join them with their questions again: a planner that believes in few asks the
    ledger for each pair.

    :param questions: SQL of (partner_id, company_id, purpose, topic_id, channel, at, day, …)
    """
    columns = ("partner_id", "company_id", "purpose", "topic_id", "channel", "day")
    question = {name: SQL.identifier("question", name) for name in columns}
    return SQL(
        """
        SELECT question.*, answer.status, answer.consent_id
          FROM (%s) AS question
         CROSS JOIN LATERAL (%s) AS answer
        """,
        questions,
        answer(question, SQL("question.at"), known_at),
    )


def _is_person(person, has_names):
    if not has_names:
        return SQL("= %s", person)
    return SQL(
        """
        = ANY(CASE WHEN EXISTS (SELECT FROM res_partner name WHERE name.canonical_id = %(person)s)
                   THEN ARRAY(
            WITH RECURSIVE alias (id) AS (
                SELECT %(person)s
                 UNION
                SELECT more.id FROM alias JOIN res_partner more ON more.canonical_id = alias.id
            )
            SELECT id FROM alias) ELSE ARRAY[%(person)s] END)
        """,
        person=person,
    )


def _aggregates(cell, day):
    """Newest row, newest grant that holds, newest withdrawal of a cell."""
    return SQL(
        f"""
        max({_RANK}) FILTER (WHERE {_CELLS[cell]}) AS l{cell},
        max({_RANK}) FILTER (WHERE {_CELLS[cell]} AND %s) AS g{cell},
        max({_RANK}) FILTER (WHERE {_CELLS[cell]} AND r.status <> 'granted') AS w{cell}
        """,
        _holds(day),
    )


def _held(cell):
    return f"w{cell}, CASE WHEN g{cell} = l{cell} THEN g{cell} END AS g{cell}"


def _standing(cell):
    """The withdrawal of a cell unless a grant lifts it."""
    grants = ", ".join(f"g{lifter}" for lifter in _LIFTERS[cell])
    return f"CASE WHEN w{cell} > COALESCE(GREATEST({grants}), 0) THEN w{cell} END"
