"""May this message go? The contact policy as a table and as a function of facts.

No ORM. ``models/contact_verdict_sql.py`` decides the same in SQL for any number of candidates; a
property test holds the two together.
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytz

from .purposes import PURPOSES

ALLOW, DELAY, NEXT, REFUSE = "allow", "delay", "next_channel", "refuse"
GUARDIAN, OTHER, SANDBOX = "guardian", "other_recipient", "sandbox"
EFFECTS = (ALLOW, DELAY, NEXT, REFUSE, GUARDIAN, OTHER, SANDBOX)
ADULT = 14

#: POLICY §1, a line per reason: code (H: no hospital changes it), then the effect for each purpose.
#: ``+task``: a nurse is told; ``days=``, ``count=`` …: parameters; – means the row does not apply.
TABLE = """
consent_unknown:    allow | allow | refuse asked | refuse | refuse | refuse
consent_withdrawn H: next_channel +task | next_channel +task | refuse | refuse | refuse | refuse
subject_deceased H: refuse | other_recipient | refuse | refuse | refuse | refuse
recipient_deceased H: refuse | refuse | refuse | refuse | refuse | refuse
minor H:            guardian +task | guardian +task | guardian +task | guardian | refuse | refuse
admitted:           delay hours=24 urgent | allow | delay hours=24 | delay hours=24 | delay hours=24 | delay hours=24
loss_topic H:       refuse days=365 | allow days=365 | refuse days=365 | refuse days=365 | refuse days=365 | refuse days=365
loss_greeting:      – | – | – | – | – | refuse days=180
complaint:          allow | allow | allow | delay hours=24 | delay hours=24 | delay hours=24 days=14
hold:               delay hours=24 urgent | delay hours=24 urgent | delay hours=24 | delay hours=24 | delay hours=24 | delay hours=24
shared_phone:       allow | allow | allow | allow | allow | delay hours=24
quiet_hours:        delay from=21 to=8 urgent | delay from=21 to=8 urgent | delay from=21 to=8 | delay from=21 to=8 | delay from=21 to=8 | delay from=21 to=8
cap:                – | – | delay count=8 days=30 | delay count=1 days=90 | delay count=1 days=180 | delay count=4 days=30
blacklist:          – | – | – | – | – | refuse
profiling H:        – | – | refuse | refuse | refuse | refuse
address_missing:    next_channel +task | next_channel +task | next_channel | next_channel | next_channel | next_channel
address_dead:       next_channel +task | next_channel +task | next_channel | next_channel | next_channel | next_channel
expired:            refuse +task | refuse +task | refuse | refuse | refuse | refuse
sandbox H:          sandbox | sandbox | sandbox | sandbox | sandbox | sandbox
"""  # noqa: E501


class Rule(NamedTuple):
    """One cell: what a reason does to messages of a purpose."""

    effect: str
    days: int = 0
    hours: int = 0
    maximum: int = 0
    hour_from: float = 0
    hour_to: float = 0
    urgent_passes: bool = False
    asked_passes: bool = False
    leaves_task: bool = False


_WORDS = {
    "days": "days",
    "hours": "hours",
    "count": "maximum",
    "from": "hour_from",
    "to": "hour_to",
}
_FLAGS = {"urgent": "urgent_passes", "asked": "asked_passes", "+task": "leaves_task"}


def _parse_cell(text):
    """Return the rule of a cell, None where the row does not apply.

    >>> _parse_cell("delay hours=24 urgent")[:3], _parse_cell("–")
    (('delay', 0, 24), None)
    """
    effect, *words = text.split()
    if effect == "–":
        return None
    values = {}
    for word in words:
        name, _equals, value = word.partition("=")
        values[_WORDS.get(name) or _FLAGS[name]] = int(value) if value else True
    return Rule(effect, **values)


def _parse(table):
    rules, hard = {}, set()
    for line in table.strip().splitlines():
        head, cells = line.split(":", 1)
        code, *is_hard = head.split()
        hard.update(code for _word in is_hard)
        for purpose, cell in zip(PURPOSES, cells.split("|"), strict=True):
            if rule := _parse_cell(cell):
                rules[code, purpose] = rule
    return rules, frozenset(hard)


#: {(reason, purpose): Rule} as shipped, and the reasons that no hospital changes.
DEFAULTS, HARD = _parse(TABLE)
CODES = tuple(dict.fromkeys(code for code, _purpose in DEFAULTS))
#: Reasons whose rows are looked for in ``hcrm.contact.hold``.
HOLDS = ("complaint", "hold", "shared_phone")
#: Reasons that know when they end.
DELAYABLE = ("admitted", *HOLDS, "quiet_hours", "cap")


class Facts(NamedTuple):
    """All that the policy asks about one candidate, at one moment. Times are UTC, naive."""

    ref: int
    company_id: int
    purpose: str
    urgent: bool = False
    asked_for: bool = False
    recipient_id: int | None = None
    is_other: bool = False  # the recipient is not the subject
    consent: str = "unknown"
    consent_id: int | None = None
    subject_deceased: bool = False
    recipient_deceased: bool = False
    minor_id: int | None = None  # the child in whose place a guardian was looked for
    guardian_id: int | None = None
    admitted: bool = False
    loss_on: date | None = None
    about_child: bool = False
    greeting: bool = False
    complaint_held: bool = False
    complaint_until: datetime | None = None  # when the last one ended or will end
    hold_held: bool = False
    hold_until: datetime | None = None
    shared_phone_held: bool = False
    shared_phone_until: datetime | None = None
    zone: str = "UTC"
    sent: tuple = ()  # times of messages within the window of the cap, oldest first
    blacklisted: bool = False
    profiling: bool = False  # built on a mined score and profiling refused
    address: str | None = None
    dead_since: date | None = None
    expires_at: datetime | None = None
    sandbox: bool = False


class Decision(NamedTuple):
    """``reasons``: list of [code, values]; ``effect`` among the values says what the code did."""

    ref: int
    verdict: str
    until: datetime | None
    recipient_id: int | None
    address: str | None
    reasons: list


def decide_all(facts_list, rules, at):
    """Return a :class:`Decision` for each by ``ref``; messages of one call count together.

    What would go first fills the cap: of six advertisements to one person with four places left,
    the first four go.

    :param rules: {(company id, code, purpose): Rule}
    """
    taken, decisions = {}, []
    for facts in sorted(facts_list, key=lambda facts: facts.ref):
        decision = decide(facts, rules, at)
        cap = rules.get((facts.company_id, "cap", facts.purpose))
        if cap and cap.effect != ALLOW and decision.verdict == ALLOW:
            key = (facts.company_id, decision.recipient_id, facts.purpose)
            taken[key] = taken.get(key, 0) + 1
            decision = decide(facts, rules, at, taken[key])
        decisions.append(decision)
    return decisions


def decide(facts, rules, at, place=0):
    """Return the decision about one candidate.

    Refusal goes before another channel, that before delay, that before allow; all reasons are kept.

    :param place: how many of this call, this one included, would count for its cap

    >>> rules = {(1, *key): rule for key, rule in DEFAULTS.items()}
    >>> night = datetime(2026, 3, 1, 14, 30)  # 22:30 in Shanghai
    >>> facts = Facts(7, 1, "care", recipient_id=5, address="a@b.cn", zone="Asia/Shanghai")
    >>> decision = decide(facts, rules, night)
    >>> decision.verdict, decision.until, [code for code, _values in decision.reasons]
    ('delay', datetime.datetime(2026, 3, 2, 0, 0), ['consent_unknown', 'quiet_hours'])
    >>> decide(facts._replace(urgent=True), rules, night).verdict
    'allow'
    >>> decide(facts._replace(purpose="marketing"), rules, night).verdict
    'refuse'
    """
    reasons, untils = [], []
    for code in CODES:
        rule = rules.get((facts.company_id, code, facts.purpose))
        found = rule and _CONDITIONS[code](facts, rule, at, place)
        if not found:
            continue
        values, until = found
        effect = _settle(rule, facts, code)
        if effect == DELAY:
            untils.append(until)
            values = {**values, "until": f"{until:%Y-%m-%d %H:%M:%S}"}
        task = {"task": True} if rule.leaves_task and effect in (REFUSE, NEXT) else {}
        reasons.append([code, {**values, "effect": effect, **task}])
    effects = {values["effect"] for _code, values in reasons}
    verdict = next((one for one in (REFUSE, NEXT, DELAY) if one in effects), ALLOW)
    until = None
    if verdict == DELAY:
        until = max(untils)
        quiet = rules.get((facts.company_id, "quiet_hours", facts.purpose))
        if quiet and quiet.effect == DELAY and not (facts.urgent and quiet.urgent_passes):
            until = quiet_end(until, facts.zone, quiet.hour_from, quiet.hour_to) or until
    return Decision(facts.ref, verdict, until, facts.recipient_id, facts.address, reasons)


def _settle(rule, facts, code):
    """Return what the rule does here: some effects ask one thing more."""
    if rule.effect == OTHER:
        return ALLOW if facts.is_other else REFUSE
    if rule.effect == GUARDIAN:
        return GUARDIAN if facts.guardian_id else REFUSE
    if rule.effect == DELAY and rule.urgent_passes and facts.urgent:
        return ALLOW
    if code == "consent_unknown" and rule.asked_passes and facts.asked_for:
        return ALLOW
    return rule.effect


def quiet_end(moment, zone, hour_from, hour_to):
    """Return when the quiet hours around ``moment`` end (UTC), None outside them.

    >>> quiet_end(datetime(2026, 3, 1, 14), "Asia/Shanghai", 21, 8)
    datetime.datetime(2026, 3, 2, 0, 0)
    >>> quiet_end(datetime(2026, 3, 1, 4), "Asia/Shanghai", 21, 8) is None
    True
    >>> quiet_end(datetime(2026, 3, 1, 4, 30), "Asia/Shanghai", 12, 14.5)
    datetime.datetime(2026, 3, 1, 6, 30)
    """
    tz = pytz.timezone(zone)
    local = pytz.utc.localize(moment).astimezone(tz).replace(tzinfo=None)
    hour = local.hour + local.minute / 60 + local.second / 3600
    over_night = hour_from > hour_to
    if over_night:
        if hour_to <= hour < hour_from:
            return None
    elif not hour_from <= hour < hour_to:
        return None
    day = local.date() + timedelta(days=over_night and hour >= hour_from)
    end = datetime.combine(day, time()) + timedelta(minutes=round(hour_to * 60))
    return tz.localize(end).astimezone(pytz.utc).replace(tzinfo=None)


def freed_at(sent, maximum, days, place, at):
    """Return when a cap lets one more go: the end of the window of the oldest in the way.

    >>> old, new = datetime(2026, 2, 10), datetime(2026, 2, 20)
    >>> freed_at((old, new), 2, 30, 0, datetime(2026, 3, 1))
    datetime.datetime(2026, 3, 12, 0, 0)
    >>> freed_at((old,), 2, 30, 1, datetime(2026, 3, 1)) is None
    True
    """
    before = len(sent) + max(place, 1) - maximum
    if before <= 0:
        return None
    oldest = sent[before - 1] if before <= len(sent) else at
    return oldest + timedelta(days=days)


# CONDITIONS: each returns (values of the reason, when a delay ends), or None


def _when(condition, values=None, until=None):
    return (values or {}, until) if condition else None


def _consent(status):
    def condition(facts, rule, at, place):
        values = {"consent": facts.consent_id} if facts.consent_id else {}
        return _when(facts.consent == status, values)

    return condition


def _minor(facts, rule, at, place):
    guardian = {"guardian": facts.guardian_id} if facts.guardian_id else {}
    return _when(facts.minor_id, {"child": facts.minor_id, **guardian})


def _held(code):
    def condition(facts, rule, at, place):
        held, until = getattr(facts, f"{code}_held"), getattr(facts, f"{code}_until")
        end = until and until + timedelta(days=rule.days)
        if not held and not (end and end > at):
            return None
        return {}, at + timedelta(hours=rule.hours or 24) if held else end

    return condition


def _loss(flag):
    def condition(facts, rule, at, place):
        day = facts.loss_on
        recent = day and day + timedelta(days=rule.days) > at.date()
        return _when(getattr(facts, flag) and recent, {"on": f"{day}"})

    return condition


def _quiet(facts, rule, at, place):
    until = quiet_end(at, facts.zone, rule.hour_from, rule.hour_to)
    return _when(until, {"zone": facts.zone}, until)


def _cap(facts, rule, at, place):
    if not rule.maximum:
        return None
    until = freed_at(facts.sent, rule.maximum, rule.days, place, at)
    values = {"sent": len(facts.sent), "maximum": rule.maximum, "days": rule.days}
    return _when(until, values, until)


def _address_dead(facts, rule, at, place):
    return _when(facts.address and facts.dead_since, {"since": f"{facts.dead_since}"})


_CONDITIONS = {
    "consent_unknown": _consent("unknown"),
    "consent_withdrawn": _consent("withdrawn"),
    "subject_deceased": lambda facts, *_: _when(facts.subject_deceased),
    "recipient_deceased": lambda facts, *_: _when(facts.recipient_deceased),
    "minor": _minor,
    "admitted": lambda facts, rule, at, place: _when(
        facts.admitted, {}, at + timedelta(hours=rule.hours or 24)
    ),
    "loss_topic": _loss("about_child"),
    "loss_greeting": _loss("greeting"),
    "complaint": _held("complaint"),
    "hold": _held("hold"),
    "shared_phone": _held("shared_phone"),
    "quiet_hours": _quiet,
    "cap": _cap,
    "blacklist": lambda facts, *_: _when(facts.blacklisted),
    "profiling": lambda facts, *_: _when(facts.profiling),
    "address_missing": lambda facts, *_: _when(not facts.address),
    "address_dead": _address_dead,
    "expired": lambda facts, rule, at, place: _when(
        facts.expires_at and facts.expires_at <= at,
        {"at": f"{facts.expires_at:%Y-%m-%d %H:%M:%S}"} if facts.expires_at else {},
    ),
    "sandbox": lambda facts, *_: _when(facts.sandbox),
}
