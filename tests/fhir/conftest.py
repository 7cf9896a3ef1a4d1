"""Systems with keys at the FHIR interface of the shared hospital."""

import json
import time

import pytest

from tests.fhir.system import System

MAKE = """
import json
hospital = env.ref("base.main_company")
user = env["res.users"].with_context(no_reset_password=True).create({
    "name": "FHIR tests", "login": "fhir_tests_%(stamp)s",
    "group_ids": [(6, 0, [env.ref("hcrm_base.group_integration").id])],
    "company_id": hospital.id, "company_ids": [(6, 0, hospital.ids)],
})
sender = env["hcrm.his.sender"].create(
    {"name": "FHIR tests", "code": "FHIR|%(stamp)s", "company_id": hospital.id})
keys = {}
for name, scopes, rate in %(systems)s:
    client = env["hcrm.fhir.client"].create({
        "name": name + " %(stamp)s", "user_id": user.id, "sender_id": sender.id,
        "company_id": hospital.id, "scopes": scopes, "rate_per_minute": rate})
    keys[name] = env["hcrm.fhir.key"]._generate(client, "2099-01-01")[1]
env.cr.commit()
print("KEYS " + json.dumps(keys))
"""
SYSTEMS = [("all", "system/*.cruds", 0), ("reader", "system/*.rs", 0), ("slow", "system/*.rs", 5)]


def make_systems(hospital):
    """Return {name: System} with keys of their own."""
    told = hospital.shell(MAKE % {"stamp": str(time.time_ns()), "systems": SYSTEMS})
    row = next(line for line in told.splitlines() if line.startswith("KEYS "))
    keys = json.loads(row.removeprefix("KEYS "))
    return {name: System(hospital.url, hospital.db, key) for name, key in keys.items()}


@pytest.fixture(scope="package")
def systems(hospital):
    """{name: System}: ``all`` may do everything, ``reader`` reads, ``slow`` five times a minute."""
    return make_systems(hospital)


@pytest.fixture(scope="package")
def system(systems):
    """The system that may do everything."""
    return systems["all"]
