from odoo.tests import new_test_user, tagged

from .common import FhirCase

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


@tagged("post_install", "-at_install")
class TestWrite(FhirCase):
    """What is told in a single resource arrives in the record, and comes back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_person("张伟", number="W-1", birth_date="1980-01-02")
        cls.subject = {"reference": f"Patient/{cls.patient.id}"}
        cls.encounter = cls.make_encounter(cls.patient, visit_number="WV-1")
        cls.visit = {"reference": f"Encounter/{cls.encounter.id}"}

    # pylint: disable-next=method-required-super
    def write(self, method, path, body, status=201, **headers):
        """Write a resource; return it as it is then, which a read confirms."""
        answer = self.call(method, path, body, **headers)
        self.assertEqual(answer.status_code, status, answer.text)
        told = answer.json()
        kept = self.call("GET", f"/{told['resourceType']}/{told['id']}")
        self.assertEqual(kept.json(), told)
        self.assertEqual(kept.headers["ETag"], answer.headers["ETag"])
        self.assertTrue(answer.headers["Location"].endswith(f"/{told['id']}"))
        return told

    def create(self, **resource):  # pylint: disable=method-required-super
        return self.write("POST", f"/{resource['resourceType']}", resource)

    def change(self, resource, **changes):
        changed = resource | changes
        path = f"/{resource['resourceType']}/{resource['id']}"
        return self.write("PUT", path, changed, 200)

    def row(self, model, resource):
        return self.env[model].browse(int(resource["id"]))

    # persons

    def patient_resource(self, number="P-9", **values):
        return {
            "resourceType": "Patient",
            "identifier": [{"system": "http://his.example/mrn", "value": number}],
            "name": [{"family": "欧阳", "given": ["锋"]}],
            "gender": "male",
            "birthDate": "1970-03-04",
            "telecom": [
                {"system": "phone", "value": "13911112222", "rank": 2},
                {"system": "phone", "value": "010-88886666", "rank": 1},
                {"system": "email", "value": "o@example.com"},
            ],
            "address": [
                {"line": ["白驼山 1 号"], "city": "哈密市", "state": "新疆", "country": "CN"}
            ],
            **values,
        }

    def test_patient(self):
        told = self.create(**self.patient_resource())
        partner = self.row("res.partner", told)
        self.assertEqual(partner.name, "欧阳锋")
        self.assertEqual(partner.phone_stored, "+861088886666")
        self.assertEqual(partner.phone_other_stored, "+8613911112222")
        self.assertEqual(partner.kind_ids.mapped("code"), ["patient"])
        self.assertEqual((partner.street, partner.city), ("白驼山 1 号", "新疆 哈密市"))
        self.assertEqual(told["name"][0]["family"], "欧阳")
        self.assertEqual(told["identifier"][0]["system"], "http://his.example/mrn")

    def test_number_of_another_hospital(self):
        """A system of one hospital makes no patients under the other's record numbers."""
        other = self.env["res.company"].create({"name": "Second hospital"})
        sender = self.env["hcrm.his.sender"].create(
            {"name": "Other", "code": "OTHER|FHIR", "company_id": other.id}
        )
        user = new_test_user(
            self.env,
            login="fhir_other",
            groups="hcrm_base.group_integration",
            company_id=other.id,
            company_ids=[other.id],
        )
        _client, key = self.make_client(
            "OTHER", sender_id=sender.id, user_id=user.id, company_id=other.id
        )
        before = self.env["res.partner"].search_count([])
        theirs = self.patient_resource("W-1")
        theirs["identifier"][0]["system"] = self.patient.identifier_ids.system_id._to_uri()
        own = self.patient_resource("N-1")
        told = self.call("POST", "/Patient", theirs, key=key)
        self.assertEqual(told.status_code, 409, told.text)
        self.assertIn("another hospital", told.text)
        entries = [
            {"resource": resource, "request": {"method": "POST", "url": "Patient"}}
            for resource in (own, theirs)
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        told = self.call("POST", "", bundle, key=key)
        self.assertEqual(told.status_code, 409, told.text)
        self.assertIn("entry[1]", told.text)
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_put_says_it_all(self):
        told = self.create(**self.patient_resource())
        again = self.change(told, telecom=[told["telecom"][0]], address=[])
        self.assertEqual(len(again["telecom"]), 1)
        self.assertNotIn("address", again)
        self.assertEqual(len(again["identifier"]), 1, "numbers are never taken away")
        self.assertEqual(self.change(again), again, "what was read can be written back")

    def test_known_number(self):
        told = self.create(**self.patient_resource())
        answer = self.call("POST", "/Patient", self.patient_resource(birthDate="1970-03-05"))
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["id"], told["id"])
        self.assertEqual(answer.json()["birthDate"], "1970-03-05")
        _client, key = self.make_client("creator", scopes="system/Patient.c")
        answer = self.call("POST", "/Patient", self.patient_resource(), key=key)
        self.assertOutcome(answer, 403, "forbidden")

    def test_hl7_and_fhir_speak_of_one_person(self):
        self.env["hcrm.identifier.system"].search([("code", "=", "HIS")]).uri = "http://his.example"
        told = self.patient_resource(identifier=[{"system": "http://his.example", "value": "W-1"}])
        answer = self.call("POST", "/Patient", told)
        self.assertEqual((answer.status_code, answer.json()["id"]), (200, str(self.patient.id)))

    def test_resident_id(self):
        number = {
            "type": {"coding": [{"code": "NNCHN"}]},
            "system": "urn:oid:2.16.156.10011.1.3",
            "value": "11010519491231002X",
        }
        told = self.create(**self.patient_resource(identifier=[number], birthDate="1949-12-31"))
        partner = self.row("res.partner", told)
        self.assertEqual(partner.identifier_ids.system, "NNCHN")
        wrong = number | {"value": "110105194912310021"}
        answer = self.call("POST", "/Patient", self.patient_resource(identifier=[wrong]))
        self.assertEqual(answer.status_code, 201, "a wrong digit must not cost the admission")
        message = self.env["hcrm.his.message"].search([], limit=1)
        self.assertIn("not a valid number", message.warnings)

    def test_number_of_somebody_else(self):
        told = self.create(**self.patient_resource("P-10"))
        taken = {"system": "urn:hcrm:HIS", "value": "W-1"}
        told["identifier"].append(taken)
        answer = self.call("PUT", f"/Patient/{told['id']}", told)
        self.assertOutcome(answer, 409, "conflict")

    def test_partial_birth_and_death(self):
        told = self.create(
            **self.patient_resource(birthDate="1970", deceasedDateTime="2026-01-02T03:04:05Z")
        )
        partner = self.row("res.partner", told)
        self.assertTrue(partner.is_deceased)
        self.assertEqual(told["deceasedDateTime"], "2026-01-02")
        self.assertEqual(told["birthDate"], "1970-01-01")
        del told["deceasedDateTime"]
        again = self.change(told, deceasedBoolean=False)
        self.assertNotIn("deceasedBoolean", again)

    def test_merged_patient_is_not_written(self):
        absorbed = self.make_person("张维", number="W-2")
        self.patient._hcrm_merge(absorbed, reason="test", force=True)
        body = self.patient_resource() | {"id": str(absorbed.id)}
        answer = self.call("PUT", f"/Patient/{absorbed.id}", body)
        self.assertOutcome(answer, 409, "conflict", f"Patient/{self.patient.id}")

    def test_newer_news_of_hl7_stays(self):
        """What staff or another system told later is not overwritten by older news; FHIR is now."""
        told = self.create(**self.patient_resource())
        partner = self.row("res.partner", told)
        self.assertTrue(partner.sudo().source_time)

    def test_related_person(self):
        told = self.create(
            resourceType="RelatedPerson",
            patient=self.subject,
            relationship=[{"coding": [{"code": "MTH"}]}],
            name=[{"text": "李芳"}],
            telecom=[{"system": "phone", "value": "13711112222"}],
        )
        relation = self.row("hcrm.relationship", told)
        self.assertEqual((relation.partner_id, relation.relation), (self.patient, "parent"))
        self.assertEqual(relation.related_partner_id.phone_stored, "+8613711112222")
        again = self.change(
            told,
            name=[{"text": "李小芳"}],
            relationship=[{"coding": [{"code": "GUARD"}]}],
            period={"start": "2020-01-01"},
            active=False,
        )
        self.assertEqual(relation.related_partner_id.name, "李小芳")
        self.assertFalse(relation.active)
        self.assertEqual(again["period"], {"start": "2020-01-01"})
        self.assertEqual(
            self.ids(f"/RelatedPerson?patient={self.patient.id}&active=false"), [relation.id]
        )

    # visits

    def test_encounter(self):
        told = self.create(
            resourceType="Encounter",
            identifier=[{"system": "http://his.example/visit", "value": "WV-9"}],
            status="in-progress",
            **{"class": {"code": "EMER"}},
            subject=self.subject,
            period={"start": "2026-03-01T09:00:00+08:00"},
            reasonCode=[{"text": "胸痛两小时"}],
            participant=[{"individual": {"identifier": {"value": "F-1001"}}}],
            serviceProvider={"reference": f"Organization/department-{self.department.id}"},
            statusHistory=[{"status": "arrived", "period": {"start": "2026-03-01T08:50:00+08:00"}}],
            location=[{"location": {"display": "抢救室 2"}}],
        )
        encounter = self.row("hcrm.encounter", told)
        self.assertRecordValues(
            encounter,
            [
                {
                    "visit_number": "WV-9",
                    "encounter_class": "emergency",
                    "state": "in_progress",
                    "reason": "胸痛两小时",
                    "doctor_id": self.doctor.id,
                    "department_id": self.department.id,
                    "location": "抢救室 2",
                }
            ],
        )
        self.assertEqual(str(encounter.checked_in_at), "2026-03-01 00:50:00")
        again = self.change(
            told,
            status="finished",
            period=told["period"] | {"end": "2026-03-02T10:00:00+08:00"},
            hospitalization={"dischargeDisposition": {"text": "回家"}},
        )
        self.assertEqual((encounter.state, encounter.disposition), ("finished", "回家"))
        self.assertEqual(again["period"]["end"], "2026-03-02T10:00:00+08:00")
        self.change(again, status="entered-in-error")
        self.assertEqual(encounter.state, "cancelled")

    def test_planned_encounter(self):
        told = self.create(
            resourceType="Encounter",
            status="planned",
            **{"class": {"code": "AMB"}},
            subject=self.subject,
            period={"start": "2026-12-01T09:00:00+08:00"},
        )
        self.assertEqual(told["status"], "planned")
        self.assertNotIn("identifier", told, "a number nobody gave is nobody's")
        self.create(
            resourceType="Condition",
            code={"text": "?"},
            subject=self.subject,
            encounter={"reference": f"Encounter/{told['id']}"},
        )
        self.assertEqual(self.row("hcrm.encounter", told).state, "planned")
        self.assertEqual(self.change(told, status="in-progress")["status"], "in-progress")

    def test_visit_number_of_another_patient(self):
        other = self.make_person("王五", number="W-5")
        answer = self.call(
            "POST",
            "/Encounter",
            {
                "resourceType": "Encounter",
                "status": "finished",
                "class": {"code": "AMB"},
                "identifier": [{"value": "WV-1"}],
                "subject": {"reference": f"Patient/{other.id}"},
            },
        )
        self.assertOutcome(answer, 409, "conflict")

    def test_discharge_is_told_once(self):
        """FHIR goes through the door that follow-up watches."""
        calls = []
        model = type(self.env["hcrm.encounter"])
        self.patch(model, "_on_discharged", lambda records: calls.append(records.ids))
        body = self.read(f"/Encounter/{self.encounter.id}") | {"status": "finished"}
        body["period"]["end"] = "2026-03-09T10:00:00+08:00"
        self.write("PUT", f"/Encounter/{self.encounter.id}", body, 200)
        self.write("PUT", f"/Encounter/{self.encounter.id}", body, 200)
        self.assertEqual(calls, [self.encounter.ids])

    # facts

    def test_condition(self):
        told = self.create(
            resourceType="Condition",
            code={
                "coding": [
                    {"system": "http://snomed.info/sct", "code": "38341003"},
                    {"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"},
                ],
                "text": "高血压",
            },
            clinicalStatus={"coding": [{"code": "resolved"}]},
            verificationStatus={"coding": [{"code": "confirmed"}]},
            subject=self.subject,
            encounter=self.visit,
            onsetDateTime="2020-05",
            recordedDate="2026-03-01",
        )
        diagnosis = self.row("hcrm.diagnosis", told)
        self.assertRecordValues(
            diagnosis,
            [
                {
                    "code": "I10",
                    "name": "高血压",
                    "coding_system": "ICD-10",
                    "kind": "final",
                    "encounter_id": self.encounter.id,
                    "clinical_status": "resolved",
                    "company_id": self.company.id,
                    "source": "LIS|FHIR",
                }
            ],
        )
        again = self.change(told, verificationStatus={"coding": [{"code": "entered-in-error"}]})
        self.assertNotIn("clinicalStatus", again)

    def test_same_diagnosis_twice_in_a_visit(self):
        body = {
            "resourceType": "Condition",
            "code": {"coding": [{"code": "I10"}]},
            "subject": self.subject,
            "encounter": self.visit,
        }
        first = self.create(**body)
        answer = self.call("POST", "/Condition", body)
        self.assertEqual(answer.json()["id"], first["id"])

    def quantity(self, value, unit="mm[Hg]"):
        return {"value": value, "unit": unit, "system": UCUM, "code": unit}

    def observation(self, code="2823-3", **values):
        return {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": LOINC, "code": code}], "text": "?"},
            "subject": self.subject,
            "encounter": self.visit,
            "effectiveDateTime": "2026-03-01T09:00:00+08:00",
            **values,
        }

    def test_observation_values(self):
        for name, value, column, kept in (
            ("valueQuantity", self.quantity(5.91, "mmol/L"), "value_number", 5.91),
            ("valueInteger", 3, "value_number", 3.0),
            ("valueString", "未见异常", "value_text", "未见异常"),
            ("valueBoolean", True, "value_text", "true"),
            ("valueCodeableConcept", {"text": "阳性"}, "value_text", "阳性"),
            ("valueRange", {"low": {"value": 1}, "high": {"value": 2}}, "value_text", "1-2"),
        ):
            with self.subTest(name):
                told = self.create(**self.observation(**{name: value}))
                self.assertEqual(self.row("hcrm.observation", told)[column], kept)
        below = self.create(**self.observation(valueQuantity={"value": 0.5, "comparator": "<"}))
        self.assertEqual(below["valueString"], "<0.5")

    def test_observation_details(self):
        told = self.create(
            **self.observation(
                identifier=[{"system": "http://lis.example", "value": "R1"}],
                valueQuantity=self.quantity(6, "mmol/L"),
                interpretation=[{"coding": [{"code": "H"}]}],
                referenceRange=[{"low": {"value": 3.5}, "high": {"value": 5.3}}],
                category=[{"coding": [{"code": "laboratory"}]}],
                performer=[{"reference": f"Practitioner/{self.doctor.id}"}],
            )
        )
        row = self.row("hcrm.observation", told)
        self.assertTrue(row.is_abnormal)
        self.assertEqual((row.reference_range, row.doctor_id), ("3.5-5.3", self.doctor))
        self.assertEqual(told["identifier"], [{"system": "http://lis.example", "value": "R1"}])
        self.assertEqual(self.ids("/Observation?identifier=http://lis.example|R1"), row.ids)
        again = self.call(
            "POST",
            "/Observation",
            self.observation(
                identifier=[{"system": "http://lis.example", "value": "R1"}],
                status="corrected",
                valueQuantity=self.quantity(5, "mmol/L"),
            ),
        )
        self.assertEqual((again.status_code, again.json()["id"]), (200, told["id"]))
        self.assertEqual((row.value_number, row.status), (5.0, "corrected"))

    def pressure(self, *values):
        codes = ("8480-6", "8462-4")
        return [
            {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": value}
            for code, value in zip(codes, map(self.quantity, values), strict=False)
        ]

    def test_panel(self):
        told = self.create(**self.observation("85354-9", component=self.pressure(128, 82)))
        panel = self.row("hcrm.observation", told)
        self.assertEqual(panel.value_text, "128/82")
        components = panel.component_ids.sorted("id")
        self.assertEqual(components.mapped("value_number"), [128.0, 82.0])
        self.assertEqual(panel.component_ids.encounter_id, self.encounter)
        self.assertNotIn("valueString", told)
        self.assertEqual([one["valueQuantity"]["value"] for one in told["component"]], [128, 82])
        self.assertEqual(self.ids("/Observation?combo-code=8480-6"), panel.ids)
        self.assertEqual(self.ids("/Observation?component-code=8462-4"), panel.ids)
        self.assertFalse(self.ids("/Observation?code=8480-6"))
        again = self.change(told, component=self.pressure(131))
        self.assertEqual(len(again["component"]), 1)
        self.assertEqual(components.mapped("status"), ["final", "cancelled"])
        self.assertEqual(
            self.call("GET", f"/Observation/{panel.component_ids[0].id}").status_code, 404
        )

    def test_prescription(self):
        told = self.create(
            resourceType="MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept={"text": "阿莫西林胶囊"},
            subject=self.subject,
            authoredOn="2026-03-01T23:30:00Z",
            dosageInstruction=[
                {
                    "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                    "route": {"text": "口服"},
                    "doseAndRate": [{"doseQuantity": {"value": 0.5, "unit": "g"}}],
                }
            ],
            dispenseRequest={
                "quantity": {"value": 24, "unit": "粒"},
                "expectedSupplyDuration": {"value": 1, "code": "wk"},
            },
        )
        row = self.row("hcrm.prescription", told)
        self.assertRecordValues(
            row,
            [
                {
                    "drug_name": "阿莫西林胶囊",
                    "dose": 0.5,
                    "frequency": "tid",
                    "route": "口服",
                    "quantity": 24,
                    "days_supply": 7,
                    "state": "active",
                }
            ],
        )
        self.assertEqual(str(row.start_date), "2026-03-02", "the hospital's day")
        self.assertEqual(self.change(told, status="on-hold")["status"], "stopped")

    def test_contained_medication(self):
        told = self.create(
            resourceType="MedicationRequest",
            status="active",
            intent="order",
            contained=[{"resourceType": "Medication", "id": "m", "code": {"text": "顺铂"}}],
            medicationReference={"reference": "#m"},
            subject=self.subject,
        )
        self.assertEqual(told["medicationCodeableConcept"], {"text": "顺铂"})

    def test_do_not_perform(self):
        answer = self.call(
            "POST",
            "/MedicationRequest",
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "intent": "order",
                "doNotPerform": True,
                "medicationCodeableConcept": {"text": "青霉素"},
                "subject": self.subject,
            },
        )
        self.assertOutcome(answer, 422, "not-supported")

    def test_appointment(self):
        told = self.create(
            resourceType="Appointment",
            status="booked",
            start="2026-12-01T09:00:00+08:00",
            end="2026-12-01T09:20:00+08:00",
            serviceType=[{"text": "心内科复诊"}],
            participant=[
                {"actor": self.subject, "status": "accepted"},
                {"actor": {"reference": f"Practitioner/{self.doctor.id}"}, "status": "accepted"},
            ],
        )
        row = self.row("hcrm.appointment", told)
        self.assertEqual((row.service, row.doctor_id), ("心内科复诊", self.doctor))
        self.assertEqual(self.ids(f"/Appointment?actor=Practitioner/{self.doctor.id}"), row.ids)
        self.change(told, status="noshow")
        self.assertEqual(row.state, "noshow")

    def test_immunization(self):
        told = self.create(
            resourceType="Immunization",
            status="completed",
            vaccineCode={"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "08"}]},
            patient=self.subject,
            occurrenceDateTime="2026-03-01",
            lotNumber="L-77",
            site={"text": "左上臂"},
            protocolApplied=[{"doseNumberPositiveInt": 3}],
        )
        row = self.row("hcrm.immunization", told)
        self.assertEqual((row.lot_number, row.dose_number, row.site), ("L-77", 3, "左上臂"))
        self.change(told, status="entered-in-error")
        self.assertEqual(row.status, "entered_in_error")

    def test_questionnaire_response(self):
        told = self.create(
            resourceType="QuestionnaireResponse",
            status="completed",
            questionnaire="http://hcrm.example/phq9|1.0",
            subject=self.subject,
            authored="2026-03-01T10:00:00+08:00",
            item=[{"linkId": "1", "text": "睡眠", "answer": [{"valueInteger": 2}]}],
        )
        document = self.row("hcrm.fhir.document", told)
        self.assertEqual(document.answers, "睡眠: 2")
        told["item"][0]["answer"][0]["valueInteger"] = 3
        again = self.change(told)
        self.assertEqual(again["item"], told["item"])
        self.assertEqual(document.answers, "睡眠: 3")
        query = f"subject={self.patient.id}&questionnaire=http://hcrm.example/phq9"
        self.assertEqual(self.ids(f"/QuestionnaireResponse?{query}"), document.ids)

    # how

    def test_condition_of_a_create(self):
        number = "identifier=http://his.example/mrn|C-1"
        told = self.patient_resource("C-1")
        first = self.call("POST", "/Patient", told, If_None_Exist=number)
        again = self.call("POST", "/Patient", told | {"gender": "female"}, If_None_Exist=number)
        self.assertEqual((first.status_code, again.status_code), (201, 200))
        self.assertEqual(again.json(), first.json(), "nothing is changed")
        many = self.call("POST", "/Patient", told, If_None_Exist="gender:not=x")
        self.assertOutcome(many, 412, "multiple-matches")
        for wrong in ("foo=bar", "_count=1", "birthdate=x"):
            answer = self.call("POST", "/Patient", told, If_None_Exist=wrong)
            self.assertEqual(answer.status_code, 400, answer.text)

    def test_conditional_update(self):
        path = "/Patient?identifier=http://his.example/mrn|C-2"
        told = self.write("PUT", path, self.patient_resource("C-2"), 201)
        again = self.write("PUT", path, self.patient_resource("C-2", gender="other"), 200)
        self.assertEqual((again["id"], again["gender"]), (told["id"], "other"))
        wrong = self.patient_resource("C-2", id=str(self.patient.id))
        self.assertEqual(self.call("PUT", path, wrong).status_code, 400)
        many = self.call("PUT", "/Patient?gender:not=x", self.patient_resource("C-3"))
        self.assertOutcome(many, 412, "multiple-matches")

    def test_if_match(self):
        answer = self.call("GET", f"/Patient/{self.patient.id}")
        tag, body = answer.headers["ETag"], answer.json() | {"gender": "male"}
        path = f"/Patient/{self.patient.id}"
        self.assertEqual(self.call("PUT", path, body, If_Match=tag).status_code, 200)
        stale = self.call("PUT", path, body | {"gender": "female"}, If_Match=tag)
        self.assertOutcome(stale, 412, "conflict")
        self.assertEqual(self.patient.sex, "male")

    def test_ids_are_given_here(self):
        body = self.patient_resource() | {"id": "my-own-id"}
        self.assertOutcome(self.call("PUT", "/Patient/my-own-id", body), 404, "not-found")
        answer = self.call("PUT", f"/Patient/{self.patient.id}", body)
        self.assertOutcome(answer, 400, "value")
        self.assertEqual(self.call("PUT", "/Patient", body).status_code, 400)

    def test_prefer(self):
        body = self.patient_resource("PR-1")
        answer = self.call("POST", "/Patient", body, Prefer="return=minimal")
        self.assertEqual((answer.status_code, answer.content), (201, b""))
        self.assertTrue(answer.headers["Location"])
        answer = self.call("POST", "/Patient", body, Prefer="return=OperationOutcome")
        self.assertEqual(answer.json()["resourceType"], "OperationOutcome")

    def test_another_hospital(self):
        """A system neither finds nor changes what another hospital keeps to itself."""
        other = self.env["res.company"].create({"name": "Other hospital"})
        hidden = self.make_person("隐身", number="H-1", company_id=other.id)
        subject = {"reference": f"Patient/{hidden.id}"}
        answer = self.call("POST", "/Observation", self.observation(subject=subject))
        self.assertOutcome(answer, 422, "not-found")
        taken = self.patient_resource(identifier=[{"system": "urn:hcrm:HIS", "value": "H-1"}])
        self.assertOutcome(self.call("POST", "/Patient", taken), 409, "conflict")
        self.assertEqual(hidden.name, "隐身")
        theirs = self.make_encounter(self.patient, company_id=other.id)
        body = {"resourceType": "Encounter", "id": str(theirs.id)}
        body |= {"status": "finished", "class": {"code": "AMB"}, "subject": self.subject}
        self.assertEqual(self.call("PUT", f"/Encounter/{theirs.id}", body).status_code, 404)

    def test_scopes(self):
        _client, key = self.make_client("lab", scopes="system/Observation.c system/Patient.r")
        made = self.call("POST", "/Observation", self.observation(), key=key)
        self.assertEqual(made.status_code, 201)
        path = f"/Observation/{made.json()['id']}"
        self.assertEqual(self.call("PUT", path, made.json(), key=key).status_code, 403)
        self.assertEqual(self.call("POST", "/Patient", {"x": 1}, key=key).status_code, 403)
        condition = {"If_None_Exist": "code=1"}
        answer = self.call("POST", "/Observation", self.observation(), key=key, **condition)
        self.assertOutcome(answer, 403, "forbidden")

    def test_inbox(self):
        """What was told is kept with what came of it; what was refused is a dead letter, once."""
        self.create(**self.observation(valueInteger=1))
        kept = self.env["hcrm.his.message"].search([("is_fhir", "=", True)], limit=1)
        self.assertEqual((kept.message_type, kept.state), ("POST Observation", "processed"))
        self.assertEqual((kept.partner_id, kept.sender_id), (self.patient, self.sender))
        self.assertIn('"valueInteger"', kept.body_text)
        wrong = self.observation(status="wrong")
        self.assertEqual(self.call("POST", "/Observation", wrong).status_code, 422)
        self.assertEqual(self.call("POST", "/Observation", wrong).status_code, 422)
        dead = self.env["hcrm.his.message"].search([("is_fhir", "=", True), ("state", "=", "dead")])
        self.assertEqual(len(dead), 1)
        self.assertIn("Observation.status", dead.reason)
        dead.corrected_text = dead.body_text.replace('"wrong"', '"final"')
        dead.action_replay()
        self.assertEqual(dead.state, "processed", dead.reason)
        self.assertEqual(len(self.ids(f"/Observation?patient={self.patient.id}")), 2)

    def test_replay_that_fails_again(self):
        self.call("POST", "/Observation", self.observation(status="wrong"))
        dead = self.env["hcrm.his.message"].search([("is_fhir", "=", True), ("state", "=", "dead")])
        dead.corrected_text = dead.body_text.replace(f"Patient/{self.patient.id}", "Patient/0")
        dead.action_replay()
        self.assertEqual(dead.state, "dead")
        self.assertFalse(self.ids(f"/Observation?patient={self.patient.id}"))
