"""TLS, messages too large, senders too slow: nobody else is kept waiting, nothing is lost."""

import contextlib
import datetime
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scripts import checks
from tests.his.messages import adt, patient
from tests.his.traffic import talk

MEGABYTE = 1024 * 1024
LIMIT = 16 * MEGABYTE
IDLE = 60
SLOW_SECONDS = 10  # after which a large message must have gone on


@dataclass
class Certificate:
    """A certificate and its key in one PEM file, and what is needed to sign others."""

    path: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _certificate(folder, name, issuer=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    made = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    path = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return Certificate(path, made, key)


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """An authority, the listener's and a sender's certificate, and one that nobody signed."""
    folder = tmp_path_factory.mktemp("tls")
    authority = _certificate(folder, "authority")
    signed = {name: _certificate(folder, name, authority) for name in ("listener", "sender")}
    return {"authority": authority, "stranger": _certificate(folder, "stranger"), **signed}


@pytest.fixture
def tls_listener(his_hospital):
    """`tls_listener("--tls-cert", …)` starts a listener of its own and returns its port."""
    running = []

    def start(*options):
        port = checks.free_port()
        command = [*his_hospital.mllp.command, "--mllp-port", str(port), *map(str, options)]
        process = his_hospital._process("mllp-tls", command, lambda: _answers(port))
        running.append(process.start())
        return port

    if not his_hospital.mllp.alive():
        his_hospital.start_interface()
    yield start
    for process in running:
        process.stop()


def _answers(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _good(control):
    return (
        b"\x0b" + adt("A28", control, patient(control, "网^络"), sender="NET").encode() + b"\x1c\r"
    )


def _send_tls(port, papers, control, own=None):
    """Return the answer to one message, b"" when the listener hangs up."""
    context = ssl.create_default_context(cafile=papers["authority"].path)
    if own:
        context.load_cert_chain(own.path)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as link,
        ):
            link.sendall(_good(control))
            return link.recv(65536)
    except (ssl.SSLError, ConnectionError):
        return b""


def _stored(hospital, control):
    return hospital.count(f"control_id = '{control}'")


def test_tls(his_hospital, tls_listener, papers):
    """With a certificate the listener speaks TLS only."""
    port = tls_listener("--tls-cert", papers["listener"].path)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall(_good("tls-plain"))
        plain.settimeout(10)
        try:
            assert b"MSA|AA" not in plain.recv(65536)
        except ConnectionError:
            pass
    assert b"MSA|AA|tls-1" in _send_tls(port, papers, "tls-1")
    assert _stored(his_hospital, "tls-1") == 1
    assert not _stored(his_hospital, "tls-plain")


def test_tls_with_client_certificate(his_hospital, tls_listener, papers):
    """With an authority, only senders with a certificate of it are heard."""
    authority = papers["authority"].path
    port = tls_listener("--tls-cert", papers["listener"].path, "--tls-ca", authority)
    assert not _send_tls(port, papers, "mtls-none")
    assert not _send_tls(port, papers, "mtls-stranger", papers["stranger"])
    assert b"MSA|AA|mtls-1" in _send_tls(port, papers, "mtls-1", papers["sender"])
    assert not _stored(his_hospital, "mtls-none") + _stored(his_hospital, "mtls-stranger")
    assert _stored(his_hospital, "mtls-1") == 1


def test_oversize(his_hospital):
    """More than the limit is refused by AR with its control id; the next message arrives."""
    his_hospital.start_interface()
    body = adt("A28", "huge", patient("HUGE", "大" * 20), sender="NET").encode()
    huge = b"\x0b" + body + b"ZZZ|" + b"x" * (LIMIT + 1) + b"\x1c\r"
    answers = talk(his_hospital.mllp_port, [huge, _good("after-huge")], 2, ["after-huge"])
    assert answers == [("AR", "huge"), ("AA", "after-huge")]
    reason = his_hospital.sql(
        "SELECT state, reason_code, octet_length(body) < 100000 FROM hcrm_his_message "
        "WHERE control_id = 'huge'"
    )
    assert reason == ["dead|too_large|t"]
    assert _stored(his_hospital, "after-huge") == 1


def test_slow_senders_keep_nobody_waiting(his_hospital):
    """Idle, trickling and deaf senders stay; others are served at once, and so are they."""
    his_hospital.start_interface()
    port = his_hospital.mllp_port
    links = [socket.create_connection(("127.0.0.1", port), timeout=20) for _one in range(IDLE)]
    trickle, deaf = links[0], links[1]
    whole = _good("trickle")
    done = threading.Thread(target=_trickle, args=(trickle, whole), daemon=True)
    done.start()
    deaf.sendall(b"".join(_good(f"deaf-{number}") for number in range(200)))
    started = time.monotonic()
    for number in range(20):
        control = f"quick-{number}"
        assert talk(port, [_good(control)], 1, [control]) == [("AA", control)]
    seconds = time.monotonic() - started
    print(f"20 connections beside {IDLE} slow ones: {seconds:.2f} s")
    assert done.is_alive() and seconds < 10
    done.join(20)
    assert b"MSA|AA|trickle" in trickle.recv(65536)
    links[-1].sendall(_good("idle"))
    assert b"MSA|AA|idle" in links[-1].recv(65536)
    assert his_hospital.count("control_id LIKE 'deaf-%'") == 200
    for link in links:
        link.close()


def _trickle(link, data):
    """About six seconds for one message."""
    for start in range(0, len(data), 10):
        link.sendall(data[start : start + 10])
        time.sleep(60 / len(data))


def _large(control, megabytes, sender="NET", facility="RENAI"):
    """Return a whole message of that size."""
    body = adt("A28", control, patient(control, "网^络"), sender=sender, f6=facility)
    return b"\x0b" + body.encode() + b"NTE|1||" + b"x" * (megabytes * MEGABYTE) + b"\r\x1c\r"


def _connect(port, source):
    link = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))
    link.settimeout(30)
    return link


