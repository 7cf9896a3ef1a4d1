from datetime import datetime

import pytz

from odoo import api, models
from odoo.tools import SQL

from ..tools import consent
from ..tools.purposes import CHANNELS, CONSENT_ONLY, PURPOSES
from . import consent_sql


class HcrmConsentReadingMixin(models.AbstractModel):
    """Answers from the ledger, also for past days."""

    _name = "hcrm.consent.reading.mixin"
    _description = "Reading of the Consent Ledger"

    @api.model
    def _ask(self, questions, known_at=None):
        """Return an ``Answer`` for each question, in one query whatever their number.

        :param questions: list of (partner id, company id, purpose, topic id, channel, moment);
            merged persons answer for all their names
        :param known_at: as the ledger stood at that moment
        """
        if not questions:
            return []
        ids = {question[0] for question in questions}
        survivors = self.env["res.partner"]._hcrm_redirect(ids)
        zones = self._zones({question[1] for question in questions})
        rows = [
            SQL(
                "(%s::bigint, %s::int, %s::int, %s::text, %s::int, %s::text, %s::timestamp,"
                " %s::date)",
                *(number, survivors.get(person, person), company, purpose, topic or None),
                *(channel or None, at, _local(at, zones[company])),
            )
            for number, (person, company, purpose, topic, channel, at) in enumerate(questions)
        ]
        asked = SQL(
            "SELECT * FROM (VALUES %s) AS q"
            " (ref, partner_id, company_id, purpose, topic_id, channel, at, day)",
            SQL(", ").join(rows),
        )
        self._flush_ledger()
        answers = self.env.execute_query(
            SQL(
                "SELECT ref, status, consent_id FROM (%s) AS answered",
                consent_sql.answers(asked, known_at),
            )
        )
        found = {ref: consent.Answer(status, row_id) for ref, status, row_id in answers}
        return [found[number] for number in range(len(rows))]

    @api.model
    def _grid(self, partner, company, at=None, topic=None):
        """Return {purpose: {channel or "": Answer}} of one person, in one query."""
        at = at or self._second()
        cells = [
            (purpose, channel)
            for purpose in (*PURPOSES, *CONSENT_ONLY)
            for channel in ("", *CHANNELS)
        ]
        answers = self._ask(
            [(partner.id, company.id, purpose, topic, channel, at) for purpose, channel in cells]
        )
        grid = {}
        for (purpose, channel), answer in zip(cells, answers, strict=True):
            grid.setdefault(purpose, {})[channel] = answer
        return grid

    @api.model
    def _rows(self, partner, company, ids=None):
        """Return {purpose: rows of the ledger} of a person, as the pure rule reads them.

        :param ids: names of the person; default: all
        """
        self._flush_ledger()
        found = {}
        for purpose, *row, status, decided_at, expires_on in self.env.execute_query(
            SQL(
                """
                SELECT r.purpose, r.id, r.topic_id, r.channel, r.status, r.decided_at, r.expires_on
                  FROM hcrm_consent r
                 WHERE r.partner_id = ANY(%s)
                   AND r.company_id = %s
                   AND NOT EXISTS (
                       SELECT FROM hcrm_merge_log undone
                        WHERE undone.id = r.merge_log_id AND undone.state = 'undone')
                """,
                partner._hcrm_alias_ids() if ids is None else ids,
                company.id,
            )
        ):
            found.setdefault(purpose, []).append(
                consent.Row(*row, status == consent.GRANTED, decided_at, expires_on)
            )
        return found

    @api.model
    def _flush_ledger(self):
        self.env["hcrm.consent"].flush_model()
        self.env["hcrm.merge.log"].flush_model(["state"])
        self.env["res.partner"].flush_model(["canonical_id"])

    @api.model
    def _zones(self, company_ids):
        """Return {company id: time zone}."""
        companies_sudo = self.env["res.company"].sudo().browse(company_ids)
        return {one.id: pytz.timezone(one._hcrm_zone()) for one in companies_sudo}

    @api.model
    def _today(self, company, at=None):
        """Return the day it is in a hospital."""
        return _local(at or self.env.cr.now(), self._zones([company.id])[company.id])


def _local(at, zone):
    return pytz.utc.localize(datetime.replace(at, tzinfo=None)).astimezone(zone).date()
