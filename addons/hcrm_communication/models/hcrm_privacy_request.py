from odoo import models

#: The ways on which who asked is told, the first that there is.
CHANNELS = ("sms", "email")


class HcrmPrivacyRequest(models.Model):
    _inherit = "hcrm.privacy.request"

    def _hcrm_tell_person(self, event):
        """Say by message that there is an answer: neither what was asked nor what was answered."""
        asked = [
            request._prepare_news(recipient, event)
            for request in self.sudo()
            if (recipient := request._get_who_is_told())
        ]
        if asked:
            self.env["hcrm.communication"].sudo()._ask(asked)
        return super()._hcrm_tell_person(event)

    def _get_who_is_told(self):
        """Return the contact of who asked: on the portal the login's, else the person's own.

        Who came to the desk for somebody else is known by words only, and the person, or another
        parent, need not learn of it that way: staff tell who asked.
        """
        login = self.create_uid if self.channel == "portal" and self.create_uid.share else None
        own = self.partner_id if self.requester == "self" else self.partner_id.browse()
        person = (login.partner_id if login else own)._hcrm_canonical()
        return person.filtered(lambda one: not one.is_erased and not one.is_deceased)

    def _prepare_news(self, recipient, event):
        company = self.company_id
        lang = recipient.lang or company.partner_id.lang or "zh_CN"
        env = self.with_context(lang=lang).env
        text = env._(
            "There is an answer to your request %(number)s. Sign in to read it: %(link)s – or ask "
            "at our service desk.",
            number=self.name,
            link=f"{company.get_base_url()}/my/privacy",
        )
        gateway = self.env["hcrm.gateway"].search(
            [("channel", "=", "sms"), ("company_id", "=", company.id)], limit=1
        )
        return {
            "recipient_id": recipient.id,
            "subject_id": self.partner_id.id,
            "purpose": "service",
            "channels": CHANNELS,
            "key": f"privacy/{self.id}/{event}",
            "subject_line": env._("Your request to us"),
            "body": f"{gateway._get_signature() or f'【{company.name}】'}{text}",
            "res_model": self._name,
            "res_id": self.id,
            "company_id": company.id,
            "lang": lang,
        }
