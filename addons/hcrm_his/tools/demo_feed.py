"""A morning of HL7 messages for the demonstration hospital; plain Python."""

from datetime import date, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"
AUTHORITY = "HIS"
SENDERS = (("HIS 住院与门诊", "HIS|RENAI"), ("LIS 检验", "LIS|RENAI"))
PATIENTS = 24
EVERY = timedelta(minutes=7)
#: What the laboratory reports: code, name, value, unit, range, flag.
RESULTS = (
    ("2345-7", "葡萄糖", "7.9", "mmol/L", "3.9-6.1", "H"),
    ("2160-0", "肌酐", "78", "umol/L", "57-97", "N"),
    ("718-7", "血红蛋白", "128", "g/L", "115-150", "N"),
    ("2823-3", "血钾", "3.2", "mmol/L", "3.5-5.3", "L"),
)


class Patient(NamedTuple):
    """A person as the HIS knows it."""

    number: str
    name: str
    birth: date
    sex: str


def messages(patients, now):
    """Return [(time received in UTC, text)]: registrations, results, and three that are broken.

    >>> from datetime import datetime
    >>> one = Patient("7", "李福根", date(1943, 3, 12), "male")
    >>> [text.split("|")[8] for _at, text in messages([one] * 5, datetime(2026, 3, 1))]
    ['ADT^A04', 'ORU^R01', 'ADT^A04', 'ADT^A04', 'ORU^R01']
    """
    feed = []
    start = now - EVERY * len(patients)
    for index, patient in enumerate(patients):
        at = start + EVERY * index
        make = _results if index % 3 == 1 else _registration
        text = make(f"DEMO{index:04}", patient, at)
        feed.append((at, _broken(text, index, patient)))
    return feed


def _broken(text, index, patient):
    """A birthday that is none, a code that is in no table, a message without its patient."""
    if index == 6:
        return text.replace(f"|{patient.birth:%Y%m%d}|", "|19560231|")
    if index == 12:
        return text.replace("PV1|1|O|", "PV1|1|门诊|")
    if index == 18:
        return text.replace("PID|1|", "ZID|1|")
    return text


def _registration(control, patient, at):
    time = _local(at)
    return _join(
        _header("ADT^A04", control, time, "HIS"),
        f"EVN|A04|{time}",
        _patient(patient),
        f"PV1|1|O{'|' * 17}{control}{'|' * 25}{time}",
    )


def _results(control, patient, at):
    time = _local(at)
    return _join(
        _header("ORU^R01", control, time, "LIS"),
        _patient(patient),
        f"OBR|1|{control}|{control}|24323-8^生化全套^LN|||{time}",
        *(
            f"OBX|{number}|NM|{code}^{name}^LN||{value}|{unit}|{limits}|{flag}|||F|||{time}"
            for number, (code, name, value, unit, limits, flag) in enumerate(RESULTS, 1)
        ),
    )


def _header(kind, control, time, sender):
    return f"MSH|^~\\&|{sender}|RENAI|CRM|ODOO|{time}||{kind}|{control}|P|2.5|||||CHN|UNICODE UTF-8"


def _patient(patient):
    sex = {"male": "M", "female": "F"}.get(patient.sex, "U")
    return f"PID|1||{patient.number}^^^{AUTHORITY}^MR||{patient.name}||{patient.birth:%Y%m%d}|{sex}"


def _local(at):
    return f"{at.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(ZONE)):%Y%m%d%H%M%S}"


def _join(*segments):
    return "\r".join(segments) + "\r"
