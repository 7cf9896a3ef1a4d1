from odoo import api, models
from odoo.tools.translate import LazyTranslate

from ..tools.purposes import CHANNELS, CONSENT_ONLY

_lt = LazyTranslate(__name__)

#: What each purpose means to the person.
PLAIN = {
    "care": _lt(
        "Appointments, results, medicines, check-ups after a stay: sent unless you refuse."
    ),
    "service": _lt("Answers to your questions and complaints, bills, changes of your bookings."),
    "education": _lt("Health knowledge that fits you. Only if you agree."),
    "survey": _lt("Questions about how you found our care. Only if you agree."),
    "research": _lt("Invitations to take part in studies. Only if you agree."),
    "marketing": _lt("News of the hospital, new services, greetings. Only if you agree."),
    "profiling": _lt("Programs may estimate what interests you or which risks you have."),
    "third_party": _lt("Passing on your data, for instance to an insurer. Only if you agree."),
}
SHOWN = tuple(channel for channel in CHANNELS if channel != "fax")


class HcrmConsentPortalMixin(models.AbstractModel):
    """What the portal shows and takes: for oneself, and for whom one may decide."""

    _name = "hcrm.consent.portal.mixin"
    _description = "Consents in the Portal"

    @api.model
    def _portal_persons(self):
        """Return, under sudo, the user's own person and those for whom the user may consent."""
        me_sudo = self.env.user.partner_id.sudo()._hcrm_canonical()
        relations_sudo = self.env["hcrm.relationship"].sudo()
        wards = relations_sudo.search(
            [("related_partner_id", "=", me_sudo.id), ("may_consent", "=", True)]
        ).partner_id
        deciders = self.env["hcrm.consent"]._deciders(wards)
        return me_sudo | wards.filtered(
            lambda ward: me_sudo in deciders.get(ward, ()) and not ward.is_deceased
        )

    @api.model
    def _record_by_person(self, person_sudo, decisions):
        """Record what the portal user decided; raises for persons who are not theirs."""
        if person_sudo not in self._portal_persons():
            person_sudo.with_env(self.env).check_access("write")
        me = self.env.user.partner_id._hcrm_canonical()
        wordings = self.env["hcrm.consent.wording"].sudo()._current(self.env.lang, self.env.company)
        return (
            self.env["hcrm.consent"]
            .sudo()
            ._record(
                person_sudo,
                decisions,
                wordings={purpose: wording.id for purpose, wording in wordings.items()},
                method="portal",
                by_partner_id=me != person_sudo and me.id,
            )
        )

    @api.model
    def _portal_values(self, person_sudo, limit):
        """Return what the page says about a person whom the user may decide for."""
        consents_sudo = self.env["hcrm.consent"].sudo()
        company = self.env.company
        purposes = dict(consents_sudo._fields["purpose"]._description_selection(self.env))
        channels = dict(consents_sudo._fields["channel"]._description_selection(self.env))
        wordings = self.env["hcrm.consent.wording"].sudo()._current(self.env.lang, company)
        topics = self._portal_topics(person_sudo)
        blocks = [
            {
                "code": purpose,
                "label": purposes[purpose],
                "plain": self.env._(PLAIN[purpose]),
                "wording": wordings[purpose].body if purpose in wordings else "",
                "status": cells[""].status,
                "channels": []
                if purpose in CONSENT_ONLY
                else [
                    {"code": code, "label": channels[code], "status": cells[code].status}
                    for code in SHOWN
                ],
                "topics": topics.get(purpose, []),
            }
            for purpose, cells in consents_sudo._grid(person_sudo, company).items()
        ]
        history = consents_sudo.search(
            [("partner_id", "in", person_sudo._hcrm_alias_ids()), ("company_id", "=", company.id)],
            limit=limit,
        )
        return {"blocks": blocks, "history": history}

    @api.model
    def _portal_topics(self, person_sudo):
        """Return {purpose: topics with the answer for each}, asked in one query."""
        topics = self.env["hcrm.message.topic"].sudo().search([])  # pylint: disable=no-search-all
        now, company = self.env["hcrm.consent"]._second(), self.env.company
        answers = (
            self.env["hcrm.consent"]
            .sudo()
            ._ask([(person_sudo.id, company.id, one.purpose, one.id, None, now) for one in topics])
        )
        found = {}
        for topic, answer in zip(topics, answers, strict=True):
            found.setdefault(topic.purpose, []).append(
                {"id": topic.id, "label": topic.name, "status": answer.status}
            )
        return found
