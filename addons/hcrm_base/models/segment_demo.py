"""Gives the demonstration hospital its segments, with a year of members entering and leaving."""

from datetime import timedelta

from odoo.tools import SQL

from ..tools.demo.segment_tables import INVITED, REFUSED, SEGMENTS

WEEKS = 52
HALF_A_YEAR = "180 days"


class SegmentDemo:
    """Makes the segments as their owners would, and then dates their members back."""

    def __init__(self, env):
        self._env = env
        self._now = env.cr.now()
        self._start = self._now - timedelta(weeks=WEEKS)
        users = env["res.users"].search([])
        self._users = {user.login: user for user in users}
        departments = env["hr.department"].search([("code", "!=", False)])
        self._departments = {department.code: department.id for department in departments}

    def add(self):
        """Make all segments; return them."""
        segments = self._env["hcrm.segment"]
        for row in SEGMENTS:
            segment = self._create(row)
            if row.rule:
                segment.sudo()._refresh()
            else:
                self._invite(segment)
            kind, _colon, code = row.history.partition(":")
            getattr(self, f"_date_by_{kind}")(segment, *filter(None, [code]))
            self._log_weeks(segment)
            if row.public_name:
                segment.action_release()
            segments |= segment
        self._env.invalidate_all()
        return segments | self._refuse(REFUSED)

    def _create(self, row, rule=None):
        return (
            self._env["hcrm.segment"]
            .with_user(self._users[row.owner])
            .create(
                {
                    "name": row.name,
                    "purpose": row.purpose,
                    "kind": "rule" if row.rule else "fixed",
                    "domain": rule or row.rule,
                    "department_id": self._departments.get(row.department, False),
                    "cadence": row.cadence,
                    "public_name": row.public_name,
                    "next_refresh_at": self._now.replace(hour=18, minute=30, second=0),
                }
            )
        )

    def _invite(self, segment):
        mine = [("user_id", "=", segment.owner_id.id), ("is_customer_person", "=", True)]
        partners = segment.env["res.partner"].search(mine, limit=INVITED, order="id")
        segment._add_members(partners)

    def _refuse(self, row):
        """A rule on a field that was there once cannot be typed any more."""
        segment = self._create(row, rule="[('age', '>', 50)]")
        segment.sudo()._refresh()
        self._date_by_start(segment)
        self._log_weeks(segment)
        self._env.flush_all()
        self._env.cr.execute(
            SQL("UPDATE hcrm_segment SET domain_stored = %s WHERE id = %s", row.rule, segment.id)
        )
        self._env.invalidate_all()
        segment.sudo()._refresh()
        return segment

    # SINCE WHEN

    def _date_by_start(self, segment):
        """Spread the entries over the year, most of them at its beginning."""
        self._set_entered(
            segment,
            SQL("%s::timestamp + (partner_id * 7919 %% 52) * interval '7 days'", self._start),
        )

    def _date_by_invited(self, segment):
        self._set_entered(segment, SQL("%s", self._now - timedelta(days=9)))

    def _date_by_birthday(self, segment):
        """Members turn 65 one after the other."""
        self._set_entered(
            segment,
            SQL(
                """
                GREATEST(%s, (SELECT birth_date + interval '65 years'
                                FROM res_partner WHERE id = partner_id))
                """,
                self._start,
            ),
        )

    def _date_by_diagnosis(self, segment, code):
        self._set_entered(
            segment,
            SQL(
                """
                (SELECT min(recorded_at) FROM hcrm_diagnosis fact
                  WHERE fact.partner_id = hcrm_segment_member.partner_id AND code LIKE %s)
                """,
                f"{code}%",
            ),
        )

    def _date_by_gap(self, segment):
        """Half a year after a visit one enters, with the next visit one leaves."""
        self._env.cr.execute(
            SQL("DELETE FROM hcrm_segment_member WHERE segment_id = %s", segment.id)
        )
        self._env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_segment_member
                       (segment_id, partner_id, entered_at, left_at, active)
                SELECT %(segment)s, partner_id, started_at + %(gap)s::interval, next_at, TRUE
                  FROM (SELECT partner_id, started_at, lead(started_at) OVER (
                                   PARTITION BY partner_id ORDER BY started_at) AS next_at
                          FROM hcrm_encounter) visit
                  JOIN res_partner partner ON partner.id = visit.partner_id
                 WHERE started_at + %(gap)s::interval < COALESCE(next_at, %(now)s)
                   AND partner.is_deceased IS NOT TRUE AND partner.is_protected IS NOT TRUE
                """,
                segment=segment.id,
                gap=HALF_A_YEAR,
                now=self._now,
            )
        )

    def _set_entered(self, segment, when):
        self._env.flush_all()
        self._env.cr.execute(
            SQL(
                """
                UPDATE hcrm_segment_member
                   SET entered_at = LEAST(COALESCE(%s, %s), %s)
                 WHERE segment_id = %s
                """,
                when,
                self._start,
                self._now,
                segment.id,
            )
        )

    def _log_weeks(self, segment):
        """Write the refreshes that would have led to these members, week by week."""
        self._env.flush_all()
        self._env.cr.execute(
            SQL("DELETE FROM hcrm_segment_refresh WHERE segment_id = %s", segment.id)
        )
        self._env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_segment_refresh
                       (segment_id, refreshed_at, user_id, state, size, entered, "left", seconds)
                SELECT %(segment)s, day, NULL, 'done',
                       count(*) FILTER (WHERE left_at IS NULL OR left_at > day),
                       count(*) FILTER (WHERE entered_at > day - interval '7 days'),
                       count(*) FILTER (WHERE left_at > day - interval '7 days'
                                          AND left_at <= day),
                       0.05
                  FROM generate_series(%(start)s::timestamp, %(now)s, interval '7 days') AS day
                  JOIN hcrm_segment_member member
                    ON member.segment_id = %(segment)s AND member.entered_at <= day
              GROUP BY day
                """,
                segment=segment.id,
                start=self._start,
                now=self._now,
            )
        )
        self._env.invalidate_all()
