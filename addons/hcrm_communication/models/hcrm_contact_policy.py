from odoo import api, models
from odoo.tools import SQL


class HcrmContactPolicy(models.AbstractModel):
    """May this message go? POLICY §1 over any number of candidates in one statement."""

    _name = "hcrm.contact.policy"
    _description = "Contact Policy"

    @api.model
    def _decision_sql(self, candidates, at=None):
        """Return SQL with a row for each of ``candidates``: ref, verdict, until, recipient_id,
        address, reasons."""
        return SQL(
            """
            SELECT candidate.ref,
                   CASE WHEN person.id IS NULL OR address.value IS NULL THEN 'next_channel'
                        ELSE 'allow' END AS verdict,
                   NULL::timestamp AS until, candidate.recipient_id, address.value AS address,
                   '[]'::jsonb AS reasons
              FROM (%s) AS candidate
         LEFT JOIN res_partner AS person ON person.id = candidate.recipient_id AND person.active
        CROSS JOIN LATERAL (SELECT CASE candidate.channel
                       WHEN 'sms' THEN NULLIF(person.phone_stored, '')
                       WHEN 'voice' THEN NULLIF(person.phone_stored, '')
                       WHEN 'email' THEN NULLIF(person.email_normalized, '')
                       END AS value) AS address
            """,
            candidates,
        )
