"""One keep-alive connection to a provider's web service: what fails before anything left is told
apart from what fails after."""

import http.client
import json
import re
import ssl
import time
from urllib.parse import urlsplit

from ..gateway import LATER, UNKNOWN, Outcome

MAX_ANSWER = 200_000
#: Seconds. A connection that rested may be closed by the far end at any moment.
LONGEST_REST = 1.0
WRONG_ADDRESS = "this is no address of a web server: http(s)://host:port, plain letters only"
_PLAIN = re.compile(r"[!-~]*")


class TroubleError(Exception):
    """The line failed; what that means for a message is its ``outcome``."""

    def __init__(self, outcome):
        super().__init__(outcome.code)
        self.outcome = outcome


class WebLine:
    """Asks one web server, over one connection."""

    def __init__(self, url, timeout):
        self.url, self.timeout = url.strip(), timeout
        self.connection, self.used_at = None, 0.0

    def ask(self, method, path, body=None, kind="application/json"):
        """Return (status, text).

        :raises TroubleError: nothing came back, or nothing was even asked
        """
        base = self._open()
        headers = {"Content-Type": kind} if body is not None else {}
        try:
            self.connection.request(method, base + path, body, headers)
            reply = self.connection.getresponse()
            text = reply.read(MAX_ANSWER).decode("utf-8", "replace")
            self.used_at = time.monotonic()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # a path may hold a key: only the kind of the error is told
            detail = type(error).__name__
            raise TroubleError(Outcome(UNKNOWN, "no_answer", detail, of_gateway=True)) from None
        if reply.will_close or not reply.isclosed():
            self.close()
        return reply.status, text

    def ask_json(self, path, values):
        """POST ``values`` as JSON; return the object that comes back.

        :raises TroubleError: also for what is no object of JSON
        """
        body = json.dumps(values, ensure_ascii=False).encode()
        return parse(*self.ask("POST", path, body))

    def get_json(self, path):
        """GET; return the object that comes back.

        :raises TroubleError: also for what is no object of JSON
        """
        return parse(*self.ask("GET", path))

    def _open(self):
        try:
            return self._connect()
        except ssl.SSLCertVerificationError as error:  # a ValueError, too
            raise TroubleError(
                Outcome(LATER, "gateway_tls", str(error)[:200], of_gateway=True)
            ) from error
        except (ValueError, http.client.InvalidURL):
            outcome = Outcome(LATER, "gateway_setup", WRONG_ADDRESS, of_gateway=True)
            raise TroubleError(outcome) from None
        except (OSError, http.client.HTTPException) as error:
            outcome = Outcome(LATER, "gateway_away", str(error), of_gateway=True)
            raise TroubleError(outcome) from error

    def _connect(self):
        url = urlsplit(self.url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if url.scheme not in kinds or not url.hostname or not _PLAIN.fullmatch(url.path):
            raise ValueError("no address of a web server")
        if self.connection is not None and time.monotonic() - self.used_at >= LONGEST_REST:
            self.close()
        if self.connection is None:
            connection = kinds[url.scheme](url.hostname, url.port, timeout=self.timeout)
            connection.connect()
            self.connection = connection
        return url.path.rstrip("/")

    def close(self):
        """Hang up."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def parse(status, text):
    """Return the object in an answer.

    :raises TroubleError: for anything else

    >>> parse(200, '{"errcode": 0}')
    {'errcode': 0}
    >>> def told(*answer):
    ...     try:
    ...         return parse(*answer)
    ...     except TroubleError as trouble:
    ...         return trouble.outcome.status, trouble.outcome.code
    >>> told(502, "<html>"), told(200, "<html>It works"), told(200, "[1]"), told(404, "")
    (('unknown', 'no_answer'), ('unknown', 'gateway_garbage'), ('unknown', 'gateway_garbage'), \
('later', 'gateway_path'))
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if status in (404, 405, 410) or 300 <= status < 400:
        raise TroubleError(Outcome(LATER, "gateway_path", f"HTTP {status}", of_gateway=True))
    if status in (429, 503):
        raise TroubleError(Outcome(LATER, "gateway_busy", f"HTTP {status}", of_gateway=True))
    code = "no_answer" if status >= 500 else "gateway_garbage"
    raise TroubleError(Outcome(UNKNOWN, code, f"{status} {text[:100]}", of_gateway=True))
