"""A hospital whose outbox workers a test may kill, and far ends that remember."""

import json
from collections import Counter

import pytest

from scripts.odoo import wait_until
from tests.support.hospital import CrashHospital

SET_UP = """
import json
env["hcrm.safety.switch"].action_open()
env["hcrm.gateway"].search([]).active = False
company = env["res.users"].search([("login", "=", "officer")]).company_id
server = env["ir.mail_server"].create(
    {{"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": {smtp_port},
      "smtp_encryption": "none"}})
shared = {{"company_id": company.id, "sandbox": False, "rate": 5000, "burst": 5000,
           "batch": {batch}, "parallel": 2, "settle_minutes": 0, "max_attempts": 50,
           "carries_marketing": True, "timeout": 5}}
env["hcrm.gateway"].create([
    {{**shared, "name": "mail", "channel": "email", "kind": "smtp", "mail_server_id": server.id,
      "sender": "Hospital <care@hospital.test>"}},
    {{**shared, "name": "sms", "channel": "sms", "kind": "kannel", "url": "{sms_url}",
      "user": "{sms_user}", "secret": "{sms_secret}", "sender": "10690001",
      "callback_url": "{callback}"}},
])
env.cr.execute("UPDATE hcrm_communication SET state = 'cancelled' WHERE state = 'waiting'")
env.cr.execute(\"\"\"
    UPDATE res_partner SET email = 'p' || id || '@patients.test',
           email_normalized = 'p' || id || '@patients.test'
     WHERE is_customer_person\"\"\")
env.cr.commit()
"""
ASK = """
import json
persons = env["res.partner"].search(
    [("is_customer_person", "=", True), ("phone_stored", "=like", "+861%"),
     ("is_deceased", "=", False), ("age", ">=", 18)], order="id").ids
env.cr.execute("SELECT partner_id FROM hcrm_consent WHERE status = 'withdrawn'")
refused = {{row[0] for row in env.cr.fetchall()}}
persons = [number for number in persons if number not in refused]
company = env["res.users"].search([("login", "=", "officer")]).company_id
asked = env["hcrm.communication"]._ask([
    {{"recipient_id": persons[number % len(persons)], "company_id": company.id,
      "purpose": "{purpose}", "is_urgent": {urgent}, "channels": ["{channel}"],
      "key": f"{name}/{{number}}", "subject_line": "reminder",
      "body": f"#{name}-{{number}}# 您好，请按时复诊"}}
    for number in range({count})])
env.cr.commit()
print("ASKED " + json.dumps(asked.ids))
"""


