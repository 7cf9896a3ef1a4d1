"""P3: due messages decided and delivered, beside Odoo's own queues.

The two workers that are shipped empty the outbox, policy and all: into a null gateway, an SMTP
sink, Kannel; the null gateway by one worker, too. Beside them Odoo's queues, each of which one
scheduled action works off, batches and commits as it does them: `mail.mail` to the same sink, and
`sms.sms` to a provider that says yes at once. They get PEER messages (e-mails a quarter), and rates
are compared.

What is in: ours decides for each message when it hands it over. Odoo's queue of SMS decides
nothing: blacklist, refusals and numbers are looked at by the composer that fills it. So there are
two rows: the queue alone beside ours, and all from the asking to the end: `_ask` and the outbox,
beside the composer for many (a message, a notification and a tracker each) and the queue.

The bare limits are smtplib and plain HTTP with as many connections as ours. Kannel gets as many
messages of both, idle at the beginning, and calls the same receipts to a server that listens: in
the first seconds it takes twice as many as it can go on taking.
"""

import contextlib
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
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
#: As many scheduled actions as are shipped.
WORKERS = 2
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
    with far_ends(ctx.stack.settings.bin) as (far, bare, bare_kannel):
        # in a database of its own: with ours installed, Odoo's queues end in our outbox
        odoo = ctx.database(ours=False, name="_odoo")
        for size in (max(1, n // 16), max(1, n // 4), n):
            db = ctx.database(demo=True, name=f"_{size}")
            data.load(ctx, db, customers=size)
            ctx.sql(db, "VACUUM ANALYZE")
            # at each size, so that both find the machine as busy
            peers = _shell(ctx, odoo, "measure_odoo", PEER, far)
            limit = {"bare HTTP to Kannel": bare_kannel(min(size, KANNEL))}
            rates = _shell(ctx, db, "measure", size, far) | bare | limit | peers
            rows += _rows(ctx, size, rates)
    return rows


def _shell(ctx, db, call, size, far):
    root = str(Path(__file__).resolve().parent.parent)
    told = ctx.shell(db, SCRIPT.format(root=root, call=call, size=size, far=far))
    line = next(line for line in told.splitlines() if "MEASURED " in line)
    return json.loads(line.split("MEASURED ", 1)[1])


@contextlib.contextmanager
def far_ends(programs):
    """A mail sink, and Kannel with an SMS centre; gives how to reach them, the bare rate of the
    first, and a function that measures that of Kannel."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        sink = PostfixSink(folder / "sink", programs).start()
        stack.callback(sink.stop)
        smsc = Smsc(folder / "smsc", "--no-sync").start()
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

        def bare_kannel(count):
            rate = count / send_sms(kannel, count, SMS_CONNECTIONS, **receipts)
            kannel.wait_idle()
            return rate

        mail_rate = BARE / send_mail(sink.port, BARE, MAIL_CONNECTIONS, size=600)
        yield far, {"bare smtplib": mail_rate}, bare_kannel


def _rows(ctx, size, rates):
    """Rates (messages a second) as seconds for ``size`` messages, so that the columns compare."""

    def row(case, ours, peer, target, ok=None):
        seconds = {peer: size / rates[peer]}
        ratio = rates[ours] / rates[peer]
        return ctx.row(case, size, size / rates[ours], seconds, target, ratio=ratio, ok=ok)

    return [
        row("null sink, from the asking", "ours null, all", "Odoo sms.sms, all", ">= 5"),
        row("null sink, queue alone", "ours null", "Odoo sms.sms", ">= 5"),
        row(
            "null sink, queue alone, one worker", "ours null, one", "Odoo sms.sms", "told", ok=True
        ),
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
    kannel = {name: far[name] for name in ("url", "user", "secret", "callback_url")}
    return {
        **_ours(env, "sms", "null", size, "ours null, one", workers=1),
        **_ours(env, "sms", "null", size, "ours null"),
        **_ours(env, "email", "smtp", size, "ours smtp", mail_server_id=server.id),
        **_ours(env, "sms", "kannel", min(size, KANNEL), "ours kannel", **kannel),
    }


def measure_odoo(env, size, far):
    """Return the rates of Odoo's own queues, in a database without our addons."""
    server = _mail_server(env, far)
    return {"Odoo mail.mail": _odoo_mail(env, server, size // 4), **_odoo_sms(env, size)}


def _mail_server(env, far):
    return env["ir.mail_server"].create(
        {
            "name": "sink",
            "smtp_host": "127.0.0.1",
            "smtp_port": far["port"],
            "smtp_encryption": "none",
        }
    )


def _ours(env, channel, kind, size, name, workers=WORKERS, **values):
    """Ask for ``size`` messages to as many persons, then time the workers that send them; return
    {name: rate, name + ", all": rate with the asking}."""
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
    asked = time.perf_counter()
    for start in range(0, size, 5000):
        env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": persons[number % len(persons)],
                    "purpose": "care",
                    "is_urgent": True,  # quiet hours do not hold the benchmark up
                    "channels": [channel],
                    "key": f"P3/{name}/{number}",
                    "subject_line": "Reminder",
                    "body": "您的预约已确认，请按时就诊。",
                }
                for number in range(start, min(start + 5000, size))
            ]
        )
    env.cr.commit()
    started = time.perf_counter()
    _drain(env, workers)
    ended = time.perf_counter()
    env.cr.execute(
        "SELECT state, failure_code, failure_detail, reasons::text, count(*)"
        " FROM hcrm_communication WHERE idempotency_key LIKE %s GROUP BY 1, 2, 3, 4",
        (f"P3/{name}/%",),
    )
    states = env.cr.fetchall()
    if {row[0] for row in states} != {"sent"} or sum(row[-1] for row in states) != size:
        raise AssertionError(f"not all of {size} messages were sent: {states}")
    gateway.active = False
    env.cr.commit()
    return {name: size / (ended - started), f"{name}, all": size / (ended - asked)}


def _drain(env, workers):
    """Empty the outbox by threads with their own connection, as Odoo's server runs its actions."""

    def work(_number):
        with env.registry.cursor() as cr:
            env(cr=cr)["hcrm.outbox"]._drain()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))


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
    env.cr.commit()
    asked = time.perf_counter()
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
    env.cr.commit()
    queue = env["sms.sms"]
    waiting = queue.search_count([("state", "=", "outgoing")])
    if waiting != count:
        raise AssertionError(f"{waiting} of {count} SMS wait in Odoo's queue")
    started = time.perf_counter()
    with patch.object(SmsApi, "_send_sms_batch", yes):
        for _batch in range(0, count, queue._get_send_batch_size()):
            queue._process_queue()  # commits
    ended = time.perf_counter()
    if queue.search_count([("state", "=", "outgoing")]):
        raise AssertionError("Odoo's queue is not empty")
    return {
        "Odoo sms.sms": count / (ended - started),
        "Odoo sms.sms, all": count / (ended - asked),
    }
