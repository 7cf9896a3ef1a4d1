"""P3: due messages decided and delivered, beside Odoo's own queues.

One worker empties the outbox, policy and all: into a null gateway, into an SMTP sink, into Kannel.
Beside it Odoo's queues: `mail.mail.send()` to the same sink, and `sms.sms.send()` to a provider
that says yes at once; they are slow, so they get PEER messages, and rates are compared. The bare
limits are smtplib and plain HTTP with as many connections as ours; Kannel calls the same receipts
for both, to a server that listens.
"""

import contextlib
import json
import tempfile
import time
from pathlib import Path

from benchmarks import data
from benchmarks.gateways import send_mail, send_sms
from tests.support.http_provider import HttpProvider
from tests.support.kannel import ALL_REPORTS, SENDER, Kannel
from tests.support.smsc import Smsc
from tests.support.smtp_sink import PostfixSink

ID = "P3"
USUAL = 50_000
PEER = 2_000
BARE = 3_000
KANNEL = 10_000
#: Connections of ours, and of the bare clients: the same.
MAIL_CONNECTIONS, SMS_CONNECTIONS = 4, 16
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p03_outbox
print("MEASURED " + json.dumps(p03_outbox.{call}(env, {size}, {far!r})))
"""


def run(ctx):
    """Rows for N/16, N/4 and N messages."""
    n = ctx.size(USUAL)
    rows = []
    with far_ends(ctx.stack.settings.bin) as (far, bare):
        # in a database of its own: with ours installed, Odoo's queues end in our outbox
        peers = _shell(ctx, ctx.database(ours=False, name="_odoo"), "measure_odoo", PEER, far)
        for size in (max(1, n // 16), max(1, n // 4), n):
            db = ctx.database(demo=True, name=f"_{size}")
            data.load(ctx, db, customers=size)
            ctx.sql(db, "VACUUM ANALYZE")
            rows += _rows(ctx, size, _shell(ctx, db, "measure", size, far) | bare | peers)
    return rows


def _shell(ctx, db, call, size, far):
    root = str(Path(__file__).resolve().parent.parent)
    told = ctx.shell(db, SCRIPT.format(root=root, call=call, size=size, far=far))
    line = next(line for line in told.splitlines() if "MEASURED " in line)
    return json.loads(line.split("MEASURED ", 1)[1])


@contextlib.contextmanager
def far_ends(programs):
    """A mail sink, and Kannel with an SMS centre; gives how to reach them and their bare rates."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        sink = PostfixSink(folder / "sink", programs).start()
        stack.callback(sink.stop)
        smsc = Smsc(folder / "smsc").start()
        stack.callback(smsc.stop)
        kannel = Kannel(folder / "kannel", smsc.port, programs=programs, dlr="internal")
        stack.callback(kannel.stop)
        takes = HttpProvider(folder / "receipts", "--no-sync").start()
        stack.callback(takes.stop)
        kannel.start().wait_online()
        far = {
            "port": sink.port,
            "url": kannel.send_url,
            "user": kannel.options["user"],
            "secret": kannel.options["password"],
            "callback_url": takes.url,
        }
        receipts = {"reports": f"{takes.url}/dlr?type=%d&answer=%A", "mask": ALL_REPORTS}
        yield (
            far,
            {
                "bare smtplib": BARE / send_mail(sink.port, BARE, MAIL_CONNECTIONS, size=600),
                "bare HTTP to Kannel": BARE / send_sms(kannel, BARE, SMS_CONNECTIONS, **receipts),
            },
        )


def _rows(ctx, size, rates):
    """Rates (messages a second) as seconds for ``size`` messages, so that the columns compare."""

    def row(case, ours, peer, target):
        seconds = {peer: size / rates[peer]}
        ratio = rates[ours] / rates[peer]
        return ctx.row(case, size, size / rates[ours], seconds, target, ratio=ratio)

    return [
        row("null sink", "ours null", "Odoo sms.sms", ">= 5"),
        row("SMTP sink", "ours smtp", "Odoo mail.mail", ">= 5"),
        row("SMTP sink, of the bare limit", "ours smtp", "bare smtplib", ">= 0.2"),
        row("Kannel, of its own limit", "ours kannel", "bare HTTP to Kannel", ">= 0.5"),
    ]


def measure(env, size, far):
    """Return rates, messages a second, by road; ``far`` says how to reach the far ends."""
    env["hcrm.safety.switch"].action_open()
    env["hcrm.gateway"].search([]).active = False
    env.cr.execute("UPDATE hcrm_communication SET state = 'cancelled' WHERE state = 'waiting'")
    env.cr.execute(
        "UPDATE res_partner SET email = 'p' || id || '@patients.test',"
        " email_normalized = 'p' || id || '@patients.test' WHERE is_customer_person"
    )
    server = _mail_server(env, far)
    env.cr.commit()
    return {
        "ours null": _ours(env, "sms", "null", size),
        "ours smtp": _ours(env, "email", "smtp", size, mail_server_id=server.id),
        "ours kannel": _ours(
            env,
            "sms",
            "kannel",
            min(size, KANNEL),
            **{name: far[name] for name in ("url", "user", "secret", "callback_url")},
        ),
    }


