"""Fax through a provider who takes e-mails: the number before his domain, the document as PDF.

He answers for it once he has the e-mail; what becomes of the fax he reports by e-mail to the
sender's address, if at all.
"""

import re
from dataclasses import replace

from .gateway import LATER, REFUSED, Outcome, register
from .smtp_gateway import SmtpGateway

WRONG_DOMAIN = "the domain of the provider is missing: fax.example.com"
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


@register
class EmailFaxGateway(SmtpGateway):
    """One SMTP session to the provider."""

    code = "email_fax"
    channel = "fax"

    def send(self, message):
        """Hand over one document."""
        domain = (self.settings.url or "").strip().lstrip("@").lower()
        if not _DOMAIN.fullmatch(domain):
            return Outcome(LATER, "gateway_setup", WRONG_DOMAIN, of_gateway=True)
        documents = tuple(one for one in message.files if one[1] == "application/pdf")
        if not documents:
            return Outcome(REFUSED, "bad_document", "no PDF could be made of it")
        number = re.sub(r"[^0-9]", "", message.to)
        # words and subject would go through servers in the open: the document says it all
        return super().send(
            replace(
                message,
                to=f"{number}@{domain}",
                text=" ",
                subject="Fax",
                html="",
                headers={},
                files=documents[:1],
            )
        )
