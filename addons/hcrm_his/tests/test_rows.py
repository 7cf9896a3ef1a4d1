import json
from datetime import date, datetime

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.rows import targets
from .common import adt, patient
from .rows_common import CHARGES, RowsCommon, patient_row


@tagged("post_install", "-at_install")
class TestRows(RowsCommon):
    """What a row says, however it came."""

    def test_patient(self):
        feed = self.make_feed()
        [message] = self.tell_rows(feed, patient_row(phone="13800138000", updated="2026/3/1 8:05"))
        self.assertEqual((message.state, message.message_type), ("processed", "ROW patient"))
        self.assertEqual(message.message_time, datetime(2026, 3, 1, 0, 5))
        person = self.person()
        self.assertEqual((person.name, person.sex), ("张伟", "male"))
        self.assertEqual(person.birth_date, date(1990, 5, 1))
        self.assertEqual(person.sudo().phone_stored, "+8613800138000")

    def test_same_person_by_hl7_and_by_rows(self):
        """One record number, or one resident ID, is one customer, whatever the way."""
        self.tell(adt("A28", "h1", patient("P1", "张^伟")))
        feed = self.make_feed()
        self.tell_rows(feed, patient_row(), patient_row("P2", id_card="11010519491231002X"))
        self.tell(adt("A28", "h2", patient("P3", f3="P3^^^RENAI^MR~11010519491231002X^^^^NNCHN")))
        self.assertEqual(len(self.messages(feed)), 2)
        self.assertEqual(self.person("P1"), self.messages(feed)[0].partner_id)
        known = self.env["hcrm.identifier"].search([("system", "=", "RENAI")])
        self.assertEqual(sorted(known.sudo().mapped("value_stored")), ["P1", "P2", "P3"])

    def test_same_row_again(self):
        """Equal contents are the same news; what changed is new, also when it changes back."""
        feed = self.make_feed()
        first, second = patient_row(), patient_row(name="张巍")
        told = [self.send(feed, row)[0] for row in (first, first, second, second, first)]
        self.assertEqual(
            [one["status"] for one in told], ["stored", "known", "stored", "known", "stored"]
        )
        self.process()
        self.assertEqual(self.person().name, "张伟")

    def test_versions_in_one_request(self):
        feed = self.make_feed()
        self.tell_rows(feed, patient_row(), patient_row(name="李"), patient_row(name="王"))
        self.assertEqual(len(self.messages(feed)), 3)
        self.assertEqual(self.person().name, "王")

    def test_older_news(self):
        """The time at which the source knew it decides, not the order of arrival."""
        feed = self.make_feed()
        self.tell_rows(
            feed,
            patient_row(name="新", updated="2026-03-02 00:00"),
            patient_row(name="旧", updated="2026-03-01 00:00"),
        )
        self.assertEqual(self.person().name, "新")

    def test_empty_is_not_told_unless_it_deletes(self):
        feed = self.make_feed()
        self.tell_rows(feed, patient_row(phone="13800138000"), patient_row(phone=""))
        self.assertTrue(self.person().sudo().phone_stored)
        feed.line_ids.filtered(lambda line: line.target == "patient.phone").deletes = True
        self.tell_rows(feed, patient_row(phone="", name="张伟伟"))
        self.assertFalse(self.person().sudo().phone_stored)

    def test_encounter(self):
        feed = self.make_feed(
            kind="encounter",
            columns={
                "patient.number": "pid",
                "patient.name": "name",
                "visit.number": "no",
                "visit.encounter_class": "type",
                "visit.state": "state",
                "visit.started_at": "day + time",
                "visit.department": "dept",
                "visit.doctor": "doctor",
            },
        )
        row = {"pid": "P1", "name": "张伟", "no": "V1", "type": "02", "day": "2026-03-01"}
        row |= {"time": "09:30", "dept": "CARD", "doctor": "1001", "state": "在院"}
        line = feed.line_ids.filtered(lambda line: line.target == "visit.encounter_class")
        line.code_map = "01 = outpatient\n02 = inpatient"
        self.tell_rows(feed, row)
        visit = self.encounter()
        self.assertEqual((visit.encounter_class, visit.state), ("inpatient", "in_progress"))
        self.assertEqual(visit.started_at, datetime(2026, 3, 1, 1, 30))
        self.assertEqual((visit.department_id, visit.doctor_id), (self.department, self.doctor))
        self.tell_rows(feed, row | {"state": "出院"})
        self.assertEqual(visit.state, "finished")
        self.tell_rows(feed, row | {"state": "作废"})
        self.assertEqual(visit.state, "cancelled")

    def test_charge_changes_by_key(self):
        feed = self.make_feed(kind="charge", columns=CHARGES, key_columns="fee_id")
        row = {"fee_id": "7", "pid": "P1", "visit_no": "V1", "item": "D1", "item_name": "药"}
        row |= {"qty": "2", "price": "1,200.50", "charged": "20260301103000", "dept": "CARD"}
        self.tell_rows(feed, row)
        charge = self.env["hcrm.charge"].search([("partner_id", "=", self.person().id)])
        self.assertRecordValues(
            charge, [{"item_code": "D1", "list_amount": 2401.0, "paid_amount": 2401.0}]
        )
        self.assertEqual(charge.department_id, self.department)
        self.assertEqual(charge.encounter_id, self.encounter())
        self.tell_rows(feed, row | {"qty": "1"})
        self.assertEqual(charge.list_amount, 1200.5)
        self.assertEqual(self.env["hcrm.charge"].search_count([]), 1)

    def test_every_kind_of_fact(self):
        """What a row tells reaches the model of its kind, with nothing but its key columns."""
        rows = {
            "diagnosis": {"fact.code": "I10", "fact.name": "高血压", "fact.kind": "final"},
            "observation": {"fact.code": "K", "fact.name": "钾", "fact.value": "4.1"},
            "charge": {"fact.item_code": "D1", "fact.paid_amount": "3"},
            "prescription": {"fact.drug_code": "D1", "fact.days_supply": "7"},
            "appointment": {"fact.starts_at": "2026-03-09 09:00", "fact.minutes": "20"},
            "immunization": {"fact.vaccine_code": "0501", "fact.given_on": "2026-03-01"},
        }
        self.assertEqual(set(rows), set(targets.FACTS))
        for number, (kind, told) in enumerate(rows.items()):
            columns = {"patient.number": "pid", **{code: code for code in told}}
            feed = self.make_feed(
                kind=kind,
                columns=columns,
                key_columns="id",
                source=self.make_source(code=f"s{number}"),
            )
            [message] = self.tell_rows(feed, {"id": 1, "pid": "P1", **told})
            self.assertEqual(message.state, "processed", message.reason)
            row = self.env[f"hcrm.{kind}"].search([("partner_id", "=", self.person().id)])
            self.assertEqual(len(row), 1, kind)

    def test_relatives_and_merges(self):
        relatives = self.make_feed(
            kind="relation",
            key_columns="pid, contact",
            columns={
                "patient.number": "pid",
                "relative.name": "contact",
                "relative.relation": "rel",
                "relative.phone": "tel",
            },
        )
        row = {"pid": "P1", "contact": "李明", "rel": "儿子", "tel": "13900139000"}
        self.tell_rows(relatives, row)
        relation = self.env["hcrm.relationship"].search([("partner_id", "=", self.person().id)])
        self.assertEqual((relation.relation, relation.related_partner_id.name), ("child", "李明"))
        merges = self.make_feed(
            kind="merge",
            source=relatives.source_id,
            key_columns="old",
            columns={"patient.number": "new", "merge.number": "old"},
        )
        self.tell(adt("A28", "m1", patient("P9")))
        [message] = self.tell_rows(merges, {"new": "P1", "old": "P9"})
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(self.person("P9"), self.person("P1"))


