"""Names, phones and addresses of persons as FHIR writes them.

>>> human_name("欧阳娜娜", "", "")["family"], human_name("John Q Smith", "", "")["family"]
('欧阳', 'Smith')
"""

import re

#: Family names of two characters that are common enough to be meant.
COMPOUND = frozenset(
    (
        "欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 "
        "司徒 司空 夏侯 轩辕 宇文 长孙 端木 独孤 南宫 西门"
    ).split()
)
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def split_name(name):
    """Return (family, given) as they are usually parted.

    >>> split_name("张伟"), split_name("John Q Smith"), split_name("Li"), split_name("买提·吐尔")
    (('张', '伟'), ('Smith', 'John Q'), ('Li', ''), ('', '买提·吐尔'))
    """
    if not _WIDE.search(name):
        given, _blank, family = name.rpartition(" ")
        return family, given
    if "·" in name or " " in name or len(name) > 4:
        return "", name
    family = name[:2] if name[:2] in COMPOUND and len(name) > 2 else name[:1]
    return family, name[len(family) :]


def join_name(family, given):
    """Return the full name of parts, Chinese without a blank and family first.

    >>> join_name("张", "伟"), join_name("Smith", "John Q"), join_name("", "李雷")
    ('张伟', 'John Q Smith', '李雷')
    """
    if _WIDE.search(family + given):
        return family + given.replace(" ", "")
    return " ".join(part for part in (given, family) if part)


def human_name(name, family, given):
    """Return a HumanName; told parts are kept as long as they still make the name."""
    if not (family or given) or join_name(family, given) != name:
        family, given = split_name(name)
    told = {"use": "official", "text": name}
    if family:
        told["family"] = family
    if given:
        told["given"] = [given] if _WIDE.search(given) else given.split(" ")
    return told


def telecoms(phones, email):
    """Return ContactPoints, the first phone before the second."""
    found = [
        {"system": "phone", "value": number, "use": "mobile" if _is_mobile(number) else "home"}
        | {"rank": rank}
        for rank, number in enumerate(filter(None, phones), start=1)
    ]
    if email:
        found.append({"system": "email", "value": email})
    return found


def _is_mobile(number):
    return number.startswith("+861") and len(number) == 14


def full_name(names):
    """Return (name, family, given) of the best HumanName: the official one, then the Chinese one.

    >>> full_name([{"family": "Zhang", "given": ["Wei"]}, {"family": "张", "given": ["伟"]}])
    ('张伟', '张', '伟')
    >>> full_name([{"text": "王 芳", "use": "old"}]), full_name([])
    (('', '', ''), ('', '', ''))
    """
    best, best_rank = ("", "", ""), None
    for told in names:
        family, given = told.get("family") or "", " ".join(filter(None, told.get("given") or []))
        text = (told.get("text") or "").strip() or join_name(family, given)
        if told.get("use") in ("old", "maiden", "nickname") or not text:
            continue
        rank = (bool(_WIDE.search(text)), told.get("use") == "official", told.get("use") != "temp")
        if best_rank is None or rank > best_rank:
            best, best_rank = (text, family, given), rank
    return best


def phones_of(telecom):
    """Return the phones of ContactPoints, best first.

    >>> phones_of([{"system": "phone", "value": "1", "rank": 2}, {"system": "sms", "value": "2"},
    ...            {"system": "phone", "value": "3", "rank": 1}, {"system": "email", "value": "e"}])
    ['3', '1', '2']
    """
    found = [
        one
        for one in telecom
        if one.get("system") in ("phone", "sms") and one.get("value") and one.get("use") != "old"
    ]
    found.sort(key=lambda one: one.get("rank") or 99)
    return list(dict.fromkeys(one["value"].strip() for one in found))


def email_of(telecom):
    """Return the first e-mail address."""
    for one in telecom:
        if one.get("system") == "email" and "@" in (one.get("value") or ""):
            return one["value"].strip()
    return ""
