from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestPromisePages(HttpCase):
    """What everybody may read without a login, and nothing else."""

    def test_only_published_ones(self):
        clock = self.env.ref("hcrm_base.clock_waiting")
        values = {"commitment": "x", "remedy": "We explain", "clock_id": clock.id}
        self.env["hcrm.promise"].create(
            [
                {"name": "ZQ told", "state": "published", "kept_count": 3, "case_count": 3,
                 "rate": 100.0, **values},
                {"name": "ZQ secret draft", **values},
            ]
        )  # fmt: skip
        page = self.url_open("/promises")
        self.assertEqual(page.status_code, 200)
        self.assertIn("ZQ told", page.text)
        self.assertNotIn("ZQ secret draft", page.text)
        self.assertNotIn("100.0 %", page.text, "three cases are no rate")

    def test_catalogue(self):
        self.env["hcrm.service"].create(
            [
                {"name": "ZQ ultrasound", "price": 120, "is_published": True},
                {"name": "ZQ unpublished"},
            ]
        )
        page = self.url_open("/services")
        self.assertIn("ZQ ultrasound", page.text)
        self.assertIn("120", page.text)
        self.assertNotIn("ZQ unpublished", page.text)
