"""Voice calls through Asterisk's REST interface (ARI, Asterisk 18 and later).

A call is originated into the application of ``hcrm_voice``, the process that speaks; how it ended
comes back from there. Our own name of the channel keeps one try from becoming two calls.
"""

import http.client
import json
import ssl
from base64 import b64encode
from urllib.parse import urlsplit

from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register
from .voice.dialling import endpoint

MAX_ANSWER = 1_000_000
WRONG_ADDRESS = "this is no address of Asterisk's REST interface: http(s)://host:port/ari"


def channel_ref(ref, attempt):
    """Return the name of the channel of one try.

    >>> channel_ref("0f3a", 17)
    '0f3a-17'
    """
    return f"{ref}-{attempt}"


@register
class AsteriskGateway(Gateway):
    """One connection to Asterisk's HTTP server."""

    code = "asterisk"
    channel = "voice"

    def __init__(self, settings):
        super().__init__(settings)
        self.connection = None

    def send(self, message):
        """Originate one call."""
        options = self.settings.options
        if not options.get("is_heard"):
            return Outcome(LATER, "gateway_deaf", of_gateway=True)
        line = endpoint(options["endpoint"], message.to, options["region"])
        if not line:
            return Outcome(REFUSED, "bad_address", unclear=True)
        return self._ask(
            "POST",
            "/channels",
            {
                "endpoint": line,
                "app": options["app"],
                "appArgs": "out",
                "channelId": channel_ref(message.ref, message.attempt),
                "callerId": message.sender or self.settings.sender,
                "timeout": options["ring_seconds"],
            },
        )[0]

    def check(self):
        """Ask who it is, with name and password; and whether somebody listens."""
        outcome, _told = self._ask("GET", "/asterisk/info?only=system")
        if outcome.status == ACCEPTED and not self.settings.options.get("is_heard"):
            return Outcome(LATER, "gateway_deaf", of_gateway=True)
        return outcome

    def ask_about(self, handed):
        """What rings or speaks now was made; of the rest Asterisk remembers nothing. An earlier try
        that still rings is another call.
        """
        outcome, told = self._ask("GET", "/channels")
        if outcome.status != ACCEPTED:
            return {}
        known = {channel["id"] for channel in told}
        return {
            one.ref: Outcome(ACCEPTED)
            for one in handed
            if channel_ref(one.ref, one.attempt) in known
        }

    def _ask(self, method, path, body=None):
        """Return (outcome, what Asterisk said)."""
        try:
            base = self._open()
        except ssl.SSLCertVerificationError as error:  # a ValueError, too
            return Outcome(LATER, "gateway_tls", str(error), of_gateway=True), None
        except (ValueError, http.client.InvalidURL):
            return Outcome(LATER, "gateway_setup", WRONG_ADDRESS, of_gateway=True), None
        except (OSError, http.client.HTTPException) as error:
            return Outcome(LATER, "gateway_away", str(error), of_gateway=True), None
        try:
            self.connection.request(
                method, base + path, body and json.dumps(body), self._get_headers()
            )
            reply = self.connection.getresponse()
            text = reply.read(MAX_ANSWER).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            # it was on its way: perhaps somebody's telephone rings
            detail = f"{type(error).__name__}: {error}"
            return Outcome(UNKNOWN, "no_answer", detail, of_gateway=True), None
        finally:
            self.close()
        return read(reply.status, text)

    def _open(self):
        """Connect, and return the path under which ARI lives; what fails here carried nothing."""
        url = urlsplit(self.settings.url.strip())
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if url.scheme not in kinds or not url.hostname:
            raise ValueError("no address of a web server")
        self.connection = kinds[url.scheme](url.hostname, url.port, timeout=self.settings.timeout)
        self.connection.connect()
        return url.path.rstrip("/")

    def _get_headers(self):
        login = f"{self.settings.user}:{self.settings.secret}".encode()
        return {
            "Authorization": f"Basic {b64encode(login).decode()}",
            "Content-Type": "application/json",
        }

    def close(self):
        """Hang up the connection, no call."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def read(status, text):
    """Return (outcome, JSON) of an answer of ARI.

    >>> def told(*answer):
    ...     outcome = read(*answer)[0]
    ...     return outcome.status, outcome.code, outcome.of_gateway
    >>> told(200, "{}"), told(409, '{"message": "Channel with given unique ID already exists"}')
    (('accepted', '', False), ('accepted', '', False))
    >>> told(401, ""), told(404, "Not found")
    (('later', 'gateway_login', True), ('later', 'gateway_path', True))
    >>> told(500, '{"error": "Allocation failed"}'), told(400, "{}")
    (('later', 'gateway_setup', True), ('later', 'gateway_setup', True))
    >>> told(503, ""), told(502, "<html>"), told(200, "<html>")
    (('later', 'gateway_busy', True), ('unknown', 'no_answer', True), ('later', 'gateway_path', True))
    """  # noqa: E501
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = None
    said = (body.get("message") or body.get("error", "")) if isinstance(body, dict) else ""
    if status == 409:  # this very try was made already
        return Outcome(ACCEPTED), body
    if status < 300:
        if body is None:
            return Outcome(LATER, "gateway_path", of_gateway=True), None
        return Outcome(ACCEPTED), body
    if status in (502, 504) or status == 500 and "llocation" not in said:
        return Outcome(UNKNOWN, "no_answer", f"{status} {said}", of_gateway=True), body
    codes = {401: "gateway_login", 403: "gateway_login", 400: "gateway_setup"}
    codes |= {404: "gateway_path", 405: "gateway_path", 503: "gateway_busy"}
    code = codes.get(status, "gateway_setup")
    return Outcome(LATER, code, f"{status} {said}", of_gateway=True), body
