from odoo import models

from ..tools import consent


class HcrmConsentMergeMixin(models.AbstractModel):
    """Two persons become one: the strictest answer of both holds, until the merge is undone.

    Both names' rows are read together. What one of the two refused and the other's later "yes"
    would lift is refused by a row of its own, which hangs on the log of the merge.
    """

    _name = "hcrm.consent.merge.mixin"
    _description = "Consents of Merged Persons"

    def _hcrm_after_merge(self, log):
        consents_sudo = self.sudo()
        absorbed = log.absorbed_id._hcrm_alias_ids()
        own = set(log.survivor_id._hcrm_alias_ids()) - set(absorbed)
        now = self._second()
        companies = consents_sudo.search_fetch(
            [("partner_id", "in", [*own, *absorbed])], ["company_id"]
        ).company_id
        for company in companies:
            today = self._today(company)
            mine, theirs = (
                self._rows(log.survivor_id, company, ids=list(ids)) for ids in (own, absorbed)
            )
            consents_sudo.create(
                [
                    {
                        "partner_id": log.survivor_id.id,
                        "company_id": company.id,
                        "purpose": purpose,
                        "topic_id": topic or False,
                        "channel": channel or False,
                        "status": consent.WITHDRAWN,
                        "method": "merge",
                        "merge_log_id": log.id,
                    }
                    for purpose in mine.keys() & theirs.keys()
                    for topic, channel in consent.merge_refusals(
                        mine[purpose], theirs[purpose], now, today
                    )
                ]
            )
        self._project_persons(log.survivor_id.ids)

    def _hcrm_after_unmerge(self, log):
        self._project_persons((log.survivor_id | log.absorbed_id).ids)
