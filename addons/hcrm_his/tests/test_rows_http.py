import json

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..tools.rows import http_body
from .rows_common import CHARGES, RowsCommon, patient_row


@tagged("post_install", "-at_install")
class TestRowsHttp(RowsCommon, HttpCase):
    """JSON over HTTP: stored, committed, then acknowledged; each row is answered for itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feed = cls.make_feed()
        cls.source = cls.feed.source_id
        until = fields.Date.add(fields.Date.today(), days=9)
        _record, cls.key = cls.env["hcrm.his.source.key"]._generate(cls.source, until)

    def post(self, body, path="/hcrm/his/src/patients", key=None, kind="application/json"):
        headers = {"Content-Type": kind}
        if key is not False:
            headers["Authorization"] = f"Bearer {key or self.key}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.url_open(path, data=data, headers=headers)
        self.env.invalidate_all()
        return answer

    def assertRefused(self, answer, status, code):
        self.assertEqual(answer.status_code, status, answer.text)
        self.assertEqual(answer.json()["error"]["code"], code)

    def test_one_row(self):
        answer = self.post(patient_row())
        self.assertEqual(answer.status_code, 202, answer.text)
        self.assertEqual(answer.json()["stored"], 1)
        message = self.messages(self.feed)
        self.assertEqual(answer.json()["rows"][0]["id"], message.control_id)
        self.process()
        self.assertEqual(self.person().name, "张伟")
        again = self.post(patient_row())
        self.assertEqual((again.status_code, again.json()["known"]), (202, 1))

    def test_nested_array_and_lines(self):
        self.feed.line_ids.filtered(lambda line: line.target == "patient.name").columns = "who.name"
        rows = [{"pid": f"P{n}", "who": {"name": "张"}} for n in range(3)]
        self.assertEqual(self.post(rows).json()["stored"], 3)
        body = "\n".join(json.dumps(patient_row(f"N{n}")) for n in range(4)).encode()
        answer = self.post(body, kind="application/x-ndjson")
        self.assertEqual((answer.status_code, answer.json()["stored"]), (202, 4))

    def test_wrong_rows_are_named(self):
        rows = [patient_row(), patient_row("P2", birthday="32.01.1990"), 7, {"name": "x"}]
        answer = self.post(rows)
        self.assertEqual(answer.status_code, 422)
        told = answer.json()
        self.assertEqual((told["stored"], told["refused"]), (1, 3))
        self.assertEqual(
            [(one["row"], one.get("code"), one.get("field")) for one in told["rows"]],
            [
                (1, None, None),
                (2, "not_a_date", "birthday"),
                (3, "row_not_object", None),
                (4, "row_no_key", "pid"),
            ],
        )
        self.process()
        self.assertTrue(self.person("P1"), "the good one arrived")
        self.assertEqual(len(self.messages(self.feed)), 4, "the others are dead letters")

    def test_keys(self):
        other = self.make_source(code="other")
        until = fields.Date.add(fields.Date.today(), days=9)
        _record, foreign = self.env["hcrm.his.source.key"]._generate(other, until)
        self.assertRefused(self.post(patient_row(), key=False), 401, "http_no_key")
        for key in ("x", self.key + "x", "hcrm_00000000_abc"):
            self.assertRefused(self.post(patient_row(), key=key), 401, "http_no_key")
        self.assertRefused(self.post(patient_row(), key=foreign), 403, "http_other_source")
        self.source.key_ids.action_revoke()
        self.assertRefused(self.post(patient_row()), 401, "http_no_key")
        self.assertFalse(self.messages(self.feed))

    def test_archived_source(self):
        self.source.active = False
        self.assertRefused(self.post(patient_row()), 401, "http_no_key")

    def test_other_addresses(self):
        answer = self.post(patient_row(), path="/hcrm/his/src/none")
        self.assertRefused(answer, 404, "http_no_feed")
        self.feed.active = False
        self.assertRefused(self.post(patient_row()), 404, "http_no_feed")
        self.assertEqual(self.url_open("/hcrm/his/src/patients").status_code, 405)

    def test_not_ready(self):
        self.sender.is_allowed = False
        self.assertRefused(self.post(patient_row()), 403, "sender_not_admitted")
        self.sender.is_allowed = True
        self.feed.line_ids.write({"columns": False})
        self.assertRefused(self.post(patient_row()), 503, "feed_not_ready")

    def test_bodies(self):
        for body, kind, status, code in (
            (b"{", "application/json", 400, "body_not_readable"),
            (b"[]", "application/json", 400, "body_empty"),
            (b'{"pid": NaN}', "application/json", 400, "body_not_readable"),
            (b"[" * 100_000, "application/json", 400, "body_not_readable"),
            (b"pid=1", "application/x-www-form-urlencoded", 415, "body_not_json"),
            (b"\xff{}", "application/json", 400, "charset_not_true"),
            (b"{}", "application/json; charset=klingon", 415, "unknown_charset"),
            (b"[" + b"1," * 10_000 + b"1]", "application/json", 413, "body_too_many"),
        ):
            with self.subTest(body=body[:20], kind=kind):
                self.assertRefused(self.post(body, kind=kind), status, code)

    def test_huge_body(self):
        body = b'{"pid": "' + b"x" * http_body.MAX_BYTES + b'"}'
        self.assertRefused(self.post(body), 413, "body_too_large")

    def test_gb18030(self):
        body = json.dumps(patient_row(name="㐂伟"), ensure_ascii=False).encode("gb18030")
        answer = self.post(body, kind="application/json; charset=GB18030")
        self.assertEqual(answer.status_code, 202, answer.text)
        self.process()
        self.assertEqual(self.person().name, "㐂伟")
        self.assertRefused(self.post(body), 400, "charset_not_true")

    def test_money_is_exact(self):
        """A number is kept as it was written."""
        feed = self.make_feed(
            kind="charge", columns=CHARGES, key_columns="fee_id", source=self.source
        )
        body = b'{"fee_id": 1, "pid": "P1", "item": "D", "qty": 3, "price": 0.10}'
        answer = self.post(body, path="/hcrm/his/src/charges")
        self.assertEqual(answer.status_code, 202, answer.text)
        self.assertIn(b'"0.10"', next(iter(self.messages(feed)._read_bodies().values())))

    def test_rate(self):
        self.source.rate_per_minute = 2
        statuses = [self.post(patient_row()).status_code for _one in range(5)]
        self.assertEqual(statuses[:2], [202, 202])
        self.assertIn(429, statuses)  # the minute may change meanwhile
