"""A small client of Odoo's JSON-2 interface, acting with one user's API key."""

import json
import urllib.error
import urllib.request

KEYS_SCRIPT = """
import datetime, json
keys = {}
for user in env["res.users"].search([("active", "=", True)]):
    until = datetime.datetime.now() + datetime.timedelta(days=1)
    keys[user.login] = env["res.users.apikeys"].with_user(user).sudo()._generate(
        "rpc", "tests", until)
env.cr.commit()
print("KEYS " + json.dumps(keys))
"""


class RpcError(Exception):
    """The server's refusal, with its HTTP status and the name of Odoo's exception."""

    def __init__(self, status, body):
        self.status = status
        self.body = body
        self.name = body.get("name", "") if isinstance(body, dict) else ""
        told = body.get("message", body) if isinstance(body, dict) else body
        super().__init__(f"{status} {self.name}: {told}")


class Rpc:
    """`rpc.call("res.partner", "search_read", domain=[], fields=["name"])`."""

    def __init__(self, url, db, key):
        self.url = url
        self.db = db
        self.key = key

    def call(self, model, method, /, ids=None, **arguments):
        """Call a public method; keyword arguments only, as JSON-2 wants them."""
        if ids is not None:
            arguments["ids"] = ids
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"bearer {self.key}",
                "X-Odoo-Database": self.db,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise RpcError(error.code, _json_or_text(text)) from None

    def read(self, model, domain, fields, **options):
        """Shorthand for search_read."""
        return self.call(model, "search_read", domain=domain, fields=fields, **options)


def _json_or_text(text):
    try:
        return json.loads(text)
    except ValueError:
        return text[:500]