class OutboxHospital(CrashHospital):
    """Adds worker processes, which may be killed one by one."""

    def __init__(self, stack, db):
        super().__init__(stack, db)
        self.workers = [self._outbox_worker(number) for number in (1, 2)]
        receiver = [*self._server_command(), "--max-cron-threads", "0"]
        #: A web server that takes what comes and sends nothing itself.
        self.receiver = self._process("receiver", receiver, self._server_ready)

    def _outbox_worker(self, number):
        command = self.odoo.subcommand("hcrm_outbox_worker", "-c", self.odoo.conf, "-d", self.db)
        return self._process(f"outbox-{number}", command, lambda: True)

    def start_workers(self):
        """Start those that do not run."""
        for worker in self.workers:
            if not worker.alive():
                worker.start()

    def in_hand(self, worker):
        """Return how many messages a worker that stands still was handing over."""
        [told] = self.sql(
            "SELECT count(DISTINCT message.id) FROM pg_locks AS held "
            "JOIN pg_stat_activity AS activity USING (pid) "
            "JOIN hcrm_communication AS message ON message.claim = held.objid::int "
            "WHERE held.locktype = 'advisory' AND held.granted AND message.state = 'claimed' "
            f"AND activity.application_name = 'odoo-{worker.process.pid}'"
        )
        return int(told)

    def stop_workers(self):
        """The polite end."""
        for worker in self.workers:
            worker.stop()

    def set_up(self, **how):
        """Open the safety switch and point the gateways at the far ends."""
        self.shell(
            SET_UP.format(
                **{
                    "sms_url": "",
                    "sms_user": "",
                    "sms_secret": "",
                    "smtp_port": 1,
                    "callback": "",
                    "batch": 20,
                    **how,
                }
            )
        )

    def ask(self, name, count, channel, purpose="care"):
        """Ask for numbered messages; return their ids in the order of their numbers."""
        told = self.shell(
            ASK.format(
                name=name, count=count, channel=channel, purpose=purpose, urgent=purpose == "care"
            )
        )
        line = next(line for line in told.splitlines() if line.startswith("ASKED "))
        return json.loads(line.removeprefix("ASKED "))

    def count(self, condition):
        """Number of messages."""
        return int(self.sql(f"SELECT count(*) FROM hcrm_communication WHERE {condition}")[0])

    def wait_until_settled(self, name, seconds):
        """True once nothing of ``name`` is on its way."""
        open_ones = (
            f"idempotency_key LIKE '{name}/%' AND state IN ('waiting','claimed','uncertain')"
        )
        return wait_until(lambda: not self.count(open_ones), seconds)

    def failures(self, name):
        """Why messages of ``name`` failed, as lines of text."""
        return self.sql(
            "SELECT failure_code, failure_detail, reasons, count(*) FROM hcrm_communication "
            f"WHERE idempotency_key LIKE '{name}/%' AND state = 'failed' GROUP BY 1, 2, 3"
        )

    def states(self, name, key=int):
        """Return number → (state, was it ever uncertain)."""
        told = self.sql(
            "SELECT split_part(idempotency_key, '/', 2), state, EXISTS ("
            "SELECT 1 FROM hcrm_communication_attempt a WHERE a.communication_id = c.id "
            "AND a.status = 'unknown') FROM hcrm_communication c "
            f"WHERE idempotency_key LIKE '{name}/%'"
        )
        rows = (line.split("|") for line in told if line)
        return {key(number): (state, uncertain == "t") for number, state, uncertain in rows}

    def close(self):
        self.stop_workers()
        self.receiver.stop()
        super().close()


@pytest.fixture(scope="package")
def outbox_hospital(stack):
    """Workers, server and PostgreSQL that a test may kill; nothing is started."""
    running = OutboxHospital(stack, f"{stack.settings.db}__outbox")
    try:
        yield running
    finally:
        running.close()


VOICE_UP = """
env["hcrm.safety.switch"].action_open()
env["hcrm.gateway"].search([]).active = False
env["hcrm.contact.rule"].search([("code", "in", ("quiet_hours", "consent_unknown"))]).effect = (
    "allow")
company = env["res.users"].search([("login", "=", "officer")]).company_id
env["hcrm.gateway"].create(
    {{"name": "voice", "channel": "voice", "kind": "asterisk", "company_id": company.id,
      "url": "{url}", "user": "hcrm", "new_secret": "secret", "sender": "95000",
      "sandbox": False, "rate": 50, "burst": 50, "carries_marketing": True, "lines": 5,
      "calls_a_day": 20, "ring_seconds": 8, "call_from": 0, "call_to": 24,
      "settle_minutes": 0, "timeout": 5}})
env.cr.execute("UPDATE hcrm_communication SET state = 'cancelled' WHERE state = 'waiting'")
env.cr.execute("UPDATE hcrm_call SET state = 'ended', outcome = 'abandoned', ended_at = now() "
               "WHERE state <> 'ended'")
env.cr.commit()
"""
CALL = """
company = env["res.users"].search([("login", "=", "officer")]).company_id
kind = env.ref("hcrm_base.kind_patient")
numbers = {numbers}
persons = env["res.partner"].create(
    [{{"name": "患者" + number, "phone": number, "kind_ids": [(4, kind.id)]}}
     for number in numbers])
asked = env["hcrm.communication"]._ask([
    {{"recipient_id": person.id, "company_id": company.id, "purpose": "{purpose}",
      "channels": ["voice"], "key": f"{name}/{{number}}", "res_model": "mail.mail",
      "body": "【仁爱医院】您好，提醒您明天上午十点到门诊，请带好证件。"}}
    for person, number in zip(persons, numbers)])
env.cr.commit()
"""
DESK = """
user = env["res.users"].search([("login", "=", "{login}")])
env["hcrm.agent"].search([("user_id", "=", user.id)]).unlink()
env["hcrm.agent"].create({{"user_id": user.id, "endpoint": "{endpoint}",
                          "company_id": user.company_id.id}})
env["hcrm.ivr.menu"].search([]).active = False
env.cr.commit()
"""
TAKE = """
user = env["res.users"].search([("login", "=", "{login}")])
call = env["hcrm.call"].search([("state", "=", "queued")], limit=1)
assert call._claim(user)
call._connect_desk(user)
env.cr.commit()
"""
DIAL = """
user = env["res.users"].search([("login", "=", "{login}")])
calls = env["hcrm.call"].with_company(user.company_id)
calls._dial(user, "{number}")
env.cr.commit()
"""


