"""What the access tests share: roles, the marked stranger, and the addon's pure modules."""

import importlib.util
import sys
import types

from scripts import settings

ADDON = settings.load().addons / "hcrm_base"
PHONE = "13800001111"
STRANGER = """
import json
from odoo.addons.hcrm_base.tests.access_samples import Sample
admin = env.ref("base.user_admin")
def sample(model, partner, relative):
    return Sample(env, model, "other", partner, relative, env["hr.department"], env.company, admin)
none = env["res.partner"]
relative = none.create(sample("res.partner", none, none).values() | {"user_id": False})
person = none.create(
    sample("res.partner", none, relative).values() | {"phone": "%(phone)s", "user_id": False}
)
rows = {"res.partner": person.id}
for model in %(models)r:
    values = sample(model, person, relative).values()
    rows[model] = env[model].create(values).id
env.ref("base.group_allow_export").user_ids = [
    (4, user.id) for user in env["res.users"].search([("share", "=", False)])
]
env.cr.commit()
print("ROWS " + json.dumps(rows))
"""
FACTS = (
    "hcrm.encounter",
    "hcrm.diagnosis",
    "hcrm.observation",
    "hcrm.prescription",
    "hcrm.immunization",
    "hcrm.charge",
    "hcrm.appointment",
    "hcrm.identifier",
    "hcrm.relationship",
)


def _load(path, package):
    """Import a module of the addon that needs no Odoo."""
    if package not in sys.modules:
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = [str(path.parent)]
    name = f"{package}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


policy = _load(ADDON / "tools" / "policy_matrix.py", "hcrm_policy")
roads = _load(ADDON / "tests" / "access_roads.py", "hcrm_roads")
#: Who has a login in the demonstration.
ROLES = tuple(role for role in policy.ROLES if role not in ("employee", "public"))
