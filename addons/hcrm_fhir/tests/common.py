from odoo.tests import HttpCase, new_test_user

from ..tools.reader import validate

FHIR = "/fhir/R4"


class FhirCase(HttpCase):
    """A hospital with a system that may do everything over FHIR, and a key for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, lang="en_US"))
        cls.company = cls.env.company
        cls.department = cls.env["hr.department"].create({"name": "心内科", "code": "F-CAR"})
        cls.doctor = cls.env["hr.employee"].create({"name": "李大夫", "staff_code": "F-1001"})
        cls.kind = cls.env.ref("hcrm_base.kind_patient")
        cls.sender = cls.env["hcrm.his.sender"].create(
            {"name": "LIS", "code": "LIS|FHIR", "timezone": "Asia/Shanghai"}
        )
        cls.client, cls.key = cls.make_client("LIS")

    @classmethod
    def make_client(cls, name, **values):
        """Return (client, key)."""
        if "user_id" not in values:
            user = new_test_user(
                cls.env, login=f"fhir_{name}", groups="hcrm_base.group_integration"
            )
            values["user_id"] = user.id
        values.setdefault("sender_id", cls.sender.id)
        values.setdefault("scopes", "system/*.cruds")
        client = cls.env["hcrm.fhir.client"].create({"name": name, "rate_per_minute": 0, **values})
        _record, key = cls.env["hcrm.fhir.key"]._generate(client, "2099-01-01")
        return client, key

    @classmethod
    def make_person(cls, name="张伟丽", number=None, **values):
        """Return a new patient, with a record number of the system HIS where one is given."""
        if number:
            values["identifier_ids"] = [(0, 0, {"system": "HIS", "value": number})]
        return cls.env["res.partner"].create({"name": name, "kind_ids": [cls.kind.id], **values})

    @classmethod
    def make_encounter(cls, partner, **values):
        """Return a new visit."""
        values = {"partner_id": partner.id, "started_at": "2026-03-01 01:00:00", **values}
        return cls.env["hcrm.encounter"].create(values)

    def call(self, method, path, body=None, *, key=None, **headers):
        """Send a request; the answer is checked to be a resource that is valid FHIR."""
        self.env.flush_all()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not False:
            sent["Authorization"] = f"Bearer {key or self.key}"
        options = {"headers": sent, "method": method, "timeout": 60}
        if isinstance(body, dict):
            options["json"] = body
        elif body is not None:
            sent.setdefault("Content-Type", "application/fhir+json")
            options["data"] = body
        answer = self.url_open(path if path.startswith("/fhir") else f"{FHIR}{path}", **options)
        self.env.invalidate_all()
        if answer.content:
            self.assertIn("application/fhir+json", answer.headers["Content-Type"])
            resource = answer.json()
            if resource["resourceType"] != "Bundle":
                validate(resource, resource["resourceType"])
        return answer

    def read(self, path, **options):  # pylint: disable=method-required-super
        """Return the resource of a GET that works."""
        answer = self.call("GET", path, **options)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def search(self, path, **options):
        """Return the matches of a search; each is checked to be valid FHIR."""
        bundle = self.read(path, **options)
        entries = bundle.get("entry", [])
        for entry in entries:
            validate(entry["resource"], entry["resource"]["resourceType"])
        return [one["resource"] for one in entries if one["search"]["mode"] == "match"]

    def ids(self, path, **options):
        """Return the ids that a search finds."""
        return [int(one["id"].rpartition("-")[2]) for one in self.search(path, **options)]

    def assertOutcome(self, answer, status, code, text=""):
        """The answer is an OperationOutcome with this status, code and text."""
        self.assertEqual(answer.status_code, status, answer.text)
        outcome = answer.json()
        self.assertEqual(outcome["resourceType"], "OperationOutcome")
        self.assertIn(code, [issue["code"] for issue in outcome["issue"]])
        self.assertIn(text, outcome["issue"][0]["diagnostics"])
