"""P4: HL7 ADT over MLLP: stored and acknowledged, then processed."""

import json
import socket
import threading
import time

import hl7
import psycopg2

from scripts.settings import ROOT
from tests.his.messages import registration

ID = "P4"
USUAL = 8_000
CONNECTIONS = 8
WINDOW = 32

BARE_TABLE = (
    "CREATE TABLE p04_bare (id serial PRIMARY KEY, sender text, control_id text, body bytea)"
)
BARE_INDEX = "CREATE UNIQUE INDEX p04_bare_uniq ON p04_bare (sender, control_id)"
BARE_INSERT = "INSERT INTO p04_bare (sender, control_id, body) VALUES (%s, %s, %s)"

PROCESS = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks.hl7_inside import measure
print("P4 " + json.dumps(measure(env, {sizes!r})))
"""


def run(ctx):
    """Return the rows of the report."""
    n = ctx.size(USUAL)
    sizes = [max(1, n // 16), max(1, n // 4), n]
    db = ctx.database()
    rows = _rows_of_storing(ctx, db, sizes)
    for size, ours, beside in _measure_processing(ctx, db, sizes):
        rows.append(ctx.row("processed", size, ours, {"ORM batch create": beside}, "<= 1.3"))
    return rows


def _rows_of_storing(ctx, db, sizes):
    hospital = ctx.hospital(db)
    hospital.mllp.start()
    rows = []
    for size in sizes:
        texts = [registration(index, sender=f"S{size}") for index in range(size)]
        bare = _store_bare(ctx, db, texts)
        ours = _store_over_mllp(hospital.mllp_port, texts)
        beside = {"hl7.parse + INSERT + commit": bare}
        rows.append(ctx.row("stored and acknowledged", size, ours, beside, "<= 3"))
    hospital.mllp.stop()
    ctx.sql(db, "DELETE FROM hcrm_his_message")
    return rows


def _store_bare(ctx, db, texts):
    """One message after the other, as a simple receiver does."""
    postgres = ctx.stack.postgres
    link = psycopg2.connect(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.own.password if postgres.own else None,
        dbname=db,
    )
    with link.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS p04_bare")
        cursor.execute(BARE_TABLE)
        cursor.execute(BARE_INDEX)
        link.commit()
        started = time.perf_counter()
        for text in texts:
            message = hl7.parse(text)
            sender, control = str(message.segment("MSH")[3]), str(message.segment("MSH")[10])
            cursor.execute(BARE_INSERT, (sender, control, text.encode()))
            link.commit()
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE p04_bare")
    link.commit()
    link.close()
    return seconds


def _store_over_mllp(port, texts):
    """Several senders at once; the clock stops with the last answer."""
    shares = [texts[number::CONNECTIONS] for number in range(CONNECTIONS)]
    threads = [threading.Thread(target=_send, args=(port, share)) for share in shares if share]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def _send(port, texts):
    frames = [b"\x0b" + text.encode() + b"\x1c\r" for text in texts]
    with socket.create_connection(("127.0.0.1", port)) as link:
        sent = answered = 0
        data = b""
        while answered < len(frames):
            while sent < len(frames) and sent - answered < WINDOW:
                link.sendall(frames[sent])
                sent += 1
            data += link.recv(65536)
            answered += data.count(b"\x1c\r")
            assert data.count(b"\rMSA|AA|") == data.count(b"\rMSA|")
            data = data[data.rfind(b"\x1c\r") + 2 :] if b"\x1c\r" in data else data


def _measure_processing(ctx, db, sizes):
    told = ctx.shell(db, PROCESS.format(root=str(ROOT), sizes=sizes))
    line = next(line for line in told.splitlines() if "P4 " in line)
    return json.loads(line.split("P4 ", 1)[1])
