"""Every role over JSON-2, along every road, in a demonstration hospital with one stranger."""

import json
from itertools import islice

import pytest

from tests.access.forbidden import CLASSES, readable, secrets
from tests.access.material import ROLES
from tests.support.rpc import RpcError

PER_ROAD = 3  # calls of one road from one model; the in-process tests walk all of them
STARTS = ("res.partner", "res.users", "hcrm.encounter", "hcrm.diagnosis", "hcrm.identifier")


def answer(client, call, ids):
    """Return what the server said, refusals included, as text."""
    arguments = dict(call.kwargs)
    if call.context:
        arguments["context"] = call.context
    if "domain" in arguments and not call.on_rows:
        arguments["domain"] = [["id", "in", ids]]
    try:
        found = client.call(call.model, call.method, ids if call.on_rows else None, **arguments)
    except RpcError as error:
        return f"refused: {error.body}"
    return json.dumps(found, ensure_ascii=False)


def some_of_each_road(calls):
    """Yield at most ``PER_ROAD`` calls of each road."""
    by_road = {}
    for call in calls:
        by_road.setdefault(call.road, []).append(call)
    for found in by_road.values():
        yield from islice(found, PER_ROAD)


@pytest.mark.parametrize("role", ROLES)
def test_roads(role, rpc, stranger, catalogue, policy_matrix, access_roads):
    """Nothing of a stranger comes back that the role's cells do not allow."""
    client, forbidden = rpc(role), secrets(policy_matrix, role)
    visible = {model: set(_fields(client, model)) for model in catalogue}
    leaks, walked = [], 0
    for model in STARTS:
        ids = [stranger.get(model, 1)]
        victims = {name: [row] for name, row in stranger.items()}
        for call in some_of_each_road(access_roads.calls(catalogue, model, visible, victims)):
            if call.method in ("copy", "web_save"):
                continue  # these would write; tried in process, where it can be undone
            walked += 1
            found = forbidden.search(answer(client, call, ids))
            if found:
                leaks.append(f"{call.road}: {model}.{call.method} {call.kwargs} {found.group()}")
    assert walked > 150
    assert not leaks, "\n".join(leaks)


def _fields(client, model):
    try:
        return client.call(model, "fields_get", allfields=[], attributes=[])
    except RpcError:
        return ()


@pytest.mark.parametrize("role", ROLES)
def test_reading_follows_the_table(role, rpc, stranger, policy_matrix):
    """Each fact of the stranger is found exactly by the roles whose cell says so."""
    client, wrong = rpc(role), []
    for model, row in stranger.items():
        try:
            found = bool(client.call(model, "search_count", domain=[["id", "=", row]]))
        except RpcError as error:
            assert error.status == 403, error
            found = False
        if found != readable(policy_matrix, CLASSES[model], role):
            wrong.append(f"{model}: found is {found}")
    assert not wrong, wrong


def test_marketing_and_a_diagnosis(rpc, stranger):
    """By name: marketing asks for the diagnosis in every way a person would try first."""
    client = rpc("marketing")
    for model, path in (
        ("hcrm.diagnosis", "code"),
        ("hcrm.encounter", "diagnosis_ids.code"),
        ("res.partner", "encounter_ids.diagnosis_ids.code"),
        ("res.users", "partner_id.encounter_ids.diagnosis_ids.code"),
    ):
        with pytest.raises(RpcError) as refused:
            client.call(model, "search_count", domain=[[path, "=like", "ZQ:%"]])
        assert refused.value.status in (403, 422, 500, 400)
        assert "ZQ:" not in str(refused.value.body)


def test_private_methods_stay_private(rpc):
    """sudo and browse are not on the road."""
    for method in ("sudo", "with_user", "_search", "search_fetch", "browse", "_break_glass"):
        with pytest.raises(RpcError):
            rpc("marketing").call("res.partner", method)
