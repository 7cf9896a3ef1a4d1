"""One marked stranger in the demonstration hospital, and what to ask about it."""

import json

import pytest

from tests.access.material import FACTS, PHONE, STRANGER, policy, roads


@pytest.fixture(scope="session")
def stranger(hospital):
    """{model: id} of a person nobody owns, who did not agree to marketing, and of each fact."""
    told = hospital.shell(STRANGER % {"phone": PHONE, "models": FACTS})
    row = next(line for line in told.splitlines() if line.startswith("ROWS "))
    return json.loads(row.removeprefix("ROWS "))


@pytest.fixture(scope="session")
def catalogue(rpc, stranger):
    """{model: {field: description}}, hidden fields included."""
    names = [*stranger, "res.users"]
    fields = rpc("admin").read(
        "ir.model.fields",
        [["model", "in", names]],
        ["model", "name", "ttype", "relation", "store"],
    )
    found = {name: {} for name in names}
    for field in fields:
        found[field["model"]][field["name"]] = field
    return found


@pytest.fixture(scope="session")
def policy_matrix():
    """POLICY §2 as data."""
    return policy


@pytest.fixture(scope="session")
def access_roads():
    """The roads as plain calls."""
    return roads
