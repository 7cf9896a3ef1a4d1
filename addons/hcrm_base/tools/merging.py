"""What the surviving record of a merged person takes over from the absorbed one.

The survivor wins; what it lacks is filled in. Facts that belong together are taken together.
"""

ADDRESS = ("street", "street2", "city", "zip", "state_id", "country_id")
ADDRESS_LINES = ADDRESS[:4]
PHONES = ("phone_stored", "phone_other_stored")
STRICTEST = ("marketing_allowed", "is_protected", "profiling_refused", "source_time")
#: Settled by a rule of their own, below.
RULED = frozenset((*ADDRESS, *PHONES, "is_deceased", "death_date", *STRICTEST))
_UNKNOWN = (None, False, "", "unknown")


def merged_values(survivor, absorbed):
    """Return the values to write on the survivor, a dict with nothing that stays as it is.

    :param survivor: dict of column values; dates as ISO text
    :param absorbed: the same columns of the person who is taken in

    >>> merged_values({"sex": "unknown", "email": "a@b"}, {"sex": "male", "email": "c@d"})
    {'sex': 'male'}
    >>> merged_values({"company_id": 1}, {"company_id": 2})
    {'company_id': False}
    """
    values = {
        name: absorbed[name]
        for name, value in survivor.items()
        if name not in RULED and value in _UNKNOWN and absorbed.get(name) not in _UNKNOWN
    }
    values.update(_company(survivor, absorbed))
    values.update(_address(survivor, absorbed))
    values.update(_phones(survivor, absorbed))
    values.update(_death({**survivor, **values}, absorbed))
    values.update(_strictest(survivor, absorbed))
    return {name: value for name, value in values.items() if (survivor.get(name) or False) != value}


def _company(survivor, absorbed):
    """Known in two hospitals, a person belongs to the index that all share."""
    same = survivor.get("company_id") == absorbed.get("company_id")
    return {} if same or "company_id" not in survivor else {"company_id": False}


def _address(survivor, absorbed):
    """An address is taken whole or not at all, and not from another country.

    >>> _address({"city": "", "country_id": 1}, {"city": "成都", "country_id": 1})
    {'city': '成都', 'country_id': 1}
    >>> _address({"city": "", "country_id": 1}, {"city": "Paris", "country_id": 2})
    {}
    """
    if any(survivor.get(name) for name in ADDRESS_LINES):
        return {}
    for name in ("country_id", "state_id"):
        if survivor.get(name) and survivor[name] != absorbed.get(name):
            return {}
    return {name: absorbed[name] for name in ADDRESS if absorbed.get(name)}


def _phones(survivor, absorbed):
    """Known numbers stay, new ones take the free places.

    >>> _phones({"phone_stored": "1", "phone_other_stored": None}, {"phone_stored": "2"})
    {'phone_other_stored': '2'}
    >>> _phones({"phone_stored": None}, {"phone_stored": "2", "phone_other_stored": "3"})
    {'phone_stored': '2', 'phone_other_stored': '3'}
    >>> _phones({"phone_stored": "1"}, {"phone_stored": "1"})
    {}
    """
    known = [survivor.get(name) for name in PHONES if survivor.get(name)]
    new = [absorbed.get(name) for name in PHONES if absorbed.get(name)]
    new = [number for number in dict.fromkeys(new) if number not in known]
    free = [name for name in PHONES if not survivor.get(name)]
    return dict(zip(free, new, strict=False))


def _death(survivor, absorbed):
    """Whoever knows of the death is right; its date must fit the birth date that stays.

    >>> _death({"birth_date": "1950-01-01"}, {"is_deceased": True, "death_date": "2020-05-01"})
    {'is_deceased': True, 'death_date': '2020-05-01'}
    >>> _death({"birth_date": "1950-01-01"}, {"is_deceased": True, "death_date": "1949-05-01"})
    {'is_deceased': True}
    """
    values = {"is_deceased": True} if absorbed.get("is_deceased") else {}
    date = absorbed.get("death_date")
    if date and not survivor.get("death_date") and date >= (survivor.get("birth_date") or ""):
        values["death_date"] = date
    return values


def _strictest(survivor, absorbed):
    """Marketing needs the consent of both, protection of one is enough.

    The newest message decides what is old news.

    >>> _strictest({"marketing_allowed": True}, {"marketing_allowed": False})
    {'marketing_allowed': False}
    >>> _strictest({"is_protected": False}, {"is_protected": True})
    {'is_protected': True}
    >>> _strictest({"profiling_refused": False}, {"profiling_refused": True})
    {'profiling_refused': True}
    """
    refusals = ("is_protected", "profiling_refused")
    values = {name: True for name in refusals if absorbed.get(name)}
    if survivor.get("marketing_allowed") and not absorbed.get("marketing_allowed"):
        values["marketing_allowed"] = False
    times = [record["source_time"] for record in (survivor, absorbed) if record.get("source_time")]
    if times:
        values["source_time"] = max(times)
    return values
