"""A web server for tests that stands for any provider, and takes callbacks."""

from tests.support.rig import Rig, eventually


class HttpProvider(Rig):
    """`provider.rule("POST /send", "answer", status=500)`, `provider.requests("/dlr")`.

    Acts of rules: answer (`status`, `body` as text or JSON, `content_type`, `headers`), hang,
    disconnect, garbage, half (an answer cut short); `delay` makes any of them slow.
    """

    program = "http"

    @property
    def url(self):
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def requests(self, path=None):
        """What was asked, oldest first."""
        found = self.records("request")
        return [request for request in found if path in (None, request["path"])]

    def wait_requests(self, count, path=None):
        """Until so many came; returns all."""

        def came():
            found = self.requests(path)
            return found if len(found) >= count else None

        return eventually(came, f"{count} requests to {path or 'any path'}")
