"""Real servers in threads that answer what a test tells them."""

import socket
import ssl
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class MailServer:
    """Takes mail, unless `answers` has a word for the stage ("mail", "data") or the recipient;
    an empty one for the data hangs up."""

    def __init__(self, **options):
        self.answers, self.taken, self.asked = {}, [], []
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    async def handle_MAIL(self, _server, _session, envelope, address, _options):  # noqa: N802
        """The sender."""
        self.asked.append(address)
        if "mail" in self.answers:
            return self.answers["mail"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        """A recipient."""
        if answer := self.answers.get(address) or self.answers.get("rcpt"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        """A whole mail."""
        if "data" in self.answers:
            if not self.answers["data"]:
                server.transport.abort()
            return self.answers["data"]
        self.taken += envelope.rcpt_tos
        return "250 OK"

    def start(self):
        """Listen."""
        self.controller.start()
        return self

    def stop(self):
        """The end."""
        self.controller.stop()


def refuse_login(_server, _session, _envelope, _mechanism, _told):
    """Nobody knows this password."""
    return AuthResult(success=False, handled=False)


class WebServer(ThreadingHTTPServer):
    """Says (status, text) to a GET: what `answers` has for the receiver, else for ""; status 0
    hangs up without a word."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answering)
        self.answers, self.asked = {"": (202, "0: Accepted for delivery")}, []
        self.url = f"http://127.0.0.1:{self.server_port}/cgi-bin/sendsms"

    def start(self):
        """Listen."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def encrypt(self):
        """Speak TLS, with a certificate that nobody has signed but ourselves."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(1))
        files = made.sign(key, SHA256()).public_bytes(Encoding.PEM) + key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(files)
            file.flush()
            context.load_cert_chain(file.name)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")
        return self

    def handle_error(self, _request, _client_address):
        """Who hangs up on a certificate is no mistake of ours."""

    def stop(self):
        """The end."""
        self.shutdown()
        self.server_close()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802
        query = {name: one for name, [one] in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(query)
        answers = self.server.answers
        status, text = answers.get(query.get("to")) or answers[""]
        if not status:
            self.close_connection = True
            return
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Nobody reads it."""
