"""kill -9 anywhere, at any time: what was asked for arrives once, or is marked and settled."""

import os
import random
import re
import signal
import time
from collections import Counter

import pytest

from scripts.odoo import wait_until

NUMBER = re.compile(r"#(\w+)-(\d+)#")
#: Looks for a moment in which a worker hands over, before it is killed anyhow.
TRIES = 20


class Killer:
    """Kills and restarts one thing after the other, in a seeded order."""

    ORDER = ("worker", "backend", "worker", "worker", "postgres", "worker")

    def __init__(self, hospital, seed):
        self.hospital = hospital
        self.random = random.Random(seed)
        self.done = Counter()
        self.busy = 0  # strikes while messages waited
        self.in_hand = 0  # messages that a killed worker was handing over

    def strike(self):
        """Kill something, leave it dead for a moment, start it again.

        A worker is killed while it hands over, the rest at any moment.
        """
        what = self.ORDER[self.done.total() % len(self.ORDER)]
        if what != "worker":
            time.sleep(self.random.uniform(0, 0.5))
        self.done[what] += 1
        getattr(self, f"_{what}")()

    def _worker(self):
        """A far end may be so quick that a worker has to stand still to be caught in the act."""
        for _ in range(TRIES):
            worker = self.random.choice(self.hospital.workers)
            os.killpg(worker.process.pid, signal.SIGSTOP)
            if found := self.hospital.in_hand(worker):
                self.in_hand += found
                break
            os.killpg(worker.process.pid, signal.SIGCONT)
            time.sleep(self.random.uniform(0, 0.05))
        worker.kill()
        time.sleep(self.random.uniform(0, 0.3))
        worker.start()

    def _postgres(self):
        self.hospital.kill_postgres()
        time.sleep(self.random.uniform(0, 0.3))
        self.hospital.start_postgres()

    def _backend(self):
        told = self.hospital.sql(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY backend_start"
        )
        if told and told[0]:
            self.hospital.sql(f"SELECT pg_terminate_backend({int(self.random.choice(told))})")


def _arrived(texts, name):
    """Return how often each number of ``name`` arrived."""
    found = (NUMBER.search(text) for text in texts)
    return Counter(int(one.group(2)) for one in found if one and one.group(1) == name)


def _judge(hospital, name, arrived, asked):
    """Nothing is lost, nothing comes twice but what was marked uncertain; return the counts."""
    states = hospital.states(name)
    assert len(states) == asked
    lost = [n for n, (state, _) in states.items() if not arrived[n] and state != "failed"]
    assert not lost, f"{len(lost)} never arrived: {lost[:5]}"
    twice = [n for n, count in arrived.items() if count > 1]
    assert all(states[n][1] for n in twice), "came twice and was never marked uncertain"
    assert all(state in ("sent", "delivered", "failed") for state, _ in states.values())
    return {
        "uncertain": sum(uncertain for _state, uncertain in states.values()),
        "twice": len(twice),
        "given_up": sum(state == "failed" for state, _ in states.values()),
    }


def _wait_for_work(hospital, name):
    """Let workers come to work again after a kill: who dies while starting, or while the gateway
    rests from a far end that hung up, proves nothing.
    """
    mine = f"idempotency_key LIKE '{name}/%' AND state"
    wait_until(
        lambda: hospital.count(f"{mine} = 'claimed'") or not hospital.count(f"{mine} = 'waiting'"),
        15,
    )


def _run_under_fire(hospital, name, soak, kills):
    hospital.start_workers()
    killer = Killer(hospital, soak.seed)
    while killer.done.total() < kills:
        _wait_for_work(hospital, name)
        killer.busy += bool(
            hospital.count(f"idempotency_key LIKE '{name}/%' AND state = 'waiting'")
        )
        killer.strike()
    assert hospital.wait_until_settled(name, soak.size(180, 3600)), hospital.states(name)
    hospital.stop_workers()
    assert killer.in_hand, "no kill hit a message in hand"
    return killer


def _told(killer):
    """What was killed how often, for the report."""
    counted = {f"of_{what}": number for what, number in killer.done.items()}
    return {
        "kills": killer.done.total(),
        **counted,
        "while_messages_waited": killer.busy,
        "in_hand_when_killed": killer.in_hand,
    }


@pytest.mark.soak
def test_mail_survives_kills(outbox_hospital, smtp_sink, soak):
    """Some of the mailboxes hang up after the message was taken: the sender cannot know."""
    hospital, asked, kills = outbox_hospital, soak.size(400, 10_000), soak.size(6, 50)
    batch = 20
    hospital.set_up(smtp_port=smtp_sink.port, batch=batch)
    # a quick far end would have them all before the second kill; later rules go before this one
    smtp_sink.rule("", "accept", stage="rcpt", delay=0.1)
    smtp_sink.rule(r"^p\d*7@", "disconnect", stage="data", times=soak.size(2, 20))
    smtp_sink.rule(r"^p\d*3@", "refuse", stage="rcpt", code=451, times=soak.size(5, 100))
    hospital.ask("mail", asked, "email")
    killer = _run_under_fire(hospital, "mail", soak, kills)

    texts = [smtp_sink.parsed(mail).get_content() for mail in smtp_sink.mails()]
    counts = _judge(hospital, "mail", _arrived(texts, "mail"), asked)
    in_flight = batch * (killer.done.total()) * 2 + soak.size(2, 20)
    assert counts["uncertain"] <= in_flight
    assert not counts["given_up"], hospital.failures("mail")
    soak.report("Outbox kills, SMTP", messages=asked, **_told(killer), lost=0, **counts)


@pytest.mark.soak
def test_sms_survives_kills(outbox_hospital, kannel, smsc, soak):
    """Through Kannel to an SMS centre, with receipts coming back to the web server."""
    hospital, asked, kills = outbox_hospital, soak.size(600, 10_000), soak.size(6, 50)
    hospital.set_up(
        sms_url=kannel.send_url,
        sms_user=kannel.options["user"],
        sms_secret=kannel.options["password"],
        callback=hospital.url,
    )
    hospital.ask("sms", asked, "sms")
    hospital.receiver.start()
    try:
        killer = _run_under_fire(hospital, "sms", soak, kills)
        kannel.wait_idle()
    finally:
        hospital.receiver.stop()
    counts = _judge(hospital, "sms", _arrived([m.text for m in smsc.messages()], "sms"), asked)
    assert not counts["given_up"], hospital.failures("sms")
    soak.report("Outbox kills, Kannel", messages=asked, **_told(killer), lost=0, **counts)
