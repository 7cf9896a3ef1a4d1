"""Complaints by e-mail: sent by SMTP, fetched by POP3, and what comes back to the mailboxes."""

import base64
import io
import json
import re
import zipfile
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

import pytest

from tests.complaint.mailbox import Mailbox
from tests.support.rig import eventually

OFFICE, CARE = "tousu@hospital.test", "care@hospital.test"
#: Rounds in which a mailbox answers each mail of ours at once.
ROUNDS = 9
#: Cases of one address in an hour; `MOST_OF_ONE`.
MOST = 5
GB = "朱镕基街道㐀村：我在急诊等了三个小时，没有人叫号。"
SET_UP = """
import json
env["hcrm.safety.switch"].action_open()
env["hcrm.gateway"].search([]).active = False
env["hcrm.contact.rule"].search([("code", "in", ("quiet_hours", "consent_unknown"))]).effect = (
    "allow")
company = env["res.users"].search([("login", "=", "officer")]).company_id
domain = env["mail.alias.domain"].search([("name", "=", "hospital.test")])
company.alias_domain_id = domain or domain.create({{"name": "hospital.test"}})
env["hcrm.complaint.desk"]._find_offices(company)[company].alias_name = "tousu"
server = env["ir.mail_server"].create(
    {{"name": "road", "smtp_host": "127.0.0.1", "smtp_port": {smtp}, "smtp_encryption": "none"}})
env["hcrm.gateway"].create(
    {{"name": "mail", "channel": "email", "kind": "smtp", "mail_server_id": server.id,
      "sender": "Hospital <care@hospital.test>", "company_id": company.id, "sandbox": False,
      "rate": 5000, "burst": 5000, "settle_minutes": 0, "timeout": 5}})
env["fetchmail.server"].create(
    {{"name": "road", "server_type": "pop", "server": "127.0.0.1", "port": {pop},
      "is_ssl": False, "user": "hospital", "password": "secret", "state": "done"}})
env.cr.execute("UPDATE hcrm_communication SET state = 'cancelled' WHERE state = 'waiting'")
env.cr.execute("DELETE FROM hcrm_rate_count")
env.cr.commit()
print("ROAD " + json.dumps(env["res.users"].search([("login", "=", "nurse")]).email))
"""
FETCH = """
import json, resource
env["fetchmail.server"].search([("name", "=", "road")]).fetch_mail()
while env["hcrm.inbound"]._work():
    env.cr.commit()
env.cr.commit()
print("PEAK " + json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
"""
FILES = """
import hashlib, json
case = env["hcrm.complaint"].browse({case})
files = env["ir.attachment"].search(
    [("res_model", "=", "hcrm.complaint.complainant"), ("res_id", "in", case.complainant_ids.ids)])
print("FILES " + json.dumps([
    [case.statement_text], [[one.name, one.mimetype, one.file_size,
     hashlib.sha256(one.raw).hexdigest()] for one in files]]))
"""


def _told(text, name):
    line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
    return json.loads(line.removeprefix(f"{name} "))


