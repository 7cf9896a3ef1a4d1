"""P10: a clinical list and form with the read log, beside the same reading without it.

A reading is what the server does for one request of the web client: a cursor, the call, its commit
and the commit of its line in the log, the answer as JSON. Without the log, the hooks themselves are
taken out of the classes: no setting does that.
"""

import contextlib
import json
import statistics
import time
from functools import partial
from pathlib import Path

from benchmarks import data
from benchmarks.p07_customers import specification

ID = "P10"
USUAL = 100_000
ROUNDS = 150
LOGIN = "nurse"
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p10_log
print("MEASURED " + json.dumps(p10_log.measure(env, {login!r})))
"""


def run(ctx):
    """Rows for the list of 80 diagnoses and results, and for the form of an encounter."""
    n = ctx.size(USUAL)
    db = ctx.database(demo=True)
    facts = ("hcrm.diagnosis", "hcrm.observation")
    data.load(ctx, db, customers=n, encounters=n, facts=facts)
    ctx.sql(db, "VACUUM ANALYZE")
    root = str(Path(__file__).resolve().parent.parent)
    told = ctx.shell(db, SCRIPT.format(root=root, login=LOGIN))
    line = next(line for line in told.splitlines() if "MEASURED " in line)
    found = json.loads(line.split("MEASURED ", 1)[1])
    return [
        ctx.row(case, n, statistics.median(ours), {"unlogged": statistics.median(bare)}, "<= 1.1")
        for case, (ours, bare) in found.items()
    ]


def measure(env, login):
    """Return {case: (seconds with the log, seconds without)}, interleaved."""
    user = env["res.users"].search([("login", "=", login)])
    context = {"lang": "zh_CN", "tz": "Asia/Shanghai", "uid": user.id}
    requests = {}
    for name in ("diagnosis", "observation"):
        model = env(user=user.id)[f"hcrm.{name}"]
        view = env.ref(f"hcrm_base.hcrm_{name}_view_list")
        spec = specification(model, view.id, "list")
        call = {"specification": spec, "limit": 80, "count_limit": 10001, "domain": []}
        requests[f"list of 80, {name}"] = (model._name, "web_search_read", [[]], call)
    encounters = env(user=user.id)["hcrm.encounter"]
    view = env.ref("hcrm_base.hcrm_encounter_view_form")
    spec = specification(encounters, view.id, "form")
    ids = encounters.search([("diagnosis_ids", "!=", False)], limit=1).ids
    requests["form of an encounter"] = ("hcrm.encounter", "web_read", [[ids]], {"specification": spec})
    return {
        case: _interleaved(env.registry, user.id, context, *request)
        for case, request in requests.items()
    }


def _interleaved(registry, uid, context, model, method, args, kwargs):
    ours, bare = [], []
    for number in range(ROUNDS + 5):
        for times, road in ((ours, contextlib.nullcontext), (bare, unlogged)):
            with road():
                started = time.perf_counter()
                serve(registry, uid, context, model, method, args, kwargs)
                if number >= 5:
                    times.append(time.perf_counter() - started)
    return ours, bare


def serve(registry, uid, context, model, method, args, kwargs):
    """Answer one call as ``odoo.http`` does."""
    from odoo.api import Environment
    from odoo.service.model import call_kw, retrying

    with contextlib.closing(registry.cursor()) as cr:
        env = Environment(cr, uid, context)
        call = partial(call_kw, env[model], method, args[0] if "domain" not in kwargs else [], kwargs)
        return json.dumps(retrying(lambda: json.dumps(call(), default=str), env))


@contextlib.contextmanager
def unlogged():
    """Take the hooks out of the classes that bring them."""
    from odoo.addons.hcrm_base.models.base import Base
    from odoo.addons.hcrm_base.models.hcrm_access_logged_mixin import HcrmAccessLoggedMixin
    from odoo.addons.hcrm_base.models.res_partner import ResPartner

    hooks = [
        (HcrmAccessLoggedMixin, ("_search", "search_count", "_fetch_query", "_read_group")),
        (HcrmAccessLoggedMixin, ("_read_grouping_sets",)),
        (Base, ("_read_format", "_read_group_postprocess_groupby", "export_data")),
        (ResPartner, ("_fetch_query",)),
    ]
    taken = [(cls, name, vars(cls)[name]) for cls, names in hooks for name in names]
    for cls, name, _hook in taken:
        delattr(cls, name)
    try:
        yield
    finally:
        for cls, name, hook in taken:
            setattr(cls, name, hook)
