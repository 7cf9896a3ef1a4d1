"""Why a message is refused, dead or odd, and why a load stopped: codes and values, no sentences.

What is stored is a :class:`Reason`; its sentence is made when somebody reads it, in the reader's
language. The catalogue below is the one place where codes get their words. Senders are answered
in English (ERR-8, MSA-3), as HL7 expects.
"""

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from odoo.tools.translate import LazyGettext, LazyTranslate

_lt = LazyTranslate(__name__)

MAX_VALUE = 200
MAX_WARNINGS = 100  # of one message: a thousand results may all name an unknown doctor
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class Kind(NamedTuple):
    """What a code means: ``error`` of HL7 table 0357 (0: no sender is told), ``text`` for people.

    Values called ``system`` (of an identifier) and ``field`` (``model.name``) are shown by name.
    """

    error: int
    text: LazyGettext

    @property
    def english(self):
        """The template as it is written here."""
        return self.text._translate("en_US")

    @property
    def placeholders(self):
        """Names of the values that the text needs."""
        return set(_PLACEHOLDER.findall(self.english))


REASONS = {
    # the frame and the file
    "frame_no_end": Kind(100, _lt("the frame has no end block before the next one begins")),
    "frame_no_start": Kind(100, _lt("the frame has no start block")),
    "frame_cut": Kind(100, _lt("the connection closed in the middle of the message")),
    "too_large": Kind(207, _lt("the message is longer than this receiver takes")),
    "too_slow": Kind(207, _lt("the message came too slowly, please send again")),
    "nul_bytes": Kind(102, _lt("the message holds NUL bytes")),
    "unreadable": Kind(207, _lt("the message cannot be read")),
    "not_stored": Kind(207, _lt("the message cannot be stored")),
    "try_again": Kind(207, _lt("temporarily unable to store, please send again")),
    # who asked to be erased
    "person_erased": Kind(0, _lt("it is about a person who was erased on request")),
    "relative_erased": Kind(0, _lt("a relative who was erased on request is left out")),
    # characters and structure
    "unknown_charset": Kind(103, _lt("this character set is not supported")),
    "charset_not_true": Kind(102, _lt("the bytes are not %(charset)s as declared")),
    "charset_unclear": Kind(
        102, _lt("no character set is declared, and the bytes fit neither UTF-8 nor GB18030")
    ),
    "empty": Kind(100, _lt("the message is empty")),
    "no_header": Kind(100, _lt("the message does not begin with a whole MSH segment")),
    "bad_separator": Kind(102, _lt("the field separator is not usable")),
    "no_encoding": Kind(101, _lt("the encoding characters are missing")),
    "bad_encoding": Kind(102, _lt("the encoding characters are not usable")),
    "not_a_segment": Kind(100, _lt("line %(line)s is not a segment")),
    "too_many_segments": Kind(100, _lt("more than %(limit)s segments")),
    "no_segment": Kind(100, _lt("the %(segment)s segment is missing")),
    # the header
    "no_message_type": Kind(101, _lt("the message type is missing")),
    "no_control_id": Kind(101, _lt("the control id is missing")),
    "no_processing_id": Kind(101, _lt("the processing id is missing")),
    "no_version": Kind(101, _lt("the version is missing")),
    "unknown_type": Kind(200, _lt("this message type is not supported")),
    "unknown_event": Kind(201, _lt("this event is not supported")),
    "unknown_version": Kind(203, _lt("this version of HL7 is not supported")),
    "unknown_mode": Kind(202, _lt("the processing id is none of P, D, T")),
    "no_test_messages": Kind(
        202, _lt("training and debugging messages of this sender are not taken")
    ),
    "control_id_used": Kind(205, _lt("this control id was already used for another message")),
    "sender_not_admitted": Kind(207, _lt("this sender is not admitted")),
    "sender_elsewhere": Kind(207, _lt("this sender belongs to another hospital")),
    # values
    "not_a_date": Kind(102, _lt("this is not a date")),
    "odd_date": Kind(102, _lt("this date is not plausible")),
    "not_a_number": Kind(102, _lt("this is not a number")),
    "not_in_table": Kind(103, _lt("this code is not in its table")),
    "too_long": Kind(102, _lt("longer than %(limit)s characters")),
    "value_too_long": Kind(102, _lt("%(field)s is longer than %(limit)s characters")),
    # what is told
    "no_patient_number": Kind(101, _lt("no patient identifier")),
    "no_retired_number": Kind(101, _lt("no retired identifier")),
    "merge_of_nobody": Kind(100, _lt("no PID is followed by MRG")),
    "no_visit_number": Kind(101, _lt("the visit number is missing")),
    "no_diagnosis": Kind(101, _lt("the diagnosis has neither code nor text")),
    "no_charged_item": Kind(101, _lt("the charged item is missing")),
    "no_drug": Kind(101, _lt("the drug is missing")),
    "no_order": Kind(100, _lt("no order holds an RXE segment")),
    "no_appointment_number": Kind(101, _lt("the appointment has no number")),
    # what is known here
    "visit_of_another": Kind(204, _lt("this visit number belongs to another patient")),
    "fact_of_another": Kind(204, _lt("this number belongs to an order or item of another patient")),
    # several hospitals
    "numbers_elsewhere": Kind(
        204,
        _lt(
            "no number of this hospital: %(system)s is issued by another hospital; "
            "allow it on the sender, or correct the number"
        ),
    ),
    "person_elsewhere": Kind(204, _lt("this patient is kept by another hospital alone")),
    "merge_elsewhere": Kind(
        204,
        _lt(
            "%(system)s is issued by another hospital: this sender may merge numbers of its own "
            "hospital only"
        ),
    ),
    "merge_by_shared_number": Kind(
        204, _lt("a record number of this hospital must name the person to be merged")
    ),
    "merge_known_elsewhere": Kind(
        204,
        _lt(
            "another hospital knows the person to be merged, too: merge them by hand, "
            "then replay this message"
        ),
    ),
    "program_error": Kind(207, _lt("it cannot be applied (%(error)s); the detail says why")),
    # warnings: the message was applied all the same
    "future": Kind(0, _lt("the message is dated in the future: its arrival counts")),
    "unknown_department": Kind(0, _lt("department %(code)s: unknown code")),
    "unclear_department": Kind(
        0, _lt("department %(code)s: in several campuses, none of them is named")
    ),
    "unknown_staff": Kind(0, _lt("staff %(code)s: unknown code")),
    "number_of_another": Kind(0, _lt("%(system)s: the number belongs to another customer")),
    "number_elsewhere": Kind(
        0, _lt("%(system)s: issued by another hospital, the number was left out")
    ),
    "number_invalid": Kind(0, _lt("%(system)s: not a valid number, left out")),
    # rows of hospitals without HL7
    "row_no_key": Kind(101, _lt("the value that tells the row from others is missing")),
    "row_missing": Kind(101, _lt("this value is missing")),
    "row_unreadable": Kind(102, _lt("this is no row of names and values")),
    "row_not_object": Kind(102, _lt("this is no JSON object")),
    "row_too_large": Kind(102, _lt("the row is larger than is taken here")),
    "row_columns": Kind(
        102, _lt("the line has %(found)s values, the header names %(expected)s columns")
    ),
    "no_result": Kind(101, _lt("the result has neither code nor name")),
    "no_vaccine": Kind(101, _lt("the vaccine is missing")),
    "feed_no_key": Kind(207, _lt("the feed does not say which columns tell its rows apart")),
    "feed_gone": Kind(207, _lt("the feed by which this row came is no longer there")),
    "feed_not_ready": Kind(207, _lt("the feed is not set up yet")),
    "body_not_json": Kind(0, _lt("send application/json or application/x-ndjson")),
    "body_not_readable": Kind(0, _lt("the body is not valid JSON")),
    "body_empty": Kind(0, _lt("the body holds no row")),
    "body_too_many": Kind(0, _lt("more than %(limit)s rows: send them in several requests")),
    "body_too_large": Kind(0, _lt("the request is larger than is taken here")),
    "http_no_key": Kind(0, _lt("a valid key is needed: Authorization: Bearer KEY")),
    "http_other_source": Kind(0, _lt("this key is another source's")),
    "http_no_feed": Kind(0, _lt("this source has no feed %(code)s")),
    "http_too_often": Kind(0, _lt("more than %(limit)s requests a minute")),
    "file_charset": Kind(0, _lt("the file is not in the character set of its feed")),
    "file_no_header": Kind(0, _lt("the first line of the file names no columns")),
    "file_header_twice": Kind(0, _lt("the first line of the file names a column twice")),
    "file_columns_missing": Kind(0, _lt("the file lacks columns that the feed reads: %(columns)s")),
    "file_gone": Kind(0, _lt("the file was taken away before it was read")),
    "folder_unusable": Kind(0, _lt("the folder cannot be used; the detail says why")),
    "sql_no_driver": Kind(
        0, _lt("the driver for this kind of database is not installed: pip install %(package)s")
    ),
    "sql_no_connection": Kind(0, _lt("no connection to the database; the detail says why")),
    "sql_not_verified": Kind(
        0,
        _lt(
            "the connection cannot be encrypted to a server that its certificate proves: name the "
            "certificate authority in the source, or choose another encryption there; the detail "
            "says why"
        ),
    ),
    "sql_no_table": Kind(0, _lt("there is no table or view %(name)s")),
    "sql_no_column": Kind(0, _lt("%(name)s has no column %(columns)s")),
    "sql_failed": Kind(0, _lt("the database did not answer; the detail says why")),
    "sql_bad_position": Kind(
        0, _lt("%(columns)s changed its type: let the feed read everything again")
    ),
    "sql_bad_mark": Kind(0, _lt("the growing column is neither a number nor a time")),
    "sql_stands_still": Kind(
        0, _lt("%(columns)s and the key columns together do not tell the rows apart")
    ),
    "sql_own_database": Kind(
        0,
        _lt(
            "this is HCRM's own database, a replica or copy of it, or its own database user: name "
            "another"
        ),
    ),
    # loads of files
    "source_missing": Kind(0, _lt("%(name)s does not exist: give a folder, a file or an archive")),
    "source_unreadable": Kind(0, _lt("the source cannot be read; the detail says why")),
    "archive_locked": Kind(0, _lt("%(name)s is encrypted: unpack it first")),
    "archive_too_deep": Kind(0, _lt("%(name)s: more than %(limit)s archives in one another")),
    "archive_too_large": Kind(0, _lt("%(name)s is larger than %(limit)s MB: unpack it first")),
    "not_zip": Kind(0, _lt("%(name)s is not a readable zip archive")),
    "not_tar": Kind(0, _lt("%(name)s is not a readable tar archive")),
    "file_damaged": Kind(0, _lt("%(name)s cannot be read to its end")),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of the catalogue, where in the message (``PID-7``), and the values of its text.

    >>> print(Reason("too_long", "MSH-10", {"limit": 199}))
    MSH-10: longer than 199 characters
    >>> Reason("too_long").error, Reason("unheard_of").error
    (102, 207)
    """

    code: str
    location: str = ""
    values: dict = field(default_factory=dict)

    def __str__(self):
        kind = REASONS.get(self.code)
        text = fill(kind.english, self.values) if kind else self.code
        return f"{self.location}: {text}" if self.location else text

    @property
    def error(self):
        """Number of HL7 table 0357."""
        return REASONS[self.code].error if self.code in REASONS else 207

    def plain_values(self):
        """Return the values shortened and rid of what PostgreSQL's JSON does not hold."""
        return {
            name: value.replace("\0", "")[:MAX_VALUE] if isinstance(value, str) else value
            for name, value in self.values.items()
        }

    def stored_values(self):
        """Return the values as JSON, None when there are none."""
        return _dump(self.plain_values()) if self.values else None


def fill(template, values):
    """Return ``template`` with its values; one that is missing shows as ``…``.

    >>> fill("longer than %(limit)s characters", {}), fill("100 %% of %(a)s", {"a": 1})
    ('longer than … characters', '100 % of 1')
    """
    return template % ({name: "…" for name in _PLACEHOLDER.findall(template)} | values)


def dump(reasons):
    """Return reasons as a JSON list, each once; None for none.

    >>> dump([Reason("future"), Reason("unknown_staff", values={"code": "7"}), Reason("future")])
    '[["future", "", {}], ["unknown_staff", "", {"code": "7"}]]'
    """
    if not reasons:
        return None
    each = dict.fromkeys(_dump([one.code, one.location, one.plain_values()]) for one in reasons)
    return f"[{', '.join(itertools.islice(each, MAX_WARNINGS))}]"


def load(stored):
    """Return the reasons that :func:`dump` wrote (a parsed list or nothing).

    >>> load([["future", "", {}]]), load(None)
    ([Reason(code='future', location='', values={})], [])
    """
    return [Reason(code, location, values) for code, location, values in stored or []]


def _dump(data):
    return json.dumps(data, ensure_ascii=False)
