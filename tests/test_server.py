"""The live server the other black-box tests stand on."""

import pytest

from tests.support.rpc import RpcError


def test_admin_logs_in_by_key(rpc):
    """JSON-2 answers under the caller's rights."""
    assert rpc("admin").read("res.users", [("login", "=", "admin")], ["name"])


def test_refusal_is_told(rpc):
    """An error names Odoo's exception and does not kill the connection."""
    with pytest.raises(RpcError) as caught:
        rpc("admin").call("res.users", "no_such_method")
    assert caught.value.status in (404, 422)


def test_chinese_is_loaded(rpc):
    """The second language of the interface is there."""
    assert rpc("admin").call("res.lang", "search_count", domain=[("code", "=", "zh_CN")]) == 1


def test_server_survives_kill_of_its_database(crash_hospital):
    """PostgreSQL is killed and comes back: the server goes on without a restart."""
    crash_hospital.start()
    before = crash_hospital.rpc().call("res.partner", "search_count", domain=[])
    crash_hospital.kill_postgres()
    crash_hospital.start_postgres()
    assert crash_hospital.rpc().call("res.partner", "search_count", domain=[]) == before
