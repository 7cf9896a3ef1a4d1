"""Two hospitals in one database, with servers and processes that a test may kill."""

import http.client
import json
import os
import socket
import sys
import time

import pytest

from scripts import checks
from scripts.settings import ROOT
from tests.communication.conftest import OutboxHospital

SET_UP = """
import json
env["hcrm.safety.switch"].action_open()
env["hcrm.gateway"].search([]).active = False
env["hcrm.contact.rule"].search([("code", "in", ("quiet_hours", "consent_unknown"))]).effect = (
    "allow")
first = env["res.users"].search([("login", "=", "officer")]).company_id
second = env["res.company"].search([("name", "=", "Second hospital")])
if not second:
    second = env["res.company"].create({{"name": "Second hospital",
                                         "country_id": first.country_id.id}})
    second.resource_calendar_id.tz = "Europe/London"
env["hcrm.complaint.desk"]._ensure_offices(first | second)
server = env["ir.mail_server"].create(
    {{"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": {smtp_port},
      "smtp_encryption": "none"}})
for company in first | second:
    shared = {{"company_id": company.id, "sandbox": False, "rate": 5000, "burst": 5000,
               "batch": 10, "parallel": 2, "settle_minutes": 0, "max_attempts": 50, "timeout": 5}}
    env["hcrm.gateway"].create([
        {{**shared, "name": "mail", "channel": "email", "kind": "smtp",
          "mail_server_id": server.id, "sender": "Hospital <care@hospital.test>"}},
        {{**shared, "name": "sms", "channel": "sms", "kind": "kannel", "url": "{sms_url}",
          "user": "{sms_user}", "secret": "{sms_secret}", "sender": "10690001"}},
    ])
env.cr.execute("UPDATE hcrm_communication SET state = 'cancelled' WHERE state = 'waiting'")
group = env.ref("hcrm_base.group_officer")
for number in (1, 2):
    if not env["res.users"].search([("login", "=", f"twin{{number}}")]):
        env["res.users"].create({{
            "login": f"twin{{number}}", "name": f"Twin {{number}}", "company_id": first.id,
            "company_ids": [(6, 0, first.ids)], "group_ids": [(4, group.id)]}})
desks = env["hcrm.complaint.desk"]
desk = desks.search([("name", "=", "Twins")]) or desks.create({{
    "name": "Twins", "level": "1", "company_id": first.id,
    "user_ids": env["res.users"].search([("login", "in", ("twin1", "twin2"))]).ids}})
env.cr.commit()
print("HOSPITALS " + json.dumps([first.id, second.id, desk.id]))
"""


class Line:
    """A client of an intake process; anything but its answer is None."""

    def __init__(self, port):
        self.port, self.link = port, None

    def ask(self, what, seconds=60, **told):
        """Return the answer, None if nobody knows what came of it."""
        try:
            if self.link is None:
                self.link = socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
                self.file = self.link.makefile("rwb")
            self.file.write(json.dumps([what, told]).encode() + b"\n")
            self.file.flush()
            return json.loads(self.file.readline())
        except (OSError, ValueError):
            self.close()
            return None

    def close(self):
        """Hang up."""
        if self.link is not None:
            self.link.close()
            self.link = None


class ComplaintHospital(OutboxHospital):
    """Two web servers, two processes of the other roads, two senders; all may be killed."""

    def __init__(self, stack, db):
        super().__init__(stack, db)
        self.ports = [checks.free_port() for _ in range(2)]
        self.webs = [self._web(number, port) for number, port in enumerate(self.ports)]
        self.lines = [checks.free_port() for _ in range(2)]
        self.intakes = [self._intake(number, port) for number, port in enumerate(self.lines)]
        self.hospitals, self.desk = [], None  # ids

    def _web(self, number, port):
        """Scheduled jobs stay out: a test says when."""
        command = self.odoo.command("-c", self.odoo.conf, "-d", self.db, "--http-port", port)
        return self._process(
            f"web-{number}", [*command, "--max-cron-threads", "0"], lambda: _answers(port)
        )

    def _intake(self, number, port):
        command = [sys.executable, "-B", "-m", "tests.complaint.intake_process", str(port)]
        process = self._process(
            f"intake-{number}",
            [*command, "-c", str(self.odoo.conf), "-d", self.db],
            lambda: _listens(port),
        )
        tree = os.pathsep.join((str(ROOT), str(self.stack.tree.python_path)))
        process.env = {**process.env, "PYTHONPATH": tree}
        return process

    def begin(self, kannel, smtp_sink):
        """Point the gateways of both hospitals at the far ends."""
        told = self.shell(
            SET_UP.format(
                sms_url=kannel.send_url,
                sms_user=kannel.options["user"],
                sms_secret=kannel.options["password"],
                smtp_port=smtp_sink.port,
            )
        )
        line = next(line for line in told.splitlines() if line.startswith("HOSPITALS "))
        *self.hospitals, self.desk = json.loads(line.removeprefix("HOSPITALS "))

    def run(self, *processes):
        """Start what does not run, all at once; wait until all answer."""
        for one in processes:
            if not one.alive():
                one.launch()
        for one in processes:
            while not one.ready():
                assert one.alive(), one.told()[-3000:]
                time.sleep(0.1)

    def writing(self, process):
        """How many transactions of a process have written and are not committed."""
        [told] = self.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL "
            f"AND application_name = 'odoo-{process.process.pid}'"
        )
        return int(told)

    def rows(self, statement):
        """Rows as lists of text."""
        return [line.split("|") for line in self.sql(statement) if line]

    def close(self):
        for process in (*self.webs, *self.intakes):
            process.stop()
        super().close()


def _answers(port):
    try:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        link.request("GET", "/web/health")
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def _listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="package")
def two_hospitals(stack):
    """Nothing is started."""
    running = ComplaintHospital(stack, f"{stack.settings.db}__complaint")
    try:
        yield running
    finally:
        running.close()
