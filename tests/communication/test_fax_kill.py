"""kill -9 of workers that fax: each fax arrives once, or was marked uncertain and arrives."""

import os
import signal
import time
from collections import Counter

import pytest

from tests.support.rig import eventually

#: Looks for a moment in which a worker hands over, before it is killed anyhow.
TRIES = 400


@pytest.fixture
def faxes(fax_hospital, telephones):
    """Workers at a hospital's Asterisk, and fax machines outside."""
    fax_hospital.set_up_fax(telephones.hospital)
    yield fax_hospital
    fax_hospital.stop_workers()


def _numbers(series, count):
    return [f"+86215{series}{place:04}777" for place in range(count)]


def _kill_in_hand(hospital, worker):
    """Kill a worker that hands over; False: it was caught idle, and goes on."""
    for _ in range(TRIES):
        if not worker.alive():
            break
        os.killpg(worker.process.pid, signal.SIGSTOP)
        if hospital.in_hand(worker):
            worker.kill()
            return True
        os.killpg(worker.process.pid, signal.SIGCONT)
        time.sleep(0.05)
    return False


def _judge(hospital, telephones, name, numbers):
    """Nothing is lost; nothing arrives twice but what was marked uncertain."""

    def settled():
        return all(state == "delivered" for state, _ in hospital.fates(name).values())

    eventually(settled, lambda: hospital.fates(name), 300)
    telephones.hospital.wait_idle()
    fates = hospital.fates(name)
    assert len(fates) == len(numbers)
    arrived = Counter(call.number for call, _tiff in telephones.public.faxes())
    assert not [number for number in numbers if not arrived[number]], "lost"
    twice = [number for number in numbers if arrived[number] > 1]
    assert all(fates[number][1] for number in twice), f"twice and never uncertain: {twice}"
    assert not list((telephones.hospital.folder / "fax/out").iterdir()), "documents stayed"
    return fates, twice


def test_killed_while_handing_over(faxes, telephones):
    """Between claim and answer, whatever was already on its way to Asterisk."""
    numbers = _numbers(1, 5)
    faxes.ask_faxes("hand", numbers)
    [worker, _other] = faxes.workers
    hits = 0
    for _kill in range(4):
        worker.restart()
        hits += _kill_in_hand(faxes, worker)
        if not faxes.count("idempotency_key LIKE 'hand/%' AND state <> 'delivered'"):
            break
    faxes.start_workers()
    fates, twice = _judge(faxes, telephones, "hand", numbers)
    assert hits and any(uncertain for _state, uncertain in fates.values()), "no kill hit anything"
    assert not twice, "Asterisk knows what it took: nothing goes twice"


def test_killed_while_on_the_line(faxes, telephones):
    """The call goes on without us; the next worker finds its end."""
    numbers = _numbers(2, 3)
    faxes.ask_faxes("line", numbers)
    faxes.start_workers()
    eventually(lambda: any(call.answered for call in telephones.public.calls()), "a fax begins", 90)
    for worker in faxes.workers:
        worker.kill()
    eventually(lambda: len(telephones.public.faxes()) >= 1, "it ends alone", 120)
    assert faxes.count("idempotency_key LIKE 'line/%' AND state = 'delivered'") == 0
    faxes.start_workers()
    _fates, twice = _judge(faxes, telephones, "line", numbers)
    assert not twice
