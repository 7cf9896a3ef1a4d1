"""Fifty write at once to two hospitals while servers, senders and PostgreSQL are killed."""

import pytest

from scripts.odoo import wait_until
from tests.complaint.crowd import Crowd, Killer, check_all, check_told_once, check_whole

#: An hour's forms are limited for all together.
MOST_FORMS = 300


def _texts(smsc, smtp_sink):
    mails = [smtp_sink.parsed(mail).get_content() for mail in smtp_sink.mails()]
    return [message.text for message in smsc.messages()] + mails


def _run(hospital, crowd, killer, seconds):
    """Let the crowd write under fire; wait until their receipts have left; return the cases."""
    hospital.run(*hospital.webs, *hospital.intakes)
    hospital.start_workers()
    answers = crowd.write(killer)
    cases = check_whole(hospital, crowd, answers)
    check_all(hospital)
    ids = ",".join(str(case_id) for case_id, _company in cases.values())
    on_its_way = (
        f"res_model = 'hcrm.complaint' AND res_id IN ({ids}) "
        "AND state IN ('waiting', 'claimed', 'uncertain')"
    )
    assert wait_until(lambda: not hospital.count(on_its_way), seconds), hospital.rows(
        "SELECT state, failure_code, reasons, count(*) FROM hcrm_communication WHERE res_model = "
        f"'hcrm.complaint' AND res_id IN ({ids}) GROUP BY 1, 2, 3"
    )
    hospital.stop_workers()
    return cases


def _told(crowd, cases):
    hospitals = [company for _case, company in cases.values()]
    assert len(set(hospitals)) == 2
    return {
        "cases": len(cases),
        "at_once": 50,
        "of_the_second_hospital": hospitals.count(max(hospitals)),
        "asked_again": sum(one.tries for one in crowd.writers) - len(crowd.writers),
        "errors_of_living_servers": crowd.errors.total(),
    }


@pytest.mark.soak
def test_nothing_is_lost_or_doubled_when_workers_die(two_hospitals, kannel, smsc, smtp_sink, soak):
    """A request that got no answer is asked again with the same key, as a client does."""
    hospital, count = two_hospitals, soak.size(120, 3000)
    hospital.begin(kannel, smtp_sink)
    smtp_sink.rule("", "accept", stage="rcpt", delay=0.2)
    forms = min(count // 2, MOST_FORMS)
    crowd = Crowd(hospital, "kill", count, soak.seed, forms=forms, pace=3)
    order = ("web", "sender", "intake", "sender")
    killer = Killer(hospital, soak.seed, order, soak.size(4, 40))
    cases = _run(hospital, crowd, killer, soak.size(90, 1200))
    kannel.wait_idle()
    assert killer.in_hand["web"] + killer.in_hand["intake"], "no kill hit a case half written"
    assert not crowd.errors, crowd.errors
    counts = check_told_once(hospital, cases, _texts(smsc, smtp_sink))
    soak.report("Complaints, kills", **_told(crowd, cases), **killer.told(), **counts)


@pytest.mark.soak
def test_nothing_is_half_made_when_the_database_goes(two_hospitals, kannel, smsc, smtp_sink, soak):
    """Connections are cut in the middle of a case; PostgreSQL is killed and started again."""
    hospital, count = two_hospitals, soak.size(100, 1000)
    hospital.begin(kannel, smtp_sink)
    forms = min(count // 2, MOST_FORMS // 4)
    crowd = Crowd(hospital, "base", count, soak.seed, forms=forms, pace=2)
    killer = Killer(hospital, soak.seed, ("backend", "postgres"), soak.size(4, 16))
    cases = _run(hospital, crowd, killer, soak.size(90, 600))
    kannel.wait_idle()
    assert killer.in_hand.total(), "nothing was half written"
    counts = check_told_once(hospital, cases, _texts(smsc, smtp_sink))
    soak.report("Complaints, database", **_told(crowd, cases), **killer.told(), **counts)
