"""A table in a second database, a folder and an address: three sources without HL7."""

import json
import threading
import time
from pathlib import Path

HEADER = "fee_id, pid, visit_no, item, paid, charged"
TABLE = "outside_charge"
READER = "outside_reader"
TABLES = f"""
CREATE TABLE {TABLE} (fee_id text PRIMARY KEY, pid text, visit_no text, item text, paid numeric,
    charged text, changed timestamptz);
CREATE INDEX ON {TABLE} (changed, fee_id);
GRANT SELECT ON {TABLE} TO {READER};
"""
MAKE = """
import json
from odoo.fields import Command
told = json.loads({told!r})
env["ir.config_parameter"].set_param("hcrm_his.drop_root", told["root"])
sender = env["hcrm.his.sender"].create(
    {{"name": "Rows", "code": "ROWS|TEST", "authority": "ROWS", "timezone": "Asia/Shanghai"}})
columns = {{"patient.number": "pid", "visit.number": "visit_no", "fact.item_code": "item",
           "fact.paid_amount": "paid", "fact.charged_at": "charged"}}
ways = {{"t": "sql", "f": "file", "h": "http"}}
feeds = {{}}
for letter, way in ways.items():
    source = env["hcrm.his.source"].create({{"name": way, "code": way, "way": way,
        "sender_id": sender.id, "rate_per_minute": 0,
        **(told["database"] if way == "sql" else {{}})}})
    feeds[letter] = env["hcrm.his.feed"].create({{"source_id": source.id, "name": way,
        "code": letter + "-charges", "kind": "charge", "key_columns": "fee_id", "overlap": 30,
        "relation": told["table"], "mark_column": "changed", "needs_ok": True,
        "line_ids": [Command.create({{"target": t, "columns": c}}) for t, c in columns.items()]}})
key = env["hcrm.his.source.key"]._generate(source, "2099-01-01")[1]
env.cr.commit()
print("SOURCES " + json.dumps({{"key": key, "feeds": {{k: f.id for k, f in feeds.items()}},
                               "problems": [f.problems for f in feeds.values()]}}))
"""


class Sources:
    """Makes them in a hospital; ``link`` leads to the outside database as its owner."""

    sender = "ROWS|TEST"

    def __init__(self, hospital):
        self.hospital = hospital
        postgres = hospital.postgres
        self.db = f"{hospital.db}__outside"
        postgres.sql(f'DROP DATABASE IF EXISTS "{self.db}" WITH (FORCE)')
        postgres.sql(f'CREATE DATABASE "{self.db}"')
        if not any(postgres.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{READER}'")):
            postgres.sql(f"CREATE ROLE {READER} LOGIN PASSWORD 'reader'")
        postgres.sql(TABLES, db=self.db)
        self.link = {
            "host": str(postgres.host),
            "port": postgres.port,
            "user": postgres.user,
            "password": postgres.own.password if postgres.own else None,
            "dbname": self.db,
        }
        self.root = Path(hospital.settings.logs).parent / "drop" / hospital.db
        told = self._make(postgres)
        self.feeds, self.key = told["feeds"], told["key"]
        assert not any(told["problems"]), told["problems"]
        self.url = f"{hospital.url}/hcrm/his/http/h-charges"
        self.folder = self.root / "file" / "f-charges"
        self.folder.mkdir(parents=True, exist_ok=True)

    def _make(self, postgres):
        database = {
            "server": "postgresql",
            "host": str(postgres.host),
            "port": int(postgres.port or 0),
            "database": self.db,
            "user_name": READER,
            "password": "reader",
            "encryption": "none",
        }
        told = {"root": str(self.root), "database": database, "table": TABLE}
        printed = self.hospital.shell(MAKE.format(told=json.dumps(told)))
        line = next(row for row in printed.splitlines() if row.startswith("SOURCES "))
        return json.loads(line.removeprefix("SOURCES "))

    def command(self):
        """The process that reads tables and folders once."""
        odoo = self.hospital.odoo
        return odoo.subcommand("hcrm_his_pull", "-c", odoo.conf, "-d", self.hospital.db)

    def reader(self, number):
        """A thread that reads again and again, in processes that may be killed."""
        return Reader(self, number)

    def read_to_the_end(self):
        """Read once more, undisturbed: all that was committed by then is there."""
        self.hospital.sql("UPDATE hcrm_his_feed SET failure_count = 0")
        process = self.hospital._process("pull", self.command(), lambda: True)
        for _again in range(2):
            process.launch()
            assert process.process.wait(300) == 0, process.told()[-3000:]

    def left_over(self):
        """Names of files outside of ``done``."""
        kept = [
            path for place in ("", "work", "failed") for path in (self.folder / place).glob("*")
        ]
        return sorted(path.name for path in kept if path.is_file())


class Reader(threading.Thread):
    """Starts the reading process over and over; whoever likes may kill it."""

    def __init__(self, sources, number):
        super().__init__(daemon=True)
        self.process = sources.hospital._process(f"pull-{number}", sources.command(), lambda: True)
        self.is_ending = False

    def run(self):
        while not self.is_ending:
            self.process.launch()
            while self.process.alive():
                time.sleep(0.1)

    def kill(self):
        """kill -9 of what runs now."""
        self.process.kill()

    def finish(self):
        """Let the last process end."""
        self.is_ending = True
        self.join(300)
