from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestPhoneScreens(HttpCase, HcrmCommon):
    """Facts at the bedside: a browser as wide as a phone."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person()
        cls._encounter(cls.person, cls.cardiology)
        fact = {"partner_id": cls.person.id, "department_id": cls.cardiology.id}
        for model, vals in (
            (
                "hcrm.observation",
                {
                    "code": "8310-5",
                    "name": "体温",
                    "value_number": 38.6,
                    "has_number": True,
                    "unit": "Cel",
                    "abnormal_flag": "H",
                    "reference_range": "36-37.2",
                },
            ),
            ("hcrm.diagnosis", {"code": "I10", "name": "高血压"}),
            (
                "hcrm.prescription",
                {
                    "drug_code": "H03AA01",
                    "drug_name": "左甲状腺素钠片",
                    "dose": 50,
                    "dose_unit": "ug",
                    "days_supply": 7,
                },
            ),
            ("hcrm.immunization", {"vaccine_code": "x", "vaccine_name": "流感疫苗"}),
            (
                "hcrm.appointment",
                {
                    "service": "复诊",
                    "starts_at": fields.Datetime.add(fields.Datetime.now(), days=1),
                },
            ),
            (
                "hcrm.charge",
                {
                    "item_code": "x",
                    "item_name": "挂号费",
                    "paid_amount": 12.5,
                    "list_amount": 15,
                    "discount_amount": 2.5,
                },
            ),
        ):
            cls.env[model].create({**fact, **vals})

    def test_cards(self):
        """Each kind of fact fits the screen, with what it is, for whom and when."""
        self.start_tour("/odoo/results", "hcrm_cards_on_a_phone", login="test_integration")

    def test_customer(self):
        """The newest facts on the customer are cards too, without the name on each."""
        address = f"/odoo/hospital-customers/{self.person.id}"
        self.start_tour(address, "hcrm_customer_on_a_phone", login="test_nurse")
