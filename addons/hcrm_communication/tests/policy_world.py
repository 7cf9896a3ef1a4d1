"""A small hospital of random histories, and the facts of a message told by plain Python.

What ``models/contact_*_sql.py`` gathers by joins, ``World.facts`` looks up row by row.
"""

from collections import namedtuple
from datetime import date, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from ..tools import consent
from ..tools.contact_policy import HOLDS, Facts

Person = namedtuple(
    "Person",
    "id canonical_id birth_date is_deceased death_date tz profiling_refused active"
    " phone_stored phone_other_stored email_normalized",
)
Said = namedtuple(
    "Said", "id partner_id purpose topic_id channel status decided_at expires_on merge_log_id"
)
Relation = namedtuple(
    "Relation",
    "id partner_id related_partner_id relation date_start date_end may_receive_messages active",
)
Stay = namedtuple("Stay", "id partner_id encounter_class state started_at ended_at")
Diagnosis = namedtuple("Diagnosis", "id partner_id code recorded_at")
Hold = namedtuple("Hold", "id partner_id code since until active")
Sent = namedtuple("Sent", "id recipient_id purpose state sent_at")
Dead = namedtuple("Dead", "id channel address since active")

MOBILES = ("+8613800138001", "+8613800138002", "+4915112345678")
PHONES = (*MOBILES, "+861088886666", "01088", None)
MAILS = ("a@example.com", "b@example.com", None)
HOME = "Asia/Shanghai"
ZONES = (None, None, None, HOME, "America/New_York", "Mars/Olympus")
LONGEST_LOSS, NEW_PREGNANCY = timedelta(days=1000), timedelta(days=28)


