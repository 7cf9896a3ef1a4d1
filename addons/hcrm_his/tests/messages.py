"""Messages for tests and benchmarks, made from what a test cares about; plain Python."""

ZONE = "UNICODE UTF-8"


def header(kind, control, *, time="20260301080000", sender="HIS", charset=ZONE, **more):
    """Return an MSH line; ``more`` overrides fields by number, as ``f11="T"``."""
    fields = {2: "^~\\&", 3: sender, 4: "RENAI", 5: "CRM", 6: "ODOO", 7: time}
    fields |= {9: kind, 10: control, 11: "P", 12: "2.5", 18: charset}
    fields |= {int(name[1:]): value for name, value in more.items()}
    return "MSH|" + "|".join(fields.get(number, "") for number in range(2, 19)).rstrip("|")


def segment(name, **fields):
    """Return a line: ``segment("PID", f3="7", f5="张^伟")``."""
    numbers = {int(field[1:]): str(value) for field, value in fields.items()}
    last = max(numbers, default=0)
    return "|".join([name, *(numbers.get(number, "") for number in range(1, last + 1))])


def patient(number="P1", name="张^伟", birth="19900307", sex="M", **more):
    """Return a PID line."""
    fields = {"f3": f"{number}^^^RENAI^MR", "f5": name, "f7": birth, "f8": sex}
    return segment("PID", f1="1", **(fields | more))


def visit(number="V1", kind="I", place="CARD^1^2", **more):
    """Return a PV1 line."""
    fields = {"f2": kind, "f3": place, "f19": number}
    return segment("PV1", f1="1", **(fields | more))


def message(*lines):
    """Join lines to a message."""
    return "\r".join(lines) + "\r"


def adt(event, control, *lines, time="20260301080000", **more):
    """Return an ADT message; without lines it has a patient and a visit."""
    lines = lines or (patient(), visit())
    told = segment("EVN", f1=event, f2=time)
    return message(header(f"ADT^{event}", control, time=time, **more), told, *lines)


def a40(control, survivor, retired, time="20260301080000", **more):
    """Return a merge of two record numbers."""
    merge = segment("MRG", f1=f"{retired}^^^RENAI^MR")
    return adt("A40", control, patient(survivor, **more), merge, time=time)


def registration(index, *, sender="HIS", kind="A04", hour=8):
    """Return a registration as hospitals send it: ID card, address, phones, diagnosis."""
    time = f"20260301{hour:02d}0000"
    return adt(
        kind,
        f"{kind}-{index}",
        patient(
            f"P{index}",
            f"张^伟{index}",
            f11="朝阳区1号^^北京^^100020^CHN",
            f13=f"138{index % 100_000_000:08d}~010-88886666",
        ),
        visit(f"V{index}", "O", f44=time),
        segment("DG1", f1="1", f3="I10^原发性高血压^ICD-10", f6="W"),
        time=time,
        sender=sender,
    )
