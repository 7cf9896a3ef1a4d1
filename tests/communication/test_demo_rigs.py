"""`make run` and `make rigs` fit together, and the demonstration sends to nobody but the rigs."""

from tests.support.rigs import ASK, CONNECT, DISCONNECT, PASSWORD, PORTS, USER, inbound_url

WAYS = """
SELECT kind, url, g.user, secret, smtp_host, smtp_port, smtp_encryption, smtp_user, smtp_pass
  FROM hcrm_gateway AS g LEFT JOIN ir_mail_server AS s ON s.id = mail_server_id
 WHERE g.active AND kind IN ('kannel', 'smtp', 'asterisk', 'asterisk_fax')
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1
"""
STATE = """
import json
print("STATE " + json.dumps([env["hcrm.safety.switch"].sudo().get_state(),
                             env["hcrm.gateway"].search_count([("sandbox", "=", False)])]))
"""
OTHER = """
env["hcrm.gateway"].create({"name": "x", "channel": "sms", "kind": "kannel", "user": "hospital"})
"""


def test_demonstration_knows_the_rigs(hospital):
    """The same addresses, name and password."""
    url = f"http://127.0.0.1:{PORTS['Kannel sendsms']}/cgi-bin/sendsms"
    smtp = f"127.0.0.1|{PORTS['SMTP']}|starttls|{USER}|{PASSWORD}"
    ari = f"http://127.0.0.1:{PORTS['Asterisk ARI']}/ari"
    manager = f"127.0.0.1:{PORTS['Asterisk manager']}"
    assert hospital.sql(WAYS) == [
        f"asterisk|{ari}|{USER}|{PASSWORD}|||||",
        f"asterisk_fax|{manager}|{USER}|{PASSWORD}|||||",
        f"kannel|{url}|{USER}|{PASSWORD}|||||",
        f"smtp||||{smtp}",
    ]


def test_opened_for_the_rigs_alone(hospital):
    """Closed and a sandbox before and after; with any other way out it stays so."""
    assert "CONNECTED" not in hospital.shell(OTHER + CONNECT)
    told = hospital.shell(ASK + STATE + CONNECT + STATE + DISCONNECT + STATE)
    assert inbound_url(told, hospital.port).startswith(f"{hospital.url}/hcrm/gateway/")
    states = [row.removeprefix("STATE ") for row in told.splitlines() if row.startswith("STATE ")]
    before, between, after = states
    assert before == after and before.endswith(", 0]")
    assert between == '["open", 7]'
