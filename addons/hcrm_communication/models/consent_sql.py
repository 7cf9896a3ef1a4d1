"""The consent ledger read in SQL: the rule of ``tools/consent.py`` for any number of questions."""

from odoo.tools import SQL

#: Which of the four cells of the question a row is in: 0 all, 1 channel, 2 topic, 3 both.
_CELL = SQL("(r.topic_id IS NOT NULL)::int * 2 + (r.channel IS NOT NULL)::int")
#: Order of rows as one number: second of the decision, then the id.
_RANK = SQL("(date_part('epoch', r.decided_at)::bigint << 31) | r.id")
#: For each cell those that are at least as specific.
_LIFTERS = {0: (0, 1, 2, 3), 1: (1, 3), 2: (2, 3), 3: (3,)}


def told(known_at=None):
    """Return SQL of (ref, role, cell, is_grant, holds, rank): rows that the questions ask for.

    Needs the CTEs ``question`` and ``alias``; see :func:`answers`.
    """
    arms = [
        SQL(
            """
            SELECT q.ref, q.role, %(cell)s AS cell, r.status = 'granted' AS is_grant,
                   (r.expires_on IS NULL OR r.expires_on >= q.day) AS holds, %(rank)s AS rank
              FROM question q
              %(join)s
             WHERE r.company_id = q.company_id
               AND r.purpose = q.purpose
               AND (r.topic_id IS NULL OR r.topic_id = q.topic_id)
               AND (r.channel IS NULL OR r.channel = q.channel)
               AND r.decided_at <= q.at
               AND %(known)s
               AND (r.merge_log_id IS NULL OR NOT EXISTS (
                   SELECT FROM hcrm_merge_log undone
                    WHERE undone.id = r.merge_log_id AND undone.state = 'undone'))
            """,
            cell=_CELL,
            rank=_RANK,
            join=SQL(join),
            known=SQL("r.recorded_at <= %s", known_at) if known_at else SQL("TRUE"),
        )
        for join in (
            "JOIN hcrm_consent r ON r.partner_id = q.partner_id",
            "JOIN alias a ON a.person = q.partner_id JOIN hcrm_consent r ON r.partner_id = a.id",
        )
    ]
    return SQL(" UNION ALL ").join(arms)


def answers(questions, known_at=None):
    """Return SQL of (ref, role, status, consent_id) for those questions that the ledger answers.

    A question without any row has no line: it is unknown.

    :param questions: SQL of (ref, role, partner_id, company_id, purpose, topic_id, channel, at,
        day); ``partner_id`` is a canonical person, ``role`` any small number
    :param known_at: answer as the ledger stood then, without what was recorded later
    """
    return SQL(
        """
        WITH RECURSIVE question AS MATERIALIZED (%(questions)s),
        alias (person, id) AS (
            SELECT canonical_id, id
              FROM res_partner
             WHERE canonical_id IS NOT NULL
               AND canonical_id IN (SELECT partner_id FROM question)
             UNION ALL
            SELECT alias.person, more.id
              FROM alias
              JOIN res_partner more ON more.canonical_id = alias.id
        ),
        told AS (%(told)s),
        newest AS (SELECT ref, role, %(aggregates)s FROM told GROUP BY ref, role),
        held AS (SELECT ref, role, %(withdrawn)s, %(held)s FROM newest),
        settled AS (
            SELECT ref, role, GREATEST(%(standing)s) AS no, GREATEST(g0, g1, g2, g3) AS yes
              FROM held
        )
        SELECT ref, role,
               CASE WHEN no IS NOT NULL THEN 'withdrawn' WHEN yes IS NOT NULL THEN 'granted'
                    ELSE 'unknown' END AS status,
               (COALESCE(no, yes) & 2147483647)::int AS consent_id
          FROM settled
        """,
        questions=questions,
        told=told(known_at),
        aggregates=SQL(", ").join(_aggregates(cell) for cell in range(4)),
        withdrawn=SQL("w0, w1, w2, w3"),
        held=SQL(", ".join(f"CASE WHEN g{n} = l{n} THEN g{n} END AS g{n}" for n in range(4))),
        standing=SQL(", ".join(_standing(cell) for cell in range(4))),
    )


def _aggregates(cell):
    """Newest row, newest grant that holds, newest withdrawal of a cell."""
    return SQL(
        f"""
        max(rank) FILTER (WHERE cell = {cell}) AS l{cell},
        max(rank) FILTER (WHERE cell = {cell} AND is_grant AND holds) AS g{cell},
        max(rank) FILTER (WHERE cell = {cell} AND NOT is_grant) AS w{cell}
        """
    )


def _standing(cell):
    """The withdrawal of a cell unless a grant lifts it."""
    grants = ", ".join(f"g{lifter}" for lifter in _LIFTERS[cell])
    return f"CASE WHEN w{cell} > COALESCE(GREATEST({grants}), 0) THEN w{cell} END"
