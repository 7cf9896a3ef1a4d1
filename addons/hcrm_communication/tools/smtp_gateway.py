"""E-mail over SMTP. Odoo opens the session; we hand over, to know how far a message came.

smtplib's ``sendmail`` does not tell a connection that broke before the message was complete from
one that broke while the answer was awaited: the first may be tried again, the second may not.
"""

import smtplib

from .addresses import ascii_address
from .email_build import build
from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register

_CLOSING = 421


@register
class SmtpGateway(Gateway):
    """One SMTP session, opened when first needed and again when it broke."""

    code = "smtp"
    channel = "email"

    def __init__(self, settings):
        super().__init__(settings)
        self.session = None

    def send(self, message):
        """Hand over one message."""
        try:
            raw = build(message, self.settings.options["domain"])
        except (ValueError, LookupError) as error:
            return Outcome(REFUSED, "bad_address", str(error))
        for fresh in (False, True):
            try:
                self._open(fresh)
            except Exception as error:  # pylint: disable=broad-except
                # whatever it is, a wrong setting included: nothing was handed over
                return self._trouble(error)
            try:
                return self._hand_over(message, raw)
            except (OSError, smtplib.SMTPException) as error:
                # nothing was handed over: an idle session may simply have been closed
                self._drop()
                if fresh:
                    return Outcome(LATER, "gateway_away", str(error), of_gateway=True)
        raise AssertionError("not reached")

    def _hand_over(self, message, raw):
        """Raise only while nothing can have arrived."""
        session = self.session
        code, answer = session.mail(self.settings.options["bounce"])
        if code != 250:
            return self._refused(code, answer)
        code, answer = session.rcpt(ascii_address(message.to))
        if code not in (250, 251):
            return self._refused(code, answer, address=True)
        code, answer = session.docmd("DATA")
        if code != 354:
            return self._refused(code, answer)
        try:
            session.send(smtplib._quote_periods(raw) + b".\r\n")
            code, answer = session.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            # who keeps us waiting for one keeps us waiting for all
            hangs = isinstance(error, TimeoutError)
            return Outcome(UNKNOWN, "no_answer", str(error), of_gateway=hangs)
        if code == 250:
            return Outcome(ACCEPTED, detail=_words(answer))
        if not 400 <= code < 600:
            self._drop()
            return Outcome(UNKNOWN, "gateway_garbage", f"{code} {_words(answer)}")
        return self._refused(code, answer)

    def _refused(self, code, answer, address=False):
        detail = f"{code} {_words(answer)}"
        if code == _CLOSING:
            self._drop()
            return Outcome(LATER, "gateway_busy", detail, of_gateway=True)
        try:
            self.session.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
        if 400 <= code < 500:
            return Outcome(LATER, "gateway_busy", detail)
        if 500 <= code < 600:
            return Outcome(REFUSED, "bad_address" if address else "rejected", detail)
        self._drop()
        return Outcome(LATER, "gateway_garbage", detail, of_gateway=True)

    def _open(self, fresh):
        if fresh:
            self._drop()
        if self.session is None:
            self.session = self.settings.connect()

    @staticmethod
    def _trouble(error):
        login = isinstance(error, smtplib.SMTPAuthenticationError)
        code = "gateway_login" if login else "gateway_away"
        return Outcome(LATER, code, str(error), of_gateway=True)

    def _drop(self):
        if self.session is not None:
            self.session.close()
            self.session = None

    def close(self):
        """QUIT, if there is somebody to say it to."""
        if self.session is not None:
            try:
                self.session.quit()
            except (OSError, smtplib.SMTPException):
                self.session.close()
            self.session = None


def _words(answer):
    return answer.decode("utf-8", "replace")[:200] if isinstance(answer, bytes) else str(answer)
