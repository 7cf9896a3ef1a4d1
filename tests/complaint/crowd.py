"""Writers at once, as impatient as people and programs are, and what became of what they wrote."""

import html
import http.client
import itertools
import os
import random
import re
import signal
import threading
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from stdnum import verhoeff

from tests.complaint.conftest import Line

MARK = re.compile(r'name="mark"[^>]*value="([^"]+)"')
NUMBERS = re.compile(r'<p class="number">([^<]+)</p>')
#: As it is spelled in messages.
SPELLED = re.compile(r"(?<!\d)0\d\d-\d{7,}-\d(?!\d)")
READING = 5  # seconds: a form that comes back at once is a program's
PATIENCE = 150
TRIES = 40


#: Of each case of the persons named so: what there must be once, and who has it.
WHOLE = """
    SELECT c.id, c.company_id, c.intake_number,
           (SELECT count(*) FROM hcrm_complaint_complainant WHERE complaint_id = c.id),
           (SELECT count(*) FROM hcrm_complaint_statement WHERE complaint_id = c.id),
           (SELECT count(*) FROM hcrm_complaint_clock WHERE complaint_id = c.id),
           (SELECT count(*) FROM hcrm_contact_hold
             WHERE res_model = 'hcrm.complaint' AND res_id = c.id),
           (SELECT count(*) FROM hcrm_communication
             WHERE idempotency_key = 'complaint/' || c.id || '/intake'),
           (SELECT count(*) FROM hcrm_complaint_handover
             WHERE complaint_id = c.id AND event = 'received'),
           (SELECT l.desk_id = c.desk_id AND l.user_id IS NOT DISTINCT FROM c.user_id
              FROM hcrm_complaint_handover l
             WHERE l.complaint_id = c.id AND l.is_giving ORDER BY l.id DESC LIMIT 1),
           d.company_id = c.company_id AND d.is_office
      FROM hcrm_complaint c
      JOIN hcrm_complaint_complainant p ON p.complaint_id = c.id
      JOIN res_partner r ON r.id = p.partner_id
 LEFT JOIN hcrm_complaint_desk d ON d.id = c.desk_id
     WHERE r.name ~ '{mine}'
"""


