"""What a short answer says: a refusal, a yes, the number of a line. Whole messages only.

People write "R", "ｔｄ", "退订。", "“退订”🙏", "回复R", "T D"; none of them is meant by "R" inside
a sentence.
"""

import unicodedata

#: Words that mean "no more", as shipped; each gateway has its own list.
OPT_OUT_WORDS = (
    "R, T, TD, STOP, UNSUBSCRIBE, 退订, 退訂, 拒收, 取消订阅, 取消訂閱, 不要再发, 不要再发了, "
    "别再发, 别再发了"
)
YES_WORDS = frozenset(("是", "是的", "确认", "確認", "确定", "yes", "是确认"))
ALL_WORDS = frozenset(("全部", "都", "都是", "所有", "所有人", "all", "0"))
_DIGITS = {char: number for number, char in enumerate("〇一二三四五六七八九")}
_LEADS = ("请回复", "請回覆", "回复", "回覆", "回復", "请", "請", "我要", "reply", "please")
_TAILS = ("谢谢", "謝謝", "thanks", "please", "谢", "吧")


def fold(text):
    """Return letters and digits only, in one width and case.

    >>> fold(" “ＴＤ” ！"), fold("R🙏\u200b"), fold("t_d"), fold("s t o p."), fold("@R@")
    ('td', 'r', 'td', 'stop', 'r')
    """
    plain = unicodedata.normalize("NFKC", text or "").casefold()
    return "".join(char for char in plain if unicodedata.category(char)[0] in "LN")


def words(listed):
    """Return the folded words of a list typed by an administrator.

    >>> sorted(words("R, td；退订，拒收\\n STOP")), words(None)
    (['r', 'stop', 'td', '拒收', '退订'], frozenset())
    """
    text = unicodedata.normalize("NFKC", listed or "").replace("、", ",").replace(";", ",")
    parts = (fold(word) for line in text.splitlines() for word in line.split(","))
    return frozenset(part for part in parts if part)


def is_opt_out(text, listed):
    """True when the whole message is one of the words, politely or not.

    >>> known = words(OPT_OUT_WORDS)
    >>> [is_opt_out(one, known) for one in ("Ｒ", "td", "T D", "退订。", "「退 订」🙏", "回复R")]
    [True, True, True, True, True, True]
    >>> [is_opt_out(one, known) for one in ("退订，谢谢", "请退订", "Stop!", "回复：ＴＤ")]
    [True, True, True, True]
    >>> [is_opt_out(one, known) for one in ("R u there", "我不退订", "T恤到了吗", "TT", "", "回复")]
    [False, False, False, False, False, False]
    """
    core = fold(text)
    if core in listed:
        return True
    for lead in _LEADS:
        if core.startswith(lead):
            core = core[len(lead) :]
            break
    for tail in _TAILS:
        if core.endswith(tail):
            core = core[: -len(tail)]
            break
    return core in listed


def is_yes(text):
    """True for a plain yes.

    >>> [is_yes(one) for one in ("是", " 是的。", "“确认”", "ＹＥＳ", "不是", "是不是", "")]
    [True, True, True, True, False, False, False]
    """
    return fold(text) in YES_WORDS


def chosen(text, count):
    """Return the places (from 0) of a list of ``count`` lines that an answer names, or nothing.

    >>> chosen("1", 2), chosen("２。", 2), chosen("二", 3), chosen("全部", 2), chosen("第2个", 2)
    ([0], [1], [1], [0, 1], [1])
    >>> chosen("3", 2), chosen("12", 2), chosen("李明", 2), chosen("1 2", 3)
    ([], [], [], [])
    """
    core = fold(text)
    if core in ALL_WORDS:
        return list(range(count))
    core = core.removeprefix("第").removesuffix("个").removesuffix("號").removesuffix("号")
    number = _DIGITS.get(core) if core in _DIGITS else int(core) if core.isdecimal() else 0
    return [number - 1] if number and number <= count else []


def reduce_names(names):
    """Return names as a neighbour may read them on a shared phone.

    >>> reduce_names(["李小明", "李明", "欧阳娜娜", "Anna Smith", "王"])
    ['李*明', '李*', '欧**娜', 'A***h', '王']
    >>> reduce_names(["李明", "李华"])
    ['*明', '*华']
    """
    short = [_reduce(name.strip()) for name in names]
    return [
        one if short.count(one) == 1 or len(name) < 2 else f"*{name.strip()[-1]}"
        for one, name in zip(short, names, strict=True)
    ]


def _reduce(name):
    if len(name) < 2:
        return name
    if len(name) == 2:
        return f"{name[0]}*"
    hidden = min(len(name) - 2, 3)
    return f"{name[0]}{'*' * hidden}{name[-1]}"
