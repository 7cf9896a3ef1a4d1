import base64
import io
import json
import tempfile
import zipfile
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged


def lines(*resources):
    """Return an ndjson file."""
    texts = (one if isinstance(one, str) else json.dumps(one) for one in resources)
    return "\n".join(texts).encode()


def patient(fhir_id, name="赵敏", **values):
    return {"resourceType": "Patient", "id": fhir_id, "name": [{"text": name}], **values}


def visit(fhir_id, patient_id, **values):
    return {
        "resourceType": "Encounter",
        "id": fhir_id,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "period": {"start": "2026-03-01T09:00:00Z", "end": "2026-03-01T10:00:00Z"},
        **values,
    }


def result(fhir_id, patient_id, visit_id=None, **values):
    told = {
        "resourceType": "Observation",
        "id": fhir_id,
        "status": "final",
        "code": {"text": "K"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "valueInteger": 4,
        **values,
    }
    return told | ({"encounter": {"reference": f"Encounter/{visit_id}"}} if visit_id else {})


@tagged("post_install", "-at_install")
class TestLoad(TransactionCase):
    """Files of resources are loaded once, in whatever order they lie there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sender = cls.env["hcrm.his.sender"].create({"name": "Old", "code": "OLD|FHIR"})

    def load(self, files, **values):
        """Load a folder with these files; return the load."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, content in files.items():
            (folder / name).write_bytes(content)
        load = self.env["hcrm.his.load"].create(
            {"name": "test", "path": str(folder), "fhir_sender_id": self.sender.id, **values}
        )
        load.action_start()
        self.go_on(load)
        return load

    def go_on(self, load):
        for _count in load._load_chunks():
            self.env.flush_all()

    def counts(self, load):
        return load.stored_count, load.known_count, load.refused_count, load.skipped_count

    def observations(self):
        return self.env["hcrm.observation"].search([("source", "=", "OLD|FHIR")])

    WHOLE = {
        "a_Observation.ndjson": lines(result("o1", "p1", "v1"), result("o2", "p2")),
        "b_Encounter.ndjson": lines(visit("v1", "p1", identifier=[{"value": "LV-1"}])),
        "c_Patient.ndjson": lines(patient("p1"), "", patient("p2", "钱芳")),
    }

    def test_any_order(self):
        load = self.load(self.WHOLE)
        self.assertEqual((load.state, load.position), ("done", 5), load.reason)
        self.assertEqual(self.counts(load), (5, 0, 0, 0))
        first, second = self.observations().sorted("id")
        self.assertEqual(first.encounter_id.visit_number, "LV-1")
        self.assertEqual((first.partner_id.name, second.partner_id.name), ("赵敏", "钱芳"))

    def test_again(self):
        """A second load changes what is there and doubles nothing."""
        self.load(self.WHOLE)
        files = self.WHOLE | {"c_Patient.ndjson": lines(patient("p1", "赵小敏"), patient("p2"))}
        load = self.load(files)
        self.assertEqual(self.counts(load), (0, 5, 0, 0))
        self.assertEqual(len(self.observations()), 2)
        self.assertIn("赵小敏", self.observations().partner_id.mapped("name"))

    def test_resumed(self):
        """What was committed before an interruption is not loaded again."""
        many = [result(f"r{number}", "p1") for number in range(1100)]
        files = self.WHOLE | {"d_Observation.ndjson": lines(*many)}
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, content in files.items():
            (folder / name).write_bytes(content)
        load = self.env["hcrm.his.load"].create(
            {"name": "test", "path": str(folder), "fhir_sender_id": self.sender.id}
        )
        load.action_start()
        chunks = load._load_chunks()
        self.assertEqual([next(chunks) for _one in range(3)], [2, 1, 500])
        chunks.close()
        self.go_on(load)
        self.assertEqual((load.state, load.position), ("done", 1105))
        self.assertEqual(self.counts(load), (1105, 0, 0, 0))
        self.assertEqual(len(self.observations()), 1102)

    def test_bad_lines(self):
        """They become dead letters; those around them are loaded; a corrected one is replayed."""
        broken = json.dumps(result("x", "p1", status="wrong"))
        load = self.load(
            {
                "Patient.ndjson": lines(patient("p1"), "{broken", patient("p3", gender="m")),
                "Observation.ndjson": lines(
                    result("o1", "p1"), broken, result("o3", "nobody"), "[1]", result("o4", "p1")
                ),
                "Claim.ndjson": lines({"resourceType": "Claim", "id": "1"}),
            }
        )
        self.assertEqual(load.state, "done")
        self.assertEqual(self.counts(load), (3, 0, 5, 1))
        dead = self.env["hcrm.his.message"].search([("load_id", "=", load.id)])
        self.assertEqual((len(dead), set(dead.mapped("state"))), (5, {"dead"}))
        self.assertEqual(dead.sender_id, self.sender)
        wrong = dead.filtered(lambda one: "Observation.status" in (one.reason or ""))
        wrong.corrected_text = broken.replace("wrong", "final").replace(
            "Patient/p1", f"Patient/{self.observations().partner_id.id}"
        )
        wrong.action_replay()
        self.assertEqual(wrong.state, "processed", wrong.reason)
        self.assertEqual(len(self.observations()), 3)

    def test_times(self):
        """Older news does not change what is known; the resource says how old it is."""
        new = {"meta": {"lastUpdated": "2026-03-01T00:00:00Z"}}
        old = {"meta": {"lastUpdated": "2025-03-01T00:00:00Z"}}
        self.load({"Patient.ndjson": lines(patient("p1", "新名", **new))})
        self.load({"Patient.ndjson": lines(patient("p1", "旧名", **old))})
        found = self.env["hcrm.identifier"].search([("system", "=", "OLD|FHIR:fhir-id")])
        self.assertEqual(found.partner_id.name, "新名")

    def test_twice_in_a_chunk(self):
        load = self.load({"Patient.ndjson": lines(patient("p1", "一"), patient("p1", "二"))})
        self.assertEqual(self.counts(load), (1, 1, 0, 0))

    def test_uploaded_archive(self):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, content in self.WHOLE.items():
                archive.writestr(f"export/{name}", content)
        load = self.env["hcrm.his.load"].create(
            {"file": base64.b64encode(data.getvalue()), "file_name": "export.zip"}
        )
        load.fhir_sender_id = self.sender
        load.action_start()
        self.go_on(load)
        self.assertEqual((load.state, self.counts(load)), ("done", (5, 0, 0, 0)))

    def test_whose(self):
        loads = self.env["hcrm.his.load"]
        load = loads.create({"file": base64.b64encode(b"{}"), "file_name": "a.ndjson"})
        with self.assertRaises(UserError):
            load.action_start()
        with self.assertRaises(UserError):
            loads._prepare_sender_values("nobody")
        values = loads._prepare_sender_values("OLD|FHIR")
        self.assertEqual(values["fhir_sender_id"], self.sender.id)
        load.fhir_sender_id = self.sender
        self.sender.company_id = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(UserError):
            load.action_start()
