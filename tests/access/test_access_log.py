"""The access log of a running server: web client, JSON-2, XML-RPC, export, replica, faults."""

import json
import urllib.parse
import xmlrpc.client

import pytest

from scripts import checks
from scripts.servers import answers
from tests.support.browser import Browser

CLINICAL = ("hcrm.diagnosis", "hcrm.observation", "hcrm.prescription", "hcrm.immunization")
LINES = """
SELECT json_build_object('user', u.login, 'kind', l.kind, 'model', l.res_model, 'path', l.path,
                         'ids', l.res_ids, 'persons', l.partner_ids, 'fields', l.field_names,
                         'session', l.session_hash, 'asked', l.domain_text)
  FROM hcrm_access_log l JOIN res_users u ON u.id = l.user_id WHERE l.id > %s ORDER BY l.id
"""


class Log:
    """Lines written since the last look."""

    def __init__(self, hospital):
        self.hospital = hospital
        self.seen = 0
        self.new()

    def new(self, model=None):
        """Return the new lines, about one model if wanted."""
        lines = [json.loads(row) for row in self.hospital.sql(LINES % self.seen) if row]
        self.seen = int(self.hospital.sql("SELECT COALESCE(max(id), 0) FROM hcrm_access_log")[0])
        return [line for line in lines if model in (None, line["model"])]


@pytest.fixture
def log(hospital, stranger):
    """The shared hospital's log; the stranger comes first: exporting is allowed by then."""
    return Log(hospital)


def call(browser, model, method, *args, **kwargs):
    """Call a method as the web client does."""
    params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
    return browser.rpc(f"/web/dataset/call_kw/{model}/{method}", params)


def first_list(browser, model, limit=80):
    """Open a list; returns (ids, ids of the persons)."""
    spec = {"display_name": {}, "partner_id": {"fields": {"display_name": {}}}}
    told = call(browser, model, "web_search_read", domain=[], specification=spec, limit=limit)
    rows = told["result"]["records"]
    return [row["id"] for row in rows], {row["partner_id"]["id"] for row in rows}


@pytest.mark.parametrize("model", CLINICAL)
def test_list_of_the_web_client(model, hospital, log):
    """A list of 80 is one line with all records and persons, there before the answer is."""
    nurse = Browser(hospital.url, hospital.db, "nurse")
    log.new()
    ids, persons = first_list(nurse, model)
    [line] = log.new()
    assert len(ids) > 20
    assert (line["user"], line["kind"], line["model"]) == ("nurse", "list", model)
    assert line["path"] == f"/web/dataset/call_kw/{model}/web_search_read"
    assert set(line["ids"]) == set(ids)
    assert set(line["persons"]) == persons
    assert len(line["session"]) == 16


def test_programs_are_named(hospital, rpc, log):
    """JSON-2 and XML-RPC readings are called so."""
    client = rpc("doctor")
    [row] = client.read("hcrm.diagnosis", [], ["code"], limit=1)
    [line] = log.new()
    assert (line["user"], line["kind"], line["ids"]) == ("doctor", "api", [row["id"]])
    proxy = xmlrpc.client.ServerProxy(f"{hospital.url}/xmlrpc/2/object")
    uid = xmlrpc.client.ServerProxy(f"{hospital.url}/xmlrpc/2/common").login(
        hospital.db, "nurse", "nurse"
    )
    found = proxy.execute_kw(
        hospital.db, uid, "nurse", "hcrm.diagnosis", "read", [[row["id"]], ["code"]]
    )
    [line] = log.new()
    assert found[0]["code"] == row["code"]
    assert (line["user"], line["kind"], line["ids"]) == ("nurse", "api", [row["id"]])


def test_export(hospital, stranger, log):
    """An exported file is one line per model in it, customers included."""
    nurse = Browser(hospital.url, hospital.db, "nurse")
    person = stranger["res.partner"]
    fields = ("name", "encounter_ids/diagnosis_ids/code")
    data = {
        "model": "res.partner",
        "fields": [{"name": name, "label": name, "type": "char"} for name in fields],
        "ids": [person],
        "domain": [],
        "groupby": [],
        "import_compat": False,
        "context": {},
    }
    form = urllib.parse.urlencode({"data": json.dumps(data), "csrf_token": nurse.csrf()})
    log.new()
    assert b"ZQ:res.partner:other:name" in nurse.open("/web/export/csv", form.encode())
    lines = {line["model"]: line for line in log.new()}
    assert {line["kind"] for line in lines.values()} == {"export"}
    assert lines["res.partner"]["persons"] == [person]
    assert lines["hcrm.encounter"]["persons"] == [person]


