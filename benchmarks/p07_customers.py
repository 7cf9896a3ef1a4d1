"""P7: customer list, 360° form and search beside Odoo's own contact list, form and search.

Both are asked what the web client asks: the fields of the view, read by `web_search_read` or
`web_read` with the specification that the client builds from the view's arch, as the same user
under the same record rules, in one database, interleaved. The form's first paint waits for nothing
else; what follows it, the timeline and the card (counters, badges, family), is one call each and is
measured for the roles that see most, and for a patient with a long history.
"""

import json
import statistics
import time
from pathlib import Path

from benchmarks import data

ID = "P7"
USUAL = 1_000_000
ROUNDS = 30
LOGIN = "service_manager"
#: Who opens the 360° view: everything of everybody, the own persons only, the desk.
READERS = ("nurse", "community_worker", "service_manager")
LONG_HISTORY = 30_000  # results of the one patient
VIEWS = {
    "list": ("hcrm_base.res_partner_view_list_person", "base.view_partner_tree"),
    "form": ("hcrm_base.res_partner_view_form_person", "base.view_partner_form"),
}
#: What is typed, and by which road our search answers.
TYPED = {
    "two characters": "伟丽",
    "whole name": "王秀英",
    "pinyin": "wangxiu",
    "initials": "wxy",
    "surname": "王",
}
FACTS = ("hcrm.diagnosis", "hcrm.observation")
#: The patient of most visits gets results of 300 days, a hundred a day.
LONG_HISTORY_ROWS = """
INSERT INTO hcrm_observation (partner_id, company_id, code, name, value_number, has_number,
                              is_abnormal, status, observed_at)
SELECT patient.partner_id, patient.company_id, '8867-4', 'Heart rate', 70, TRUE,
       number % 20 = 0, 'final',
       now() AT TIME ZONE 'UTC' - number * interval '14 minutes 24 seconds'
  FROM (SELECT partner_id, company_id FROM hcrm_encounter
         GROUP BY partner_id, company_id ORDER BY count(*) DESC, partner_id LIMIT 1) patient,
       generate_series(1, {count}) number"""
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p07_customers
print("MEASURED " + json.dumps(p07_customers.measure(env, {login!r})))
"""


def run(ctx):
    """Rows for N customers with ten encounters each where N is small, one each at a million."""
    n = ctx.size(USUAL)
    db = ctx.database(demo=True)
    data.load(ctx, db, customers=n, encounters=min(10 * n, 2_000_000), facts=FACTS)
    ctx.sql(db, LONG_HISTORY_ROWS.format(count=LONG_HISTORY))
    ctx.sql(db, "VACUUM ANALYZE")
    root = str(Path(__file__).resolve().parent.parent)
    told = ctx.shell(db, SCRIPT.format(root=root, login=LOGIN))
    line = next(line for line in told.splitlines() if "MEASURED " in line)
    found = json.loads(line.split("MEASURED ", 1)[1])
    rows = []
    for case, (ours, core, target) in found.items():
        if core:
            middle, peer = statistics.median(ours), statistics.median(core)
            rows.append(ctx.row(f"{case}, median", n, middle, {"Odoo contacts": peer}, target))
        p95 = sorted(ours)[int(len(ours) * 0.95)]
        rows.append(ctx.row(f"{case}, p95", n, p95, {}, "p95 <= 0.3 s", ok=p95 <= 0.3))
    return rows


def measure(env, login):
    """Return {case: (our seconds, core's seconds, target)} as the user ``login``."""
    user = env["res.users"].search([("login", "=", login)])
    partners = env(user=user.id, context={"lang": "zh_CN"})["res.partner"]
    specs = {
        kind: [specification(partners, env.ref(view).id, kind) for view in views]
        for kind, views in VIEWS.items()
    }
    found = {
        "list": (*_lists(partners, *specs["list"]), "<= 1.3"),
        "form": (*_forms(partners, *specs["form"]), "<= 1.3"),
    }
    for case, typed in TYPED.items():
        found[f"search by {case}"] = (*_searches(partners, typed), "<= 0.1")
    return found | _views_360(env)


def _views_360(env):
    """Return the two calls that follow the first paint, for each reader; nothing is beside them."""
    found = {}
    for login in READERS:
        user = env["res.users"].search([("login", "=", login)])
        partners = env(user=user.id, context={"lang": "zh_CN", "tz": user.tz})["res.partner"]
        ids = partners.search([("encounter_ids", "!=", False)], limit=ROUNDS).ids
        found |= _calls_360(partners, ids, login)
    longest = env["hcrm.observation"]._read_group(
        [], ["partner_id"], ["__count"], order="__count DESC", limit=1
    )
    nurse = env["res.users"].search([("login", "=", "nurse")])
    partners = env(user=nurse.id, context={"lang": "zh_CN", "tz": nurse.tz})["res.partner"]
    return found | _calls_360(partners, longest[0][0].ids, "nurse, long history")


def _calls_360(partners, ids, who):
    ids = ids * (1 + (ROUNDS + 1) // len(ids))
    first, second = iter(ids), iter(ids)
    timeline, card = _interleaved(
        partners,
        lambda: partners.browse(next(first)).get_timeline(),
        lambda: partners.browse(next(second)).get_card_values(),
    )
    return {f"timeline, {who}": (timeline, [], ""), f"counters, {who}": (card, [], "")}


def _lists(partners, ours, core):
    people = [("is_customer_person", "=", True)]
    return _interleaved(
        partners,
        lambda: partners.web_search_read(people, ours, limit=80, count_limit=10001),
        lambda: partners.web_search_read([], core, limit=80, count_limit=10001),
    )


def _forms(partners, ours, core):
    ids = partners.search([("encounter_ids", "!=", False)], limit=ROUNDS).ids
    ours_ids, core_ids = iter(ids * 2), iter(ids * 2)
    return _interleaved(
        partners,
        lambda: partners.browse(next(ours_ids)).web_read(ours),
        lambda: partners.browse(next(core_ids)).web_read(core),
    )


def _searches(partners, typed):
    """Beside the domain that core's `_rec_names_search` gives for the same words."""
    names = ("complete_name", "email", "ref", "vat", "company_registry")
    core = ["|"] * (len(names) - 1) + [(name, "ilike", typed) for name in names]
    return _interleaved(
        partners,
        lambda: partners.name_search(typed, limit=8),
        lambda: partners.search_fetch(core, ["display_name"], limit=8).mapped("display_name"),
        rounds=10,
    )


def _interleaved(partners, *calls, rounds=ROUNDS):
    """Seconds of each call, a cold cache each time; the first round only warms the plans up."""
    times = [[] for _call in calls]
    for number in range(rounds + 1):
        for call, spent in zip(calls, times, strict=True):
            partners.env.invalidate_all()
            started = time.perf_counter()
            call()
            if number:
                spent.append(time.perf_counter() - started)
    return times


def specification(model, view_id, kind):
    """Return the `web_read` specification that the web client builds from a view."""
    views = model.get_views([(view_id, kind)])
    from lxml import etree

    return _fields(model.env, etree.fromstring(views["views"][kind]["arch"]), model._name)


def _fields(env, node, model_name):
    spec = {}
    for field in node.iterfind(".//field"):
        if any(parent.tag == "field" for parent in field.iterancestors() if parent is not node):
            continue
        definition = env[model_name]._fields[field.get("name")]
        inner = next((child for child in field if child.tag in ("list", "kanban", "form")), None)
        spec[definition.name] = {}
        if definition.type in ("one2many", "many2many"):
            rows = {"display_name": {}} if inner is None else {}
            if inner is not None:
                rows = _fields(env, inner, definition.comodel_name)
            spec[definition.name] = {"fields": rows, "limit": 40}
        elif definition.type == "many2one":
            spec[definition.name] = {"fields": {"display_name": {}}}
    return spec
