"""SMS through Kannel's HTTP interface (``/cgi-bin/sendsms``, User's Guide 1.4.5)."""

import http.client
import re
import ssl
import time
from urllib.parse import quote, urlencode, urlsplit

from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register
from .purposes import URGENT
from .sms_text import GSM7, measure

#: Delivered, not delivered, buffered, accepted by the SMSC, refused by the SMSC.
DLR_MASK = 31
#: ``dlr-mask`` types that end a message: 1 delivered, 2 could not be delivered, 16 refused.
DLR_DELIVERED, DLR_FAILED, DLR_REJECTED = 1, 2, 16
MAX_ANSWER = 10_000
#: Seconds.
LONGEST_REST = 1.0
WRONG_ADDRESS = "this is no address of a web server: http(s)://host:port/path, plain letters only"
_PLAIN = re.compile(r"[!-~]*")


@register
class KannelGateway(Gateway):
    """One keep-alive connection to smsbox."""

    code = "kannel"
    channel = "sms"

    def __init__(self, settings):
        super().__init__(settings)
        self.connection, self.used_at = None, 0.0

    def send(self, message):
        """Hand over one message."""
        return self._get(self._prepare(message))

    def check(self):
        """Ask with name and password, and without a receiver: 400 is what we want to hear."""
        outcome = self._get({name: self._login()[name] for name in ("username", "password")})
        return Outcome(ACCEPTED) if outcome.status == REFUSED else outcome

    def _get(self, values):
        """GET, for a POST with query parameters is not accepted by every Kannel."""
        try:
            path = self._open()
        except ssl.SSLCertVerificationError as error:  # a ValueError, too
            return Outcome(LATER, "gateway_tls", str(error), of_gateway=True)
        except (ValueError, http.client.InvalidURL):  # its text could hold what must not be kept
            return Outcome(LATER, "gateway_setup", WRONG_ADDRESS, of_gateway=True)
        except (OSError, http.client.HTTPException) as error:
            return Outcome(LATER, "gateway_away", str(error), of_gateway=True)
        try:
            self.connection.request("GET", f"{path}?{urlencode(values)}")
            reply = self.connection.getresponse()
            text = reply.read(MAX_ANSWER).decode("utf-8", "replace")[:200]
            self.used_at = time.monotonic()
        except (OSError, http.client.HTTPException) as error:
            # it was on its way: perhaps it arrived, and the next would fare no better
            self.close()
            detail = f"{type(error).__name__}: {error}"
            return Outcome(UNKNOWN, "no_answer", detail, of_gateway=True)
        if reply.will_close or not reply.isclosed():
            self.close()
        return read(reply.status, text)

    def _open(self):
        """Connect, and return the path to ask for; what fails here carried nothing.

        A connection that rested may be closed by the far end at any moment: whoever then asks on it
        does not know whether he was heard.
        """
        url = urlsplit(self.settings.url.strip())
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if url.scheme not in kinds or not url.hostname:
            raise ValueError("no address of a web server")
        if not _PLAIN.fullmatch(url.path):
            raise ValueError("a path that no request line can hold")
        if self.connection is not None and time.monotonic() - self.used_at >= LONGEST_REST:
            self.close()
        if self.connection is None:
            connection = kinds[url.scheme](url.hostname, url.port, timeout=self.settings.timeout)
            connection.connect()
            self.connection = connection
        return url.path or "/"

    def _login(self):
        return {"username": self.settings.user, "password": self.settings.secret}

    def _prepare(self, message):
        unicode = measure(message.text).alphabet != GSM7
        values = {
            **self._login(),
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
            url = self.settings.callback
            told = {"ref": message.ref, "attempt": str(message.attempt), "sig": message.signature}
            for name, value in told.items():
                url = url.replace(f"{{{name}}}", quote(value))
            values["dlr-url"] = url + "&type=%d&answer=%A"
        return values

    def close(self):
        """Hang up."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def read(status, text):
    """Return the outcome that Kannel's answer tells (its words: smsbox 1.4.5).

    >>> def told(*answer):
    ...     outcome = read(*answer)
    ...     whose = "gateway" if outcome.of_gateway else "unclear" if outcome.unclear else "message"
    ...     return outcome.status, outcome.code, whose
    >>> told(202, "0: Accepted for delivery")[0]
    'accepted'
    >>> told(403, "Authorization failed for sendsms"), told(404, "Unknown request.")
    (('later', 'gateway_login', 'gateway'), ('later', 'gateway_path', 'gateway'))
    >>> told(200, "<html><body>It works!"), told(302, "")
    (('later', 'gateway_path', 'gateway'), ('later', 'gateway_path', 'gateway'))
    >>> told(403, "Number(s) has/have been denied by white- and/or black-lists.")
    ('refused', 'rejected', 'message')
    >>> told(403, "Not routable. Do not try again."), told(418, "I am a teapot")
    (('refused', 'rejected', 'unclear'), ('refused', 'rejected', 'unclear'))
    >>> told(400, "Missing receiver number, rejected")
    ('refused', 'rejected', 'message')
    >>> told(400, "Sender missing and no global set, rejected")
    ('later', 'gateway_sender', 'gateway')
    >>> told(503, "Temporal failure, try again later."), told(429, "")
    (('later', 'gateway_busy', 'gateway'), ('later', 'gateway_busy', 'unclear'))
    >>> told(502, "<html>Bad Gateway"), told(200, "Sent.")
    (('unknown', 'no_answer', 'gateway'), ('unknown', 'gateway_garbage', 'gateway'))
    """
    if status == 202:  # "0: Accepted for delivery", "3: Queued for later delivery"
        return Outcome(ACCEPTED, detail=text)
    if code := _trouble_of_all(status, text):
        return Outcome(LATER, code, text, of_gateway=True)
    if status in (500, 502, 504):  # no words of Kannel's: a proxy's, after it handed it on
        return Outcome(UNKNOWN, "no_answer", f"{status} {text}", of_gateway=True)
    if status == 429:
        return Outcome(LATER, "gateway_busy", text, unclear=True)
    if 400 <= status < 500:
        known = status == 400 or "black-list" in text
        return Outcome(REFUSED, "rejected", text, unclear=not known)
    return Outcome(UNKNOWN, "gateway_garbage", f"{status} {text}", of_gateway=True)


def _trouble_of_all(status, text):
    """Return the code of a trouble that the next message will meet, too."""
    words = text.lower()
    if status == 401 or "authoriz" in words:
        return "gateway_login"
    if status in (404, 405, 410) or 300 <= status < 400:
        return "gateway_path"
    if status < 500 and words.lstrip().startswith("<"):  # a web page: no Kannel lives there
        return "gateway_path"
    if status == 400 and ("sender missing" in words or "dlr-" in words):
        return "gateway_sender" if "sender" in words else "gateway_setup"
    if status == 403 and "list" not in words and "routable" not in words:
        return "gateway_login"
    return "gateway_busy" if status == 503 else None
