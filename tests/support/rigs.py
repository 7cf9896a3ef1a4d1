"""`make rigs`: the outside world beside `make run`, on fixed ports, until Ctrl-C.

A mail server, Kannel and the SMS centre behind it. Numbers with special ends and addresses with
special names are refused, lost, or answered wrongly.
"""

import os
import signal
import time

from scripts import checks, locks, say, settings
from scripts.say import Trouble
from tests.support.kannel import PASSWORD, USER, Kannel
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
}
BUSY = "the rigs already run here (process {pid})"
NO_INBOUND = "nobody: HCRM_RIGS_INBOUND='http://127.0.0.1:8069/…?from=%p&text=%b' make rigs"


def start(config, running):
    """Start everything; what was started is in `running` even when something fails."""
    folder = config.state / "rigs"
    smsc = Smsc(folder / "smsc", "--numbers", port=PORTS["SMPP"], control=PORTS["SMS control"])
    sink = SmtpSink(
        folder / "mail", "--addresses", port=PORTS["SMTP"], control=PORTS["mail control"]
    )
    kannel = Kannel(
        folder / "kannel",
        smsc.port,
        inbound=os.environ.get("HCRM_RIGS_INBOUND", ""),
        programs=config.bin,
        admin=PORTS["Kannel admin"],
        box=PORTS["Kannel box"],
        send=PORTS["Kannel sendsms"],
    )
    for rig in (sink, smsc, kannel):
        running.append(rig)
        rig.start()
    return sink, smsc, kannel


def tell(sink, smsc, kannel):
    """Where is what."""
    say.line()
    say.line("The outside world is ready; Ctrl-C ends it.")
    say.line(f"  SMTP      127.0.0.1:{sink.port} (STARTTLS offered, no login)")
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
    say.line(f"  Kannel    http://127.0.0.1:{PORTS['Kannel admin']}/status?password={PASSWORD}")
    say.line(f"            gives texts of patients to {kannel.options.get('inbound', NO_INBOUND)}")


def watch(running):
    """Until a signal comes, or until one of them ends."""
    ending = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.append(True))
    while not ending:
        time.sleep(0.5)
        for rig in running:
            dead = [process for process in rig.processes if not process.alive()]
            if dead and not ending:
                say.line(f"  ! it ended, starting it again (log: {dead[0].log})")
                rig.start()


def main():
    """Check the ports, then serve."""
    config = settings.load()
    running = []
    with locks.only_one(config.state / "rigs.lock", BUSY):
        for name, port in PORTS.items():
            if not checks.port_is_free(port):
                raise Trouble(f"port {port} ({name}) is taken by another program: stop it")
        try:
            tell(*start(config, running))
            watch(running)
        finally:
            for rig in reversed(running):
                rig.stop()


if __name__ == "__main__":
    try:
        main()
    except Trouble as error:
        raise SystemExit(f"HCRM: {error}") from None