class VoiceHospital(OutboxHospital):
    """Adds the processes that speak."""

    def __init__(self, stack, db):
        super().__init__(stack, db)
        self.voices = [self._voice(number) for number in (1, 2)]

    def _voice(self, number):
        command = self.odoo.subcommand("hcrm_voice", "-c", self.odoo.conf, "-d", self.db)
        return self._process(f"voice-{number}", command, lambda: True)

    def start_voice(self, count=1):
        """Start so many, and wait until one of them hears Asterisk."""
        for voice in self.voices[:count]:
            if not voice.alive():
                voice.start()

    def wait_heard(self):
        """Until somebody listens: who calls before hears what the exchange says alone."""
        heard = (
            "SELECT count(*) FROM hcrm_gateway_meter JOIN hcrm_gateway way ON way.id = gateway_id "
            "WHERE active AND heard_at > clock_timestamp() AT TIME ZONE 'UTC' - interval '5 s'"
        )
        assert wait_until(lambda: int(self.sql(heard)[0]), 90), "nobody listens"

    def stop_voice(self):
        """The polite end of who speaks and who sends."""
        self.stop_workers()
        for voice in self.voices:
            voice.stop()

    def set_up_voice(self, url):
        """Open the safety switch, point the one gateway at Asterisk."""
        self.shell(VOICE_UP.format(url=url))

    def ask_calls(self, name, numbers, purpose="care"):
        """Ask for one spoken message to each number."""
        numbers = list(numbers)
        self.shell(CALL.format(name=name, numbers=repr(numbers), purpose=purpose))
        return numbers

    def fates(self, name):
        """Return number → (state, failure)."""
        told = self.sql(
            "SELECT split_part(idempotency_key, '/', 2), state, COALESCE(failure_code, '') "
            f"FROM hcrm_communication WHERE idempotency_key LIKE '{name}/%'"
        )
        rows = (line.split("|") for line in told if line)
        return {number: (state, code) for number, state, code in rows}

    def events(self, name):
        """Return how often each kind of event happened in calls of ``name``."""
        told = self.sql(
            "SELECT e.kind, count(*) FROM hcrm_call_event e JOIN hcrm_call c ON c.id = e.call_id "
            "JOIN hcrm_communication m ON m.id = c.communication_id "
            f"WHERE m.idempotency_key LIKE '{name}/%' GROUP BY 1"
        )
        return Counter({kind: int(n) for kind, n in (line.split("|") for line in told if line)})

    def keys(self, name):
        """Return number → key that went back to who asked."""
        told = self.sql(
            "SELECT split_part(m.idempotency_key, '/', 2), i.body_stored FROM hcrm_inbound i "
            "JOIN hcrm_communication m ON m.ref = i.answered_refs "
            f"WHERE m.idempotency_key LIKE '{name}/%'"
        )
        return dict(line.split("|") for line in told if line)

    def give_desk(self, login, endpoint):
        """Name the telephone of somebody's desk; without a menu callers wait for a person."""
        self.shell(DESK.format(login=login, endpoint=endpoint))

    def take_call(self, login):
        """Accept the call that waits."""
        self.shell(TAKE.format(login=login))

    def dial(self, login, number):
        """Click on a number."""
        self.shell(DIAL.format(login=login, number=number))

    def calls(self, condition):
        """Number of calls."""
        return int(self.sql(f"SELECT count(*) FROM hcrm_call WHERE {condition}")[0])

    def recordings(self):
        """Number of recordings that hold something."""
        return int(
            self.sql(
                "SELECT count(*) FROM ir_attachment WHERE res_model = 'hcrm.call' "
                "AND res_field = 'recording_stored' AND file_size > 8000"
            )[0]
        )

    def count_lost(self, name):
        """Return how many calls ended in a way nobody knows."""
        told = self.sql(
            "SELECT count(*) FROM hcrm_call c JOIN hcrm_communication m "
            "ON m.id = c.communication_id WHERE c.outcome = 'lost' "
            f"AND m.idempotency_key LIKE '{name}/%'"
        )
        return int(told[0])