def _answer(port, message, source):
    """Return the answer to one message sent from that address, and the seconds it took."""
    started = time.monotonic()
    with _connect(port, source) as link:
        link.sendall(message)
        return link.recv(65536), time.monotonic() - started


def _occupy(port, count, source, sender):
    """Connections that send the larger half of a large message and then nothing."""
    links = [_connect(port, source) for _one in range(count)]
    for number, link in enumerate(links):
        # who gets no slot is not read any more: send what the buffers take
        link.setblocking(False)
        data = memoryview(_large(f"{sender}-{number}", 4, sender))[: 2 * MEGABYTE]
        deadline = time.monotonic() + 0.5
        while data and time.monotonic() < deadline:
            try:
                data = data[link.send(data) :]
            except BlockingIOError:
                time.sleep(0.01)
    return links


def test_slow_peer_leaves_slots_for_others(his_hospital):
    """Large messages that do not go on hold a share of the slots, however many there are."""
    his_hospital.start_interface()
    port = his_hospital.mllp_port
    links = _occupy(port, 12, "127.0.0.2", "STUCK")
    try:
        for control, source, sender in (
            ("large-other-peer", "127.0.0.3", "STUCK"),
            ("large-other-sender", "127.0.0.2", "QUICK"),
        ):
            answer, seconds = _answer(port, _large(control, 3, sender), source)
            print(f"{control}: {seconds:.2f} s")
            assert b"MSA|AA|" + control.encode() in answer
            assert seconds < SLOW_SECONDS / 2, "others waited until the slow ones were cut off"
    finally:
        for link in links:
            link.close()


def test_many_senders_of_one_peer_leave_slots_for_others(his_hospital):
    """A peer that names many senders gets no more than a peer's share."""
    his_hospital.start_interface()
    port = his_hospital.mllp_port
    links = [
        link for number in range(12) for link in _occupy(port, 1, "127.0.0.2", f"STUCK{number}")
    ]
    try:
        answer, seconds = _answer(port, _large("large-many", 3), "127.0.0.3")
        assert b"MSA|AA|large-many" in answer and seconds < SLOW_SECONDS / 2
    finally:
        for link in links:
            link.close()


