"""A customer's text message: from the SMS centre through Kannel into the inbox, and its effects."""

import json
from functools import partial

import pytest

from tests.support.kannel import SENDER, Kannel
from tests.support.rig import eventually
from tests.support.rigs import ASK, USER, inbound_url
from tests.support.smsc import Smsc

QUESTION = "医生您好，明天上午八点复诊要空腹吗？谢谢👍 TD"
PERSONS = """
SELECT person.id, person.phone_stored, person.company_id FROM res_partner AS person
 WHERE is_customer_person AND phone_stored LIKE '+861%'
   AND birth_date BETWEEN current_date - interval '80 years' AND current_date - interval '19 years'
   AND is_deceased IS NOT TRUE AND canonical_id IS NULL
   AND NOT EXISTS (SELECT FROM res_partner AS other WHERE other.id <> person.id
                      AND person.phone_stored IN (other.phone_stored, other.phone_other_stored))
   AND NOT EXISTS (SELECT FROM hcrm_consent AS said WHERE said.partner_id = person.id)
   AND NOT EXISTS (SELECT FROM hcrm_communication AS sent
                    WHERE sent.address_stored = person.phone_stored)
ORDER BY person.id LIMIT 10
"""
#: What the ledger answers about marketing, and what would become of a message of it now.
SAY = """
import json
company = env["res.users"].search([("login", "=", "officer")]).company_id
persons = env["res.partner"].browse({persons})
if {agree}:
    for person in persons:
        env["hcrm.consent"]._record(
            person, [("marketing", False, False, "granted")], company=company, method="phone")
at = env.cr.now().replace(microsecond=0)
answers = env["hcrm.consent"]._ask(
    [(person.id, company.id, "marketing", None, "sms", at) for person in persons])
policy = env["hcrm.contact.policy"]
verdicts = policy._decide(policy._candidates([
    {{"ref": person.id, "company_id": company.id, "subject_id": person.id,
      "recipient_id": person.id, "purpose": "marketing", "channel": "sms"}}
    for person in persons]), at)
refused = {{one["ref"] for one in verdicts if one["verdict"] == "refuse"
           and "consent_withdrawn" in [code for code, _values in one["reasons"]]}}
print("SAID " + json.dumps([[answer.status, person.id in refused]
                            for answer, person in zip(answers, persons)]))
env.cr.commit()
"""
REFUSALS = (("TD", "gsm"), ("退订", "gb"), ("ＴＤ。", "ucs2"))


class FarEnd:
    """An SMS centre and a Kannel that hands in what patients write."""

    def __init__(self, hospital, programs, folder):
        self.hospital = hospital
        self.smsc = Smsc(folder / "smsc")
        # the centre's default alphabet is what Chinese centres have there
        self.kannel = Kannel(
            folder / "kannel", self.smsc.port, programs=programs, user=USER, alphabet="GB18030"
        )
        options = self.kannel.options
        hospital.set_up(
            sms_url=self.kannel.send_url,
            sms_user=options["user"],
            sms_secret=options["password"],
            callback=hospital.url,
        )
        self.persons = [row.split("|") for row in hospital.sql(PERSONS)]
        self.url = inbound_url(hospital.shell(ASK), hospital.port)

    def start(self):
        """The hospital's server takes what comes, its workers send what it answers."""
        self.kannel.give_texts_to(self.url)
        self.smsc.start()
        self.kannel.start().wait_online()
        self.hospital.start()
        self.hospital.start_workers()
        return self

    def stop(self):
        """Everything of it."""
        self.hospital.stop_workers()
        self.hospital.stop()
        self.kannel.stop()
        self.smsc.stop()

    def write(self, number, text, **how):
        """A customer writes; return (state, person, text) once somebody worked on it."""
        known = self.last()
        self.smsc.mo(number.lstrip("+"), SENDER, text, **how)
        return self.wait(number, known)

    def wait(self, number, known):
        """Return the one message of a number after the newest known, once it is worked on."""

        def worked():
            rows = self.hospital.sql(
                "SELECT state, COALESCE(partner_id, 0), body_stored FROM hcrm_inbound "
                f"WHERE id > {known} AND state <> 'new' AND address_stored = '{number}'"
            )
            return [row for row in rows if row]

        [row] = eventually(worked, "the message is worked on")
        return row.split("|", 2)

    def last(self):
        """Number of the newest message that arrived so far."""
        return int(self.hospital.sql("SELECT COALESCE(max(id), 0) FROM hcrm_inbound")[0])

    def say(self, persons, agree=False):
        """Return [consent to marketing, is a message of it refused] of each person."""
        told = self.hospital.shell(SAY.format(persons=persons, agree=agree))
        line = next(line for line in told.splitlines() if line.startswith("SAID "))
        return json.loads(line.removeprefix("SAID "))

    def shown(self, number):
        """Return the texts on a telephone."""
        national = number.lstrip("+")
        return [one.text for one in self.smsc.messages() if one.destination == national]


@pytest.fixture(scope="module")
def far_end(outbox_hospital, programs, tmp_path_factory):
    """Running, with a Kannel of its own: another one's takes no receipts of ours."""
    end = FarEnd(outbox_hospital, programs, tmp_path_factory.mktemp("inbound"))
    try:
        yield end.start()
    finally:
        end.stop()


@pytest.mark.parametrize(
    ("text", "coding"),
    [(QUESTION, "ucs2"), ("复诊时要带医保卡吗", "gb"), ("Is it at 8:00?", "gsm")],
    ids=["ucs2", "gb", "gsm"],
)
def test_question_reaches_the_right_customer(far_end, text, coding):
    """As UCS-2, as GB, as plain letters: the same text, in the inbox, under the customer's name."""
    person, number, _company = far_end.persons[0]
    assert far_end.write(number, text, coding=coding) == ["inbox", person, text]


def test_unknown_number_is_nobody(far_end):
    """Nobody has it: it waits for a person."""
    assert far_end.write("+8619900009999", "在吗？") == ["inbox", "0", "在吗？"]


def test_refusal_withdraws_marketing(far_end):
    """Who agreed and writes TD gets no more advertising and is told so; nobody else is touched."""
    *refusing, neighbour = far_end.persons[1:5]
    persons = [int(person) for person, *_ in (*refusing, neighbour)]
    assert far_end.say(persons, agree=True) == [["granted", False]] * 4
    for (person, number, _company), (text, coding) in zip(refusing, REFUSALS, strict=True):
        assert far_end.write(number, text, coding=coding) == ["opt_out", person, text]
    assert far_end.say(persons) == [["withdrawn", True]] * 3 + [["granted", False]]
    for _person, number, _company in refusing:
        [answer] = eventually(partial(far_end.shown, number), "the refusal is confirmed")
        assert answer.startswith("【")


def test_text_waits_for_the_hospital(far_end):
    """The hospital's server is away; Kannel keeps the text and hands it in, once."""
    person, number, _company = far_end.persons[5]
    far_end.hospital.server.kill()
    known = far_end.last()
    far_end.smsc.mo(number.lstrip("+"), SENDER, "改到下周可以吗", coding="ucs2")
    far_end.hospital.server.start()
    assert far_end.wait(number, known) == ["inbox", person, "改到下周可以吗"]