@pytest.fixture
def replica(hospital):
    """A second server over the same database that reads on read-only connections."""
    port = checks.free_port()
    options = ["--db_replica_host", hospital.postgres.host]
    if hospital.postgres.port:
        options += ["--db_replica_port", hospital.postgres.port]
    conf = ("-c", hospital.odoo.conf, "-d", hospital.db, "--http-port", port)
    command = hospital.odoo.command(*conf, *options)
    server = hospital._process("replica", command, lambda: answers(port))
    try:
        yield f"http://127.0.0.1:{port}", server.start()
    finally:
        server.stop()


def test_replica(replica, hospital, log):
    """Given a read-only connection for readings, the line goes to the primary, without a retry."""
    url, server = replica
    nurse = Browser(url, hospital.db, "nurse")
    for _again in range(2):  # the first reading of a session notes the device
        log.new()
        ids, _persons = first_list(nurse, "hcrm.diagnosis")
        [line] = log.new()
        assert set(line["ids"]) == set(ids)
    told = server.log.read_text()
    assert told.rstrip().splitlines()[-1].endswith(" ro"), told[-500:]
    assert "Failed to open a readonly cursor" not in told


REFUSE = """
CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;
CREATE TRIGGER test_refuse BEFORE INSERT ON hcrm_access_log
   FOR EACH ROW EXECUTE FUNCTION test_refuse()
"""


def test_no_line_no_answer(hospital, rpc, log):
    """Given a log that cannot be written, health data is withheld and the rest goes on."""
    nurse = Browser(hospital.url, hospital.db, "nurse")
    ids, _persons = first_list(nurse, "hcrm.diagnosis", limit=1)
    spec = {"code": {}, "name": {}}
    [shown] = call(nurse, "hcrm.diagnosis", "web_read", ids, spec)["result"]
    hospital.sql(REFUSE)
    try:
        told = call(nurse, "hcrm.diagnosis", "web_read", ids, spec)
        assert "result" not in told
        assert "access log" in told["error"]["data"]["message"] or "访问日志" in str(told)
        assert shown["code"] not in json.dumps(told, ensure_ascii=False)
        users = call(nurse, "res.users", "search_count", [])
        assert users["result"] > 1
    finally:
        hospital.sql("DROP FUNCTION test_refuse CASCADE")
    log.new()
    assert call(nurse, "hcrm.diagnosis", "web_read", ids, spec)["result"] == [shown]
    assert [line["ids"] for line in log.new()] == [ids]


@pytest.mark.parametrize(
    "statement",
    (
        "UPDATE hcrm_access_log SET user_id = 1",
        "DELETE FROM hcrm_access_log",
        "TRUNCATE hcrm_access_log",
    ),
)
def test_owner_of_the_database(statement, hospital, log):
    """Odoo's own database user changes no line either."""
    first_list(Browser(hospital.url, hospital.db, "nurse"), "hcrm.diagnosis", limit=1)
    before = hospital.sql("SELECT count(*), max(id) FROM hcrm_access_log")
    with pytest.raises(Exception, match="append-only"):
        hospital.sql(statement)
    assert hospital.sql("SELECT count(*), max(id) FROM hcrm_access_log") == before


def test_no_role_changes_it(hospital, rpc, log):
    """Neither the leader nor the administrators write, create or delete a line."""
    first_list(Browser(hospital.url, hospital.db, "nurse"), "hcrm.diagnosis", limit=1)
    number = int(hospital.sql("SELECT max(id) FROM hcrm_access_log")[0])
    for login in ("leader", "hcrm_admin", "admin", "nurse", "portal"):
        client = rpc(login)
        for method, arguments in (
            ("write", {"ids": [number], "vals": {"kind": "list"}}),
            ("unlink", {"ids": [number]}),
            ("create", {"vals_list": [{"kind": "view", "res_model": "x"}]}),
        ):
            with pytest.raises(Exception, match="40[03]|422|500"):
                client.call("hcrm.access.log", method, **arguments)
