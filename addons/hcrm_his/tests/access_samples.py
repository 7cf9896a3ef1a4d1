"""Rows of our models for the generated access tests of the base."""

from odoo.addons.hcrm_base.tests.access_samples import SAMPLES, WRITABLE


def _sender(sample):
    return {
        "name": sample.mark("name"),
        "code": sample.mark("code"),
        "company_id": sample.company.id,
        "timezone": "Asia/Shanghai",
    }


SAMPLES["hcrm.his.sender"] = _sender
WRITABLE["hcrm.his.sender"] = "name"
