"""Acknowledgements (HL7 2.5, chapter 2): MSA-1, ERR with table 0357, addresses swapped."""

import secrets
import string
from typing import NamedTuple

from .hl7_reader import DEFAULT_ENCODING, Hl7Error, Separators, split_lines
from .hl7_time import now_stamp
from .reasons import Reason

#: Table 0357.
ERRORS = {
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application internal error",
}
#: Errors of the kind "this receiver does not do that, now": AR; all others are the content's: AE.
REJECTING = frozenset((200, 201, 202, 203, 206, 207))
OK = "AA"
#: Versions before ERR got fields of its own for place, code and text.
ONE_FIELD_ERR = frozenset(("2.1", "2.2", "2.3", "2.3.1", "2.4"))


class Verdict(NamedTuple):
    """What is answered: ``code`` AA, AE or AR, and why."""

    code: str = OK
    reason: Reason | None = None

    @property
    def error(self):
        """Number of table 0357, 0 for none."""
        return self.reason.error if self.reason else 0

    @property
    def text(self):
        """Why, in English, for the people at the sender's end."""
        return str(self.reason) if self.reason else ""

    @property
    def location(self):
        """Where in the message, such as ``PID-7``."""
        return self.reason.location if self.reason else ""


def refuse(code, location="", /, **values):
    """Return the verdict for a code of the catalogue in ``reasons.py``.

    >>> refuse("unknown_event", "MSH-9").code, refuse("no_patient_number", "PID-3").code
    ('AR', 'AE')
    """
    return refuse_for(Reason(code, location, values))


def refuse_for(reason):
    """Return the verdict for a :class:`Reason`."""
    return Verdict("AR" if reason.error in REJECTING else "AE", reason)


class Address(NamedTuple):
    """What an answer needs of the header it answers, raw."""

    separators: Separators
    fields: tuple

    def raw(self, number):
        """Return MSH-``number`` as received, "" when absent."""
        index = number - 1
        return self.fields[index] if 0 < index < len(self.fields) else ""

    @property
    def version(self):
        """MSH-12 without its country."""
        return self.raw(12).split(self.separators.component, 1)[0].strip()

    @property
    def sender_code(self):
        """``application|facility`` as far as it can be read before the bytes are decoded."""
        mark = self.separators.component
        return "|".join(self.raw(number).split(mark, 1)[0].strip() for number in (3, 4))


_PLAIN = Address(Separators("|", DEFAULT_ENCODING), ("MSH", DEFAULT_ENCODING))


def read_address(text):
    """Return what can be read of a header, however damaged the rest is.

    An answer never uses separators that are no ASCII marks: the sender could not read it.

    >>> read_address("MSH¸^~\\\\&¸A").separators.field
    '|'
    >>> read_address("MSH*^~\\\\&*A").separators.field
    '*'
    """
    lines = split_lines(text.lstrip("\ufeff \t\r\n")[:8192]) or [""]
    line = lines[0]
    if not line.startswith("MSH") or len(line) < 5 or line[3] not in string.punctuation:
        return _PLAIN
    fields = tuple(line.split(line[3]))
    encoding = fields[1] if 3 < len(fields[1]) < 6 else DEFAULT_ENCODING
    if not set(encoding) <= set(string.punctuation):
        encoding = DEFAULT_ENCODING
    try:
        return Address(Separators(line[3], encoding), fields)
    except (Hl7Error, IndexError):
        return _PLAIN


def ack_code(address, verdict):
    """Return MSA-1, "" when the sender wants no answer (MSH-15, MSH-16: enhanced mode).

    >>> told = read_address("MSH|^~\\\\&|A|B|C|D|1||ADT^A01|7|P|2.5|||AL|NE")
    >>> ack_code(told, Verdict()), ack_code(told, refuse("no_version"))
    ('CA', 'CE')
    """
    accept, application = address.raw(15).strip(), address.raw(16).strip()
    if not accept and not application:
        return verdict.code
    if accept and accept != "NE":
        return f"C{verdict.code[1]}" if _is_wanted(accept, verdict) else ""
    return verdict.code if _is_wanted(application, verdict) else ""


