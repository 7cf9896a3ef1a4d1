"""The web client without a screen: a session, its cookies, its RPC."""

import http.cookiejar
import json
import urllib.error
import urllib.request


class Browser:
    """A logged-in session without a screen."""

    def __init__(self, url, db, login):
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        told = self.rpc("/web/session/authenticate", {"db": db, "login": login, "password": login})
        assert told["result"]["uid"], told

    def open(self, path, data=None, headers=None):
        """Return the body, also of a refusal."""
        request = urllib.request.Request(self.url + path, data=data, headers=headers or {})
        try:
            with self.opener.open(request, timeout=60) as reply:
                return reply.read()
        except urllib.error.HTTPError as error:
            return error.read()

    def rpc(self, path, params):
        """Call a JSON-RPC route."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        return json.loads(self.open(path, body, {"Content-Type": "application/json"}))

    def csrf(self):
        """Return the token that forms carry."""
        page = self.open("/odoo").decode(errors="replace")
        start = page.find('csrf_token: "')
        return page[start + 13 : page.find('"', start + 13)] if start > 0 else ""
