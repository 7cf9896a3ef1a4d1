"""SMS through Kannel's HTTP interface (``/cgi-bin/sendsms``, User's Guide 1.4.5)."""

from urllib.parse import quote

import requests

from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register
from .purposes import URGENT
from .sms_text import GSM7, measure

#: Delivered, not delivered, buffered, accepted by the SMSC, refused by the SMSC.
DLR_MASK = 31
#: ``dlr-mask`` types that end a message: 1 delivered, 2 could not be delivered, 16 refused.
DLR_DELIVERED, DLR_FAILED, DLR_REJECTED = 1, 2, 16


@register
class KannelGateway(Gateway):
    """One keep-alive connection to smsbox."""

    code = "kannel"
    channel = "sms"

    def __init__(self, settings):
        super().__init__(settings)
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy of the environment between us and Kannel

    def send(self, message):
        """GET, for a POST with query parameters is not accepted by every Kannel."""
        settings = self.settings
        try:
            reply = self.session.get(
                settings.url, params=self._prepare(message), timeout=settings.timeout
            )
        except requests.exceptions.ConnectTimeout as error:
            return Outcome(LATER, "gateway_away", str(error), of_gateway=True)
        except requests.exceptions.ConnectionError as error:
            return self._never_or_perhaps(error)
        except requests.exceptions.RequestException as error:
            return Outcome(UNKNOWN, "no_answer", str(error))
        return self._read(reply)

    def _prepare(self, message):
        unicode = measure(message.text).alphabet != GSM7
        values = {
            "username": self.settings.user,
            "password": self.settings.secret,
            "to": message.to.replace("+", ""),
            "text": message.text,
            "charset": "UTF-8",
            "coding": 2 if unicode else 0,
            "priority": 3 if message.priority == URGENT else 2 if message.priority < 40 else 0,
        }
        if sender := message.sender or self.settings.sender:
            values["from"] = sender
        if self.settings.callback:
            values["dlr-mask"] = DLR_MASK
            url = self.settings.callback.replace("{ref}", quote(message.ref))
            values["dlr-url"] = url.replace("{sig}", message.signature) + "&type=%d&answer=%A"
        return values

    @staticmethod
    def _never_or_perhaps(error):
        """A connection that was refused carried nothing; one that broke may have."""
        if "NewConnectionError" in repr(error) or "refused" in str(error).lower():
            return Outcome(LATER, "gateway_away", str(error), of_gateway=True)
        return Outcome(UNKNOWN, "no_answer", str(error))

    @staticmethod
    def _read(reply):
        text = reply.text[:200]
        if reply.status_code == 202:  # "0: Accepted for delivery", "3: Queued for later delivery"
            return Outcome(ACCEPTED, detail=text)
        if reply.status_code in (401, 403) or "authoriz" in text.lower():
            return Outcome(LATER, "gateway_login", text, of_gateway=True)
        if reply.status_code in (429, 500, 502, 503, 504):
            return Outcome(LATER, "gateway_busy", text, of_gateway=reply.status_code == 503)
        if 400 <= reply.status_code < 500:
            return Outcome(REFUSED, "rejected", text)
        return Outcome(UNKNOWN, "gateway_garbage", f"{reply.status_code} {text}")

    def close(self):
        """Give the connection back."""
        self.session.close()
