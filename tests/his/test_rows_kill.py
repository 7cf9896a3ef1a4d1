"""kill -9 of whoever reads tables, folders and requests: every row arrives, and none twice."""

import json
import random
import threading
import time
import urllib.error
import urllib.request

import psycopg2
import pytest

from tests.his.sources import HEADER, TABLE, Sources

WRONG = 50  # every so manieth row has a date that is none
BATCH = 10
PACE = 0.2  # seconds: the traffic lasts about as long as the kills


def row_of(way, number):
    """A charge that nothing but its key tells from others."""
    day = "yesterday" if number % WRONG == 0 else "2026-03-01 10:00"
    return {
        "fee_id": f"{way}{number}",
        "pid": f"R{number % 97}",
        "visit_no": f"RV{number % 97}",
        "item": f"D{number % 5}",
        "paid": "1.00",
        "charged": day,
    }


class TableWriter(threading.Thread):
    """Adds rows in transactions that may stay open while later ones are committed."""

    def __init__(self, sources, total, seed):
        super().__init__(daemon=True)
        self.sources, self.total = sources, total
        self.random = random.Random(f"{seed}-table")

    def run(self):
        late = []
        for first in range(1, self.total + 1, BATCH):
            batch = range(first, min(first + BATCH, self.total + 1))
            if self.random.random() < 0.2:
                pause = self.random.uniform(0.5, 3)
                late.append(threading.Thread(target=self._deliver, args=(batch, pause)))
                late[-1].start()
            else:
                self._deliver(batch)
            time.sleep(self.random.uniform(0, 2 * PACE))
        for thread in late:
            thread.join()

    def _deliver(self, batch, pause=0):
        """Insert and, after a pause, commit; begin again when the database dies meanwhile."""
        while True:
            try:
                link = psycopg2.connect(**self.sources.link)
                self._insert(link, batch)
                time.sleep(pause)
                link.commit()
                link.close()
                return
            except psycopg2.Error:
                time.sleep(0.3)

    def _insert(self, link, batch):
        with link.cursor() as cursor:
            for number in batch:
                cursor.execute(
                    f"INSERT INTO {TABLE} ({HEADER}, changed) "
                    "VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp()) ON CONFLICT DO NOTHING",
                    list(row_of("t", number).values()),
                )


class FileWriter(threading.Thread):
    """Drops files; each is written under another name first."""

    def __init__(self, sources, files, rows):
        super().__init__(daemon=True)
        self.sources, self.files, self.rows = sources, files, rows

    def run(self):
        for number in range(self.files):
            first = number * self.rows + 1
            told = [row_of("f", one) for one in range(first, first + self.rows)]
            lines = [",".join(row.values()) for row in told]
            path = self.sources.folder / f"{number}.part"
            path.write_text("\n".join((HEADER.replace(" ", ""), *lines, "")))
            path.rename(path.with_suffix(".csv"))
            path.with_suffix(".csv.ok").touch()
            time.sleep(20 * PACE)


class Poster(threading.Thread):
    """Sends rows until each was acknowledged, as a program does whose network is bad."""

    def __init__(self, sources, total):
        super().__init__(daemon=True)
        self.sources, self.total, self.repeated = sources, total, 0

    def run(self):
        for first in range(1, self.total + 1, BATCH):
            rows = [row_of("h", one) for one in range(first, min(first + BATCH, self.total + 1))]
            while not self._post(rows):
                self.repeated += 1
                time.sleep(PACE)
            time.sleep(PACE)

    def _post(self, rows):
        request = urllib.request.Request(
            self.sources.url,
            json.dumps(rows).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.sources.key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status == 202
        except urllib.error.HTTPError as error:
            return error.code == 422  # the wrong ones are named, the others are stored
        except OSError:
            return False


@pytest.mark.soak
def test_no_row_is_lost_and_none_comes_twice(his_hospital, soak):
    """Two readers at once, killed at any moment; a server that dies under its requests."""
    total, kills = soak.size(800, 20_000), soak.size(8, 60)
    chance = random.Random(soak.seed)
    sources = Sources(his_hospital)
    his_hospital.start_interface()
    his_hospital.server.start()
    writers = [
        TableWriter(sources, total, soak.seed),
        FileWriter(sources, 4, total // 4),
        Poster(sources, total // 2),
    ]
    readers = [sources.reader(number) for number in (1, 2)]
    for thread in (*writers, *readers):
        thread.start()
    for number in range(kills):
        time.sleep(chance.uniform(0.5, 4))
        victim = (readers[0], his_hospital.server, readers[1])[number % 3]
        victim.kill()
        if number == kills // 2:
            his_hospital.kill_postgres()
            time.sleep(chance.uniform(0, 0.5))
            his_hospital.start_postgres()
        if victim is his_hospital.server:
            his_hospital.server.start()
    for thread in writers:
        thread.join(soak.size(120, 1800))
        assert not thread.is_alive(), "a writer did not come to its end"
    for reader in readers:
        reader.finish()
    sources.read_to_the_end()
    assert his_hospital.wait_until_processed(soak.size(120, 1800))

    _check(his_hospital, sources, {"t": total, "f": total // 4 * 4, "h": total // 2})
    soak.report(
        "rows without HL7",
        rows=total + total // 4 * 4 + total // 2,
        kills=kills,
        requests_repeated=writers[2].repeated,
        lost=0,
        twice=0,
    )


def _check(hospital, sources, totals):
    for way, total in totals.items():
        wrong = total // WRONG
        feed = f"feed_id = {sources.feeds[way]}"
        told = hospital.sql(
            f"SELECT state, accepted, count(*) FROM hcrm_his_message WHERE {feed} "
            "GROUP BY state, accepted ORDER BY state"
        )
        assert told == [f"dead|f|{wrong}", f"processed|t|{total - wrong}"], (way, told)
        charges = hospital.count(
            f"external_key LIKE '{sources.sender}:{way}-charges:%'", "hcrm_charge"
        )
        assert charges == total - wrong, way
    twice = hospital.sql(
        "SELECT id FROM his_witness WHERE what = 'message' GROUP BY id HAVING count(*) <> 1"
    )
    assert not any(twice), twice
    assert sources.left_over() == [], "files that nobody took"
