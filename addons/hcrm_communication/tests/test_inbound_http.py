from urllib.parse import quote

from odoo.tests import HttpCase, tagged

from .inbound_case import LI


@tagged("post_install", "-at_install")
class TestInboundHttp(HttpCase):
    """What a gateway hands in over HTTP: whole, once, and only from the gateway."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.env["hcrm.gateway"].create(
            {"name": "Kannel", "channel": "sms", "kind": "kannel"}
        )
        cls.sig = cls.gateway._sign("inbound")

    def _url(self, query, sig=None):
        sig = self.sig if sig is None else sig
        return f"/hcrm/gateway/{self.gateway.sudo().token}/inbound?sig={sig}&{query}"

    def _rows(self):
        self.env.invalidate_all()
        return self.env["hcrm.inbound"].search([("gateway_id", "=", self.gateway.id)])

    def test_alphabets(self):
        for number, (raw, extra) in enumerate(
            (
                ("退订".encode(), ""),
                ("退订".encode("gb18030"), ""),
                ("退订".encode("gb18030"), "&charset=GBK"),
                ("退订".encode("utf-16-be"), "&charset=UTF-16BE"),
                (b"R\x00", ""),
            )
        ):
            query = f"sender=8613800138001&text={quote(raw)}&id=a{number}{extra}"
            self.assertEqual(self.url_open(self._url(query)).status_code, 200)
        rows = self._rows().sorted("id")
        self.assertEqual(rows.mapped("body_stored"), ["退订"] * 4 + ["R"])
        self.assertEqual(set(rows.mapped("address_stored")), {LI})

    def test_post_forms(self):
        form = {"sender": "+8613800138001", "text": "您好 100%", "id": "1"}
        self.assertEqual(self.url_open(self._url(""), data=form).status_code, 200)
        gb = b"sender=13800138001&id=2&text=" + quote("退订".encode("gb18030")).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.url_open(self._url(""), data=gb, headers=headers).status_code, 200)
        headers = {
            "X-Kannel-From": "13800138001",
            "X-Kannel-Time": "2026-11-22 10:00:00",
            "Content-Type": "text/plain; charset=GBK",
        }
        body = "我要复诊".encode("gb18030")
        for _again in range(2):
            self.assertEqual(
                self.url_open(self._url(""), data=body, headers=headers).status_code, 200
            )
        self.assertEqual(
            self._rows().sorted("id").mapped("body_stored"), ["您好 100%", "退订", "我要复诊"]
        )

    def test_forged(self):
        query = "sender=13800138001&text=R&id=1"
        for url in (
            self._url(query, sig=""),
            self._url(query, sig="0" * 16),
            self._url(query, sig=self.gateway._sign("another")),
            f"/hcrm/gateway/wrong/inbound?sig={self.sig}&{query}",
        ):
            self.assertEqual(self.url_open(url).status_code, 404)
        self.gateway.allowed_addresses = "192.0.2.0/24"
        self.assertEqual(self.url_open(self._url(query)).status_code, 404)
        self.assertFalse(self._rows())
        self.gateway.allowed_addresses = "192.0.2.0/24, 127.0.0.1, ::1"
        self.assertEqual(self.url_open(self._url(query)).status_code, 200)

    def test_replayed(self):
        for _again in range(3):
            self.url_open(self._url("sender=13800138001&text=R&id=same"))
        self.assertEqual(len(self._rows()), 1)

    def test_flooded(self):
        self.gateway.inbound_rate = 3
        codes = [
            self.url_open(self._url(f"sender=13800138001&text=x{number}&id={number}")).status_code
            for number in range(6)
        ]
        self.assertEqual(codes, [200] * 3 + [503] * 3)
        self.assertEqual(len(self._rows()), 3)

    def test_garbage(self):
        for query in ("", "text=R", "sender=&text=R", "sender=%00&text=%ff%fe", "a=b&&=&x"):
            self.assertEqual(self.url_open(self._url(query)).status_code, 400, query)
        self.assertEqual(
            self.url_open(
                self._url("id=9"), data={"sender": "1" * 500, "text": "好" * 30000}
            ).status_code,
            200,
        )
        self.assertLessEqual(len(self._rows().body_stored), 10_000)
