"""`make rigs`: the outside world beside `make run`, on fixed ports, until Ctrl-C.

A mail server, Kannel and the SMS centre behind it, and two Asterisks: the hospital's exchange and
everybody else who has a telephone or a fax machine. Numbers with special ends and addresses with
special names are refused, lost, or answered wrongly. The demonstration's gateways know these ports
and this name, and are sandboxes in a database that nobody opened: HCRM_RIGS_SEND=1 opens it for as
long as the rigs run. Where it wants the texts of patients is asked of it as soon as it answers.
"""

import os
import signal
import time
from urllib.parse import urlsplit

from scripts import checks, locks, say, settings
from scripts.say import Trouble
from scripts.servers import answers
from scripts.setup import Stack
from tests.support.kannel import PASSWORD, Kannel
from tests.support.rig_telephones import RigTelephones
from tests.support.smsc import Smsc
from tests.support.smtp_sink import SmtpSink

PORTS = {
    "SMTP": 2525,
    "mail control": 2526,
    "SMPP": 2775,
    "SMS control": 2776,
    "Kannel admin": 13000,
    "Kannel box": 13001,
    "Kannel sendsms": 13013,
    "Asterisk ARI": 8088,
    "Asterisk manager": 5038,
    "SIP": 15060,
    "SIP of everybody else": 15062,
    "telephone control": 2777,
}
BUSY = "the rigs already run here (process {pid})"
#: Nobody else has this name: what the demonstration sends arrives here or nowhere.
USER = "hcrm-rigs"
ASKING_AGAIN, TRIES = 10, 3
ASK = f"""
asked = [("user", "=", "{USER}"), ("kind", "=", "kannel")]
found = "hcrm.gateway" in env and env["hcrm.gateway"].search(asked, order="id", limit=1)
print("INBOUND", found.inbound_url if found else "")
"""
#: Accounts of the demonstration at platforms that know no such account: they stay sandboxes.
NOBODYS = {"LTAI-demo", "wx00000000demo0000"}
KINDS = ("smtp", "kannel", "print", "portal", "asterisk", "asterisk_fax")
#: Only a database all of whose ways out lead here, or nowhere, may be opened.
CONNECT = f"""
gateways = env["hcrm.gateway"].search([])
users = [gateway.user or gateway.mail_server_id.smtp_user for gateway in gateways]
users += env["ir.mail_server"].search([]).mapped("smtp_user")
if set(users) - {NOBODYS} == {{"{USER}"}}:
    gateways.filtered(lambda gateway: gateway.kind in {KINDS}).sandbox = False
    env["hcrm.safety.switch"].action_open()
    env.cr.commit()
    print("CONNECTED")
"""
#: Documents lie in a folder that HCRM and the exchange share.
FAX_FOLDER = """
env["hcrm.gateway"].search([("kind", "=", "asterisk_fax")]).fax_folder = {folder!r}
"""
DISCONNECT = """
env["hcrm.gateway"].search([]).sandbox = True
env["ir.config_parameter"].search([("key", "=", "hcrm_communication.opened_for")]).unlink()
env.cr.commit()
"""


def start(config, running):
    """Start everything; what was started is in `running` even when something fails."""
    folder = config.state / "rigs"
    smsc = Smsc(folder / "smsc", "--numbers", port=PORTS["SMPP"], control=PORTS["SMS control"])
    sink = SmtpSink(
        folder / "mail",
        *("--addresses", "--login", USER, "--password", PASSWORD, "--require-login"),
        port=PORTS["SMTP"],
        control=PORTS["mail control"],
    )
    kannel = Kannel(
        folder / "kannel",
        smsc.port,
        inbound=os.environ.get("HCRM_RIGS_INBOUND", ""),
        programs=config.bin,
        user=USER,
        admin=PORTS["Kannel admin"],
        box=PORTS["Kannel box"],
        send=PORTS["Kannel sendsms"],
    )
    rigs = [sink, smsc, kannel]
    if (config.bin / "asterisk").exists():
        rigs.append(RigTelephones(folder / "telephones", PORTS, USER, PASSWORD))
    for rig in rigs:
        running.append(rig)
        rig.start()
    return sink, smsc, kannel


def _tell_telephones():
    control = f"127.0.0.1:{PORTS['telephone control']}"
    say.line(f"  calls     curl '{control}/call?from=13800138000&keys=0&talk=1' calls the hospital")
    say.line(f"            curl {control}/calls shows what telephones heard, /hangup ends it")
    say.line("            numbers called press the last digit; 6 machine, 7 hangs up, 8 silent,")
    say.line("            9 busy, 404 unknown, 777 a fax machine")