class World:
    """Rows by table; ``dice`` decides everything."""

    def __init__(self, dice, ids, topics, at):
        self.dice, self.at, self.topics = dice, at, topics
        self.day = self._local(at)
        self.adult_since = self.day - relativedelta(years=14)
        self.people = {one: self._person(one, ids) for one in ids}
        self.undone = set()
        self.said, self.relations, self.stays, self.diagnoses = [], [], [], []
        self.holds, self.sent, self.dead = [], [], []
        self.listed = {dice.choice(MOBILES), dice.choice(MAILS)}
        for number in range(len(ids) * 4):
            self._happen(number + 1, dice.choice(ids), ids)

    def _local(self, moment):
        return pytz.utc.localize(moment).astimezone(pytz.timezone(HOME)).date()

    def _some(self, chance, value):
        return value() if self.dice.random() < chance else None

    def _moment(self, before=40, after=3):
        seconds = self.dice.randrange(-before * 86400, after * 86400)
        return self.at + timedelta(seconds=seconds)

    def _person(self, one, ids):
        dice = self.dice
        return Person(
            one,
            self._some(0.2, lambda: dice.choice(ids[: ids.index(one)] or (None,))),
            dice.choice((date(1980, 5, 1), date(2018, 6, 1), self.adult_since, None)),
            dice.choice((True, False, False, False, False, None)),
            self._some(0.1, lambda: dice.choice((self._moment().date(), date(2062, 2, 1)))),
            dice.choice(ZONES),
            dice.choice((True, False, None)),
            dice.random() < 0.9,
            dice.choice(PHONES),
            dice.choice(PHONES),
            dice.choice(MAILS),
        )

    def _happen(self, number, one, ids):
        dice = self.dice
        until = self._some(0.6, lambda: self._moment(0, 10))
        self.said += [self._answer(number * 3 + more, one) for more in range(3)]
        if dice.random() < 0.2:
            self.undone.add(number)
        related = dice.choice(ids)
        if related != one and dice.random() < 0.4:
            kind = dice.choice(("parent", "guardian", "grandparent", "spouse"))
            start = self._some(0.3, lambda: self._moment().date())
            end = self._some(0.3, lambda: (start or self.day) + timedelta(dice.randrange(9)))
            row = (number, one, related, kind, start, end, dice.random() < 0.7, dice.random() < 0.9)
            if not any(old[1:4] == row[1:4] for old in self.relations):
                self.relations.append(Relation(*row))
        start = self._moment()
        end = self._some(0.6, lambda: start + timedelta(hours=dice.randrange(200)))
        state = dice.choice(("in_progress", "finished", "finished", "planned"))
        kind = dice.choice(("inpatient", "inpatient", "outpatient"))
        if dice.random() < 0.2:
            self.stays.append(Stay(number, one, kind, state, start, end))
        code = dice.choice(("O03.900", "O04", "Z34.900", "I10"))
        self.diagnoses.append(Diagnosis(number, one, code, self._moment(1100)))
        if dice.random() < 0.15:
            code = dice.choice(HOLDS)
            since = self._moment()
            until = until and max(since, until)
            self.holds.append(Hold(number, one, code, since, until, dice.random() < 0.8))
        purpose, state = dice.choice(("marketing", "education")), dice.choice(("sent", "delivered"))
        self.sent.append(Sent(number, one, purpose, state, self._moment(50)))
        channel = dice.choice(("sms", "email", "voice"))
        address = dice.choice(MAILS if channel == "email" else MOBILES) or f"{number}@example.com"
        if (channel, address) not in {(old.channel, old.address) for old in self.dead}:
            self.dead.append(Dead(number, channel, address, self._moment(), dice.random() < 0.6))

    def _answer(self, number, one):
        dice = self.dice
        status = dice.choice(("granted", "granted", "granted", "withdrawn"))
        decided_at = self._moment()
        purpose = dice.choice(("care", "marketing", "marketing", "service"))
        expires = status == "granted" and self._some(
            0.3, lambda: decided_at.date() + timedelta(days=dice.randrange(30))
        )
        return Said(
            number, one, purpose,
            self._some(0.3, lambda: dice.choice(list(self.topics))),
            self._some(0.4, lambda: dice.choice(("sms", "email"))),
            status, decided_at, expires or None,
            self._some(0.3, lambda: number // 3),
        )  # fmt: skip

    def candidate(self, ref):
        dice, ids = self.dice, list(self.people)
        return {
            "ref": ref,
            "subject_id": dice.choice(ids),
            "recipient_id": self._some(0.3, lambda: dice.choice(ids)),
            "purpose": dice.choice(("care", "service", "marketing", "marketing", "survey")),
            "topic_id": self._some(0.8, lambda: dice.choice(list(self.topics))),
            "channel": dice.choice(("sms", "sms", "email", "voice")),
            "urgent": dice.random() < 0.3,
            "asked_for": dice.random() < 0.3,
            "mined": dice.random() < 0.3,
            "exempt_survey": dice.random() < 0.3,
            "expires_at": self._some(0.1, self._moment),
            "address": self._some(0.1, lambda: dice.choice(("+8613900139000", "X@Y.example"))),
        }

    # THE FACTS

    def facts(self, asked, company_id, caps):
        """The facts of a candidate, by looking at every row.

        :param caps: {purpose: days}
        """
        purpose = asked["purpose"]
        if purpose == "survey" and asked["exempt_survey"]:
            purpose = "service"
        subject = self._root(asked["subject_id"])
        named = self._root(asked["recipient_id"] or asked["subject_id"])
        is_minor = self._is_minor(named)
        guardian = self._guardian(named, asked["channel"]) if is_minor else None
        reached = guardian or named
        status, consent_id = self._consent(subject, reached, guardian, purpose, asked)
        about_child, greeting = self.topics.get(asked["topic_id"], (False, False))
        address = self._reachable(reached, asked["channel"], None if guardian else asked["address"])
        refused = subject.profiling_refused or reached.profiling_refused
        return Facts(
            asked["ref"], company_id, purpose, asked["urgent"], asked["asked_for"],
            recipient_id=reached.id,
            is_other=reached != subject,
            consent=status,
            consent_id=consent_id,
            subject_deceased=self._is_dead(subject),
            recipient_deceased=self._is_dead(reached),
            minor_id=named.id if is_minor else None,
            guardian_id=guardian.id if guardian else None,
            admitted=any(self._is_inside(stay) for stay in self._of(self.stays, subject)),
            loss_on=self._lost(subject) if about_child or greeting else None,
            about_child=about_child,
            greeting=greeting,
            **self._held({subject.id, reached.id}),
            zone=reached.tz if reached.tz in pytz.all_timezones_set else HOME,
            sent=self._sent(reached, purpose, caps),
            blacklisted=address is not None and address in self.listed,
            profiling=bool(asked["mined"] and refused),
            address=address,
            dead_since=self._dead_since(asked["channel"], address),
            expires_at=asked["expires_at"],
        )  # fmt: skip

    def _of(self, rows, person):
        return [row for row in rows if row.partner_id == person.id]

    def _root(self, one):
        person = self.people[one]
        return self._root(person.canonical_id) if person.canonical_id else person

    def _names(self, person):
        return {one for one in self.people if person.id in self._chain(one)}

    def _chain(self, one):
        return {one, *(self._chain(above) if (above := self.people[one].canonical_id) else ())}

    def _is_minor(self, person):
        return bool(person.birth_date and person.birth_date > self.adult_since)

    def _is_dead(self, person):
        died = person.death_date
        is_later = bool(died and self.day < died <= date.today())
        return bool((person.is_deceased or died) and not is_later)

    def _may_stand(self, relation):
        return (
            relation.active
            and relation.may_receive_messages
            and (relation.date_start or self.day) <= self.day <= (relation.date_end or self.day)
        )

    def _guardian(self, child, channel):
        found = []
        for relation in self._of(self.relations, child):
            grown = self.people[relation.related_partner_id]
            if self._may_stand(relation) and not self._is_minor(grown) and not self._is_dead(grown):
                is_distant = relation.relation not in ("parent", "guardian")
                has_no_address = self._usual(grown, channel) is None
                found.append((has_no_address, is_distant, relation.id, grown))
        return min(found)[-1] if found else None

    def _usual(self, person, channel):
        if channel == "email":
            return person.email_normalized
        takes = {"sms": lambda one: one in MOBILES, "voice": lambda one: one.startswith("+")}
        phones = (person.phone_stored, person.phone_other_stored)
        return next((one for one in phones if one and takes[channel](one)), None)

    def _reachable(self, person, channel, asked):
        if not person.active:
            return None
        if asked and ("@" in asked) == (channel == "email"):
            return asked.lower()
        return self._usual(person, channel)

    def _consent(self, subject, reached, guardian, purpose, asked):
        own = self._answered(subject, purpose, asked)
        if reached == subject:
            return own
        other = self._answered(reached, purpose, asked)
        for answer in (own, other):
            if answer.status == consent.WITHDRAWN:
                return answer
        stands = guardian or any(
            self._may_stand(relation) and relation.related_partner_id == reached.id
            for relation in self._of(self.relations, subject)
        )
        if stands or own.status == other.status == consent.GRANTED:
            return own
        return consent.Answer(consent.UNKNOWN)

    def _answered(self, person, purpose, asked):
        names = self._names(person)
        rows = [
            consent.Row(
                row.id, row.topic_id, row.channel, row.status == "granted",
                row.decided_at, row.expires_on,
            )
            for row in self.said
            if row.partner_id in names
            and row.purpose == purpose
            and row.merge_log_id not in self.undone
        ]  # fmt: skip
        return consent.read(rows, asked["topic_id"], asked["channel"], self.at, self.day)

    def _is_inside(self, stay):
        if stay.encounter_class != "inpatient" or stay.started_at > self.at:
            return False
        if stay.state == "in_progress":
            return stay.ended_at is None or stay.ended_at > self.at
        return bool(stay.state == "finished" and stay.ended_at and stay.ended_at > self.at)

    def _lost(self, person):
        known = [row for row in self._of(self.diagnoses, person) if row.recorded_at <= self.at]
        pregnant = [row.recorded_at for row in known if row.code.startswith("Z34")]
        losses = [
            row.recorded_at
            for row in known
            if row.code.startswith(("O03", "O04"))
            and row.recorded_at > self.at - LONGEST_LOSS
            and not any(moment >= row.recorded_at + NEW_PREGNANCY for moment in pregnant)
        ]
        return max(losses).date() if losses else None

    def _held(self, persons):
        found = {}
        for code in HOLDS:
            untils = [
                hold.until
                for hold in self.holds
                if hold.partner_id in persons
                and hold.code == code
                and hold.active
                and hold.since <= self.at
            ]
            found[f"{code}_held"] = None in untils
            found[f"{code}_until"] = max((until for until in untils if until), default=None)
        return found

    def _sent(self, person, purpose, caps):
        if purpose not in caps:
            return ()
        since = self.at - timedelta(days=caps[purpose])
        return tuple(
            sorted(
                row.sent_at
                for row in self.sent
                if row.recipient_id == person.id
                and row.purpose == purpose
                and since < row.sent_at <= self.at
            )
        )

    def _dead_since(self, channel, address):
        return next(
            (
                row.since.date()
                for row in self.dead
                if (row.channel, row.address) == (channel, address)
                and row.active
                and row.since <= self.at
            ),
            None,
        )