@tagged("post_install", "-at_install")
class TestWrongRows(RowsCommon):
    """What cannot be used says why, column by column, and waits for a person."""

    def test_reasons(self):
        feed = self.make_feed()
        line = feed.line_ids.filtered(lambda line: line.target == "patient.name")
        line.is_required = True
        cases = (
            (patient_row(birthday="30.02.1990"), "not_a_date", "birthday"),
            (patient_row(sex="雄"), "not_in_table", "sex"),
            (patient_row(name=""), "row_missing", "name"),
            (patient_row(number=""), "row_no_key", "pid"),
            (patient_row(name="a\0b"), "nul_bytes", ""),
            (patient_row(name="\ud800"), "row_unreadable", "name"),
            (patient_row(name="张" * 300), "value_too_long", ""),
            (patient_row(note="x" * 300_000), "row_too_large", ""),
        )
        for row, code, column in cases:
            with self.subTest(code=code):
                [told] = self.send(feed, row)
                self.assertEqual((told["status"], told["code"]), ("refused", code))
                self.assertEqual(told["field"] or "", column)
        dead = self.messages(feed)
        self.assertEqual(dead.mapped("state"), ["dead"] * len(cases))
        self.assertEqual(dead.mapped("reason_code"), [code for _row, code, _column in cases])

    def test_refused_twice_is_kept_once(self):
        feed = self.make_feed()
        for _again in range(2):
            self.send(feed, patient_row(sex="雄"))
        self.assertEqual(len(self.messages(feed)), 1)

    def test_mended_mapping_mends_dead_letters(self):
        feed = self.make_feed()
        self.send(feed, patient_row(sex="雄"))
        dead = self.messages(feed)
        feed.line_ids.filtered(lambda line: line.target == "patient.sex").code_map = "雄 = male"
        dead.action_replay()
        self.process()
        self.assertEqual(dead.state, "processed", dead.reason)
        self.assertEqual(self.person().sex, "male")

    def test_mapping_counts_when_it_is_processed(self):
        """A row that was stored is read by the mapping of the moment it is applied."""
        feed = self.make_feed()
        self.send(feed, patient_row())
        feed.line_ids.filtered(lambda line: line.target == "patient.name").columns = "full_name"
        self.process()
        self.assertEqual(self.messages(feed).state, "processed")
        self.assertEqual(self.person().name, "?")

    def test_corrected_by_hand(self):
        feed = self.make_feed()
        self.send(feed, patient_row(birthday="昨天"))
        dead = self.messages(feed)
        dead.action_copy_to_correct()
        dead.corrected_text = dead.corrected_text.replace("昨天", "1990-05-01")
        dead.action_replay()
        self.process()
        self.assertEqual(dead.state, "processed", dead.reason)
        self.assertEqual(self.person().birth_date, date(1990, 5, 1))

    def test_still_wrong_stays_dead(self):
        feed = self.make_feed()
        self.send(feed, patient_row(birthday="昨天"))
        dead = self.messages(feed)
        dead.corrected_text = "{"
        dead.action_replay()
        self.assertEqual((dead.state, dead.reason_code), ("dead", "row_unreadable"))
        dead.corrected_text = json.dumps({"row": patient_row(birthday="morgen")})
        dead.action_replay()
        self.assertEqual((dead.state, dead.reason_location), ("dead", "birthday"))

    def test_feed_is_gone(self):
        feed = self.make_feed()
        self.send(feed, patient_row(), patient_row("P2", sex="x"))
        stored, dead = self.messages(feed)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM hcrm_his_feed WHERE id = %s", [feed.id])  # as no user may
        self.env.invalidate_all()
        self.process()
        self.assertEqual((stored.state, stored.reason_code), ("dead", "feed_gone"))
        dead.action_replay()
        self.assertEqual((dead.state, dead.reason_code), ("dead", "feed_gone"))

    def test_wrong_ones_cost_the_others_nothing(self):
        feed = self.make_feed()
        rows = [patient_row(f"P{n}", sex="x" if n % 3 else "女") for n in range(30)]
        messages = self.tell_rows(feed, *rows)
        self.assertEqual(len(messages.filtered(lambda one: one.state == "processed")), 10)
        self.assertEqual(len(messages.filtered(lambda one: one.state == "dead")), 20)

    def test_names_of_messages_tell_nothing(self):
        """The control id outlives an erasure: it holds no number of anybody."""
        feed = self.make_feed()
        [told] = self.send(feed, patient_row("SECRET77"))
        self.assertNotIn("SECRET77", told["id"])
        self.env.cr.execute("SELECT row_to_json(s)::text FROM hcrm_his_feed_seen s")
        self.assertNotIn("SECRET77", str(self.env.cr.fetchall()))

    def test_not_foreseen(self):
        """A program error with one row is a dead letter with a reason."""
        feed = self.make_feed()
        with mute_logger("odoo.addons.hcrm_his.tools.rows.entries"):
            [told] = self.send(feed, {"pid": "P1", "name": ["x"] * 10, 7: {"deep": {}}})
        self.assertIn(told["status"], ("stored", "refused"))
