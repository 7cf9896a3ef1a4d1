"""SMS through Kannel's HTTP interface (``/cgi-bin/sendsms``, User's Guide 1.4.5)."""

import http.client
from urllib.parse import quote, urlencode, urlsplit

from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register
from .purposes import URGENT
from .sms_text import GSM7, measure

#: Delivered, not delivered, buffered, accepted by the SMSC, refused by the SMSC.
DLR_MASK = 31
#: ``dlr-mask`` types that end a message: 1 delivered, 2 could not be delivered, 16 refused.
DLR_DELIVERED, DLR_FAILED, DLR_REJECTED = 1, 2, 16
MAX_ANSWER = 10_000


@register
class KannelGateway(Gateway):
    """One keep-alive connection to smsbox."""

    code = "kannel"
    channel = "sms"

    def __init__(self, settings):
        super().__init__(settings)
        self.connection = None

    def send(self, message):
        """GET, for a POST with query parameters is not accepted by every Kannel."""
        url = urlsplit(self.settings.url)
        try:
            self._open(url)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return Outcome(LATER, "gateway_away", str(error), of_gateway=True)
        try:
            self.connection.request("GET", f"{url.path}?{urlencode(self._prepare(message))}")
            reply = self.connection.getresponse()
            text = reply.read(MAX_ANSWER).decode("utf-8", "replace")[:200]
        except (OSError, http.client.HTTPException) as error:
            # it was on its way: perhaps it arrived
            self.close()
            hangs = isinstance(error, TimeoutError)
            detail = f"{type(error).__name__}: {error}"
            return Outcome(UNKNOWN, "no_answer", detail, of_gateway=hangs)
        if reply.will_close or not reply.isclosed():
            self.close()
        return self._read(reply.status, text)

    def _open(self, url):
        """Connect; what fails here carried nothing."""
        if self.connection is not None:
            return
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if url.scheme not in kinds or not url.hostname:
            raise ValueError(f"{self.settings.url!r} is no address of a web server")
        connection = kinds[url.scheme](url.hostname, url.port, timeout=self.settings.timeout)
        connection.connect()
        self.connection = connection

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
    def _read(status, text):
        if status == 202:  # "0: Accepted for delivery", "3: Queued for later delivery"
            return Outcome(ACCEPTED, detail=text)
        if status in (401, 403) or "authoriz" in text.lower():
            return Outcome(LATER, "gateway_login", text, of_gateway=True)
        if status in (429, 500, 502, 503, 504):
            return Outcome(LATER, "gateway_busy", text, of_gateway=status == 503)
        if 400 <= status < 500:
            return Outcome(REFUSED, "rejected", text)
        return Outcome(UNKNOWN, "gateway_garbage", f"{status} {text}")

    def close(self):
        """Hang up."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
