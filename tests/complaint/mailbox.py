"""The hospital's mailbox: a mail server that takes what people send, and POP3 to fetch it by."""

import smtplib
import socketserver
import threading

from tests.support.smtp_sink import SmtpSink

#: Bytes of one mail.
LARGEST = 40 * 2**20


class Mailbox(SmtpSink):
    """What was taken by SMTP waits here until Odoo fetches it, byte for byte."""

    def __init__(self, folder):
        super().__init__(folder, "--keep", LARGEST, "--largest", LARGEST, tls=False)
        self.deleted = 0
        self.pop = None

    def start(self):
        """Take mail, and give it out."""
        super().start()
        self.pop = _Pop(("127.0.0.1", 0), _Session)
        self.pop.mailbox = self
        threading.Thread(target=self.pop.serve_forever, daemon=True).start()
        return self

    def stop(self):
        """The end."""
        self.pop.shutdown()
        self.pop.server_close()
        super().stop()

    @property
    def pop_port(self):
        """Where it is fetched."""
        return self.pop.server_address[1]

    def send(self, content, sender, to):
        """Somebody out there sends bytes."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as link:
            link.sendmail(sender, [to], content, ["BODY=8BITMIME"])

    def waiting(self):
        """Return the mails that were not fetched yet, as bytes."""
        held = self.mails()[self.deleted :]
        return [mail["raw"].encode("utf-8", "surrogateescape") for mail in held]


class _Pop(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class _Session(socketserver.StreamRequestHandler):
    """RFC 1939 as far as a client that fetches and deletes needs it."""

    def handle(self):
        mails, deleted = self.server.mailbox.waiting(), 0
        self._say("+OK ready")
        while line := self.rfile.readline():
            word, _space, number = line.decode().strip().partition(" ")
            if word == "STAT":
                self._say(f"+OK {len(mails)} {sum(map(len, mails))}")
            elif word == "LIST":
                rows = [f"{place} {len(mail)}" for place, mail in enumerate(mails, 1)]
                self._say("+OK", "\r\n".join(rows).encode())
            elif word == "RETR":
                self._say("+OK", mails[int(number) - 1])
            else:
                deleted += word == "DELE"
                self._say("+OK")
            if word == "QUIT":
                self.server.mailbox.deleted += deleted
                return

    def _say(self, line, body=None):
        self.wfile.write(f"{line}\r\n".encode())
        if body is not None:
            lines = (b"." + one if one.startswith(b".") else one for one in body.splitlines())
            self.wfile.write(b"".join(one + b"\r\n" for one in (*lines, b".")))