class Road:
    """Who writes, the hospital that fetches, and the mailboxes of who wrote."""

    def __init__(self, hospital, mailbox, sink):
        self.hospital, self.mailbox, self.sink = hospital, mailbox, sink

    def write(self, sender, text="在急诊等了三个小时。", to=OFFICE, name="", **headers):
        """Somebody writes; return the message as it left."""
        mail = EmailMessage()
        mail["From"] = f"{name} <{sender}>" if name else sender
        mail["To"], mail["Subject"] = to, headers.pop("Subject", "反映问题")
        mail["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
        for key, value in headers.items():
            mail[key.replace("_", "-")] = value
        mail.set_content(text)
        return mail

    def send(self, *mails):
        """Let them arrive; return the ids of the cases made and the memory it took in MB."""
        last = int(self.hospital.sql("SELECT COALESCE(max(id), 0) FROM hcrm_complaint")[0])
        for mail in mails:
            raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
            sender = re.search(rb"^From:.*?([\w.+-]+@[\w.-]+)", raw, re.MULTILINE).group(1)
            self.mailbox.send(raw, sender.decode(), OFFICE)
        peak = _told(self.hospital.shell(FETCH), "PEAK")
        assert not self.mailbox.waiting(), "it was not fetched"
        made = self.hospital.sql(f"SELECT id FROM hcrm_complaint WHERE id > {last} ORDER BY id")
        return [int(one) for one in made if one], peak

    def received(self, address):
        """Return what stands in a mailbox out there."""
        return [mail for mail in self.sink.mails() if mail["rcpt_tos"] == [address]]

    def wait_received(self, address, count):
        """Return it once there is so much."""
        eventually(lambda: len(self.received(address)) >= count, lambda: self._why(), 60)
        return self.received(address)

    def _why(self):
        return self.hospital.sql(
            "SELECT idempotency_key, state, failure_code, failure_detail, reasons "
            "FROM hcrm_communication WHERE res_model = 'hcrm.complaint' ORDER BY id DESC LIMIT 5"
        )

    def wait_quiet(self):
        """Until nothing is on its way any more."""
        going = (
            "res_model IN ('hcrm.complaint', 'hcrm.inbound') "
            "AND state IN ('waiting', 'claimed', 'uncertain')"
        )
        eventually(lambda: not self.hospital.count(going), self._why, 60)

    def read(self, case):
        """Return the statement and [name, type, size, hash] of the files."""
        [text], files = _told(self.hospital.shell(FILES.format(case=case)), "FILES")
        return text, files


@pytest.fixture(scope="module")
def way(two_hospitals, session_sink, tmp_path_factory):
    """A hospital that fetches its mail."""
    mailbox = Mailbox(tmp_path_factory.mktemp("mailbox")).start()
    script = SET_UP.format(pop=mailbox.pop_port, smtp=session_sink.port)
    told = two_hospitals.shell(script)
    two_hospitals.start_workers()
    found = Road(two_hospitals, mailbox, session_sink)
    found.staff = _told(told, "ROAD")
    yield found
    two_hospitals.stop_workers()
    mailbox.stop()


@pytest.fixture
def road(way, smtp_sink):
    """Mailboxes are empty."""
    return way


def test_a_case_its_receipt_and_the_answer_to_it(road):
    """Number and PIN come back to who wrote; what they answer goes to the case, once."""
    sender = "chen@patients.test"
    [case], _peak = road.send(road.write(sender, name="陈秀英"))
    [receipt] = road.wait_received(sender, 1)
    text = road.sink.parsed(receipt).get_content()
    assert re.search(r"0\d\d-\d{7}-\d\D+\d{6}", text), text
    assert "投诉" not in receipt["subject"] + text

    answer = road.write(
        sender,
        "补充：护士态度也不好。",
        CARE,
        Subject="Re: 反映问题",
        In_Reply_To=receipt["message_id"],
    )
    for _twice in range(2):
        made, _peak = road.send(answer)
        assert not made
    text, _files = road.read(case)
    assert text.count("等了三个小时") == 1 and text.count("护士态度") == 1
    versions = road.hospital.sql(
        f"SELECT count(*) FROM hcrm_complaint_statement WHERE complaint_id = {case}"
    )
    assert versions == ["2"]


@pytest.mark.parametrize("kind", ["marked", "unmarked", "to_the_office"])
def test_a_mailbox_that_answers_everything_makes_no_loop(road, kind):
    """Whatever a mailbox answers, marked as a program's or not, it is bounded."""
    sender = f"away-{kind}@patients.test"
    [_case], _peak = road.send(road.write(sender))
    seen, made, to = 0, 1, OFFICE if kind == "to_the_office" else CARE
    for _round in range(ROUNDS):
        road.wait_quiet()
        fresh = road.received(sender)[seen:]
        if not fresh:
            break
        seen += len(fresh)
        marks = {"Auto_Submitted": "auto-replied"} if kind == "marked" else {}
        if kind != "to_the_office":
            marks["In_Reply_To"] = fresh[-1]["message_id"]
        marks["Subject"] = f"自动回复 {seen}"
        away = [road.write(sender, "本人休假中，回来后回复。", to, **marks) for _mail in fresh]
        more, _peak = road.send(*away)
        made += len(more)
    else:
        pytest.fail(f"still answered after {ROUNDS} rounds")
    print(f"\n{kind}: {seen} mails of ours, {made} cases")
    assert made == (MOST if kind == "to_the_office" else 1)
    assert seen <= made + 1, "we answered what a program wrote"


def test_a_forged_sender_says_nothing_in_another_name(road):
    """Given the address of a colleague, or of the patient, nothing is added, nothing is leaked."""
    patient = "zhou@patients.test"
    [case], _peak = road.send(road.write(patient))
    [receipt] = road.wait_received(patient, 1)
    text = road.sink.parsed(receipt).get_content()
    number = re.search(r"0\d\d-\d{7}-\d", text).group()
    told, answered = road.read(case)[0], receipt["message_id"]
    forged = [
        road.write(road.staff, "我撤诉。", Subject=f"Re: {number}"),
        road.write(road.staff, "我撤诉。", CARE, In_Reply_To=answered),
        road.write("other@evil.test", "我撤诉。", name=patient, Subject=f"Re: {number}"),
        road.write("other@evil.test", "我撤诉。", CARE, name=patient, In_Reply_To=answered),
        road.write("other@evil.test", "我撤诉。", CARE, In_Reply_To=answered),
    ]
    made, _peak = road.send(*forged)
    assert case not in made
    assert road.read(case)[0] == told
    written = road.hospital.sql(
        f"SELECT count(*) FROM mail_message WHERE model = 'hcrm.complaint' AND res_id = {case} "
        "AND body ~ '撤诉'"
    )
    assert written == ["0"]
    road.wait_quiet()
    assert len(road.received(patient)) == 1, "who did not write hears nothing"
    pins = re.findall(r"\d{6}", text.split(number)[1])
    for mail in road.received("other@evil.test"):
        assert number not in mail["raw"] and not any(pin in mail["raw"] for pin in pins)


def _gb_mail():
    """As Chinese programs write: 8 bits, called GB2312, names of files in encoded words."""
    name = base64.b64encode("病历复印件㐀.pdf".encode("gb18030")).decode()
    subject = base64.b64encode("反映镕基街道急诊".encode("gb18030")).decode()
    head = (
        f"From: gb@patients.test\r\nTo: {OFFICE}\r\nMessage-ID: <gb18030@patients.test>\r\n"
        f"Subject: =?gb2312?B?{subject}?=\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ).encode()
    file = (
        f'\r\n--b\r\nContent-Type: application/pdf; name="=?GB2312?B?{name}?="\r\n'
        f'Content-Disposition: attachment; filename="=?GB2312?B?{name}?="\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(b'%PDF-1.4 x').decode()}\r\n"
        "--b--\r\n"
    ).encode()
    return head + GB.encode("gb18030") + file


def test_gb18030_arrives_as_it_was_written(road):
    """Body in raw bytes, subject and file name, all called GB2312."""
    [case], _peak = road.send(_gb_mail())
    text, files = road.read(case)
    assert GB in text and "反映镕基街道急诊" in text
    assert [(name, kind) for name, kind, *_more in files] == [
        ("病历复印件㐀.pdf", "application/pdf")
    ]


def _bomb():
    """An office document of 400 KB that would be 400 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as entry:
            for _part in range(400):
                entry.write(bytes(2**20))
    return out.getvalue()


def test_large_files_and_bombs_are_harmless(road):
    """20 MB are kept whole, more is left out and said so, and nothing is unpacked."""
    before = road.send(road.write("small@patients.test"))[1]
    bomb = road.write("bomb@patients.test")
    word = "vnd.openxmlformats-officedocument.wordprocessingml.document"
    bomb.add_attachment(_bomb(), maintype="application", subtype=word, filename="bomb.docx")
    bomb.add_attachment(_bomb(), maintype="application", subtype="zip", filename="bomb.zip")
    [case], peak = road.send(bomb)
    assert {name for name, *_more in road.read(case)[1]} == {"bomb.docx", "bomb.zip"}
    assert peak - before < 200, "it was unpacked"
    whole = b"\x89PNG\r\n\x1a\n" + bytes(20 * 2**20 - 8)
    mail = road.write("large@patients.test")
    mail.add_attachment(whole, maintype="image", subtype="png", filename="whole.png")
    more = road.write("larger@patients.test")
    more.add_attachment(whole + b"x", maintype="image", subtype="png", filename="more.png")
    [case, other], last = road.send(mail, more)
    print(f"\nmemory in MB: {before} before, {peak} with bombs, {last} with large files")
    assert [(name, size) for name, _type, size, _hash in road.read(case)[1]] == [
        ("whole.png", 20 * 2**20)
    ]
    text, files = road.read(other)
    assert not files and "1" in text.splitlines()[-1]
