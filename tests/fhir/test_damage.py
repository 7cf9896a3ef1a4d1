"""Over a real connection: wrong keys, large bodies, many at once, and a killed server."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.fhir.conftest import make_systems
from tests.fhir.system import MRN, number, observation, outcome_of, patient
from tests.support.hospital import CrashHospital

TOO_LARGE = 40 * 1024 * 1024


def test_keys(systems):
    system = systems["all"]
    for key in ("", "Bearer", "Bearer x", "Basic eDp5", f"Bearer {system.key}x"):
        answer = system.call("GET", "/Patient", Authorization=key)
        assert outcome_of(answer) in ((401, "login"), (429, "throttled"))
    answer = systems["reader"].call("POST", "/Patient", patient())
    assert outcome_of(answer) == (403, "forbidden")


def test_rates(systems):
    """Counted over all processes; who guesses keys is slowed down too."""
    slow = [systems["slow"].call("GET", "/Patient?_count=1") for _one in range(12)]
    codes = [answer.status_code for answer in slow]
    assert 429 in codes and codes[0] == 200
    assert slow[-1].status_code != 429 or slow[-1].headers["Retry-After"] == "60"
    guesses = {
        systems["all"].call("GET", "/Patient", Authorization="Bearer guess").status_code
        for _one in range(130)
    }
    assert guesses == {401, 429}
    assert systems["all"].call("GET", "/Patient?_count=1").status_code == 200


def test_too_large(system):
    body = b'{"resourceType": "Patient", "id": "' + b"x" * TOO_LARGE + b'"}'
    answer = system.call("POST", "/Patient", body)
    assert outcome_of(answer) == (413, "too-long")


def test_damaged_bytes(system, soak):
    """Cut, flipped and shuffled: always an answer, never a 5xx, never half a patient."""
    chance = random.Random(soak.seed)
    whole = requests.models.complexjson.dumps(patient(), ensure_ascii=False).encode()
    statuses = set()
    for _number in range(soak.size(150, 5000)):
        body = bytearray(whole)
        kind = chance.randrange(3)
        if kind == 0:
            del body[chance.randrange(len(body)) :]
        for _flip in range(chance.randrange(1, 6) if kind else 0):
            body[chance.randrange(len(body))] = chance.randrange(256)
        answer = system.call("POST", "/Patient", bytes(body))
        assert answer.status_code < 500, body
        assert answer.json()["resourceType"] in ("OperationOutcome", "Patient")
        statuses.add(answer.status_code)
    assert 400 in statuses


def test_two_at_once(system):
    """Conditional creates and repeated numbers make one patient, whoever comes first."""
    mrn = number()
    condition = {"If_None_Exist": f"identifier={MRN}|{mrn}"}

    def create(index):
        headers = condition if index % 2 else {}
        return system.call("POST", "/Patient", patient(mrn), **headers).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(create, range(12)))
    assert statuses.count(201) == 1, statuses
    assert set(statuses) <= {200, 201}
    assert system.count(f"/Patient?identifier={MRN}|{mrn}") == 1

    def create_unnamed(_index):
        told = patient() | {"identifier": [], "name": [{"text": mrn}]}
        answer = system.call("POST", "/Patient", told, If_None_Exist=f"name:exact={mrn}")
        return answer.status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(create_unnamed, range(12)))
    assert system.count(f"/Patient?name:exact={mrn}") == 1, statuses


def test_stale_writers(system):
    """Of writers that read the same version one wins; the others are told."""
    told = system.call("POST", "/Patient", patient())
    path, tag = f"/Patient/{told.json()['id']}", told.headers["ETag"]

    def change(year):
        body = told.json() | {"birthDate": f"{year}-01-01"}
        return system.call("PUT", path, body, If_Match=tag).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(change, range(1990, 1998)))
    assert statuses == [200] + [412] * 7


@pytest.mark.soak
def test_killed_in_the_middle(stack, soak):
    """kill -9 during a transaction: all of it is there, or nothing."""
    hospital = CrashHospital(stack, f"{stack.settings.db}__fhir")
    try:
        hospital.start()
        system = make_systems(hospital)["all"]
        chance = random.Random(soak.seed)
        whole = nothing = 0
        for _kill in range(soak.size(4, 40)):
            mrn, found = _kill_during(hospital, system, chance)
            people, results = found
            assert (people, results) in ((0, 0), (1, 300)), (mrn, found)
            whole, nothing = whole + people, nothing + (not people)
        soak.report("FHIR kills in a transaction", kills=whole + nothing, whole=whole)
        assert nothing, "every transaction was over before the kill: kill earlier"
        assert whole or not soak.full, "no transaction was over before its kill: kill later"
    finally:
        hospital.close()


def _kill_during(hospital, system, chance):
    mrn = number()
    urn = "urn:uuid:00000000-0000-4000-8000-000000000001"
    rows = [{"fullUrl": urn, "resource": patient(mrn), "request": _post("Patient")}]
    told = observation("x", subject={"reference": urn})
    rows += [{"resource": told, "request": _post("Observation")} for _one in range(300)]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": rows}
    system.count("/Patient")  # a server that has just started is slow once
    killer = threading.Timer(chance.uniform(0.05, 3), hospital.server.kill)
    killer.start()
    try:
        system.call("POST", "", bundle, timeout=30)
    except requests.RequestException:
        pass  # the answer is lost with the server
    killer.join()
    hospital.server.restart()
    people = system.count(f"/Patient?identifier={MRN}|{mrn}")
    return mrn, (people, system.count(f"/Observation?patient.identifier={MRN}|{mrn}"))


def _post(url):
    return {"method": "POST", "url": url}
