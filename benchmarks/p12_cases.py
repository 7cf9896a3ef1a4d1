"""P12: the board of complaints and the look-up of a status among a million cases.

The cases are those of the demonstration over and over, with numbers, persons, custody, clocks and
statements of their own: ten years of a large group, with two in a hundred still open. The board is
asked what the web client asks when it opens (groups, bars, the first cards) as an officer, a head
of department and a service manager; beside it the desk of the day, the list without any filter, a
number typed into the search box and a person's name. A status is asked for as the web page does:
with the PIN, with a wrong PIN, with a number that does not exist, each a transaction of its own
with its counting, from addresses of their own.
"""

import itertools
import json
import time
from pathlib import Path

from benchmarks import data

ID = "P12"
USUAL = 1_000_000
ROUNDS = 40
LOGINS = ("officer", "department_head", "service_manager")
BOARD, LOOK_UP = 0.3, 0.05
ROOT = str(Path(__file__).resolve().parent.parent)
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import case_data, p12_cases
pins = case_data.fill(env, {count})
env.cr.commit()
print("MEASURED " + json.dumps(p12_cases.measure(env, pins)))
"""


def run(ctx):
    """Rows for N cases."""
    n = ctx.size(USUAL)
    db = ctx.database(demo=True)
    data.load(ctx, db, customers=min(n // 4, 250_000))
    told = ctx.shell(db, SCRIPT.format(root=ROOT, count=n))
    line = next(line for line in told.splitlines() if "MEASURED " in line)
    rows = []
    for case, times in json.loads(line.split("MEASURED ", 1)[1]).items():
        limit = LOOK_UP if case.startswith("status") else BOARD
        p95 = sorted(times)[int(len(times) * 0.95)]
        target = f"p95 <= {limit * 1000:.0f} ms"
        rows.append(ctx.row(f"{case}, p95", n, p95, {}, target, ok=p95 <= limit))
    return rows


def measure(env, pins):
    """Return {case: seconds of each round}."""
    found = {}
    for login in LOGINS:
        user = env["res.users"].search([("login", "=", login)], limit=1)
        found |= _screens(env(user=user.id, context={"lang": "zh_CN", "tz": user.tz}), login, pins)
    return found | _look_ups(env, pins)


def _screens(env, login, pins):
    """Return the times of the screens of one user."""
    cases = env["hcrm.complaint"]
    opened = [("is_open", "=", True)]
    numbers = itertools.cycle([number for number, _pin in pins])
    calls = {
        "board": lambda: _board(cases, opened),
        "board, everything": lambda: _board(cases, []),
        "list, everything": lambda: cases.web_search_read(
            [], {"name": {}, "number": {}, "state": {}}, limit=80, count_limit=10001
        ),
        "desk today": env["hcrm.complaint.today"].get_today,
        "search by end of number": lambda: cases.web_search_read(
            [("display_name", "ilike", next(numbers)[-5:])],
            {"number": {}},
            limit=80,
            count_limit=10001,
        ),
        "search by number": lambda: cases.web_search_read(
            [("display_name", "ilike", next(numbers))], {"number": {}}, limit=80, count_limit=10001
        ),
    }
    return {f"{name}, {login}": _timed(env, call) for name, call in calls.items()}


def _board(cases, domain):
    """Ask what the web client asks when it opens the board."""
    cases.read_progress_bar(
        domain, "state", {"field": "kind", "colors": {"complaint": "warning", "praise": "success"}}
    )
    return cases.web_read_group(
        domain,
        ["state"],
        ["__count"],
        auto_unfold=True,
        unfold_read_specification=_card(cases),
        unfold_read_default_limit=40,
    )


def _card(cases):
    """Return what a card reads, from the view itself."""
    from benchmarks.p07_customers import specification  # noqa: PLC0415

    known = cases.env.cr.cache
    if "p12_card" not in known:
        view = cases.env.ref("hcrm_complaint.hcrm_complaint_view_kanban")
        known["p12_card"] = specification(cases, view.id, "kanban")
    return known["p12_card"]


def _look_ups(env, pins):
    """Return the times of asking for a status, each committed."""
    lookup = env["hcrm.complaint.lookup"]
    own = iter(pins)
    nobody = env["hcrm.complaint.number"]._take("intake", 2199, ROUNDS + 1)
    ways = {
        "status, right PIN": lambda: next(own),
        "status, wrong PIN": lambda: (next(own)[0], "000000"),
        "status, no such number": lambda: (nobody.pop(), "000000"),
    }
    found = {}
    for name, give in ways.items():
        times = []
        for turn in range(ROUNDS + 1):
            number, pin = give()
            address = f"2001:db8:{len(found)}::{turn:x}"
            env.clear()
            started = time.perf_counter()
            lookup._look_up(number, pin, address)
            env.cr.commit()
            times.append(time.perf_counter() - started)
        found[name] = times[1:]
    return found


def _timed(env, call):
    """Seconds of each round with a cold cache; the first one only warms the plans up."""
    times = []
    for _turn in range(ROUNDS + 1):
        env.invalidate_all()
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return times[1:]
