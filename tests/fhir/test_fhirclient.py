"""fhirclient, the SMART client: its models are strict about what the server sends."""

import pytest
import requests
from fhirclient.client import FHIRClient
from fhirclient.models import encounter, observation, patient
from fhirclient.models.bundle import Bundle
from fhirclient.server import FHIRNotFoundException

from scripts.odoo import wait_until
from tests.fhir import system as resources


@pytest.fixture(scope="module")
def server(system):
    """The server object of a client that bears our key."""
    client = FHIRClient(settings={"app_id": "hcrm", "api_base": f"{system.base}/"})
    client.server.session.headers.update(system.headers)
    # the tests of damage guess keys: this address is slowed down until the minute is over
    assert wait_until(lambda: _is_open(system), 90, 2)
    client.server.get_capability()
    return client.server


def _is_open(system):
    return requests.get(f"{system.base}/metadata", timeout=30).status_code == 200


def test_capability(server):
    statement = server.capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    assert {one.type for one in statement.rest[0].resource} >= set(resources.HELD)


def test_reads(server, system):
    for resource_type, model in (
        ("Patient", patient.Patient),
        ("Encounter", encounter.Encounter),
        ("Observation", observation.Observation),
    ):
        known = system.read(f"/{resource_type}?_count=1")["entry"][0]["resource"]
        found = model.read(known["id"], server)
        assert found.as_json()["id"] == known["id"]


def test_searches_and_pages(server, system):
    total = system.count("/Patient?gender=male")
    search = patient.Patient.where({"gender": "male", "_count": "100"})
    ids = [one.id for one in search.perform_resources_iter(server)]
    assert len(ids) == len(set(ids)) == total


def test_writes(server):
    told = patient.Patient(resources.patient())
    told.id = told.create(server)["id"]
    told.gender = "other"
    told.update(server)
    assert patient.Patient.read(told.id, server).gender == "other"


def test_transaction(server, system):
    rows = [{"resource": resources.patient(), "request": {"method": "POST", "url": "Patient"}}]
    sent = Bundle({"resourceType": "Bundle", "type": "transaction", "entry": rows})
    answer = Bundle(server.post_json("", sent.as_json()).json())
    assert answer.entry[0].response.status == "201 Created"
    assert system.read(f"/{answer.entry[0].response.location}")


def test_not_found(server):
    with pytest.raises(FHIRNotFoundException):
        patient.Patient.read("99999999", server)
