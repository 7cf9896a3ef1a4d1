"""A mail server that takes everything, or behaves towards a recipient as badly as it is told.

    python -m tests.support.servers.smtp --port 2525 --control 2526 --journal mail.jsonl

The control port takes orders, `curl 127.0.0.1:2526/state` for example: `/state`, `/messages`,
`/rules` (POST a list of rules; without one, show them), `/forget` (rules).
"""

import argparse
import asyncio
import datetime
import email
import ipaddress
import json
import logging
import os
import ssl
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.servers import journal
from tests.support.servers.http1 import Control
from tests.support.servers.rules import Rule, Rules

#: When a rule is asked: before the greeting, for each recipient, after the whole message.
STAGES = ("connect", "rcpt", "data")
ACTS = ("accept", "refuse", "hang", "disconnect", "garbage")
GARBAGE = b"\x16\x03\x01 \xff\xfe nonsense"
FOR_EVER = 86_400
KEPT_BYTES = 1024 * 1024
#: By hand (`--addresses`) the name before the @ chooses.
ADDRESSES = [
    ("^busy@", "rcpt", "refuse", {"code": 450}),
    ("^unknown@", "rcpt", "refuse", {"code": 550}),
    ("^full@", "data", "refuse", {"code": 452}),
    ("^spam@", "data", "refuse", {"code": 554}),
    ("^hang@", "data", "hang", {}),
    ("^close@", "data", "disconnect", {}),
]
WORDS = {
    421: "4.3.2 Closing, try later",
    450: "4.2.1 Mailbox busy, try later",
    451: "4.3.0 Try later",
    452: "4.2.2 Mailbox full",
    550: "5.1.1 No such mailbox",
    552: "5.3.4 Too large",
    554: "5.7.1 Not wanted",
}


class Server(SMTP):
    """One connection; a fault may come before the first word."""

    async def _handle_client(self):
        sink = self.event_handler
        rule = sink.rules.take(str(self.session.peer[0]), "connect")
        if rule:
            code = await sink.misbehave(self, rule)
            if code:
                await self.push(code)
                self.transport.close()
                return
        await super()._handle_client()


class Sink:
    """What all connections share; aiosmtpd calls `handle_…`."""

    def __init__(self, options):
        self.options = options
        self.journal = journal.Journal(options.journal, not options.no_sync)
        self.rules = Rules(
            Rule(match, act, stage=stage, options=more)
            for match, stage, act, more in ADDRESSES
            if options.addresses
        )
        self.taken = 0
        self.connections = 0

    async def serve(self):
        """Take mail until killed."""
        self.journal.start()
        await Control(self).serve(self.options.control)
        context = tls_context(self.options.tls) if self.options.tls else None
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: self._connection(context), "127.0.0.1", self.options.port
        )
        await server.serve_forever()

    def _connection(self, context):
        self.connections += 1
        return Server(
            self,
            hostname="sink.test",
            ident="HCRM test sink",
            enable_SMTPUTF8=True,
            data_size_limit=self.options.largest,
            tls_context=context,
            require_starttls=self.options.require_tls,
            auth_required=self.options.require_login,
            auth_require_tls=bool(context) or not self.options.login,
            authenticator=self._authenticate,
        )

    def _authenticate(self, _server, _session, _envelope, _mechanism, told):
        wanted = (self.options.login.encode(), self.options.password.encode())
        good = bool(wanted[0]) and (told.login, told.password) == wanted
        return AuthResult(success=good, handled=good)  # not handled: the refusal is not said yet

    async def misbehave(self, server, rule):
        """Do what a rule wants; returns an answer to give, or nothing when all goes on."""
        if rule.delay:
            await asyncio.sleep(rule.delay)
        if rule.act == "garbage":
            return GARBAGE
        if rule.act == "refuse":
            code = rule.options.get("code", 451)
            return f"{code} {rule.options.get('text') or WORDS.get(code, 'No')}"
        if rule.act in ("hang", "disconnect"):
            if rule.act == "disconnect":
                server.transport.abort()
            await asyncio.sleep(FOR_EVER)  # the end of the connection ends this, too
        return None

    async def handle_RCPT(self, server, _session, envelope, address, options):
        """One recipient."""
        rule = self.rules.take(address, "rcpt")
        answer = rule and await self.misbehave(server, rule)
        if answer:
            where = {"mail_from": envelope.mail_from, "rcpt_to": address}
            await self.journal.add("refused", act=rule.act, **where)
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        """A whole message: it is on the disk before anything is said about it."""
        found = (self.rules.take(address, "data") for address in envelope.rcpt_tos)
        rule = next(filter(None, found), None) or Rule("", "accept")
        told = describe(envelope.content)
        await self.journal.add(
            "mail",
            act=rule.act,
            mail_from=envelope.mail_from.removeprefix("<").removesuffix(">"),
            rcpt_tos=envelope.rcpt_tos,
            tls=session.ssl is not None,
            login=bool(session.authenticated),
            size=len(envelope.content),
            **told,
            raw="" if self.options.no_raw else keep(envelope.content, self.options.keep),
        )
        answer = await self.misbehave(server, rule)
        if answer:
            return answer
        self.taken += 1
        return f"250 2.0.0 OK {self.taken}"

    # orders ------------------------------------------------------------------------------------

    async def on_state(self, _told):
        """How much was taken since the start."""
        told = {"taken": self.taken, "connections": self.connections}
        return {**told, "rules": len(self.rules.rules), "process": os.getpid()}

    async def on_messages(self, _told):
        """What mailboxes hold."""
        shown = ("time", "mail_from", "rcpt_tos", "subject", "message_id")
        records = journal.read(self.options.journal, "mail")
        taken = (record for record in records if record["act"] == "accept")
        return [{name: record[name] for name in shown} for record in taken]

    async def on_rules(self, told):
        """Add rules; those told first decide first."""
        told = [{"stage": "data", **one} for one in told or []]
        for one in told:
            if one["act"] not in ACTS or one["stage"] not in STAGES:
                raise ValueError(f"{one}: acts are {ACTS}, stages are {STAGES}")
        self.rules.add(told)
        return self.rules.told()

    async def on_forget(self, _told):
        """Everything is taken again."""
        self.rules.clear()
        return []