def measure_odoo(env, size, far):
    """Return the rates of Odoo's own queues, in a database without our addons."""
    server = _mail_server(env, far)
    return {"Odoo mail.mail": _odoo_mail(env, server, size), "Odoo sms.sms": _odoo_sms(env, size)}


def _mail_server(env, far):
    return env["ir.mail_server"].create(
        {
            "name": "sink",
            "smtp_host": "127.0.0.1",
            "smtp_port": far["port"],
            "smtp_encryption": "none",
        }
    )


def _ours(env, channel, kind, size, **values):
    """Ask for ``size`` messages to as many persons, then time one worker that sends them."""
    gateway = env["hcrm.gateway"].create(
        {
            "name": kind,
            "channel": channel,
            "kind": kind,
            "sandbox": False,
            "rate": 1e6,
            "burst": 10**6,
            "parallel": {"smtp": MAIL_CONNECTIONS, "kannel": SMS_CONNECTIONS}.get(kind, 1),
            "batch": 500,
            # a sender that is no number is refused by the SMS centre
            "sender": SENDER if channel == "sms" else "Hospital <care@hospital.test>",
            **values,
        }
    )
    env.cr.execute(
        """
        SELECT id FROM res_partner
         WHERE is_customer_person AND active AND phone_stored LIKE '+861%%'
           AND death_date IS NULL
           AND id NOT IN (SELECT partner_id FROM hcrm_consent WHERE status = 'withdrawn')
           AND birth_date < now() - interval '18 years'
      ORDER BY id DESC LIMIT %s
        """,
        (size,),
    )
    persons = [row[0] for row in env.cr.fetchall()]
    for start in range(0, size, 5000):
        env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": persons[number % len(persons)],
                    "purpose": "care",
                    "is_urgent": True,  # quiet hours do not hold the benchmark up
                    "channels": [channel],
                    "key": f"P3/{kind}/{number}",
                    "subject_line": "Reminder",
                    "body": "您的预约已确认，请按时就诊。",
                }
                for number in range(start, min(start + 5000, size))
            ]
        )
    env.cr.commit()
    started = time.perf_counter()
    env["hcrm.outbox"]._drain()
    spent = time.perf_counter() - started
    env.cr.execute(
        "SELECT state, failure_code, failure_detail, reasons::text, count(*)"
        " FROM hcrm_communication WHERE idempotency_key LIKE %s GROUP BY 1, 2, 3, 4",
        (f"P3/{kind}/%",),
    )
    states = env.cr.fetchall()
    if {row[0] for row in states} != {"sent"} or sum(row[-1] for row in states) != size:
        raise AssertionError(f"not all of {size} messages were sent: {states}")
    gateway.active = False
    env.cr.commit()
    return size / spent


def _odoo_mail(env, server, count):
    """The queue of e-mails."""
    mails = env["mail.mail"].create(
        [
            {
                "email_to": f"staff{number}@hospital.test",
                "email_from": "care@hospital.test",
                "subject": "Reminder",
                "body_html": "<p>您的预约已确认，请按时就诊。</p>",
                "mail_server_id": server.id,
                "auto_delete": False,
            }
            for number in range(count)
        ]
    )
    env.cr.commit()
    started = time.perf_counter()
    mails.send(auto_commit=True)
    return count / (time.perf_counter() - started)


def _odoo_sms(env, count):
    """The queue of SMS with a provider that says yes at once."""
    from unittest.mock import patch  # noqa: PLC0415

    from odoo.addons.sms.tools.sms_api import SmsApi  # noqa: PLC0415

    def yes(_self, messages, **_more):
        return [
            {"uuid": number["uuid"], "state": "sent"}
            for message in messages
            for number in message["numbers"]
        ]

    partners = env["res.partner"].create(
        [{"name": f"P{number}", "phone": f"+86138001{number:05}"} for number in range(count)]
    )
    # as the composer for many does it: a message, a notification and a tracker for each
    composer = env["sms.composer"].create(
        {
            "composition_mode": "mass",
            "res_model": "res.partner",
            "res_ids": repr(partners.ids),
            "body": "您的预约已确认，请按时就诊。",
            "mass_force_send": False,
            "mass_keep_log": True,
        }
    )
    composer._action_send_sms()
    records = env["sms.sms"].search([("state", "=", "outgoing")])
    if len(records) != count:
        raise AssertionError(f"{len(records)} of {count} SMS wait in Odoo's queue")
    env.cr.commit()
    started = time.perf_counter()
    with patch.object(SmsApi, "_send_sms_batch", yes):
        records.send()
    env.cr.commit()
    return count / (time.perf_counter() - started)
