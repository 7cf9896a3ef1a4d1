"""A system that talks FHIR over plain HTTP, and some resources to tell."""

import uuid
from collections import Counter

import requests

HELD = (
    *("Patient", "RelatedPerson", "Encounter", "Condition", "Observation", "MedicationRequest"),
    *("Appointment", "Immunization", "QuestionnaireResponse"),
)
MRN = "http://tests.example/mrn"


class System:
    """One key at one server."""

    def __init__(self, url, db, key):
        self.base = f"{url}/fhir/R4"
        self.key = key
        self.headers = {"Authorization": f"Bearer {key}", "X-Odoo-Database": db}
        self.session = requests.Session()
        self.session.headers.update(self.headers)

    def call(self, method, path, body=None, timeout=120, **headers):
        """Send a request; a dictionary is sent as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        options = {"json": body} if isinstance(body, dict) else {"data": body}
        if body is not None:
            sent.setdefault("Content-Type", "application/fhir+json")
        url = path if path.startswith("http") else f"{self.base}{path}"
        return self.session.request(method, url, headers=sent, timeout=timeout, **options)

    def read(self, path):
        """Return the resource of a GET that works."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text[:500]
        return answer.json()

    def all(self, path):
        """Return the resources of all pages of a search."""
        found, url = [], path
        while url:
            bundle = self.read(url)
            found += [one["resource"] for one in bundle.get("entry", [])]
            links = {link["relation"]: link["url"] for link in bundle["link"]}
            url = links.get("next")
        return found

    def count(self, path):
        """Return how many a search finds."""
        return self.read(f"{path}{'&' if '?' in path else '?'}_summary=count")["total"]


def number():
    """A record number that nobody has."""
    return uuid.uuid4().hex


def patient(mrn=None, **values):
    """A Patient."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": MRN, "value": mrn or number()}],
        "name": [{"family": "测", "given": ["试"]}],
        "gender": "female",
        "birthDate": "1985-05-06",
        **values,
    }


def observation(patient_id, **values):
    """An Observation."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "心率"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": "2026-03-01T09:00:00+08:00",
        "valueQuantity": {"value": 72, "unit": "/min"},
        **values,
    }


def outcome_of(answer):
    """Return (status, code) of a refusal; it must hold an OperationOutcome."""
    told = answer.json()
    assert told["resourceType"] == "OperationOutcome", answer.text[:300]
    assert "application/fhir+json" in answer.headers["Content-Type"]
    return answer.status_code, told["issue"][0]["code"]


def held(bundle):
    """Return a bundle without the types that are not held here."""
    rows = [row for row in bundle["entry"] if row["resource"]["resourceType"] in HELD]
    return bundle | {"entry": rows}


def types(bundle):
    """Return {resource type: number of entries}."""
    return Counter(row["resource"]["resourceType"] for row in bundle["entry"])