def describe(content):
    """Parsed headers of a message; a message that is none has none.

    >>> told = describe("Subject: =?utf-8?b?5oKo5aW9?=\\r\\nMessage-Id: <1@x>\\r\\n\\r\\n".encode())
    >>> told["subject"], told["message_id"]
    ('您好', '<1@x>')
    """
    head = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    parsed = email.message_from_bytes(head)
    headers = [[name, readable(str(value))] for name, value in parsed.items()]
    found = {name.lower(): value for name, value in reversed(headers)}
    return {
        "message_id": found.get("message-id", "").strip(),
        "subject": found.get("subject", ""),
        "headers": headers,
    }


def readable(value):
    """A header in letters and on one line; the policy that does all that is five times as slow.

    >>> readable("=?utf-8?b?5oKo5aW9?=\\n a <b@c>"), readable("=?x-none?q?a?= b")
    ('您好 a <b@c>', '=?x-none?q?a?= b')
    """
    value = " ".join(value.split())
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, HeaderParseError):
        return value


def keep(content, most=KEPT_BYTES):
    """The message's bytes as text that gives the bytes back."""
    return content[:most].decode("utf-8", "surrogateescape")


def tls_context(folder):
    """With a certificate made on the first start; `certificate.pem` there is for clients."""
    certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
    if not certificate.exists():
        make_certificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def make_certificate(certificate, key):
    """Signed by itself, for this machine's names."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def main():
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=2525)
    parser.add_argument("--control", type=int, default=2526)
    parser.add_argument("--journal", default="mail.jsonl")
    parser.add_argument("--tls", help="a folder for the certificate: offer STARTTLS")
    parser.add_argument("--require-tls", action="store_true")
    parser.add_argument("--login", default="", help="offer AUTH for this name")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--require-login", action="store_true")
    parser.add_argument("--largest", type=int, default=32 * 1024 * 1024)
    parser.add_argument("--keep", type=int, default=KEPT_BYTES, help="bytes kept of each mail")
    parser.add_argument("--no-raw", action="store_true", help="keep headers only")
    parser.add_argument("--addresses", action="store_true", help="the recipient's name decides")
    parser.add_argument("--no-sync", action="store_true", help="no fsync, for benchmarks")
    parser.add_argument("--rules", type=json.loads, default=[], help="a JSON list of rules")
    options = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)

    async def serve():
        sink = Sink(options)
        await sink.on_rules(options.rules)
        await sink.serve()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
