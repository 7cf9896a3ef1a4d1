"""kill -9 anywhere, at any time: what was acknowledged is there exactly once."""

import random
import time

import pytest

from tests.his.traffic import Sender, Traffic

SENDERS = ("HISA", "LISB", "EMRC")
SOURCES = ", ".join(f"'{name}|RENAI'" for name in SENDERS)

MERGED_BY = "l.reason = 'HL7 A40 #' || m.id"


class Killer:
    """Kills and restarts one thing after the other, in a seeded order."""

    def __init__(self, hospital, seed):
        self.hospital = hospital
        self.random = random.Random(seed)
        self.done = []

    def strike(self):
        """Kill something, leave it dead for a moment, start it again."""
        order = ("listener", "worker", "backend", "worker", "listener", "postgres")
        what = order[len(self.done) % len(order)]
        self.done.append(what)
        getattr(self, f"_{what}")()

    def _pause(self):
        time.sleep(self.random.uniform(0, 0.5))

    def _listener(self):
        self.hospital.mllp.kill()
        self._pause()
        self.hospital.mllp.start()

    def _worker(self):
        worker = self.random.choice(self.hospital.workers)
        worker.kill()
        self._pause()
        worker.start()

    def _postgres(self):
        self.hospital.kill_postgres()
        self._pause()
        self.hospital.start_postgres()

    def _backend(self):
        """One server process of PostgreSQL is enough to throw out everybody."""
        told = self.hospital.sql(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random()"
        )
        if told and told[0]:
            self.hospital.sql(f"SELECT pg_terminate_backend({int(told[0])})")


@pytest.mark.soak
def test_nothing_is_lost_and_nothing_happens_twice(his_hospital, soak):
    """Several senders, mixed messages, kills at random moments; then count."""
    messages, kills = soak.size(300, 20_000), soak.size(6, 100)
    traffic = [Traffic(name, messages // len(SENDERS), soak.seed) for name in SENDERS]
    his_hospital.start_interface()
    pace = kills * 3 * len(SENDERS) / messages  # the traffic lasts as long as the kills
    senders = [Sender(his_hospital.mllp_port, one, pace=pace) for one in traffic]
    killer = Killer(his_hospital, soak.seed)
    for sender in senders:
        sender.start()
    while len(killer.done) < kills:
        time.sleep(killer.random.uniform(0.2, 2.0))
        killer.strike()
    for sender in senders:
        sender.join(soak.size(120, 1800))
        assert not sender.is_alive(), f"unanswered: {sender.traffic.name}"
    assert his_hospital.wait_until_processed(soak.size(120, 3600))

    _check_messages(his_hospital, traffic, senders)
    _check_effects(his_hospital, traffic)
    _check_merges(his_hospital, traffic)
    soak.report(
        "HL7 kills",
        messages=sum(len(one.messages) for one in traffic),
        merges=sum(one.counts["merge"] for one in traffic),
        kills=len(killer.done),
        connections=sum(sender.connections for sender in senders),
        sent_again=sum(sender.resent for sender in senders),
        lost=0,
        twice=0,
    )


def _check_messages(hospital, traffic, senders):
    for sender in senders:
        assert set(sender.acked) == set(sender.traffic.messages)
        assert not set(sender.refused) - {"AR"}, sender.refused
    of_ours = f"sender_id IN (SELECT id FROM hcrm_his_sender WHERE code IN ({SOURCES}))"
    sent = sum(len(one.messages) for one in traffic)
    assert hospital.count(f"{of_ours} AND accepted AND state = 'processed'") == sent
    assert hospital.count(f"{of_ours} AND accepted") == sent
    twice = hospital.sql(
        "SELECT id, count(*) FROM his_witness WHERE what = 'message' GROUP BY id "
        "HAVING count(*) <> 1"
    )
    assert not any(twice), twice


def _check_effects(hospital, traffic):
    """The effects are those of each message applied once, in the order of each patient."""
    for one in traffic:
        prefix = f"source = '{one.name}|RENAI'"
        for kind, table in (
            ("charge", "hcrm_charge"),
            ("result", "hcrm_observation"),
            ("drug", "hcrm_prescription"),
            ("book", "hcrm_appointment"),
        ):
            assert hospital.count(prefix, table) == one.counts[kind], (one.name, kind)
        told = hospital.sql(
            "SELECT value_stored, phone_stored FROM hcrm_identifier i JOIN res_partner p "
            f"ON p.id = i.partner_id WHERE i.system = '{one.name}'"
        )
        phones = dict(row.split("|") for row in told if row)
        expected = {f"{one.name}{number}": f"+86{phone}" for number, phone in one.phones.items()}
        assert {name: phones[name] for name in expected} == expected
    charged = hospital.count(
        f"what = 'charge' AND source IN ({SOURCES})", "his_witness JOIN hcrm_charge USING (id)"
    )
    assert charged == sum(one.counts["charge"] for one in traffic)


def _check_merges(hospital, traffic):
    """Each A40 merged once, and both numbers name the same person."""
    for one in traffic:
        ours = f"m.control_id LIKE '{one.name}-%'"
        merged = hospital.count(ours, "hcrm_merge_log l JOIN hcrm_his_message m ON " + MERGED_BY)
        assert merged == one.counts["merge"] > 0, one.name
        told = hospital.sql(
            f"SELECT value_stored, partner_id FROM hcrm_identifier WHERE system = '{one.name}'"
        )
        owners = dict(row.split("|") for row in told)
        assert all(owners[twin] == owners[person] for twin, person in one.merged.items())
