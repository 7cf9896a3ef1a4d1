from datetime import date, datetime

from odoo.tests import tagged

from .common import HisCommon, adt, header, message, patient, segment, visit


@tagged("post_install", "-at_install")
class TestMessages(HisCommon):
    """One test per message family."""

    def send(self, kind, control, *lines, time="20260301090000"):
        return self.tell(message(header(kind, control, time=time), *lines))

    # visits

    def test_visit_fields(self):
        self.tell(
            adt(
                "A01",
                "1",
                patient(),
                visit(f7="1001^李^医生", f10="MED", f44="20260301074500"),
                segment("PV2", f3="R07^胸痛"),
                segment("IN1", f1="1", f2="A", f3="B", f4="城镇职工医保"),
            )
        )
        self.assertRecordValues(
            self.encounter(),
            [
                {
                    "encounter_class": "inpatient",
                    "department_id": self.department.id,
                    "doctor_id": self.doctor.id,
                    "location": "CARD 1 2",
                    "started_at": datetime(2026, 2, 28, 23, 45),
                    "reason": "胸痛",
                    "payer": "城镇职工医保",
                    "source": "HIS|RENAI",
                }
            ],
        )

    def test_unknown_codes_of_department_and_staff_warn(self):
        [told] = self.tell(adt("A01", "1", patient(), visit(place="XX^1", f7="9999")))
        self.assertEqual(told.state, "processed")
        self.assertIn("XX", told.warnings)
        self.assertIn("9999", told.warnings)

    def test_unknown_class_and_missing_number(self):
        self.assertDead(self.tell(adt("A01", "1", patient(), visit(kind="Q"))), "PV1-2")
        self.assertDead(self.tell(adt("A01", "2", patient(), visit(""))), "PV1-19")

    def test_diagnoses(self):
        lines = (
            segment("DG1", f1="1", f3="I10^高血压^ICD-10", f6="A", f15="1"),
            segment("DG1", f1="2", f3="E11.9^2型糖尿病^ICD-10", f6="F"),
        )
        self.tell(adt("A01", "1", patient(), visit(), *lines))
        self.tell(adt("A08", "2", patient(), visit(), *lines, time="20260301090000"))
        found = self.encounter().diagnosis_ids
        self.assertEqual(sorted(found.mapped("code")), ["E11.9", "I10"])
        self.assertEqual(found.filtered("is_main").code, "I10")
        self.assertEqual(set(found.mapped("kind")), {"admitting", "final"})

    def test_diagnosis_typed_in_before(self):
        self.tell(adt("A01", "1"))
        self.env["hcrm.diagnosis"].create(
            {
                "partner_id": self.person().id,
                "encounter_id": self.encounter().id,
                "code": "I10",
                "name": "Hypertension",
            }
        )
        line = segment("DG1", f1="1", f3="I10^高血压^ICD-10", f6="W")
        self.tell(adt("A08", "2", patient(), visit(), line, time="20260301090000"))
        self.assertEqual(self.encounter().diagnosis_ids.name, "高血压")

    # results

    def result(self, control, value, *, kind="NM", status="F", time="20260301090000", order="L1"):
        return self.send(
            "ORU^R01",
            control,
            patient(),
            visit(),
            segment(
                "OBR",
                f1="1",
                f3=order,
                f4="K^Potassium",
                f7="20260301083000",
                f22="20260301084500",
            ),
            segment(
                "OBX",
                f1="1",
                f2=kind,
                f3="2823-3^血钾^LN",
                f5=value,
                f6="mmol/L",
                f7="3.5-5.5",
                f8="H",
                f11=status,
            ),
            time=time,
        )

    def test_result(self):
        self.tell(adt("A01", "1"))
        self.result("2", "5.80")
        self.assertRecordValues(
            self.env["hcrm.observation"].search([("partner_id", "=", self.person().id)]),
            [
                {
                    "code": "2823-3",
                    "name": "血钾",
                    "value_number": 5.8,
                    "has_number": True,
                    "unit": "mmol/L",
                    "reference_range": "3.5-5.5",
                    "is_abnormal": True,
                    "status": "final",
                    "observed_at": datetime(2026, 3, 1, 0, 30),
                    "issued_at": datetime(2026, 3, 1, 0, 45),
                    "encounter_id": self.encounter().id,
                }
            ],
        )

    def test_corrected_result(self):
        """A correction replaces the result, also when the first version comes after it."""
        self.result("1", "4.10", status="C", time="20260301100000")
        self.result("2", "5.80", time="20260301090000")
        found = self.env["hcrm.observation"].search([("partner_id", "=", self.person().id)])
        self.assertEqual((found.value_number, found.status), (4.1, "corrected"))

    def test_result_kinds(self):
        for control, kind, value, text in (
            ("1", "NM", "<0.5", "<0.5"),
            ("2", "ST", "positive", "positive"),
            ("3", "SN", ">^100", ">100"),
            ("4", "CE", "A^Type A", "Type A"),
            ("5", "TX", "line 1~line 2", "line 1\nline 2"),
            ("6", "ED", "^application^pdf^Base64^JVBERi0x", "[PDF]"),
        ):
            self.result(control, value, kind=kind, order=f"L{control}")
            found = self.env["hcrm.observation"].search([("external_key", "like", f":L{control}:")])
            with self.subTest(kind=kind):
                self.assertEqual((found.has_number, found.value_text), (False, text))

    def test_result_before_admission(self):
        """The laboratory may be faster than the office, and is no authority on the visit."""
        self.result("1", "4.1")
        self.assertEqual(self.encounter().encounter_class, "inpatient")
        self.tell(adt("A04", "2", patient(name="张^薇"), visit(kind="O", f44="202603010700")))
        self.assertEqual(self.encounter().encounter_class, "outpatient")
        self.assertEqual(self.encounter().started_at, datetime(2026, 2, 28, 23, 0))
        self.assertEqual(self.person().name, "张薇")
        self.result("3", "4.2", order="L2")
        self.assertEqual(self.person().name, "张薇", "a laboratory's copy of the name is no news")

    def test_unknown_status_of_result(self):
        self.assertDead(self.result("1", "1", status="Q"), "OBX-11")

    # charges

    def charge(self, control, own, amount, *, kind="CG", time="20260301090000", **more):
        line = segment(
            "FT1",
            **{"f1": "1", "f2": own, "f4": "20260301", "f6": kind, "f7": "D1^Aspirin^L"}
            | {"f10": "2", "f11": amount, "f12": "10", "f13": "CARD"}
            | more,
        )
        return self.send("DFT^P03", control, patient(), visit(), line, time=time)

    def test_charge(self):
        self.tell(adt("A01", "1"))
        self.charge("2", "T1", "18")
        self.charge("3", "T1", "18")
        self.assertRecordValues(
            self.encounter().charge_ids,
            [
                {
                    "item_code": "D1",
                    "item_name": "Aspirin",
                    "quantity": 2,
                    "list_amount": 20,
                    "discount_amount": 2,
                    "paid_amount": 18,
                    "kind": "charge",
                    "department_id": self.department.id,
                }
            ],
        )

    def test_credit_and_damaged_charge(self):
        self.charge("1", "T1", "20", kind="CD")
        self.assertEqual(self.encounter().charge_ids.paid_amount, -20)
        self.assertDead(self.charge("2", "T2", "twenty"), "FT1-11")
        self.assertDead(self.charge("3", "T3", "20", kind="??"), "FT1-6")

    # prescriptions

    def order(self, control, what="NW", time="20260301090000"):
        return self.send(
            "RDE^O11",
            control,
            patient(),
            visit(),
            segment("ORC", f1=what, f2="R1", f12="1001"),
            segment("RXE", f1="^BID^D7", f2="A1^阿司匹林", f3="100", f5="mg", f10="14", f11="片"),
            segment("RXR", f1="PO^口服"),
            time=time,
        )

    def test_prescription(self):
        self.order("1")
        found = self.env["hcrm.prescription"].search([("partner_id", "=", self.person().id)])
        self.assertRecordValues(
            found,
            [
                {
                    "drug_code": "A1",
                    "drug_name": "阿司匹林",
                    "dose": 100,
                    "dose_unit": "mg",
                    "frequency": "BID",
                    "route": "口服",
                    "quantity": 14,
                    "days_supply": 7,
                    "start_date": date(2026, 3, 1),
                    "refill_date": date(2026, 3, 8),
                    "state": "active",
                    "doctor_id": self.doctor.id,
                }
            ],
        )
        self.order("2", "DC", time="20260301100000")
        self.assertEqual(found.state, "stopped")
        self.order("3", "NW", time="20260301093000")
        self.assertEqual(found.state, "stopped", "older than the stop")

    # appointments

    def booking(self, event, control, start="20260310090000", time="20260301090000", **more):
        return self.send(
            f"SIU^{event}",
            control,
            segment("SCH", f2="B1", f6="R", f7="复诊", f9="30", f11=f"^^^{start}^", **more),
            patient(),
            segment("AIS", f1="1", f3="US^超声"),
            segment("AIL", f1="1", f3="CARD"),
            segment("AIP", f1="1", f3="1001"),
            time=time,
        )

    def appointment(self):
        return self.env["hcrm.appointment"].search([("partner_id", "=", self.person().id)])

    def test_appointment(self):
        self.booking("S12", "1")
        self.assertRecordValues(
            self.appointment(),
            [
                {
                    "service": "超声",
                    "starts_at": datetime(2026, 3, 10, 1, 0),
                    "ends_at": datetime(2026, 3, 10, 1, 30),
                    "state": "booked",
                    "reason": "复诊",
                    "department_id": self.department.id,
                    "doctor_id": self.doctor.id,
                }
            ],
        )
        self.booking("S13", "2", start="20260311090000", time="20260301100000")
        self.assertEqual(self.appointment().starts_at, datetime(2026, 3, 11, 1, 0))
        self.booking("S14", "3", start="20260311090000", time="20260301110000", f25="Complete")
        self.assertEqual(self.appointment().state, "fulfilled")

    def test_cancelled_and_missed_appointment(self):
        self.booking("S15", "1", time="20260301100000")
        self.booking("S12", "2", time="20260301090000")
        self.assertEqual(self.appointment().state, "cancelled", "the booking is older")
        self.booking("S26", "3", time="20260301110000")
        self.assertEqual(self.appointment().state, "noshow")

    def test_time_zone_of_sender(self):
        self.sender.timezone = "Europe/Berlin"
        self.booking("S12", "1")
        self.assertEqual(self.appointment().starts_at, datetime(2026, 3, 10, 8, 0))
        self.booking("S13", "2", start="20260310090000+0800", time="20260302")
        self.assertEqual(self.appointment().starts_at, datetime(2026, 3, 10, 1, 0))

    def tell_department(self, kind, control, *lines, number="P1", time="20260301080000"):
        return self.tell(message(header(kind, control, time=time), patient(number), *lines))

    def test_lines_that_share_a_number(self):
        """Charges under one receipt, or without a number, and twice the same drug: all are kept."""
        line = {"f4": "20260301", "f6": "CG", "f10": "1"}
        one = [segment("FT1", f2="R1", f7=f"D{n}", f11=f"{n}", **line) for n in (1, 2)]
        two = [segment("FT1", f7=f"D{n}", f11=f"{n}", **line) for n in (3, 4)]
        for control in ("1", "2"):  # told again under another id: the receipt is known
            self.tell_department("DFT^P03", control, *one)
        self.tell_department("DFT^P03", "3", *two)
        charges = self.env["hcrm.charge"].search([("source", "=", "HIS|RENAI")])
        self.assertEqual(sorted(charges.mapped("paid_amount")), [1, 2, 3, 4])
        drugs = [segment("RXE", f1="^BID", f2="A^Aspirin", f3=dose, f5="mg") for dose in (1, 2)]
        self.tell_department(
            "RDE^O11",
            "4",
            segment("ORC", f1="NW", f2="7"),
            drugs[0],
            segment("ORC", f1="NW", f2="7"),
            drugs[1],
        )
        found = self.env["hcrm.prescription"].search([("source", "=", "HIS|RENAI")])
        self.assertEqual(sorted(found.mapped("dose")), [1, 2])

    def potassium(
        self, control, value, *, number="P1", order="9", kind="NM", time="20260301080000"
    ):
        return self.tell_department(
            "ORU^R01",
            control,
            segment("OBR", f1="1", f3=order),
            segment("OBX", f1="1", f2=kind, f3="K^Potassium^L", f5=value, f11="F"),
            number=number,
            time=time,
        )

    def test_order_number_used_again(self):
        """Laboratories begin again at 1: the first patient's result stays what it is."""
        self.potassium("1", "4.1")
        told = self.potassium("2", "9.9", number="P2", time="20260302")
        self.assertDead(told, "another patient")
        self.assertEqual(self.env["hcrm.observation"].search([]).value_number, 4.1)
        texts = [
            message(
                header("ORU^R01", control),
                patient(number),
                segment("OBR", f1="1", f3="10"),
                segment("OBX", f1="1", f2="NM", f3="K^P^L", f5="1", f11="F"),
            )
            for control, number in (("3", "P8"), ("4", "P9"))
        ]
        told = self.tell(*texts)
        self.assertEqual(told.mapped("state"), ["processed", "dead"])

    def test_zero_is_a_result(self):
        self.potassium("2", "0", time="20260302")
        self.potassium("1", "5", time="20260301")
        self.potassium("0", "hemolysed", kind="ST", time="20260228")
        row = self.env["hcrm.observation"].search([])
        self.assertEqual((row.value_number, row.has_number, row.value_text), (0, True, False))
