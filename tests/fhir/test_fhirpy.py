"""fhirpy, a client nobody here wrote: reads, searches, pages, writes."""

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from tests.fhir.system import MRN, number, observation, patient


@pytest.fixture(scope="module")
def client(system):
    """A client with the key that may do everything."""
    return SyncFHIRClient(
        system.base, authorization=f"Bearer {system.key}", extra_headers=system.headers
    )


def _resource(client, told):
    return client.resource(told["resourceType"], **told)


def test_reads_and_searches(client, system):
    known = system.read("/Patient?_count=1")["entry"][0]["resource"]
    found = client.reference("Patient", known["id"]).to_resource()
    assert found.serialize() == known
    identifier = known["identifier"][0]
    token = f"{identifier['system']}|{identifier['value']}"
    assert client.resources("Patient").search(identifier=token).get()["id"] == known["id"]
    name = known["name"][0]["text"]
    assert known["id"] in [one["id"] for one in client.resources("Patient").search(name=name)]
    assert client.resources("Patient").search(gender="female").count() > 100
    visits = (
        client.resources("Encounter").search(patient=known["id"]).include("Encounter", "patient")
    )
    assert {one["subject"]["reference"] for one in visits} <= {f"Patient/{known['id']}"}


def test_pages(client, system):
    total = system.count("/Patient")
    ids = [one["id"] for one in client.resources("Patient").limit(200)]
    assert len(ids) == len(set(ids)) == total


def test_sorted_pages(client):
    search = client.resources("Encounter").search(date__ge="2026-01-01").sort("-date").limit(300)
    starts = [one["period"]["start"] for one in search]
    assert len(starts) > 300
    assert starts == sorted(starts, reverse=True)


def test_writes(client, system):
    told = _resource(client, patient())
    told.save()
    assert told.id
    told["birthDate"] = "1985-05-07"
    told.save()
    assert system.read(f"/Patient/{told.id}")["birthDate"] == "1985-05-07"
    result = _resource(client, observation(told.id))
    result.save()
    back = client.resources("Observation").search(patient=told.id, code="8867-4").get()
    assert back["valueQuantity"]["value"] == 72
    assert back["subject"].to_resource()["id"] == told.id


def test_conditional_create(client):
    mrn = number()
    condition = {"identifier": f"{MRN}|{mrn}"}
    first, is_new = (
        client.resources("Patient")
        .search(**condition)
        .get_or_create(_resource(client, patient(mrn)))
    )
    again, is_again_new = (
        client.resources("Patient")
        .search(**condition)
        .get_or_create(_resource(client, patient(mrn)))
    )
    assert (is_new, is_again_new) == (True, False)
    assert first["id"] == again["id"]


def test_refusals(client):
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", "99999999").to_resource()
    with pytest.raises(OperationOutcome):
        client.resource("Observation", status="final", code={"text": "x"}).save()
    with pytest.raises(OperationOutcome):
        client.resource("Patient", id="1", gender="wrong").delete()
