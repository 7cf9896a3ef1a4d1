"""An identity number that somebody else has: refused alike for all, and never without a trace."""

import pytest

from tests.support.rpc import RpcError


def test_taken_number_is_refused_and_the_try_stays_on_record(rpc, stranger, hospital):
    """The refusal is rolled back; the line in the access log is not."""
    row = f"FROM hcrm_identifier WHERE id = {stranger['hcrm.identifier']}"
    system, number = hospital.sql(f"SELECT system_id, value_stored {row}")[0].split("|")
    worker = rpc("community_worker")
    domain = [["is_customer_person", "=", True]]
    [mine] = worker.call("res.partner", "search", domain=domain, limit=1)
    values = {"partner_id": mine, "system_id": int(system), "value": number}
    with pytest.raises(RpcError) as caught:
        worker.call("hcrm.identifier", "create", vals_list=[values])
    told = str(caught.value.body)
    assert "cannot be used here" in told or "不能在此使用" in told
    assert "ZQ:res.partner" not in told
    tries = hospital.sql(
        "SELECT u.login FROM hcrm_access_log l JOIN res_users u ON u.id = l.user_id "
        f"WHERE l.kind = 'refused' AND {stranger['res.partner']} = ANY(l.partner_ids)"
    )
    assert tries == ["community_worker"]
    assert hospital.sql(
        f"SELECT count(*) FROM hcrm_identifier WHERE partner_id = {mine} "
        f"AND value_stored = '{number}'"
    ) == ["0"]
