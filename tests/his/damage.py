"""Seeded ways to damage a message; what they make must cost nobody else anything."""

import re

from tests.his.messages import adt, header, message, patient, segment, visit

FIVE_MB = 5 * 1024 * 1024


def good(control, number):
    """A message that must arrive whatever stands around it."""
    return adt("A28", control, patient(f"G{number}", "好^人"), sender="GOOD").encode()


def base(random, control):
    """A message worth damaging."""
    kind = random.randrange(3)
    head = patient(f"D{random.randrange(500)}", "坏^消息", f13="13800138000")
    if kind == 0:
        line = segment("DG1", f1="1", f3="I10^高血压^ICD-10", f6="W")
        return adt("A01", control, head, visit(f"DV{control}"), line, sender="BAD").encode()
    if kind == 1:
        result = segment(
            "OBX", f1="1", f2="NM", f3="K^Potassium^L", f5="4.1", f11="F", f14="20260301"
        )
        lines = (head, segment("OBR", f1="1", f3=control), result)
        return message(header("ORU^R01", control, sender="BAD"), *lines).encode()
    line = segment("FT1", f1="1", f4="20260301", f6="CG", f7="D1^Drug", f10="1", f11="10")
    return message(header("DFT^P03", control, sender="BAD"), head, line).encode()


class Damage:
    """``Damage(random).apply(body, control)`` → bytes of a frame's content."""

    def __init__(self, random):
        self.random = random
        names = [name for name in vars(type(self)) if name.startswith("do_")]
        self.names = [name for name in names if name not in ("do_five_megabytes", "do_many_lines")]
        self.rare = ["do_five_megabytes", "do_many_lines"]

    def apply(self, body, control):
        """Return (name of the damage, damaged body)."""
        name = self.random.choice(self.rare if self.random.random() < 0.01 else self.names)
        return name, getattr(self, name)(body)

    def _field(self, body, segment_name, number, value):
        """Replace a field by number; MSH counts from 1 as in the standard."""
        lines = body.split(b"\r")
        for index, line in enumerate(lines):
            if line.startswith(segment_name):
                fields = line.split(b"|")
                place = number - 1 if segment_name == b"MSH" else number
                fields += [b""] * (place + 1 - len(fields))
                fields[place] = value
                lines[index] = b"|".join(fields)
                break
        return b"\r".join(lines)

    def do_cut(self, body):
        return body[: self.random.randrange(len(body))]

    def do_cut_head(self, body):
        return body[self.random.randrange(1, 40) :]

    def do_lose_bytes(self, body):
        data = bytearray(body)
        for _count in range(self.random.randrange(1, 12)):
            del data[self.random.randrange(len(data))]
        return bytes(data)

    def do_flip_bytes(self, body):
        data = bytearray(body)
        for _count in range(self.random.randrange(1, 12)):
            data[self.random.randrange(len(data))] = self.random.randrange(256)
        return bytes(data).replace(b"\x0b", b"?").replace(b"\x1c", b"?")

    def do_double(self, body):
        at = self.random.randrange(len(body))
        return body[:at] + body[at // 2 : at] + body[at:]

    def do_swap_lines(self, body):
        lines = body.split(b"\r")
        self.random.shuffle(lines)
        return b"\r".join(lines)

    def do_nul(self, body):
        at = self.random.randrange(len(body))
        return body[:at] + b"\0" * self.random.randrange(1, 9) + body[at:]

    def do_wrong_charset(self, body):
        return body.decode().encode("gb18030")

    def do_unknown_charset(self, body):
        return self._field(body, b"MSH", 18, b"KLINGON")

    def do_bad_date(self, body):
        bad = self.random.choice((b"20261345", b"yesterday", b"99999999", b"2026-03-01", b"-1"))
        return re.sub(rb"\|1990\d{4}\|", b"|" + bad + b"|", body)

    def do_bad_header_date(self, body):
        return self._field(body, b"MSH", 7, b"31.12.2026")

    def do_unknown_code(self, body):
        name, number = self.random.choice(
            ((b"PID", 8), (b"PV1", 2), (b"OBX", 11), (b"FT1", 6), (b"MSH", 11), (b"MSH", 12))
        )
        return self._field(body, name, number, b"QQ")

    def do_unknown_type(self, body):
        return self._field(
            body, b"MSH", 9, self.random.choice((b"XYZ^Q99", b"ADT^Z99", b"", b"^^^"))
        )

    def do_no_identifier(self, body):
        return self._field(body, b"PID", 3, self.random.choice((b"", b"^^^", b'""', b"~~~")))

    def do_separators(self, body):
        wild = self.random.choice((b"||||", b"^^^^", b"ABCD", b"", b"^~\\&#!?", b"\\\\\\\\"))
        return self._field(body, b"MSH", 2, wild)

    def do_hostile_text(self, body):
        text = self.random.choice(
            (
                b"'; DROP TABLE res_partner; --",
                b"%s%(name)s{0}%",
                b"\\X00\\\\XZZ\\\\X",
                b"<script>alert(1)</script>",
                b"\xed\xa0\x80",
                b"\xf0\x9f\x98\x80" * 20,
                b"\xe2\x80\xae\xe2\x81\xa6",
                b"A" * 20_000,
            )
        )
        return self._field(body, b"PID", self.random.choice((3, 5, 11, 13)), text)

    def do_hostile_number(self, body):
        text = self.random.choice((b"1e999", b"NaN", b"-", b"9" * 400, b"0x10", b"1,5"))
        return self._field(self._field(body, b"OBX", 5, text), b"FT1", 11, text)

    def do_many_parts(self, body):
        mark = self.random.choice((b"~", b"^", b"&", b"|"))
        return self._field(
            body, b"PID", self.random.choice((3, 5, 13)), b"x" + mark * 30_000 + b"y"
        )

    def do_long_control_id(self, body):
        return self._field(body, b"MSH", 10, b"7" * self.random.choice((300, 5000)))

    def do_long_code(self, body):
        long = b"C" * self.random.choice((500, 9000)) + b"^name"
        return self._field(self._field(body, b"OBX", 3, long), b"DG1", 3, long)

    def do_not_hl7(self, body):
        return self.random.choice(
            (b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 50, b"{}", b"MSH", b"\r\r")
        )

    def do_foreign_lines(self, body):
        return body + self.random.choice(
            (b"ZZZ|1|2\r", b"zzz|1\r", b"PID\r", b"|||||\r", b"\tPID|1\r")
        )

    def do_five_megabytes(self, body):
        name, number = self.random.choice(((b"PID", 5), (b"PID", 11), (b"OBX", 5), (b"MSH", 3)))
        return self._field(body, name, number, b"L" * FIVE_MB)

    def do_many_lines(self, body):
        return body + b"NTE|1||x\r" * 30_000


def broken_frames(random, body):
    """Return bytes that are no frame, and how many answers they may cost."""
    return random.choice(
        (
            b"noise without any block",
            b"\x0b" + body,  # never ends: the next start ends it
            b"\x1c\r",
            b"\x0b\x1c\r",
            b"\x0b\x0b\x0b",
            body + b"\x1c\r",  # never began
        )
    )
