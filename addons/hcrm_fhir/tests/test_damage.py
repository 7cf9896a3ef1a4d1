from odoo.tests import tagged

from .common import FhirCase

PATIENT = {"resourceType": "Patient", "name": [{"text": "?"}]}


@tagged("post_install", "-at_install")
class TestDamage(FhirCase):
    """Whatever comes in: the right status, an OperationOutcome, and nothing is written."""

    def setUp(self):
        super().setUp()
        self.before = self.env["res.partner"].search_count([])

    def refused(self, body, status=400, path="/Patient", **headers):
        answer = self.call("POST", path, body, **headers)
        self.assertEqual(answer.status_code, status, f"{body!r:.80} {answer.text}")
        outcome = answer.json()
        self.assertEqual(outcome["resourceType"], "OperationOutcome")
        self.assertEqual(self.env["res.partner"].search_count([]), self.before)
        return outcome["issue"][0]

    def test_not_json(self):
        for body in (
            *("{", "[]", '"x"', "null", "1", "<Patient/>", "{'a': 1}", '{"a": NaN}', " "),
            *('{"a": 1}}', '{"resourceType": "Patient", }', "\x00", "{" * 100_000, "[" * 100_000),
            *(b"\xff\xfe{}", b"\xef\xbb\xbf{", "1" * 5000, '{"a": ' + "1" * 5000 + "}"),
        ):
            self.refused(body)

    def test_texts_that_no_database_holds(self):
        for text in (r"a\u0000b", r"\ud800", r"\udfff\ud800"):
            self.refused(f'{{"resourceType": "Patient", "name": [{{"text": "{text}"}}]}}')

    def test_charset(self):
        body = '{"resourceType": "Patient"}'
        content_type = "application/fhir+json; charset=gb18030"
        self.refused(body, 415, Content_Type=content_type)

    def test_not_valid(self):
        for wrong in (
            *({"resourceType": "Observation"}, {"resourceType": "Nonsense"}, {}, {"id": "1"}),
            *(PATIENT | {"foo": 1}, PATIENT | {"name": "x"}, PATIENT | {"name": [["x"]]}),
            *(PATIENT | {"birthDate": "31.12.1999"}, PATIENT | {"birthDate": 1999}),
            *(PATIENT | {"contained": [{"resourceType": "Nonsense"}]}, PATIENT | {"gender": []}),
        ):
            issue = self.refused(wrong)
            self.assertNotIn("1999", issue["diagnostics"], "no value is quoted")

    def test_not_sensible(self):
        for wrong in (
            PATIENT | {"gender": "m"},
            PATIENT | {"birthDate": "1700-01-01"},
            PATIENT | {"birthDate": "2099-01-01"},
            PATIENT | {"birthDate": "2000-01-01", "deceasedDateTime": "1999-01-01"},
            PATIENT | {"active": False},
            PATIENT | {"modifierExtension": [{"url": "http://a", "valueString": "not"}]},
            PATIENT | {"link": [{"other": {"reference": "Patient/1"}, "type": "replaced-by"}]},
            PATIENT | {"identifier": [{"value": "x" * 300}]},
        ):
            self.refused(wrong, 422)

    def test_wrong_references(self):
        body = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
        for subject in (
            *("Patient/99999999", "Patient/x", "Group/1", "http://elsewhere/Patient/1", "#a", ""),
            *("urn:uuid:1b671a64-40d5-491e-99b0-da01ff1f3341", "Observation/1", "Patient/"),
        ):
            told = body | {"subject": {"reference": subject} if subject else {"display": "?"}}
            self.refused(told, 422, "/Observation")
        self.refused(body, 422, "/Observation")
        patient = self.make_person(number="D-1")
        self.before += 1
        told = body | {"subject": {"reference": f"Patient/{patient.id}"}}
        self.refused(told | {"encounter": {"reference": "Encounter/0"}}, 422, "/Observation")
        other = self.make_person(number="D-2")
        self.before += 1
        visit = {"reference": f"Encounter/{self.make_encounter(other).id}"}
        self.refused(told | {"encounter": visit}, 409, "/Observation")

    def test_huge(self):
        self.env["ir.config_parameter"].set_param("hcrm_fhir.max_bytes", "1000")
        self.refused('{"resourceType": "Patient", "id": "%s"}' % ("x" * 2000), 413)

    def test_hostile_values(self):
        """Odd but lawful content is kept and given back, or refused; it never fails the server."""
        for name in ("'; DROP TABLE res_partner; --", "%(x)s %s {0}", "<script>", "a" * 250, "🙂"):
            answer = self.call("POST", "/Patient", PATIENT | {"name": [{"text": name}]})
            self.assertEqual(answer.status_code, 201, answer.text)
            self.assertEqual(answer.json()["name"][0]["text"], name)
        answer = self.call("POST", "/Patient", PATIENT | {"name": [{"text": "a" * 5_000_000}]})
        self.assertEqual(answer.status_code, 422)

    def test_odd_addresses(self):
        for path in (
            "/Patient/1%00",
            "/Patient/%FF",
            "/Patient?name=%00",
            "/Patient?_id=%FF",
            "//",
        ):
            answer = self.call("GET", path)
            self.assertLess(answer.status_code, 500, path)
            self.assertIn(answer.json()["resourceType"], ("OperationOutcome", "Bundle"))
