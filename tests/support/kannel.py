"""Kannel for tests: bearerbox and smsbox on free ports with a configuration of their own."""

import os
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from scripts import checks, settings
from tests.support.rig import QuickProcess, eventually
from tests.support.servers.sms_text import is_gsm

USER, PASSWORD, SENDER = "hcrm", "secret", "10690001"
#: All reports: 1 delivered, 2 not delivered, 4 buffered, 8 taken by the centre, 16 refused.
ALL_REPORTS = 31

# an empty line ends a group, and only that
CORE = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
status-password = {password}
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {box}
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 1
dlr-storage = {dlr}
dlr-spool = "{folder}/reports"
store-type = {store}
store-location = "{folder}/store"
sms-resend-freq = 1

"""
CENTRE = """\
group = smsc
smsc = smpp
smsc-id = CENTRE
host = 127.0.0.1
port = {centre}
transceiver-mode = true
system-type = ""
address-range = ""
smsc-username = "{centre_user}"
smsc-password = "{centre_password}"
reconnect-delay = 1
enquire-link-interval = {enquire}
wait-ack = {wait_ack}
wait-ack-expire = 1
max-pending-submits = {window}{alphabet}

"""
SMSBOX = """\
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
global-sender = {sender}
log-file = "{folder}/smsbox.log"
log-level = 1
mo-recode = {recode}
http-request-retry = 30
http-queue-delay = 1

group = sendsms-user
username = {user}
password = {password}
user-deny-ip = "*.*.*.*"
user-allow-ip = "127.0.0.1"
max-messages = 20
concatenation = true

"""
INBOUND = """\
group = sms-service
keyword = default
catch-all = true
max-messages = 0
concatenation = true
accept-x-kannel-headers = true
{inbound}

