"""The bridge to OCA's queue_job under its real runner: jobs arrive over HTTP and share the work."""

import os
import re
import signal

import pytest

from scripts import aside, checks
from scripts.odoo import wait_until
from scripts.say import Trouble
from scripts.testing import BridgeTests
from tests.his.conftest import WITNESSES
from tests.his.traffic import Sender, Traffic
from tests.support.hospital import Hospital

BRIDGE = "hcrm_his_queue_job"
MESSAGES, MORE = 1800, 300
#: Each message takes its time, so that there is a middle to kill in; and who applied it is told.
SLOWLY = """
ALTER TABLE his_witness ADD COLUMN who int DEFAULT pg_backend_pid();
CREATE FUNCTION his_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$;
CREATE TRIGGER his_wait AFTER UPDATE OF state ON hcrm_his_message FOR EACH ROW
  WHEN (OLD.state = 'received' AND NEW.state <> 'received') EXECUTE FUNCTION his_wait();
"""
#: Jobs for what waits; the sender's system is known, or both would begin by waiting for that row.
ENQUEUE = """
env["hcrm.identifier.system"]._find_or_create("QJOB")
print("ENQUEUED", env["hcrm.his.intake"]._enqueue_drains())
env.cr.commit()
"""
#: The runner's own word that it listens, with its process number in front.
READY = re.compile(r"(?m)^\S+ \S+ (\d+) INFO .*\.jobrunner\.runner: queue job runner ready for db")


class Plain(Traffic):
    """Without merges, which tie the lanes of two patients together: there is work for two."""

    KINDS = tuple(kind for kind in Traffic.KINDS if kind not in ("twin", "merge"))


class QueueHospital(Hospital):
    """A prefork server with the job runner, over a database that knows the bridge."""

    def __init__(self, stack, db, others):
        super().__init__(stack, db, env={"PYTHONPATH": str(others)})
        with self.odoo.conf.open("a") as conf:
            conf.write("\n[queue_job]\nchannels = root:4,root.hcrm_his:2\n")
        with stack.lock():
            stack.databases.clone(stack.databases.ensure_bare(), db)
        log = self.settings.logs / f"{db}-install.log"
        self.odoo.update("Installing the bridge", db, log, "-i", BRIDGE)
        self.sql(WITNESSES + SLOWLY)

    def serve(self, crons):
        """Start a server: three processes for requests, some for scheduled actions, the runner."""
        self.server.command = self.odoo.command(
            *("-c", self.odoo.conf, "-d", self.db, "--load=base,web,queue_job", "--workers=3"),
            *("--http-port", self.port, "--gevent-port", checks.free_port()),
            f"--max-cron-threads={crons}",
        )
        self.start()

    def send(self, name, count):
        """Send messages and wait until all of them are acknowledged."""
        sender = Sender(self.mllp_port, Plain(name, count, seed=7))
        sender.start()
        sender.join(60)
        assert set(sender.acked) == set(sender.traffic.messages), sender.refused
        return sender.traffic

    def runners(self):
        """Process numbers of the runners so far, in their order."""
        return [int(pid) for pid in READY.findall(self.server.told())]

    def count(self, condition, table="hcrm_his_message"):
        """Number of rows."""
        return int(self.sql(f"SELECT count(*) FROM {table} WHERE {condition}")[0])

    def jobs(self):
        """{state: number of jobs}."""
        rows = self.sql("SELECT state, count(*) FROM queue_job GROUP BY state")
        return {state: int(number) for state, number in (row.split("|") for row in rows)}

    def appliers(self):
        """Number of connections that applied messages so far."""
        return int(
            self.sql("SELECT count(DISTINCT who) FROM his_witness WHERE what = 'message'")[0]
        )


@pytest.fixture
def queue_hospital(stack):
    """Nothing of it is started; skipped where queue_job cannot be fetched."""
    try:
        with stack.lock():
            others = aside.install(stack, "bridges", BridgeTests.PINS)
    except Trouble as error:
        pytest.skip(f"queue_job is not here: {error}")
    running = QueueHospital(stack, f"{stack.settings.db}__queue", others)
    try:
        yield running
    finally:
        running.server.kill()  # a polite end takes a prefork server many seconds
        running.close()


def test_jobs_apply_all_once_whoever_is_killed(queue_hospital):
    """Jobs alone work first, two at a time; the runner is killed, then everything; crons join."""
    hospital = queue_hospital
    hospital.mllp.start()
    sent = [hospital.send("QJOB", MESSAGES)]
    assert "ENQUEUED 4" in hospital.shell(ENQUEUE)

    hospital.serve(crons=0)
    assert wait_until(lambda: hospital.jobs().get("started") == 2, 60), hospital.jobs()
    [runner] = hospital.runners()
    os.kill(runner, signal.SIGKILL)
    assert wait_until(lambda: len(hospital.runners()) == 2, 30), "no new runner"
    assert wait_until(lambda: hospital.appliers() == 2, 30), "one job did all the work"
    hospital.server.kill()
    applied = hospital.count("state = 'processed'")
    assert 0 < applied < MESSAGES

    hospital.serve(crons=1)
    sent.append(hospital.send("QJOC", MORE))
    assert wait_until(lambda: not hospital.count("state = 'received'"), 60)
    assert wait_until(lambda: set(hospital.jobs()) == {"done"}, 90), hospital.jobs()
    _check_once(hospital, sent)
    assert "ERROR" not in hospital.server.told()


def _check_once(hospital, sent):
    """Each message and each charge is there once, and was never applied a second time."""
    total = sum(len(one.messages) for one in sent)
    assert hospital.count("state = 'processed'") == total
    for what, number in (("message", total), ("charge", sum(one.counts["charge"] for one in sent))):
        seen = f"what = '{what}'"
        assert hospital.count(seen, "his_witness") == number
        twice = f"SELECT id FROM his_witness WHERE {seen} GROUP BY id HAVING count(*) > 1"
        assert not hospital.sql(twice)
