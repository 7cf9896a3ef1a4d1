"""TLS before a PostgreSQL, by certificates of an authority of its own."""

import datetime
import select
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates of servers."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hospital CA")])
        certificate = self._sign(self.name, self.key, x509.BasicConstraints(True, 0))
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def write_server(self, path, host):
        """Write key and certificate of a server into one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        certificate = self._sign(name, key, names)
        plain = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(plain + certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, name, key, extension):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self.key, hashes.SHA256())
        )


class TlsFront:
    """Listens on 127.0.0.1 and passes on to a PostgreSQL; without certificate it has no TLS."""

    def __init__(self, target, certificate=None):
        self.target = target
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        """Take no more connections."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _serve(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client):
        try:
            client.recv(8, socket.MSG_WAITALL)  # the request for TLS
            client.sendall(b"S" if self.context else b"N")
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            with client, self._connect() as server:
                _relay(client, server)
        except OSError:
            client.close()

    def _connect(self):
        host, port = self.target
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server


def _relay(client, server):
    while True:
        is_pending = isinstance(client, ssl.SSLSocket) and client.pending()
        ready = [client] if is_pending else select.select([client, server], [], [])[0]
        for one, other in ((client, server), (server, client)):
            if one in ready:
                data = one.recv(65536)
                if not data:
                    return
                other.sendall(data)
