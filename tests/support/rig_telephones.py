"""Telephones of `make rigs`: on fixed ports, and told by HTTP who calls whom.

curl '127.0.0.1:2777/call?from=13800138000&keys=0&talk=1'   somebody calls the hospital
curl  127.0.0.1:2777/calls                                  what happened at the far end
curl '127.0.0.1:2777/behave?number=13800138001&how=busy'    what a number does from now on
curl  127.0.0.1:2777/hangup                                 everybody hangs up
"""

import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.support.asterisk import Telephones

CALLER = {"from": "caller", "to": "number", "keys": "keys", "pause": "pause", "stays": "stays"}


class RigTelephones(Telephones):
    """Both sides, the far end open to orders."""

    def __init__(self, folder, ports, user, secret):
        shared = {"ari_secret": secret, "ami_secret": secret, "user": user}
        super().__init__(
            folder,
            hospital={
                **shared,
                "sip_port": ports["SIP"],
                "ari_port": ports["Asterisk ARI"],
                "ami_port": ports["Asterisk manager"],
            },
            public={"sip_port": ports["SIP of everybody else"]},
        )
        self.control = ports["telephone control"]
        self.server = None

    def start(self):
        """Start both, and listen."""
        super().start()
        if self.server is None:
            self.server = ThreadingHTTPServer(("127.0.0.1", self.control), _Control)
            self.server.telephones = self
            threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        """Stop all."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
        super().stop()

    def order(self, name, query):
        """Return what an order gives.

        :raise ValueError: what is wrong with it
        """
        if name == "call":
            how = {CALLER[key]: value for key, value in query.items() if key in CALLER}
            self.public.call(**how, talk=bool(query.get("talk")))
        elif name == "behave" and {"number", "how"} <= set(query):
            self.public.behave(query["number"], query["how"], query.get("keys", ""))
        elif name == "hangup":
            self.public.command("channel request hangup all")
        elif name != "calls":
            raise ValueError("orders: call, calls, behave (number, how), hangup")
        return [{**asdict(call), "heard": str(call.heard)} for call in self.public.calls()]


class _Control(BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        asked = urlsplit(self.path)
        try:
            told = self.server.telephones.order(asked.path.strip("/"), dict(parse_qsl(asked.query)))
            status = 200
        except (ValueError, AssertionError, OSError, EOFError) as error:
            told, status = {"error": str(error)}, 400
        body = json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """The calls themselves are the log."""
