"""The bare limit of gateways: plain clients without a database, for benchmarks to stand beside.

`python -m benchmarks.gateways` measures Kannel, Postfix's sink and our own mail server.
"""

import email.policy
import http.client
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from email.message import EmailMessage
from pathlib import Path

from scripts import say, settings
from tests.support.http_provider import HttpProvider
from tests.support.kannel import Kannel
from tests.support.smsc import Smsc
from tests.support.smtp_sink import PostfixSink, SmtpSink

CONNECTIONS = (1, 8, 32)


def timed(work, count, connections):
    """Seconds until `connections` threads did their shares of `range(count)`; errors are raised."""
    errors = []

    def run(share):
        try:
            work(share)
        except Exception as error:
            errors.append(error)

    shares = [range(start, count, connections) for start in range(connections)]
    threads = [threading.Thread(target=run, args=(share,)) for share in shares]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - started


def send_sms(kannel, count, connections, **how):
    """Seconds until Kannel took so many messages by plain HTTP GET."""

    def work(share):
        link = http.client.HTTPConnection("127.0.0.1", kannel.options["send"], timeout=60)
        for number in share:
            told = kannel.parameters(f"138{number:08}", f"第{number}号", **how)
            link.request("GET", "/cgi-bin/sendsms?" + urllib.parse.urlencode(told))
            reply = link.getresponse()
            reply.read()
            assert reply.status == 202, reply.status
        link.close()

    return timed(work, count, connections)


def send_mail(port, count, connections, size=5000):
    """Seconds until a server took so many mails by plain smtplib."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "hospital@renai.test", "patient@example.test"
    mail["Subject"] = "您的预约已确认"
    mail.set_content("")
    text = mail.as_bytes(policy=email.policy.SMTP)
    text += (b"x" * 70 + b"\r\n") * max(1, (size - len(text)) // 72)

    def work(share):
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as link:
            for _number in share:
                link.sendmail("hospital@renai.test", ["patient@example.test"], text)

    return timed(work, count, connections)


def smtp_source(programs, port, count, connections, size=5000):
    """Seconds that Postfix's own sender needs: what the server can bear."""
    started = time.perf_counter()
    command = [programs / "smtp-source", "-m", count, "-s", connections, "-l", size]
    command += ["-f", "hospital@renai.test", "-t", "patient@example.test", f"127.0.0.1:{port}"]
    subprocess.run([str(part) for part in command], check=True)
    return time.perf_counter() - started


def show(what, count, seconds):
    """One line."""
    say.line(f"  {what:<58} {count / seconds:8.0f}/s   ({count} in {seconds:.2f} s)")


def measure_kannel(folder, programs, count=2000):
    """To the centre, with and without what is due kept in files."""
    for dlr in ("internal", "spool"):
        smsc = Smsc(folder / f"smsc-{dlr}", "--no-sync").start()
        takes = HttpProvider(folder / f"http-{dlr}", "--no-sync").start()
        kannel = Kannel(folder / f"kannel-{dlr}", smsc.port, programs=programs, dlr=dlr)
        reports = {"reports": f"{takes.url}/dlr?type=%d", "mask": 3}
        try:
            kannel.start().wait_online()
            for connections in CONNECTIONS:
                for title, how in (("", {}), (", reports", reports)):
                    case = f"Kannel ({dlr}{title}), {connections} connections"
                    measure_case(case, kannel, smsc, count, connections, how)
        finally:
            for rig in (kannel, takes, smsc):
                rig.stop()


def measure_case(case, kannel, smsc, count, connections, how):
    """Until Kannel took all, and until all are at the centre."""
    smsc.begin()
    started = time.perf_counter()
    show(f"{case}: taken", count, send_sms(kannel, count, connections, **how))
    smsc.wait_messages(count)
    show(f"{case}: at the centre", count, time.perf_counter() - started)


def measure_mail(folder, programs, count=1500):
    """Postfix's sink and our own."""
    for name, sink in (
        ("smtp-sink", PostfixSink(folder / "postfix", programs)),
        ("smtp_sink.py", SmtpSink(folder / "sink", tls=False)),
        ("smtp_sink.py --no-sync", SmtpSink(folder / "quick", "--no-sync", tls=False)),
    ):
        try:
            sink.start()
            for connections in (1, 4, 16):
                seconds = send_mail(sink.port, count, connections)
                show(f"{name}, smtplib, {connections} connections", count, seconds)
            seconds = smtp_source(programs, sink.port, count, 10)
            show(f"{name}, smtp-source, 10 sessions", count, seconds)
        finally:
            sink.stop()


def main():
    """Print all; `sms` or `mail` as an argument narrows it."""
    programs = settings.load().bin
    wanted = sys.argv[1:] or ["sms", "mail"]
    with tempfile.TemporaryDirectory() as name:
        if "sms" in wanted:
            measure_kannel(Path(name), programs)
        if "mail" in wanted:
            measure_mail(Path(name), programs)


if __name__ == "__main__":
    main()
