"""P10: a clinical list and form with the read log, beside the same reading without it.

A nurse's web client asks over HTTP, in one process with the server, so that the same server answers
in turn with the log and without. Without it means that the hooks are taken out of the classes: no
setting does that. ``durable`` waits for the disk at every line, as exports do (for comparison).
"""

import contextlib
import http.client
import json
import logging
import statistics
import threading
import time
from pathlib import Path

from benchmarks import data
from benchmarks.p07_customers import specification

ID = "P10"
USUAL = 100_000
ROUNDS = 120
LOGIN = "nurse"
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p10_log
print("MEASURED " + json.dumps(p10_log.measure(env, {login!r})))
"""


def run(ctx):
    """Rows for the lists of 80 diagnoses and results, and for the form of an encounter."""
    n = ctx.size(USUAL)
    db = ctx.database(demo=True)
    facts = ("hcrm.diagnosis", "hcrm.observation")
    data.load(ctx, db, customers=n, encounters=n, facts=facts)
    ctx.sql(db, "VACUUM ANALYZE")
    root = str(Path(__file__).resolve().parent.parent)
    told = ctx.shell(db, SCRIPT.format(root=root, login=LOGIN))
    line = next(line for line in told.splitlines() if "MEASURED " in line)
    rows = []
    for case, times in json.loads(line.split("MEASURED ", 1)[1]).items():
        logged, durable, bare = (statistics.median(times[name]) for name in WAYS)
        beside = {"unlogged": bare, "durable": durable}
        ratio = logged / bare
        rows.append(ctx.row(f"{case}, logged", n, logged, beside, "<= 1.1", ratio=ratio))
    return rows


def measure(env, login):
    """Return {case: {way: seconds}}, the ways in turn."""
    for name in ("odoo", "werkzeug"):
        logging.getLogger(name).setLevel(logging.ERROR)
    asked = requests(env, login)
    with served() as port:
        client = Client(port, env.cr.dbname, login)
        return {case: _in_turn(env, client, *request) for case, request in asked.items()}


def requests(env, login):
    """Return {case: (model, method, args, kwargs)} as the web client asks them."""
    user = env["res.users"].search([("login", "=", login)])
    found = {}
    for name in ("diagnosis", "observation"):
        model = env(user=user.id)[f"hcrm.{name}"]
        spec = specification(model, env.ref(f"hcrm_base.hcrm_{name}_view_list").id, "list")
        options = {"specification": spec, "limit": 80, "count_limit": 10001, "domain": []}
        found[f"list of 80, {name}"] = (model._name, "web_search_read", [], options)
    encounters = env(user=user.id)["hcrm.encounter"]
    view = env.ref("hcrm_base.hcrm_encounter_view_form")
    spec = {"specification": specification(encounters, view.id, "form")}
    ids = encounters.search([("diagnosis_ids", "!=", False)], limit=1).ids
    found["form of an encounter"] = ("hcrm.encounter", "web_read", [ids], spec)
    env.cr.commit()
    return found


class Client:
    """A session of the web client over one kept connection."""

    def __init__(self, port, db, login):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Content-Type": "application/json"}
        told = self.post("/web/session/authenticate", {"db": db, "login": login, "password": login})
        assert told["result"]["uid"], told

    def post(self, path, params):
        """Return the answer; keep the session it opens."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        self.connection.request("POST", path, body, self.headers)
        reply = self.connection.getresponse()
        text = reply.read()
        for cookie in reply.headers.get_all("Set-Cookie") or ():
            if cookie.startswith("session_id="):
                self.headers["Cookie"] = cookie.split(";")[0]
        return json.loads(text)


def _in_turn(env, client, model, method, args, kwargs):
    params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
    times = {name: [] for name in WAYS}
    for number in range(ROUNDS + 5):
        for name, way in WAYS.items():
            with way(env):
                started = time.perf_counter()
                told = client.post(f"/web/dataset/call_kw/{model}/{method}", params)
                spent = time.perf_counter() - started
            assert told.get("result"), told
            if number >= 5:
                times[name].append(spent)
    return times


@contextlib.contextmanager
def served():
    """Serve Odoo from this process on a free port."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    from odoo.http import root

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *_args):
            pass

    server = make_server("127.0.0.1", 0, root, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()


@contextlib.contextmanager
def logged(env):
    """As it is."""
    yield


@contextlib.contextmanager
def durable(env):
    """Every line waits for the disk."""
    from odoo.addons.hcrm_base.models import access_log_writer

    kept = access_log_writer.DURABLE
    access_log_writer.DURABLE = kept | {"view", "list", "search", "aggregate"}
    try:
        yield
    finally:
        access_log_writer.DURABLE = kept


@contextlib.contextmanager
def unlogged(env):
    """Take the hooks out of the classes that bring them."""
    from odoo.addons.hcrm_base.models.base import Base
    from odoo.addons.hcrm_base.models.hcrm_access_logged_mixin import HcrmAccessLoggedMixin
    from odoo.addons.hcrm_base.models.res_partner import ResPartner

    hooks = {
        HcrmAccessLoggedMixin: (
            *("_search", "search_count", "_fetch_query", "_read_group", "_read_grouping_sets"),
            "_access_log_column",
        ),
        Base: (
            *("_read_format", "_read_group_postprocess_groupby", "export_data"),
            "_read_group_postprocess_aggregate",
        ),
        ResPartner: ("_fetch_query",),
    }
    taken = [(cls, name, vars(cls)[name]) for cls, names in hooks.items() for name in names]
    for cls, name, _hook in taken:
        delattr(cls, name)
    try:
        yield
    finally:
        for cls, name, hook in taken:
            setattr(cls, name, hook)


WAYS = {"logged": logged, "durable": durable, "unlogged": unlogged}
