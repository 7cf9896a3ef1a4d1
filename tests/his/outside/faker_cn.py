"""Chinese patients of faker (zh_CN) with records of faker-healthcare-provider.

Diseases, symptoms, departments, results and drugs belong together. As in Chinese hospitals, one
system declares UTF-8, the next GB18030, and the third writes GB18030 and declares nothing.
"""

import sys
from contextlib import contextmanager

from tests.his.messages import segment
from tests.his.outside.feed import Feed, esc, parts

NAME = "FAKERCN"
CHARSETS = (("UNICODE UTF-8", "utf-8"), ("GB 18030-2000", "gb18030"), ("", "gb18030"))
FLAGS = {"偏低": "L", "偏高": "H", "正常": "N"}
KINDS = "OOOIE"


@contextmanager
def _importable(packages):
    sys.path.append(str(packages))
    try:
        yield
    finally:
        sys.path.remove(str(packages))


def feed(packages, folder, size, seed):
    """Make ``size`` patients with one visit each."""
    with _importable(packages):
        from faker import Faker  # noqa: PLC0415
        from faker_healthcare.zh_CN import Provider  # noqa: PLC0415

        fake = Faker("zh_CN")
        fake.seed_instance(seed)
        fake.add_provider(Provider)
        told = Feed(NAME)
        for index in range(size):
            _Visit(told, fake, index).tell()
    return told


class _Visit:
    """A patient and the one visit."""

    def __init__(self, told, fake, index):
        self.told = told
        self.fake = fake
        self.index = index
        self.number = f"{index:06d}"
        self.record = fake.patient_record()
        self.charset, self.codec = CHARSETS[index % len(CHARSETS)]
        when = fake.date_time_between("-2y", "-1d")
        self.time = f"{when:%Y%m%d%H%M%S}"
        self.pid = self._pid()
        kind = KINDS[index % len(KINDS)]
        self.pv1 = segment("PV1", f1="1", f2=kind, f3=self._place(), f19=self.number, f44=self.time)

    def _place(self):
        return parts(self.record["medical_specialty"])

    def _pid(self):
        fake, age, is_male = self.fake, self.record["age"], self.record["sex"] == "male"
        card = fake.ssn(
            min_age=max(age, 1), max_age=max(age, 1) + 1, gender="M" if is_male else "F"
        )
        name = fake.name_male() if is_male else fake.name_female()
        self.told.person(self.number, name)
        return segment(
            "PID",
            f1="1",
            f3=parts(self.number, "", "", NAME, "MR") + "~" + parts(card, "", "", "CHN", "NNCHN"),
            f5=esc(name),
            f7=card[6:14],
            f8="M" if is_male else "F",
            f11=parts(
                fake.street_address(), "", fake.city_name(), fake.province(), fake.postcode()
            ),
            f13=fake.phone_number(),
        )

    def _add(self, kind, *lines):
        if lines:
            options = {"charset": self.charset, "codec": self.codec}
            self.told.add(kind, self.time, self.pid, self.pv1, *lines, **options)

    def tell(self):
        """Arrival with diagnosis, results, drugs, bill, leaving."""
        record = self.record
        self.told.fact("encounters", self.number)
        self.told.fact("diagnoses", self.number)
        reason = segment("PV2", f3=parts("", "，".join(record["symptoms"])))
        disease = segment(
            "DG1", f1="1", f3=parts(record["icd10"], record["disease"], "I10"), f6="F"
        )
        self._add("ADT^A04", reason, disease)
        self._add("ORU^R01", segment("OBR", f1="1", f3=self.number), *self._results())
        self._add("RDE^O11", *self._drugs())
        self._add("DFT^P03", *self._bill())
        self._add("ADT^A03", segment("PV2"))

    def _results(self):
        lines = []
        for one in [*self.record["vital_signs"], *self.record["lab_panel"]]:
            name = one.get("name") or one["analyte"]
            fields = {"f1": len(lines) + 1, "f2": "NM", "f3": parts("", name)}
            fields |= {"f4": len(lines) + 1, "f5": one["value"], "f6": esc(one["unit"]), "f11": "F"}
            if "flag" in one:
                fields["f7"] = f"{one['reference_low']}-{one['reference_high']}"
                fields["f8"] = FLAGS.get(one["flag"], "A")
            self.told.fact("observations", self.number, len(lines))
            lines.append(segment("OBX", **fields))
        return lines

    def _drugs(self):
        lines = []
        for index, one in enumerate(self.record["medication_orders"]):
            self.told.fact("prescriptions", self.number, index)
            lines.append(segment("ORC", f1="NW", f2=f"{self.number}-{index}"))
            fields = {"f1": parts("", one["frequency"]), "f2": parts("", one["medication"])}
            fields |= {"f3": one["dose"] or "", "f5": esc(one["unit"])}
            lines.append(segment("RXE", **fields))
            lines.append(segment("RXR", f1=parts("", one["route"])))
        return lines

    def _bill(self):
        lines = []
        for name in {self.fake.medical_procedure(): 1, self.fake.medical_procedure(): 1}:
            price = self.fake.pydecimal(left_digits=4, right_digits=2, positive=True)
            self.told.fact("charges", self.number, len(lines))
            fields = {"f1": len(lines) + 1, "f4": self.time, "f6": "CG", "f7": parts("", name)}
            lines.append(segment("FT1", **fields, f10="1", f11=f"{price}&CNY"))
        return lines
