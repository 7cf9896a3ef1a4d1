from datetime import timedelta

from odoo.tests import tagged

from .common import FhirCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestSearch(FhirCase):
    """Every parameter finds what it should and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.env["hcrm.identifier.system"].create(
            {"name": "Own", "code": "OWN", "uri": "http://his.example/mrn"}
        )
        cls.wang = cls.make_person(
            "王小明", birth_date="1980-05-06", sex="male", phone="13900139001", city="南京市"
        )
        cls.wang.identifier_ids = [(0, 0, {"system_id": cls.system.id, "value": "S-1"})]
        cls.smith = cls.make_person(
            "John Q Smith", birth_date="1990-12-31", sex="male", email="J@Smith.example"
        )
        cls.li = cls.make_person("李晓明", number="S-1", birth_date="1980-07-01", sex="female")
        cls.everybody = {cls.wang.id, cls.smith.id, cls.li.id}
        cls.stay = cls.make_encounter(
            cls.wang,
            encounter_class="inpatient",
            state="finished",
            started_at="2026-02-27 01:00:00",
            ended_at="2026-03-02 01:00:00",
            visit_number="SV-1",
            department_id=cls.department.id,
            doctor_id=cls.doctor.id,
        )
        cls.visit = cls.make_encounter(cls.wang, started_at="2026-03-10 01:00:00")

    def found(self, query):
        """Return those of our three persons whom a search of patients finds."""
        return set(self.ids(f"/Patient?{query}&_count=500")) & self.everybody

    def test_identifier(self):
        self.assertEqual(self.found("identifier=http://his.example/mrn|S-1"), {self.wang.id})
        self.assertEqual(self.found("identifier=urn:hcrm:HIS|S-1"), {self.li.id})
        self.assertEqual(self.found("identifier=S-1"), {self.wang.id, self.li.id})
        self.assertFalse(self.found("identifier=http://other.example|S-1"))
        self.assertFalse(self.found("identifier=http://his.example/mrn|S"))
        self.assertEqual(self.found("identifier=http://his.example/mrn|"), {self.wang.id})

    def test_names(self):
        for query in (
            "name=小明",
            "name=xiaoming",
            "name=王小",
            "name=wxm",
            "family=王&given=小明",
        ):
            self.assertIn(self.wang.id, self.found(query), query)
        self.assertFalse(self.found("family=小"))
        self.assertEqual(self.found("name:exact=王小明"), {self.wang.id})
        self.assertFalse(self.found("name:exact=王小"))
        self.assertEqual(self.found("name:contains=小明"), {self.wang.id})
        for query in ("family=Smith", "family=smi", "given=John", "name=john smith"):
            self.assertEqual(self.found(query), {self.smith.id}, query)
        self.assertFalse(self.found("given=Smith"))
        self.assertFalse(self.found("family:exact=smi"))
        self.assertEqual(self.found("name=小明,smith"), {self.wang.id, self.smith.id})

    def test_told_parts_of_a_name(self):
        """What a system told as family name counts, not where the name would be split."""
        self.smith.write({"family_name": "Q Smith", "given_name": "John"})
        self.assertEqual(self.found("family=q"), {self.smith.id})
        self.assertFalse(self.found("family=smith"))

    def test_reach(self):
        for query in ("phone=13900139001", "phone=%2B8613900139001", "telecom=139 0013 9001"):
            self.assertEqual(self.found(query), {self.wang.id}, query)
        self.assertFalse(self.found("phone=1390013"))
        self.assertEqual(self.found("email=j@smith.example"), {self.smith.id})
        self.assertEqual(self.found("address-city=南京"), {self.wang.id})

    def test_birthdate(self):
        for query, who in (
            ("1980", {self.wang.id, self.li.id}),
            ("1980-05", {self.wang.id}),
            ("1980-05-06", {self.wang.id}),
            ("ne1980", {self.smith.id}),
            ("gt1980-07-01", {self.smith.id}),
            ("ge1980-07-01", {self.smith.id, self.li.id}),
            ("lt1980-07", {self.wang.id}),
            ("le1980-07", {self.wang.id, self.li.id}),
            ("1980-05-06,1990-12-31", {self.wang.id, self.smith.id}),
        ):
            self.assertEqual(self.found(f"birthdate={query}"), who, query)
        self.assertEqual(
            self.found("birthdate=ge1980-06&birthdate=lt1990"), {self.li.id}, "both must hold"
        )

    def test_other_patient_parameters(self):
        self.assertEqual(self.found("gender=female"), {self.li.id})
        self.assertEqual(self.found("gender:not=female"), {self.wang.id, self.smith.id})
        self.assertEqual(self.found(f"_id={self.li.id},{self.wang.id}"), {self.li.id, self.wang.id})
        self.assertEqual(self.found("email:missing=false"), {self.smith.id})
        self.assertFalse(self.found("deceased=true"))
        self.assertEqual(self.found("_lastUpdated=ge2020-01-01"), self.everybody)
        self.assertFalse(self.found("_lastUpdated=lt2020-01-01"))

    def encounters(self, query):
        return set(self.ids(f"/Encounter?patient={self.wang.id}&{query}"))

    def test_encounters(self):
        stay, visit = self.stay.id, self.visit.id
        for query, wanted in (
            ("status=finished", {stay}),
            ("status=arrived", {visit}),
            ("class=IMP", {stay}),
            ("class=http://terminology.hl7.org/CodeSystem/v3-ActCode|AMB", {visit}),
            ("identifier=SV-1", {stay}),
            ("practitioner=" + str(self.doctor.id), {stay}),
            (f"participant=Practitioner/{self.doctor.id}", {stay}),
            (f"service-provider=Organization/department-{self.department.id}", {stay}),
            ("date=2026-03-10", {visit}),
            ("date=ge2026-03-01", {stay, visit}),  # the stay reaches into March
            ("date=lt2026-03-01", {stay}),
            ("date=2026-02", set()),  # it ends in March
            ("date=sa2026-03-01", {visit}),
            ("date=eb2026-03-05", {stay}),
        ):
            self.assertEqual(self.encounters(query), wanted, query)

    def test_whose(self):
        wanted = {self.stay.id, self.visit.id}
        for query in (
            f"subject=Patient/{self.wang.id}",
            f"patient:Patient={self.wang.id}",
            f"patient={self.base_url()}/fhir/R4/Patient/{self.wang.id}",
            "patient.identifier=http://his.example/mrn|S-1",
            "patient:identifier=http://his.example/mrn|S-1",
            "subject:Patient.name=王小明&subject.birthdate=1980-05-06",
        ):
            self.assertEqual(set(self.ids(f"/Encounter?{query}")), wanted, query)
        for query in ("patient=Group/1", "patient=99999999", "patient=x"):
            self.assertFalse(self.ids(f"/Encounter?{query}"), query)

    def test_observations(self):
        values = {"partner_id": self.wang.id, "encounter_id": self.stay.id, "has_number": True}
        pressure, potassium, survey = self.env["hcrm.observation"].create(
            [
                values | {"code": "8480-6", "name": "收缩压", "observed_at": "2026-03-01 15:59:59"},
                values | {"code": "2823-3", "name": "K", "observed_at": "2026-03-01 16:00:00"},
                values | {"code": "1", "code_system": "L", "name": "?", "category": "survey"},
            ]
        )

        def found(query):
            return set(self.ids(f"/Observation?patient={self.wang.id}&{query}"))

        self.assertEqual(found("code=http://loinc.org|8480-6"), {pressure.id})
        self.assertEqual(found("code=2823-3,8480-6"), {pressure.id, potassium.id})
        self.assertFalse(found("code=http://snomed.info/sct|2823-3"))
        self.assertEqual(found("code=urn:hcrm:L|1"), {survey.id})
        self.assertEqual(found("category=vital-signs"), {pressure.id})
        self.assertEqual(found("category=laboratory"), {potassium.id})
        self.assertEqual(found("category=survey"), {survey.id})
        # days are the hospital's
        self.assertEqual(found("date=2026-03-01"), {pressure.id})
        self.assertEqual(found("date=2026-03-02"), {potassium.id})
        self.assertEqual(found("date=2026-03-01T16:00:00Z"), {potassium.id})
        self.assertEqual(len(found(f"encounter=Encounter/{self.stay.id}")), 3)

    def test_unknown_parameters(self):
        bundle = self.read("/Patient?foo=bar&identifier=S-1&name:exact=王小明")
        self.assertNotIn("foo", bundle["link"][0]["url"])
        self.assertIn("name:exact", bundle["link"][0]["url"])
        answer = self.call("GET", "/Patient?foo=bar", Prefer="handling=strict")
        self.assertOutcome(answer, 400, "not-supported", "foo")

    def test_wrong_searches(self):
        for query in (
            *("birthdate=1980-13", "birthdate=x", "_count=x", "_sort=birthdate", "_total=some"),
            *(
                "name:above=x",
                "_cursor=abc",
                "_include=Patient:foo",
                "_revinclude=Foo:x",
                "_include=x",
            ),
            *("gender:missing=perhaps", "name.foo=x", "_summary=x"),
        ):
            answer = self.call("GET", f"/Patient?{query}")
            self.assertIn(answer.status_code, (400, 404), query)
            self.assertEqual(answer.json()["resourceType"], "OperationOutcome")

    def test_pages(self):
        """Each row once, also while rows come; the mark of a page is signed."""
        people = [self.make_person(f"赵{n:02}", city="分页市").id for n in range(7)]
        for sort in ("", "&_sort=-_id", "&_sort=name", "&_sort=-_lastUpdated"):
            bundle = self.read(f"/Patient?address-city=分页市&_count=3{sort}")
            seen = []
            while True:
                seen += [int(one["resource"]["id"]) for one in bundle.get("entry", [])]
                links = {link["relation"]: link["url"] for link in bundle["link"]}
                if "next" not in links:
                    break
                if len(seen) == 3 and not sort:
                    people.append(self.make_person("赵新", city="分页市").id)
                path = links["next"].removeprefix(self.base_url())
                bundle = self.read(path)
            self.assertEqual(len(seen), len(set(seen)))
            self.assertEqual(set(seen), set(people))

    def test_marks_are_bound(self):
        bundle = self.read("/Patient?_count=1")
        mark = bundle["link"][1]["url"].partition("_cursor=")[2]
        self.assertOutcome(self.call("GET", f"/Encounter?_cursor={mark}"), 400, "invalid")
        self.assertOutcome(self.call("GET", f"/Patient?_cursor=x{mark}"), 400, "invalid")
        _other, key = self.make_client("other")
        self.assertOutcome(self.call("GET", f"/Patient?_cursor={mark}", key=key), 400, "invalid")

    def test_totals(self):
        path = "/Patient?identifier=S-1"
        self.assertEqual(self.read(path)["total"], 2)
        self.assertNotIn("total", self.read(f"{path}&_total=none"))
        counted = self.read(f"{path}&_summary=count")
        self.assertEqual(counted["total"], 2)
        self.assertNotIn("entry", counted)
        self.assertNotIn("entry", self.read(f"{path}&_count=0"))

    def test_includes(self):
        query = f"/Encounter?_id={self.stay.id}&_include=Encounter:patient"
        bundle = self.read(f"{query}&_include=Encounter:practitioner")
        modes = [
            (one["resource"]["resourceType"], one["search"]["mode"]) for one in bundle["entry"]
        ]
        self.assertEqual(
            modes, [("Encounter", "match"), ("Patient", "include"), ("Practitioner", "include")]
        )
        self.assertEqual(bundle["total"], 1)
        bundle = self.read(f"/Patient?_id={self.wang.id}&_revinclude=Encounter:subject")
        self.assertEqual(len(bundle["entry"]), 3)

    def test_elements(self):
        [found] = self.search(f"/Patient?_id={self.wang.id}&_elements=name")
        self.assertEqual(set(found), {"resourceType", "id", "meta", "name"})
        self.assertEqual(found["meta"]["tag"][0]["code"], "SUBSETTED")

    def test_post_search(self):
        answer = self.call(
            "POST",
            "/Patient/_search",
            "identifier=http%3A%2F%2Fhis.example%2Fmrn%7CS-1",
            Content_Type="application/x-www-form-urlencoded",
        )
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(answer.json()["total"], 1)
        answer = self.call("POST", "/Patient/_search", {"a": 1})
        self.assertOutcome(answer, 415, "not-supported")

    def test_documents(self):
        document = self.env["hcrm.fhir.document"].create(
            {
                "partner_id": self.wang.id,
                "resource_type": "QuestionnaireResponse",
                "questionnaire": "http://a.example/q|1",
                "status": "completed",
                "authored_at": "2026-03-01 01:00:00",
                "content": {"status": "completed", "item": [{"linkId": "1"}]},
            }
        )
        for query in (
            "questionnaire=http://a.example/q",
            "status=completed",
            "authored=2026-03-01",
        ):
            found = self.ids(f"/QuestionnaireResponse?patient={self.wang.id}&{query}")
            self.assertEqual(found, document.ids, query)
        self.assertFalse(self.ids("/QuestionnaireResponse?questionnaire=http://a.example/q|2"))