"""


@dataclass(frozen=True)
class Status:
    """What Kannel says of itself."""

    text: str
    sent: int
    queued: int
    received: int
    stored: int
    reports_queued: int
    centres: dict
    boxes: list


class Kannel:
    """The gateway in a folder of its own; what it has not passed on survives kill -9.

    ``inbound`` is where texts from patients go: a URL with Kannel's escapes, by GET (`get-url`),
    or by POST with `post=True`. ``dlr`` is "spool" (which reports are due survives, too) or
    "internal". ``alphabet`` is what the centre's default alphabet really is ("GB18030"); with
    ``recode="false"`` texts are passed on in the alphabet in which they came.
    """

    def __init__(self, folder, centre, *, inbound="", post=False, programs=None, **options):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.programs = programs or settings.load().bin
        ports = {name: checks.free_port() for name in ("admin", "box", "send")}
        self.options = {
            **ports,
            "folder": folder,
            "centre": centre,
            "centre_user": "hcrm",
            "centre_password": "secret",
            "user": USER,
            "password": PASSWORD,
            "sender": SENDER,
            "dlr": "spool",
            "store": "file",
            "wait_ack": 10,
            "enquire": 10,
            "window": 50,
            "recode": "true",
            **options,
        }
        alphabet = options.get("alphabet")
        self.options["alphabet"] = f'\nalt-charset = "{alphabet}"' if alphabet else ""
        if inbound:
            self._set_inbound(inbound, post)
        self.conf = folder / "kannel.conf"
        self.smsbox_log = folder / "smsbox.log"
        self._read = 0
        self._write_conf()
        self.bearerbox = self._process("bearerbox", self._bearerbox_ready)
        self.smsbox = self._process("smsbox", self._smsbox_ready)

    def _set_inbound(self, inbound, post):
        self.options["inbound"] = f'{"post" if post else "get"}-url = "{inbound}"'

    def give_texts_to(self, inbound, post=False):
        """From now on texts from patients go there."""
        self._set_inbound(inbound, post)
        self._write_conf()
        if self.smsbox.alive():
            self.smsbox.stop()
            self.start()

    def _write_conf(self):
        (self.folder / "reports").mkdir(exist_ok=True)
        groups = [CORE, CENTRE, SMSBOX, INBOUND if "inbound" in self.options else ""]
        self.conf.write_text("".join(groups).format(**self.options), encoding="utf-8")
        self.conf.chmod(0o600)

    def _process(self, name, ready):
        command = [str(self.programs / name), "-v", "4", str(self.conf)]
        return QuickProcess(command, dict(os.environ), self.folder / f"{name}.out", ready)

    @property
    def processes(self):
        """What it consists of."""
        return [self.bearerbox, self.smsbox]

    # life --------------------------------------------------------------------------------------

    def start(self):
        """Start what does not run and wait until it answers; the centre may be away."""
        if not self.bearerbox.alive():
            self.bearerbox.start()
        if not self.smsbox.alive():
            self.smsbox_log.touch()
            self._read = self.smsbox_log.stat().st_size
            self.smsbox.start()
        return self

    def stop(self):
        """The polite end: it finishes what it is at."""
        self.smsbox.stop()
        self.bearerbox.stop()

    def kill(self):
        """kill -9 of both programs."""
        self.smsbox.kill()
        self.bearerbox.kill()

    def _bearerbox_ready(self):
        try:
            return bool(self.status().text)
        except (OSError, ElementTree.ParseError):
            return False

    def _smsbox_ready(self):
        """Its log tells: it takes requests before it knows bearerbox, and then one breaks it."""
        with self.smsbox_log.open("rb") as log:
            log.seek(self._read)
            return b"Connected to bearerbox" in log.read() and bool(self.status().boxes)

    def wait_online(self):
        """Until it is bound to the centre."""

        def online():
            states = self.status().centres.values()
            return states and all(state.startswith("online") for state in states)

        eventually(online, "Kannel is bound to the centre")
        return self

    def wait_idle(self):
        """Until nothing waits in it."""

        def idle():
            now = self.status()
            return not (now.queued or now.stored)

        eventually(idle, "Kannel has nothing left to do")
        return self

    # use ---------------------------------------------------------------------------------------

    @property
    def send_url(self):
        """Where messages are handed over."""
        return f"http://127.0.0.1:{self.options['send']}/cgi-bin/sendsms"

    def parameters(self, to, text, *, reports=None, mask=ALL_REPORTS, **more):
        """What a request says; Chinese travels as UCS-2, `reports` is the URL for reports."""
        told = {"username": self.options["user"], "password": self.options["password"]}
        told |= {"to": to, "text": text, "charset": "UTF-8", "coding": 0 if is_gsm(text) else 2}
        if reports:
            told |= {"dlr-url": reports, "dlr-mask": mask}
        return told | {name.replace("_", "-"): value for name, value in more.items()}

    def send(self, to, text, **how):
        """(HTTP status, answer). 202 "0: Accepted for delivery" is Kannel's yes."""
        query = urllib.parse.urlencode(self.parameters(to, text, **how))
        return get(f"{self.send_url}?{query}")

    def status(self):
        """Counters, the centre's and the boxes' states."""
        admin = f"http://127.0.0.1:{self.options['admin']}"
        _code, text = get(f"{admin}/status.xml?password={self.options['password']}")
        return read_status(text)

    def command(self, name):
        """An administrator's command: "suspend", "resume", "isolate" …"""
        admin = f"http://127.0.0.1:{self.options['admin']}"
        return get(f"{admin}/{name}?password={self.options['password']}")


def get(url):
    """(status, text), also of a refusal."""
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def read_status(text):
    """Kannel's status.xml.

    >>> told = read_status(
    ...     "<gateway><status>running, uptime 0d</status><sms><received><total>1</total></received>"
    ...     "<sent><total>2</total><queued>3</queued></sent><storesize>4</storesize></sms>"
    ...     "<dlr><queued>5</queued></dlr><boxes><box><type>smsbox</type></box></boxes>"
    ...     "<smscs><smsc><id>A</id><status>online 7s</status><queued>1</queued></smsc></smscs>"
    ...     "</gateway>")
    >>> told.sent, told.queued, told.received, told.stored, told.reports_queued
    (2, 4, 1, 4, 5)
    >>> told.centres, told.boxes
    ({'A': 'online 7s'}, ['smsbox'])
    """
    root = ElementTree.fromstring(text)

    def number(path):
        return int(root.findtext(path) or 0)

    centres = root.findall("smscs/smsc")
    return Status(
        text=root.findtext("status") or "",
        sent=number("sms/sent/total"),
        queued=number("sms/sent/queued") + sum(int(c.findtext("queued") or 0) for c in centres),
        received=number("sms/received/total"),
        # -1 where there is no store
        stored=max(0, number("sms/storesize")),
        reports_queued=number("dlr/queued"),
        centres={c.findtext("id"): c.findtext("status") for c in centres},
        boxes=[box.findtext("type") for box in root.findall("boxes/box")],
    )