@pytest.fixture(scope="package")
def voice_hospital(stack):
    """Workers and processes that speak, which a test may kill; nothing is started."""
    running = VoiceHospital(stack, f"{stack.settings.db}__voice")
    try:
        yield running
    finally:
        running.close()


FAX_UP = """
env["hcrm.safety.switch"].action_open()
env["hcrm.gateway"].search([]).active = False
env["hcrm.contact.rule"].search([("code", "in", ("quiet_hours", "consent_unknown"))]).effect = (
    "allow")
company = env["res.users"].search([("login", "=", "officer")]).company_id
env["hcrm.gateway"].create(
    {{"name": "fax", "channel": "fax", "kind": "asterisk_fax", "company_id": company.id,
      "url": "{url}", "user": "hcrm", "new_secret": "secret", "sender": "021 5555 0100",
      "fax_folder": "{folder}", "sandbox": False, "rate": 50, "burst": 50, "batch": 20,
      "parallel": 1, "settle_minutes": 0, "max_attempts": 50, "timeout": 10}})
env.cr.execute("UPDATE hcrm_communication SET state = 'cancelled' WHERE state = 'waiting'")
env.cr.commit()
"""
FAX = """
import io
from reportlab.pdfgen.canvas import Canvas
out = io.BytesIO()
canvas = Canvas(out)
canvas.drawString(72, 700, "prescription")
canvas.save()
company = env["res.users"].search([("login", "=", "officer")]).company_id
kind = env.ref("hcrm_base.kind_patient")
numbers = {numbers}
persons = env["res.partner"].create(
    [{{"name": "传真" + number, "kind_ids": [(4, kind.id)]}} for number in numbers])
for person, number in zip(persons, numbers):
    person.fax = number
    person._hcrm_confirm_fax(number)
env["hcrm.communication"]._ask([
    {{"recipient_id": person.id, "company_id": company.id, "purpose": "care", "channels": ["fax"],
      "key": f"{name}/{{number}}", "body": "处方见附件", "subject_line": "处方",
      "files": [("rx.pdf", "application/pdf", out.getvalue())]}}
    for person, number in zip(persons, numbers)])
env.cr.commit()
"""


class FaxHospital(OutboxHospital):
    """Its workers hand faxes over to a real Asterisk."""

    def set_up_fax(self, asterisk):
        """Open the safety switch, point the one gateway at Asterisk."""
        host, port = asterisk.ami
        self.shell(FAX_UP.format(url=f"{host}:{port}", folder=asterisk.folder / "fax"))

    def ask_faxes(self, name, numbers):
        """Ask for one page to each number."""
        self.shell(FAX.format(name=name, numbers=repr(list(numbers))))

    def fates(self, name):
        """Return number → (state, was it ever uncertain)."""
        return self.states(name, key=str)


@pytest.fixture(scope="package")
def fax_hospital(stack):
    """Workers that fax, which a test may kill; nothing is started."""
    running = FaxHospital(stack, f"{stack.settings.db}__fax")
    try:
        yield running
    finally:
        running.close()