def _is_wanted(condition, verdict):
    wanted = {
        "AL": True,
        "NE": False,
        "": False,
        "ER": verdict.code != OK,
        "SU": verdict.code == OK,
    }
    return wanted.get(condition, True)


def build(address, verdict, now=None, own_id=None):
    """Return the text of an acknowledgement, "" when none is wanted.

    >>> told = read_address("MSH|^~\\\\&|HIS|RENAI|CRM|ODOO|1||ADT^A01^ADT_A01|7|P|2.5||||||UTF-8")
    >>> told = build(told, refuse("no_patient_number", "PID-3"), "T", "X")
    >>> print(told.replace("\\r", "\\n"))
    MSH|^~\\&|CRM|ODOO|HIS|RENAI|T||ACK^A01^ACK|X|P|2.5||||||UTF-8
    MSA|AE|7|PID-3: no patient identifier
    ERR||PID^1^3|101^Required field missing^HL70357|E||||PID-3: no patient identifier
    <BLANKLINE>
    """
    code = ack_code(address, verdict)
    if not code:
        return ""
    mark = address.separators.field
    lines = [_header(address, now or now_stamp(), own_id or secrets.token_hex(10))]
    lines.append(
        mark.join(["MSA", code, address.raw(10), _plain(address, verdict.text)]).rstrip(mark)
    )
    if verdict.error:
        lines.append(_err(address, verdict))
    return "\r".join(lines) + "\r"


def _header(address, now, own_id):
    mark, component = address.separators.field, address.separators.component
    event = address.raw(9).split(component)[1:2]
    fields = ["MSH", address.raw(2) or DEFAULT_ENCODING]
    fields += [address.raw(5), address.raw(6), address.raw(3), address.raw(4), now, ""]
    fields += [component.join(_ack_type(address.version, event)), own_id, address.raw(11) or "P"]
    fields += [address.raw(12) or "2.5.1", "", "", "", "", "", address.raw(18)]
    return mark.join(fields).rstrip(mark)


def _ack_type(version, event):
    """Return MSH-9 as the version knows it."""
    if version in ("2.1", "2.2"):
        return ["ACK"]
    return ["ACK", *event] if version == "2.3" else ["ACK", *event, "ACK"]


def _err(address, verdict):
    """Return ERR; until 2.4 it has one field, for place and error together.

    >>> told = read_address("MSH|^~\\\\&|HIS|A|||1||ADT^A01|7|P|2.3.1")
    >>> _err(told, refuse("no_patient_number", "PID-3"))
    'ERR|PID^1^3^101&Required field missing&HL70357'
    """
    component, mark = address.separators.component, address.separators.field
    if address.version in ONE_FIELD_ERR:
        return _err_in_one_field(address, verdict)
    segment, _dash, field = verdict.location.partition("-")
    place = component.join(part for part in (segment, "1" if field else "", field) if part)
    error = component.join((str(verdict.error), ERRORS[verdict.error], "HL70357"))
    fields = ["ERR", "", place, error, "E", "", "", "", _plain(address, verdict.text)]
    return mark.join(fields)


def _err_in_one_field(address, verdict):
    separators = address.separators
    segment, _dash, field = verdict.location.partition("-")
    error = separators.sub.join((str(verdict.error), ERRORS[verdict.error], "HL70357"))
    place = separators.component.join((segment, "1" if field else "", field, error))
    return separators.field.join(("ERR", place))


def _plain(address, text):
    """Our own words hold no separators; a cautious reader replaces them all the same."""
    separators = address.separators
    for char in (separators.field, separators.component, separators.repeat, separators.sub, "\r"):
        text = text.replace(char, " ")
    return text