def test_large_message_that_does_not_go_on(his_hospital):
    """It is cut off and answered AR, so that the sender sends it again; what came is kept."""
    his_hospital.start_interface()
    [link] = _occupy(his_hospital.mllp_port, 1, "127.0.0.4", "TRICKLE")
    link.setblocking(True)
    link.settimeout(1)
    started, answer = time.monotonic(), b""
    while time.monotonic() - started < 4 * SLOW_SECONDS and not answer:
        link.sendall(b"x" * 1024)  # a byte now and then is no progress
        try:
            answer = link.recv(65536)
        except TimeoutError:
            continue
    seconds = time.monotonic() - started
    print(f"cut off after {seconds:.1f} s")
    assert b"MSA|AR|TRICKLE-0|the message came too slowly, please send again" in answer
    # the first span of time had the burst, the second had nothing
    assert SLOW_SECONDS < seconds < 3 * SLOW_SECONDS
    link.settimeout(10)
    with contextlib.suppress(ConnectionResetError):  # what came after its answer it did not read
        assert not link.recv(65536), "the listener hangs up"
    kept = his_hospital.sql(
        "SELECT state, reason_code FROM hcrm_his_message WHERE control_id = 'TRICKLE-0'"
    )
    assert kept == ["dead|too_slow"]
    link.close()


def test_large_message_over_a_slow_line(his_hospital):
    """Slow is not stuck: what keeps coming is taken, however long it takes."""
    his_hospital.start_interface()
    message = _large("slow-line", 3)
    with _connect(his_hospital.mllp_port, "127.0.0.5") as link:
        link.sendall(message[:MEGABYTE])
        step = 64 * 1024
        for start in range(MEGABYTE, len(message), step):
            link.sendall(message[start : start + step])
            time.sleep(1.6 * SLOW_SECONDS * step / (2 * MEGABYTE))
        assert b"MSA|AA|slow-line" in link.recv(65536)


def test_large_message_of_a_deaf_sender(his_hospital):
    """Who does not read the answers holds no slot for ever either."""
    his_hospital.start_interface()
    port = his_hospital.mllp_port
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.bind(("127.0.0.6", 0))
    deaf.connect(("127.0.0.1", port))
    deaf.settimeout(2)
    long = "F" * 60_000  # comes back with each answer
    data = b"".join(_deaf(number, long) for number in range(150))
    with contextlib.suppress(TimeoutError):
        deaf.sendall(data + _large("deaf-large", 4, "DEAF")[: 2 * MEGABYTE])
    others = _occupy(port, 1, "127.0.0.6", "DEAF")  # the share of this sender is used up
    time.sleep(2.5 * SLOW_SECONDS)
    answer, seconds = _answer(port, _large("after-deaf", 3, "DEAF"), "127.0.0.6")
    assert b"MSA|AA|after-deaf" in answer and seconds < SLOW_SECONDS / 2
    for link in (deaf, *others):
        link.close()


def _deaf(number, facility):
    body = adt("A28", f"deaf-{number}", patient("DEAF"), sender="DEAF", f6=facility)
    return b"\x0b" + body.encode() + b"\x1c\r"


def test_scheduled_actions_need_no_worker(his_hospital, soak):
    """Odoo's server alone applies what the listener stored; the listener wakes it."""
    his_hospital.start_interface()
    for worker in his_hospital.workers:
        worker.stop()
    his_hospital.server.start()
    seconds = []
    try:
        for number in range(5):
            control = f"cron-{number}"
            answers = talk(his_hospital.mllp_port, [_good(control)], 1, [control])
            started = time.monotonic()
            assert answers == [("AA", control)]
            assert his_hospital.wait_until_processed(30), control
            seconds.append(time.monotonic() - started)
    finally:
        his_hospital.server.stop()
    told = ", ".join(f"{one:.1f}" for one in seconds)
    soak.report("HL7 applied by scheduled actions", seconds_after_the_answer=told)
    assert max(seconds[1:]) < 5
