"""An SMS centre for tests: what Kannel, or any client of SMPP 3.4, is bound to."""

from tests.support.rig import Rig, eventually
from tests.support.servers import sms_text
from tests.support.servers import smsc as server


class Smsc(Rig):
    """`smsc.rule("0000$", "undeliverable")`, `smsc.mo("138…", "1069…", "YES")`, `smsc.messages()`.

    Acts of rules: deliver, accept (no receipt), undeliverable, expire, delete, refuse (receipts of
    these states), reject (`status="throttled"`, "invalid_destination" or a number), silent,
    garbage, disconnect; `delay` makes any of them slow, `receipt_delay` the receipt.
    """

    program = "smsc"

    def parts(self):
        """Accepted parts as they came."""
        return server.accepted(self.records("submit"))

    def messages(self):
        """Accepted messages, long ones joined."""
        return sms_text.join(self.parts())

    def receipts(self):
        """Receipts that were taken from the centre."""
        return self.records("receipt")

    def bound(self):
        """Names of the clients that are bound."""
        return self.order("state")["bound"]

    def wait_bound(self, system_id="hcrm"):
        """Until a client is bound."""
        eventually(lambda: system_id in self.bound(), f"{system_id} is bound")
        return self

    def wait_messages(self, count):
        """Until so many whole messages arrived; returns all."""

        def arrived():
            found = [one for one in self.messages() if one.complete]
            return found if len(found) >= count else None

        return eventually(arrived, f"{count} messages")

    def mo(self, source, destination, text, coding=None, system_id="hcrm", timeout=30):
        """A patient writes; returns when the gateway took it. Coding: "gsm", "ucs2", "gb", or the
        one of the first two that can say it."""
        told = {"from": source, "to": destination, "text": text, "timeout": timeout}
        return self.order("mo", {**told, "coding": coding, "system_id": system_id})

    def disconnect(self):
        """Hang up on all clients."""
        return self.order("disconnect")["disconnected"]

    def accept_binds(self, accept=True):
        """Refuse clients that want to bind, or take them again."""
        self.order("binds", {"accept": accept})
