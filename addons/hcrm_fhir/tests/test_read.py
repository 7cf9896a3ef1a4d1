from odoo.tests import tagged

from .common import FhirCase


@tagged("post_install", "-at_install")
class TestRead(FhirCase):
    """Reading single resources, and what is not read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_person(
            "欧阳娜娜",
            number="R-1",
            birth_date="1985-02-03",
            sex="female",
            phone="13800138000",
            email="na@example.com",
            street="和平路 1 号",
            city="杭州市",
            zip="310000",
            death_date="2026-01-02",
        )
        cls.encounter = cls.make_encounter(
            cls.patient,
            visit_number="RV-1",
            encounter_class="inpatient",
            department_id=cls.department.id,
            doctor_id=cls.doctor.id,
            reason="咳嗽三天",
            ended_at="2026-03-05 08:00:00",
            checked_in_at="2026-03-01 00:50:00",
            state="finished",
        )
        cls.facts = {"partner_id": cls.patient.id, "encounter_id": cls.encounter.id}

    def test_patient(self):
        patient = self.read(f"/Patient/{self.patient.id}")
        self.assertEqual(
            patient["name"],
            [{"use": "official", "text": "欧阳娜娜", "family": "欧阳", "given": ["娜娜"]}],
        )
        [number] = patient["identifier"]
        self.assertEqual((number["system"], number["value"]), ("urn:hcrm:HIS", "R-1"))
        self.assertEqual(number["type"]["coding"][0]["code"], "MR")
        phone, email = patient["telecom"]
        self.assertEqual(phone["value"], "+8613800138000")
        self.assertEqual(email, {"system": "email", "value": "na@example.com"})
        self.assertEqual(patient["birthDate"], "1985-02-03")
        self.assertEqual(patient["deceasedDateTime"], "2026-01-02")
        self.assertEqual(patient["address"][0]["city"], "杭州市")
        self.assertTrue(patient["active"])

    def test_bare_patient(self):
        """Who is known by a name only is valid FHIR too."""
        patient = self.read(f"/Patient/{self.make_person('李').id}")
        self.assertNotIn("birthDate", patient)
        self.assertNotIn("address", patient)

    def test_versions(self):
        answer = self.call("GET", f"/Patient/{self.patient.id}")
        tag = answer.headers["ETag"]
        self.assertEqual(tag, f'W/"{answer.json()["meta"]["versionId"]}"')
        self.assertIn("GMT", answer.headers["Last-Modified"])
        again = self.call("GET", f"/Patient/{self.patient.id}", If_None_Match=tag)
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.patient.city = "宁波市"
        changed = self.call("GET", f"/Patient/{self.patient.id}", If_None_Match=tag)
        self.assertEqual(changed.status_code, 200)
        self.assertNotEqual(changed.headers["ETag"], tag)

    def test_merged_patient(self):
        absorbed = self.make_person("欧阳娜", number="R-2")
        self.patient._hcrm_merge(absorbed, reason="test", force=True)
        old = self.read(f"/Patient/{absorbed.id}")
        self.assertFalse(old["active"])
        self.assertEqual(
            old["link"],
            [{"other": {"reference": f"Patient/{self.patient.id}"}, "type": "replaced-by"}],
        )
        new = self.read(f"/Patient/{self.patient.id}")
        self.assertEqual(
            new["link"], [{"other": {"reference": f"Patient/{absorbed.id}"}, "type": "replaces"}]
        )
        self.assertEqual(self.ids(f"/Encounter?patient={absorbed.id}"), self.encounter.ids)
        self.assertEqual(self.ids("/Patient?identifier=R-2"), self.patient.ids)

    def test_organisations_are_no_patients(self):
        supplier = self.env["res.partner"].create({"name": "Supplier", "is_company": True})
        self.assertEqual(self.call("GET", f"/Patient/{supplier.id}").status_code, 404)

    def test_encounter(self):
        encounter = self.read(f"/Encounter/{self.encounter.id}")
        self.assertEqual(encounter["class"]["code"], "IMP")
        self.assertEqual(encounter["status"], "finished")
        self.assertEqual(
            encounter["period"],
            {"start": "2026-03-01T09:00:00+08:00", "end": "2026-03-05T16:00:00+08:00"},
        )
        self.assertEqual(encounter["reasonCode"], [{"text": "咳嗽三天"}])
        self.assertEqual(encounter["identifier"][0]["value"], "RV-1")
        self.assertEqual(encounter["statusHistory"][0]["status"], "arrived")
        organization = self.read(f"/{encounter['serviceProvider']['reference']}")
        self.assertEqual(organization["name"], "心内科")
        doctor = self.read(f"/{encounter['participant'][0]['individual']['reference']}")
        self.assertEqual(doctor["identifier"][0]["value"], "F-1001")

    def test_condition(self):
        diagnosis = self.env["hcrm.diagnosis"].create(
            {**self.facts, "code": "I10", "name": "高血压", "kind": "final"}
        )
        condition = self.read(f"/Condition/{diagnosis.id}")
        self.assertEqual(
            condition["code"]["coding"][0],
            {"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "高血压"},
        )
        self.assertEqual(condition["clinicalStatus"]["coding"][0]["code"], "active")
        self.assertEqual(condition["verificationStatus"]["coding"][0]["code"], "confirmed")

    def test_observation(self):
        number, text = self.env["hcrm.observation"].create(
            [
                {
                    **self.facts,
                    "code": "2823-3",
                    "name": "钾",
                    "value_number": 5.9,
                    "has_number": True,
                    "unit": "mmol/L",
                    "abnormal_flag": "H",
                    "reference_range": "3.5-5.3",
                },
                {**self.facts, "code": "X1", "code_system": "L", "name": "血型", "value_text": "A"},
            ]
        )
        found = self.read(f"/Observation/{number.id}")
        self.assertEqual(
            found["valueQuantity"],
            {
                "value": 5.9,
                "unit": "mmol/L",
                "system": "http://unitsofmeasure.org",
                "code": "mmol/L",
            },
        )
        self.assertEqual(found["interpretation"][0]["coding"][0]["code"], "H")
        self.assertEqual(found["referenceRange"], [{"text": "3.5-5.3"}])
        told = self.read(f"/Observation/{text.id}")
        self.assertEqual(told["valueString"], "A")
        self.assertEqual(told["code"]["coding"][0]["system"], "urn:hcrm:L")

    def test_prescription(self):
        prescription = self.env["hcrm.prescription"].create(
            {
                **self.facts,
                "drug_code": "C08",
                "drug_name": "氨氯地平",
                "dose": 5,
                "dose_unit": "mg",
                "frequency": "bid",
                "days_supply": 14,
                "start_date": "2026-03-05",
            }
        )
        found = self.read(f"/MedicationRequest/{prescription.id}")
        [dosage] = found["dosageInstruction"]
        self.assertEqual(dosage["timing"]["repeat"]["frequency"], 2)
        self.assertEqual(dosage["doseAndRate"][0]["doseQuantity"], {"value": 5.0, "unit": "mg"})
        self.assertEqual(found["dispenseRequest"]["expectedSupplyDuration"]["value"], 14)

    def test_appointment_immunization_relation(self):
        appointment = self.env["hcrm.appointment"].create(
            {
                "partner_id": self.patient.id,
                "starts_at": "2026-04-01 01:00:00",
                "service": "复诊",
                "department_id": self.department.id,
            }
        )
        found = self.read(f"/Appointment/{appointment.id}")
        self.assertEqual((found["status"], found["description"]), ("booked", "复诊"))
        self.assertEqual(len(found["participant"]), 2)
        dose = self.env["hcrm.immunization"].create(
            {
                "partner_id": self.patient.id,
                "vaccine_code": "HepB",
                "vaccine_name": "乙肝疫苗",
                "dose_number": 2,
                "given_on": "2026-01-01",
                "lot_number": "L7",
            }
        )
        given = self.read(f"/Immunization/{dose.id}")
        self.assertEqual(given["protocolApplied"], [{"doseNumberPositiveInt": 2}])
        self.assertEqual(given["lotNumber"], "L7")
        relation = self.env["hcrm.relationship"].create(
            {
                "partner_id": self.patient.id,
                "related_partner_id": self.make_person("欧阳锋").id,
                "relation": "parent",
            }
        )
        related = self.read(f"/RelatedPerson/{relation.id}")
        self.assertEqual(related["name"][0]["family"], "欧阳")
        self.assertEqual(related["relationship"][0]["coding"][0]["code"], "PRN")

    def test_not_there(self):
        for path in ("/Patient/999999999", "/Patient/abc", "/Patient/99999999999999999999"):
            self.assertOutcome(self.call("GET", path), 404, "not-found")
        for path in ("/Foo", "/Foo/1", "/Patient/1/_history", "/Patient/1/$everything", "/a/b/c"):
            self.assertOutcome(self.call("GET", path), 404, "not-supported")
        self.assertOutcome(self.call("GET", "/fhir/R5/Patient"), 404, "not-supported")

    def test_not_allowed(self):
        answer = self.call("DELETE", f"/Patient/{self.patient.id}")
        self.assertOutcome(answer, 405, "not-supported")
        self.assertIn("GET", answer.headers["Allow"])
        for method, path in (("PATCH", "/Patient/1"), ("GET", ""), ("PUT", "/Organization/1")):
            answer = self.call(method, path, {"x": 1} if method != "GET" else None)
            self.assertOutcome(answer, 405, "not-supported")

    def test_content_types(self):
        for accept in ("application/fhir+xml", "text/turtle"):
            self.assertOutcome(self.call("GET", "/Patient", Accept=accept), 406, "not-supported")
        self.assertOutcome(self.call("GET", "/Patient?_format=xml"), 406, "not-supported")
        for accept in ("application/json", "*/*", "application/fhir+json;fhirVersion=4.0"):
            self.assertEqual(self.call("GET", "/Patient", Accept=accept).status_code, 200)
        answer = self.call("POST", "/Patient", "<a/>", Content_Type="application/fhir+xml")
        self.assertOutcome(answer, 415, "not-supported")

    def test_head(self):
        answer = self.call("HEAD", f"/Patient/{self.patient.id}")
        self.assertEqual((answer.status_code, answer.content), (200, b""))
        self.assertTrue(answer.headers["ETag"])

    def test_metadata(self):
        statement = self.read("/metadata", key=False)
        self.assertEqual(statement["fhirVersion"], "4.0.1")
        [rest] = statement["rest"]
        types = {one["type"]: one for one in rest["resource"]}
        self.assertGreaterEqual(len(types), 11)
        names = {param["name"] for param in types["Patient"]["searchParam"]}
        self.assertLessEqual({"identifier", "name", "birthdate", "_lastUpdated"}, names)
        self.assertIn("Encounter:patient", types["Patient"]["searchRevInclude"])

    def test_protected_persons_are_for_systems(self):
        """POLICY: the integration role reads what is behind glass."""
        self.patient.is_protected = True
        self.assertEqual(self.ids(f"/Encounter?patient={self.patient.id}"), self.encounter.ids)