class Writer:
    """One request, asked until it is answered, sometimes once more though it was."""

    def __init__(self, crowd, number):
        self.crowd, self.number = crowd, number
        self.random = random.Random(f"{crowd.seed}-{crowd.name}-{number}")
        self.channel = ("sms", "email")[number // 2 % 2]
        self.phone = f"139{crowd.place:02}{number:06}"
        self.email = f"{crowd.name}{number}@patients.test"
        self.person = f"{crowd.name}{number}"
        self.hospital_id = crowd.hospital.hospitals[number // 2 % 4 // 2]
        self.answers, self.tries = [], 0

    def write(self):
        """Return the number that the case got, told once or more."""
        time.sleep(self.random.uniform(0, self.crowd.pace))
        until = time.monotonic() + PATIENCE
        wanted = 1 + (self.random.random() < 0.2)
        while len(self.answers) < wanted:
            assert time.monotonic() < until, f"{self.person}: never answered: {self.tries} tries"
            self.tries += 1
            if (answer := self._ask()) is not None:
                self.answers.append(answer)
            else:
                time.sleep(self.random.uniform(0.1, 0.6))
        return self.answers


class FormWriter(Writer):
    """Sends the public form; each has an address of its own and reads the page first."""

    mark = None

    def fetch(self):
        """Open the form."""
        self.address = f"127.{self.crowd.place}.{self.number // 250 + 1}.{self.number % 250 + 1}"
        while not self.mark:
            found = MARK.search(self._send("GET", "/complaint") or "")
            self.mark = found and html.unescape(found.group(1))

    def _ask(self):
        told = {
            "mark": self.mark, "kind": "complaint", "relation": "self", "name": self.person,
            "phone": self.phone, "email": self.email, "answer": self.channel,
            "text": f"排队太久，没有人管。{self.person}", "hospital": self.hospital_id,
        }  # fmt: skip
        page = self._send("POST", "/complaint", urllib.parse.urlencode(told))
        if page and page.startswith("/"):  # on to a page of its own
            page = self._send("GET", page)
        found = NUMBERS.findall(page or "")
        return tuple(found) if len(found) == 2 else None

    def _send(self, method, path, body=None):
        """Return the page, or where it went; None if the server is away, trips, says nothing."""
        port = self.random.choice(self.crowd.hospital.ports)
        link = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=60, source_address=(self.address, 0)
        )
        try:
            head = {"Content-Type": "application/x-www-form-urlencoded"}
            link.request(method, path, body, head)
            reply = link.getresponse()
            text = reply.read().decode()
            assert reply.status != 422, text
            if reply.status == 303:
                return reply.headers["Location"]
            if reply.status != 200:
                self.crowd.errors[f"web {reply.status}"] += 1
                return None
            return text
        except (OSError, http.client.HTTPException):
            return None
        finally:
            link.close()


class RoadWriter(Writer):
    """As SMS, telephone and mail bring it, to one of the two hospitals."""

    def fetch(self):
        """It has its key from whoever brought it."""

    def _ask(self):
        request = {
            "kind": "complaint", "channel": "phone", "text": f"收费不清楚。{self.person}",
            "key": f"{self.crowd.name}/{self.number}",
            "company_id": self.hospital_id,
            "person": {"name": self.person, "phone": self.phone, "email": self.email},
            "answer_channel": self.channel,
        }  # fmt: skip
        told = {}
        if self.crowd.clock:
            told["at"] = request["received_at"] = self.crowd.clock()
        line = Line(self.random.choice(self.crowd.hospital.lines))
        answer = line.ask("take_in", request=request, **told)
        line.close()
        if answer and "error" in answer:
            self.crowd.errors[answer["error"].partition("(")[0]] += 1
            return None
        assert not (answer and "refused" in answer), answer
        return (answer["done"][1],) if answer else None


class Crowd:
    """Fifty at once; every second one by the form."""

    places = itertools.count(10)

    def __init__(self, hospital, name, count, seed, *, forms=None, clock=None, pace=0):
        self.hospital, self.name, self.seed = hospital, name, seed
        self.place = next(self.places)
        self.clock, self.pace = clock, pace
        self.errors = Counter()  # answers of a server that lives but could not do it
        forms = count // 2 if forms is None else forms
        self.writers = [
            (FormWriter if number % 2 == 0 and number // 2 < forms else RoadWriter)(self, number)
            for number in range(count)
        ]

    def write(self, meanwhile=lambda _busy: None, at_once=50):
        """Let all write; ``meanwhile(busy)`` runs beside them. Return {writer: answers}."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda one: one.fetch(), self.writers))
            if any(isinstance(one, FormWriter) for one in self.writers):
                time.sleep(READING)
            jobs = [pool.submit(one.write) for one in self.writers]
            meanwhile(lambda: not all(job.done() for job in jobs))
            return {one: job.result() for one, job in zip(self.writers, jobs, strict=True)}


class Killer:
    """Kills one thing after the other while they write, and starts it again."""

    def __init__(self, hospital, seed, order, kills):
        self.hospital, self.random = hospital, random.Random(seed)
        self.order, self.kills = order, kills
        self.done, self.in_hand = Counter(), Counter()

    def __call__(self, busy):
        """Until enough was killed or nobody writes any more."""
        while busy() and self.done.total() < self.kills:
            time.sleep(self.random.uniform(0.1, 0.5))
            what = self.order[self.done.total() % len(self.order)]
            getattr(self, f"_{what}")()
            self.done[what] += 1

    def _web(self):
        self._kill(self.hospital.webs, "web")

    def _intake(self):
        self._kill(self.hospital.intakes, "intake")

    def _kill(self, processes, what):
        """Kill one that works in the middle of a transaction that has written."""
        self.hospital.run(*processes)
        process = self.random.choice(processes)
        for _ in range(TRIES):
            os.killpg(process.process.pid, signal.SIGSTOP)
            if found := self.hospital.writing(process):
                self.in_hand[what] += found
                break
            os.killpg(process.process.pid, signal.SIGCONT)
            time.sleep(self.random.uniform(0, 0.05))
        process.kill()
        process.launch()  # the other one serves meanwhile

    def _sender(self):
        worker = self.random.choice(self.hospital.workers)
        for _ in range(5 * TRIES):
            os.killpg(worker.process.pid, signal.SIGSTOP)
            if found := self.hospital.in_hand(worker):
                self.in_hand["sender"] += found
                break
            os.killpg(worker.process.pid, signal.SIGCONT)
            time.sleep(self.random.uniform(0, 0.05))
        worker.kill()
        worker.start()

    def _backend(self):
        """The connections of all transactions that have written are cut."""
        told = self.hospital.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND backend_xid IS NOT NULL"
        )
        self.in_hand["backend"] += sum(line == "t" for line in told)

    def _postgres(self):
        for _ in range(TRIES):
            writing = sum(map(self.hospital.writing, self.hospital.webs + self.hospital.intakes))
            if writing:
                break
            time.sleep(0.02)
        self.in_hand["postgres"] += writing
        self.hospital.kill_postgres()
        time.sleep(self.random.uniform(0, 0.5))
        self.hospital.start_postgres()

    def told(self):
        """What was killed how often, and how much it had in hand, for a report."""
        return {
            "kills": self.done.total(),
            **{f"of_{what}": count for what, count in self.done.items()},
            "cases_half_written_when_killed": self.in_hand.total() - self.in_hand["sender"],
            "messages_in_hand_when_killed": self.in_hand["sender"],
        }


def check_whole(hospital, crowd, answers):
    """Every request is one case, whole: number, custody, person, words, clocks, hold, receipt.

    Return {plain number: (id of the case, hospital)}.
    """
    rows = hospital.rows(WHOLE.format(mine=f"^{crowd.name}[0-9]+$"))
    numbers = _check_numbers(answers)
    assert {row[2] for row in rows} == numbers, "cases and what was told differ"
    assert len(rows) == len(numbers), "a request made two cases"
    shapes = Counter(tuple(row[3:]) for row in rows)
    assert len(shapes) == 1, shapes
    [(persons, statements, clocks, holds, receipts, received, *custody)] = shapes
    once = (persons, statements, holds, receipts, received)
    assert set(once) == {"1"} and int(clocks) and custody == ["t", "t"], shapes
    people = hospital.rows(
        f"SELECT name, count(*) FROM res_partner WHERE name ~ '^{crowd.name}[0-9]+$' GROUP BY name"
    )
    assert len(people) == len(numbers), "a person was made for a case that is not there"
    assert all(count == "1" for _name, count in people), "a person was made twice"
    return {row[2]: (int(row[0]), int(row[1])) for row in rows}


def _check_numbers(answers):
    """Return the numbers that were told, without what only helps to read them."""
    told = {writer: set(found) for writer, found in answers.items()}
    assert all(len(found) == 1 for found in told.values()), "asked again, it was told another"
    numbers = {next(iter(found))[0].replace("-", "") for found in told.values()}
    assert len(numbers) == len(told), "two writers were told the same number"
    assert all(verhoeff.is_valid(number) for number in numbers)
    assert len({number[:-1] for number in numbers}) == len(numbers), "a serial came twice"
    return numbers


def check_all(hospital):
    """Of all cases of the database no number is there twice."""
    twice = hospital.rows(
        "SELECT intake_number FROM hcrm_complaint GROUP BY 1 HAVING count(*) > 1 UNION ALL "
        "SELECT receipt_number FROM hcrm_complaint WHERE receipt_number IS NOT NULL "
        "GROUP BY 1 HAVING count(*) > 1"
    )
    assert not twice, twice


def check_told_once(hospital, cases, texts):
    """Each case was acknowledged at the far end once; twice only what is marked uncertain."""
    names = dict(hospital.rows("SELECT id, name FROM res_company"))
    arrived = Counter()
    for text in texts:
        found = SPELLED.search(text)
        number = found.group().replace("-", "") if found else ""
        if number in cases:
            arrived[number] += 1
            assert text.startswith(f"【{names[str(cases[number][1])]}】"), text
    ids = ",".join(str(case_id) for case_id, _company in cases.values())
    states = {
        int(case_id): (state, uncertain == "t")
        for case_id, state, uncertain in hospital.rows(
            "SELECT res_id, state, EXISTS (SELECT 1 FROM hcrm_communication_attempt a "
            "WHERE a.communication_id = m.id AND a.status = 'unknown') FROM hcrm_communication m "
            f"WHERE res_model = 'hcrm.complaint' AND res_id IN ({ids}) "
            "AND idempotency_key LIKE '%/intake'"
        )
    }
    lost = [number for number in cases if not arrived[number]]
    assert not lost, (len(lost), [states[cases[number][0]] for number in lost[:5]])
    twice = [number for number in cases if arrived[number] > 1]
    wrong = [number for number in twice if not states[cases[number][0]][1]]
    assert not wrong, f"came twice and was never marked uncertain: {wrong}"
    return {
        "lost": 0,
        "marked_uncertain": sum(uncertain for _state, uncertain in states.values()),
        "came_twice_of_these": len(twice),
    }


class Beside:
    """Something done at once by several threads, which begin together."""

    def __init__(self, *jobs):
        self.jobs, self.gate = jobs, threading.Barrier(len(jobs))

    def run(self):
        """Return what each gave or raised."""

        def one(job):
            self.gate.wait(20)
            try:
                return job()
            except Exception as error:  # noqa: BLE001 - judged by who asked
                return error

        with ThreadPoolExecutor(len(self.jobs)) as pool:
            return list(pool.map(one, self.jobs))
