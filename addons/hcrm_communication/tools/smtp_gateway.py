"""E-mail over SMTP. Odoo opens the session; we hand over, to know how far a message came.

smtplib's ``sendmail`` does not tell a connection that broke before the message was complete from
one that broke while the answer was awaited: the first may be tried again, the second may not.
"""

import smtplib
import ssl

from .addresses import ascii_address
from .email_build import SenderError, build
from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register
from .smtp_answers import BODY, DATA, MAIL, RCPT, judge


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
        except SenderError as error:
            return Outcome(LATER, "gateway_sender", str(error), of_gateway=True)
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
        if trouble := self._name_sender():
            return trouble
        code, answer = session.rcpt(ascii_address(message.to))
        if code not in (250, 251):
            return self._refused(RCPT, code, answer)
        code, answer = session.docmd("DATA")
        if code != 354:
            return self._refused(DATA, code, answer)
        try:
            session.send(smtplib._quote_periods(raw) + b".\r\n")
            code, answer = session.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            # who hangs up on one, or keeps us waiting, does so with the next
            return Outcome(UNKNOWN, "no_answer", str(error), of_gateway=True)
        if code == 250:
            return Outcome(ACCEPTED, detail=_words(answer))
        if not 400 <= code < 600:
            self._drop()
            detail = f"{code} {_words(answer)}"
            return Outcome(UNKNOWN, "gateway_garbage", detail, of_gateway=True)
        return self._refused(BODY, code, answer)

    def _name_sender(self):
        """Begin a mail; return the outcome if we cannot, or may not, under this name."""
        bounce = self.settings.options["bounce"]
        try:
            code, answer = self.session.mail(bounce and ascii_address(bounce))
        except ValueError as error:
            return Outcome(LATER, "gateway_sender", str(error), of_gateway=True)
        return None if code == 250 else self._refused(MAIL, code, answer)

    def _refused(self, stage, code, answer):
        """Make the session ready for the next message; a server that speaks nonsense loses it."""
        outcome = judge(stage, code, _words(answer))
        if outcome.of_gateway:
            self._drop()
            return outcome
        try:
            self.session.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
        return outcome

    def check(self):
        """Open a session, log in, name the sender."""
        try:
            self._open(fresh=True)
        except Exception as error:  # pylint: disable=broad-except
            return self._trouble(error)
        try:
            if trouble := self._name_sender():
                return trouble
            self.session.rset()
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(LATER, "gateway_away", str(error), of_gateway=True)
        return Outcome(ACCEPTED)

    def _open(self, fresh):
        if fresh:
            self._drop()
        if self.session is None:
            self.session = self.settings.connect()

    @staticmethod
    def _trouble(error):
        """Nothing was handed over: say why there is no session, and whether a person must act."""
        return Outcome(LATER, _why(error), str(error), of_gateway=True)

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


def _why(error):
    """Return the code for a session that could not be opened.

    >>> _why(smtplib.SMTPAuthenticationError(535, b"no")), _why(ssl.SSLCertVerificationError("x"))
    ('gateway_login', 'gateway_tls')
    >>> _why(smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."))
    'gateway_tls'
    >>> _why(smtplib.SMTPConnectError(554, b"no")), _why(smtplib.SMTPConnectError(421, b"later"))
    ('gateway_refuses', 'gateway_busy')
    >>> _why(ssl.SSLEOFError("x")), _why(ConnectionRefusedError()), _why(KeyError("server"))
    ('gateway_away', 'gateway_away', 'gateway_setup')
    """
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "gateway_tls" if "STARTTLS" in str(error) else "gateway_login"
    if isinstance(error, smtplib.SMTPResponseException):
        if 400 <= error.smtp_code < 500:
            return "gateway_busy"
        is_login = isinstance(error, smtplib.SMTPAuthenticationError)
        return "gateway_login" if is_login else "gateway_refuses"
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return "gateway_away"
    if isinstance(error, ssl.SSLError):
        return "gateway_tls"
    known = isinstance(error, (OSError, smtplib.SMTPException))
    return "gateway_away" if known else "gateway_setup"
