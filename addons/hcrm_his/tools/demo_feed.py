"""A morning of HL7 messages for the demonstration hospital; plain Python."""

from datetime import date, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"
AUTHORITY = "HIS"
SENDERS = (
    ("HIS 住院与门诊", "HIS|RENAI"),
    ("LIS 检验", "LIS|RENAI"),
    ("收费系统", "FEE|RENAI"),
    ("预约平台", "BOOK|RENAI"),
)
PATIENTS = 24
EVERY = timedelta(minutes=7)
#: What the laboratory reports: code, name, value, unit, range, flag.
RESULTS = (
    ("2345-7", "葡萄糖", "7.9", "mmol/L", "3.9-6.1", "H"),
    ("2160-0", "肌酐", "78", "umol/L", "57-97", "N"),
    ("718-7", "血红蛋白", "128", "g/L", "115-150", "N"),
    ("2823-3", "血钾", "3.2", "mmol/L", "3.5-5.3", "L"),
)
#: Where people register: department, diagnosis.
ARRIVALS = (
    ("CARD", "I10^高血压病"),
    ("ENDO", "E11.9^2型糖尿病"),
    ("RESP", "J20.9^急性支气管炎"),
)
BILL = (("YP0231", "二甲双胍片", "1", "36.50"), ("JC0107", "生化全套检查", "1", "120.00"))
DEAD = 5


class Patient(NamedTuple):
    """A person as the HIS knows it."""

    number: str
    name: str
    birth: date
    sex: str


def messages(patients, now):
    """Return [(time received in UTC, bytes)]: four kinds of messages, five of them broken.

    >>> from datetime import datetime
    >>> one = Patient("7", "李福根", date(1943, 3, 12), "male")
    >>> [body.split(b"|")[8] for _at, body in messages([one] * 4, datetime(2026, 3, 1))]
    [b'ADT^A04', b'ORU^R01', b'DFT^P03', b'SIU^S12']
    """
    feed = []
    start = now - EVERY * len(patients)
    for index, patient in enumerate(patients):
        at = start + EVERY * index
        make = (_registration, _results, _bill, _booking)[index % 4]
        text = make(f"DEMO{index:04}", patient, at)
        feed.append((at, _broken(text, index, patient)))
    return feed


def _broken(text, index, patient):
    """What hospitals really send now and then; what is not broken is passed on."""
    if index == 4:  # a birthday that is none
        text = text.replace(f"|{patient.birth:%Y%m%d}|", "|19560231|")
    elif index == 8:  # a word instead of a code
        text = text.replace("PV1|1|O|", "PV1|1|门诊|")
    elif index == 13:  # nobody knows about whom
        text = text.replace("PID|1|", "ZID|1|")
    elif index == 16:  # an event that the interface does not know
        text = text.replace("ADT^A04", "ADT^A60")
    elif index == 20:  # says UTF-8 and is something else
        return text.encode("gb18030")
    return text.encode()


def _registration(control, patient, at):
    time = _local(at)
    department, diagnosis = ARRIVALS[int(control[4:]) // 4 % len(ARRIVALS)]
    return _join(
        _header("ADT^A04", control, time, "HIS"),
        f"EVN|A04|{time}",
        _patient(patient),
        f"PV1|1|O|{department}{'|' * 16}{control}{'|' * 25}{time}",
        f"DG1|1||{diagnosis}^I10||{time}|W",
    )


def _bill(control, patient, at):
    time = _local(at)
    return _join(
        _header("DFT^P03", control, time, "FEE"),
        _patient(patient),
        *(
            f"FT1|{number}|||{time}||CG|{code}^{name}|||{count}|{price}&CNY"
            for number, (code, name, count, price) in enumerate(BILL, 1)
        ),
    )


def _booking(control, patient, at):
    starts = _local(at + timedelta(days=3))
    return _join(
        _header("SIU^S12", control, _local(at), "BOOK"),
        f"SCH||{control}|||||^复诊||30|min|^^^{starts}",
        _patient(patient),
        "AIL|1||CARD",
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
