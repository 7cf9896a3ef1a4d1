from odoo.exceptions import UserError, ValidationError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..tools.consent import GRANTED, WITHDRAWN
from ..tools.purposes import CHANNELS, CONSENT_ONLY, PURPOSES

HISTORY = 20


class ContactPreferences(CustomerPortal):
    """What I agree to, in plain words: for me, and for whom I may decide."""

    @route("/my/contact-preferences", type="http", auth="user", methods=["GET"], website=True)
    def my_contact_preferences(self, person=None, saved=None, **_query):
        """Show what holds now, and what was said before."""
        consents = request.env["hcrm.consent"]
        persons_sudo = consents._portal_persons()
        chosen_sudo = self._choose(persons_sudo, person)
        values = self._prepare_portal_layout_values() | {
            "page_name": "contact_preferences",
            "persons": persons_sudo,
            "chosen": chosen_sudo,
            "is_saved": bool(saved),
            "error": request.session.pop("hcrm_consent_error", False),
            **consents._portal_values(chosen_sudo, HISTORY),
        }
        return request.render("hcrm_communication.portal_contact_preferences", values)

    @route("/my/contact-preferences", type="http", auth="user", methods=["POST"], website=True)
    def save_contact_preferences(self, person=None, decision="", **_form):
        """Record one click: "purpose:topic:channel:answer"."""
        consents = request.env["hcrm.consent"]
        chosen_sudo = self._choose(consents._portal_persons(), person)
        target = f"/my/contact-preferences?person={chosen_sudo.id}"
        parsed = self._parse(decision)
        if not parsed:
            return request.redirect(target)
        try:
            with request.env.cr.savepoint():
                consents._record_by_person(chosen_sudo, [parsed])
        except (UserError, ValidationError) as error:
            request.session["hcrm_consent_error"] = str(error)
            return request.redirect(target)
        return request.redirect(f"{target}&saved=1#{parsed[0]}")

    def _choose(self, persons_sudo, person):
        """Return the person asked for if I may decide for them, else myself."""
        wanted = persons_sudo.filtered(lambda one: str(one.id) == str(person))
        return (wanted or persons_sudo)[:1]

    def _parse(self, decision):
        """Return what was clicked as ``_record`` takes it; None for what no button of ours says."""
        purpose, topic, channel, status = [*(decision or "").split(":"), "", "", "", ""][:4]
        if purpose not in {*PURPOSES, *CONSENT_ONLY} or channel not in ("", *CHANNELS):
            return None
        if status not in (GRANTED, WITHDRAWN) or not (topic or "0").isdigit():
            return None
        topic_sudo = request.env["hcrm.message.topic"].sudo().browse(int(topic or 0)).exists()
        if topic and topic_sudo.purpose != purpose:
            return None
        return purpose, topic_sudo.id, channel or False, status
