from unittest.mock import patch

from odoo.tests import tagged

from .common import FhirCase

PATIENT_URN = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
VISIT_URN = "urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059"


def entry(method, url, resource=None, full_url=None, **request):
    """Return an entry of a bundle."""
    row = {"request": {"method": method, "url": url, **request}}
    if resource:
        row["resource"] = resource
    if full_url:
        row["fullUrl"] = full_url
    return row


def patient(number="B-1", **values):
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "http://his.example/mrn", "value": number}],
        "name": [{"text": "赵敏"}],
        **values,
    }


def visit(subject=PATIENT_URN, **values):
    return {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"code": "AMB"},
        "subject": {"reference": subject},
        **values,
    }


def result(subject=PATIENT_URN, encounter=VISIT_URN, **values):
    told = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "K"},
        "subject": {"reference": subject},
        "valueInteger": 4,
        **values,
    }
    return told | ({"encounter": {"reference": encounter}} if encounter else {})


@tagged("post_install", "-at_install")
class TestBundle(FhirCase):
    """Transactions are done whole or not at all; the entries of a batch stand alone."""

    def send(self, *entries, kind="transaction", **headers):
        body = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
        return self.call("POST", "", body, **headers)

    def done(self, *entries, **options):
        """Return the entries of the response."""
        answer = self.send(*entries, **options)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json().get("entry", [])

    def statuses(self, rows):
        return [row["response"]["status"][:3] for row in rows]

    def counts(self):
        models = ("res.partner", "hcrm.encounter", "hcrm.observation", "hcrm.identifier")
        return [self.env[model].search_count([]) for model in models]

    def whole(self):
        """What belongs together, in the worst order."""
        return [
            entry("POST", "Observation", result()),
            entry("POST", "Encounter", visit(), VISIT_URN),
            entry("POST", "Patient", patient(), PATIENT_URN),
        ]

    def test_references_within(self):
        rows = self.done(*self.whole())
        self.assertEqual(self.statuses(rows), ["201"] * 3)
        ids = [row["response"]["location"] for row in rows]
        self.assertEqual(
            [one.split("/")[0] for one in ids], ["Observation", "Encounter", "Patient"]
        )
        observation = self.read(f"/{ids[0]}")
        self.assertEqual(observation["subject"]["reference"], ids[2])
        self.assertEqual(observation["encounter"]["reference"], ids[1])
        self.assertEqual(rows[0]["response"]["etag"][:3], 'W/"')

    def test_again(self):
        """Numbers make a repeated bundle harmless where there are numbers."""
        self.done(*self.whole())
        again = self.done(*self.whole())
        self.assertEqual(self.statuses(again), ["201", "201", "200"])

    def test_half_wrong_leaves_nothing(self):
        for wrong in (
            result(status="wrong"),
            result(subject="Patient/99999999"),
            result(subject="urn:uuid:1b671a64-40d5-491e-99b0-da01ff1f3341"),
            result(valueInteger=None, valueQuantity={"value": 1e30}),
            {"resourceType": "Observation"},
            {"resourceType": "Patient", "birthDate": "2099-01-01", "name": [{"text": "x"}]},
            {"resourceType": "Procedure"},
        ):
            before = self.counts()
            wrong = {name: value for name, value in wrong.items() if value is not None}
            answer = self.send(*self.whole(), entry("POST", wrong["resourceType"], wrong))
            self.assertIn(answer.status_code, (400, 422), answer.text)
            outcome = answer.json()
            self.assertEqual(outcome["resourceType"], "OperationOutcome")
            if "expression" in outcome["issue"][0]:
                self.assertIn("Bundle.entry[3]", outcome["issue"][0]["expression"][0])
            self.assertEqual(self.counts(), before)

    def test_failure_while_writing_leaves_nothing(self):
        """Also when the database or the program fails after the first rows are written."""
        before = self.counts()
        applier = type(self.env["hcrm.his.applier"])
        with (
            patch.object(applier, "_write_facts", side_effect=ZeroDivisionError),
            self.assertLogs("odoo.http", "ERROR"),
        ):
            answer = self.send(*self.whole())
        self.assertOutcome(answer, 500, "exception")
        self.assertEqual(self.counts(), before)

    def test_conditional(self):
        known = self.make_person("赵敏", number="B-K")
        reference = "Patient?identifier=urn:hcrm:HIS|B-K"
        rows = self.done(entry("POST", "Observation", result(reference, encounter=None)))
        self.assertEqual(self.statuses(rows), ["201"])
        observation = self.read(f"/{rows[0]['response']['location']}")
        self.assertEqual(observation["subject"]["reference"], f"Patient/{known.id}")
        rows = self.done(
            entry(
                *("POST", "Patient", patient("B-K3"), PATIENT_URN),
                ifNoneExist="identifier=urn:hcrm:HIS|B-K",
            ),
            entry("POST", "Encounter", visit()),
        )
        self.assertEqual(self.statuses(rows), ["200", "201"])
        told = self.read(f"/{rows[1]['response']['location']}")
        self.assertEqual(told["subject"]["reference"], f"Patient/{known.id}")
        missing = "Patient?identifier=urn:hcrm:HIS|nobody"
        answer = self.send(entry("POST", "Observation", result(missing, encounter=None)))
        self.assertOutcome(answer, 412, "not-found")

    def test_update_and_read(self):
        known = self.make_person("赵敏", number="B-U")
        rows = self.done(
            entry("GET", f"Patient/{known.id}"),
            entry("GET", "Patient?identifier=urn:hcrm:HIS|B-U"),
            entry("PUT", f"Patient/{known.id}", patient("B-U2", id=str(known.id), gender="male")),
            entry("POST", "Observation", result(f"Patient/{known.id}", encounter=None)),
        )
        self.assertEqual(self.statuses(rows), ["200", "200", "200", "201"])
        self.assertEqual(rows[0]["resource"]["gender"], "male", "reads come last")
        self.assertEqual(rows[1]["resource"]["total"], 1)

    def test_put_is_referred_to(self):
        known = self.make_person("赵敏", number="B-P")
        url = f"{self.base_url()}/fhir/R4/Patient/{known.id}"
        rows = self.done(
            entry("PUT", f"Patient/{known.id}", patient("B-P", id=str(known.id)), url),
            entry("POST", "Encounter", visit(url)),
        )
        told = self.read(f"/{rows[1]['response']['location']}")
        self.assertEqual(told["subject"]["reference"], f"Patient/{known.id}")

    def test_stale_put(self):
        known = self.make_person("赵敏", number="B-S")
        body = patient("B-S", id=str(known.id))
        answer = self.send(
            entry("POST", "Patient", patient("B-S2")),
            entry("PUT", f"Patient/{known.id}", body, ifMatch='W/"old"'),
        )
        self.assertOutcome(answer, 412, "conflict")
        self.assertFalse(self.ids("/Patient?identifier=B-S2"))

    def test_told_twice(self):
        known = self.make_person("赵敏", number="B-T")
        put = entry("PUT", f"Patient/{known.id}", patient("B-T", id=str(known.id)))
        self.assertOutcome(self.send(put, put), 400, "duplicate")
        post = entry("POST", "Patient", patient(), PATIENT_URN)
        self.assertOutcome(self.send(post, post), 400, "duplicate")

    def test_not_done_here(self):
        known = self.make_person("赵敏", number="B-D")
        for row in (
            entry("DELETE", f"Patient/{known.id}"),
            entry("POST", "Patient/1", patient()),
            entry("PUT", "Patient", patient()),
            entry("POST", "Organization", {"resourceType": "Organization", "name": "x"}),
        ):
            answer = self.send(entry("POST", "Patient", patient("B-D2")), row)
            self.assertIn(answer.status_code, (400, 422), answer.text)
            self.assertFalse(self.ids("/Patient?identifier=B-D2"))

    def test_types_not_held(self):
        procedure = {"resourceType": "Procedure", "status": "completed"}
        rows = (*self.whole(), entry("POST", "Procedure", procedure))
        self.assertOutcome(self.send(*rows), 422, "not-supported", "Procedure")
        found = self.done(*rows, Prefer="handling=lenient")
        self.assertEqual(self.statuses(found), ["201", "201", "201", "202"])
        self.assertEqual(found[3]["response"]["outcome"]["issue"][0]["severity"], "warning")
        message = self.env["hcrm.his.message"].search([("is_fhir", "=", True)], limit=1)
        self.assertIn("Procedure", message.warnings)
        self.assertEqual(message.message_type, "POST transaction")

    def test_batch(self):
        rows = self.done(
            entry("POST", "Patient", patient("B-B1")),
            entry("POST", "Patient", patient("B-B2", gender="wrong")),
            entry("GET", "Patient/99999999"),
            entry("POST", "Procedure", {"resourceType": "Procedure"}),
            entry("POST", "Patient", patient("B-B3")),
            entry("DELETE", "Patient/1"),
            kind="batch",
        )
        self.assertEqual(self.statuses(rows), ["201", "422", "404", "404", "201", "405"])
        self.assertEqual(
            rows[1]["response"]["outcome"]["issue"][0]["expression"],
            ["Bundle.entry[1].resource.gender"],
        )
        self.assertEqual(len(self.ids("/Patient?identifier=B-B1,B-B2,B-B3")), 2)
        message = self.env["hcrm.his.message"].search([("is_fhir", "=", True)], limit=1)
        self.assertEqual((message.message_type, message.state), ("POST batch", "processed"))
        self.assertIn("gender", message.warnings)

    def test_wrong_bundles(self):
        for body in (
            {"resourceType": "Bundle", "type": "searchset"},
            {"resourceType": "Bundle", "type": "nonsense"},
            {"resourceType": "Bundle"},
            {"resourceType": "Patient"},
            {"resourceType": "Bundle", "type": "batch", "entry": {}},
            {"resourceType": "Bundle", "type": "batch", "entry": ["x"]},
            {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {}}]},
            {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {}}]},
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [{"request": {"method": "POST", "url": "Patient"}}],
            },
        ):
            answer = self.call("POST", "", body)
            self.assertEqual(answer.status_code, 400, f"{body} {answer.text}")
        self.assertEqual(self.done(kind="transaction"), [])

    def test_too_many_entries(self):
        self.env["ir.config_parameter"].set_param("hcrm_fhir.max_entries", "2")
        answer = self.send(*self.whole())
        self.assertOutcome(answer, 413, "too-costly")

    def test_scopes(self):
        _client, key = self.make_client("some", scopes="system/Patient.cru system/Encounter.c")
        answer = self.send(*self.whole(), key=key)
        self.assertOutcome(answer, 403, "forbidden")
        self.assertFalse(self.ids("/Patient?identifier=B-1"))

    def test_queries_do_not_grow(self):
        """A bundle costs a handful of queries however many results it brings."""

        def queries(number, size):
            rows = [entry("POST", "Patient", patient(number), PATIENT_URN)]
            rows.append(entry("POST", "Encounter", visit(), VISIT_URN))
            rows += [entry("POST", "Observation", result()) for _one in range(size)]
            before = self.env.cr.sql_log_count
            self.done(*rows)
            return self.env.cr.sql_log_count - before

        queries("Q-0", 1)
        few, many = queries("Q-1", 1), queries("Q-2", 50)
        self.assertLessEqual(many, few + 10)
