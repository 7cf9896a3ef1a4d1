"""Damaged messages get an error or a dead letter with a reason; good ones around them arrive."""

import random
from collections import Counter

import pytest

from tests.his.damage import Damage, base, broken_frames, good
from tests.his.traffic import talk

PER_CONNECTION = 50


def _conversation(seed, number):
    """Return (frames, number of answers due, control ids of the good ones, names of damages)."""
    randomly = random.Random(f"{seed}-{number}")
    damage = Damage(randomly)
    frames, due, names, controls = [], 0, Counter(), []
    for index in range(PER_CONNECTION):
        control = f"{number}-{index}"
        name, body = damage.apply(base(randomly, control), control)
        names[name] += 1
        frames.append(b"\x0b" + body + b"\x1c\r")
        due += bool(body.strip(b" \t\r\n\0"))
        if randomly.random() < 0.1:
            frames.append(broken_frames(randomly, body))
        frames.append(b"\x0b" + good(f"g{control}", f"{number}-{index}") + b"\x1c\r")
        controls.append(f"g{control}")
        due += 1
    return frames, due, controls, names


@pytest.mark.soak
def test_damaged_messages(his_hospital, soak):
    """Between any two damaged messages there is a good one."""
    his_hospital.start_interface()
    listener = his_hospital.mllp.process.pid
    codes, names = Counter(), Counter()
    total = soak.size(200, 10_000)
    for number in range(total // PER_CONNECTION):
        frames, due, controls, told = _conversation(soak.seed, number)
        answers = talk(his_hospital.mllp_port, frames, due, controls)
        names += told
        codes += Counter(code for code, _control in answers)
        accepted = {control for code, control in answers if code == "AA"}
        assert set(controls) <= accepted, f"conversation {number}: good ones are missing"
        assert len(answers) >= due, f"conversation {number}: {len(answers)} answers of {due}"
    assert his_hospital.wait_until_processed(soak.size(120, 1800))

    assert his_hospital.mllp.process.pid == listener and his_hospital.mllp.alive()
    assert all(worker.alive() for worker in his_hospital.workers)
    assert not his_hospital.count("state = 'dead' AND COALESCE(reason_code, '') = ''")
    unforeseen = his_hospital.sql(
        "SELECT reason_code, detail FROM hcrm_his_message "
        "WHERE state = 'dead' AND detail IS NOT NULL LIMIT 5"
    )
    assert not any(unforeseen), unforeseen
    sender = "(SELECT id FROM hcrm_his_sender WHERE code = 'GOOD|RENAI')"
    ours = f"control_id LIKE 'g%' AND sender_id = {sender}"
    assert his_hospital.count(f"state = 'processed' AND {ours}") == total
    _check_log(his_hospital)
    soak.report(
        "HL7 damage",
        damaged=sum(names.values()),
        good=total,
        kinds=len(names),
        accepted=codes["AA"] - total,
        errors=codes["AE"],
        rejected=codes["AR"],
        dead_letters=his_hospital.count("state = 'dead' AND peer <> 'demo'"),
        crashes=0,
    )


def _check_log(hospital):
    for process in (hospital.mllp, *hospital.workers):
        text = process.log.read_text(errors="replace")
        assert "HIS intake failed" not in text and "cannot store\n" not in text, process.log