def tell(sink, smsc, kannel, running):
    """Where is what."""
    say.line()
    say.line("The outside world is ready; Ctrl-C ends it.")
    say.line(f"  SMTP      127.0.0.1:{sink.port} as {USER} / {PASSWORD} after STARTTLS")
    say.line(f"            curl 127.0.0.1:{sink.control}/messages shows what mailboxes hold")
    say.line("            busy@ unknown@ full@ spam@ hang@ close@ behave like that")
    say.line(f"  SMS       {kannel.send_url} as {USER} / {PASSWORD}")
    say.line(f"            curl 127.0.0.1:{smsc.control}/messages shows what telephones hold")
    say.line("            numbers that end in 90001 … 90008: undelivered, expired, refused,")
    say.line("            invalid, throttled, no answer, hang up, garbage")
    say.line(
        f"            curl -G 127.0.0.1:{smsc.control}/mo -d from=13800138000 -d to=10690001 "
        "--data-urlencode text=确认"
    )
    if any(isinstance(rig, RigTelephones) for rig in running):
        _tell_telephones()
    say.line(f"  Kannel    http://127.0.0.1:{PORTS['Kannel admin']}/status?password={PASSWORD}")
    say.line("  HCRM      HCRM_RIGS_SEND=1 make rigs lets the demonstration (make run) send here")


class Hcrm:
    """The demonstration beside: told once it answers to hand in what patients write, and to send
    if that is wanted; it is a sandbox again at the end."""

    def __init__(self, config, kannel):
        self.config, self.kannel = config, kannel
        self.is_connected = False
        self.left, self.due = TRIES, 0

    def connect(self):
        """Called again and again."""
        if not self.left or time.monotonic() < self.due or not answers(self.config.port):
            return
        self.left -= 1
        self.due = time.monotonic() + ASKING_AGAIN
        url = inbound_url(self._shell(ASK), self.config.port)
        if not url:
            return
        self.left = 0
        if not os.environ.get("HCRM_RIGS_INBOUND"):
            self.kannel.give_texts_to(url)
            say.line("  HCRM takes what patients write: Communication, Conversations")
        if os.environ.get("HCRM_RIGS_SEND"):
            folder = str(self.config.state / "rigs/telephones/hospital/fax")
            told = self._shell(FAX_FOLDER.format(folder=folder) + CONNECT)
            self.is_connected = "CONNECTED" in told
            told = "sends here" if self.is_connected else "does not send: it knows other ways out"
            say.line(f"  HCRM {told}")

    def disconnect(self):
        """Close it again."""
        if self.is_connected:
            self._shell(DISCONNECT)

    def _shell(self, script):
        """Return what a script in Odoo's shell printed; nothing without such a database."""
        odoo = Stack(self.config).odoo
        try:
            return odoo.shell(self.config.db, script) if odoo.conf.exists() else ""
        except Trouble:
            return ""


def inbound_url(told, port):
    """The address that ASK printed, on the port that answers; empty for none.

    >>> inbound_url("INBOUND https://crm.test/in?text=%b\\n", 8069), inbound_url("INBOUND ", 8069)
    ('http://127.0.0.1:8069/in?text=%b', '')
    """
    rows = [row for row in told.splitlines() if row.startswith("INBOUND ")]
    url = rows[-1].removeprefix("INBOUND ").strip() if rows else ""
    here = {"scheme": "http", "netloc": f"127.0.0.1:{port}"}
    return urlsplit(url)._replace(**here).geturl() if url else ""


def watch(running, hcrm):
    """Until a signal comes, or until one of them ends."""
    ending = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.append(True))
    while not ending:
        time.sleep(0.5)
        hcrm.connect()
        for rig in running:
            dead = [process for process in rig.processes if not process.alive()]
            if dead and not ending:
                say.line(f"  ! it ended, starting it again (log: {dead[0].log})")
                rig.start()


def main():
    """Check the ports, then serve."""
    config = settings.load()
    running, hcrm = [], None
    with locks.only_one(config.state / "rigs.lock", BUSY):
        for name, port in PORTS.items():
            if not checks.port_is_free(port):
                raise Trouble(f"port {port} ({name}) is taken by another program: stop it")
        try:
            sink, smsc, kannel = start(config, running)
            tell(sink, smsc, kannel, running)
            hcrm = Hcrm(config, kannel)
            watch(running, hcrm)
        finally:
            if hcrm:
                hcrm.disconnect()
            for rig in reversed(running):
                rig.stop()


if __name__ == "__main__":
    try:
        main()
    except Trouble as error:
        raise SystemExit(f"HCRM: {error}") from None
