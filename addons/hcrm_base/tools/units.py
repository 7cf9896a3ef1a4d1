"""How a unit is shown: stored as UCUM or as the source wrote it, shown as a ward reads it.

What is not known passes unchanged, but for the signs of UCUM that nobody writes by hand.

>>> [show_unit(unit) for unit in ("Cel", "mm[Hg]", "10*9/L", "umol/L", "mL/min/{1.73_m2}")]
['℃', 'mmHg', '×10⁹/L', 'μmol/L', 'mL/min/1.73m²']
>>> [show_unit(unit) for unit in ("kg/m2", "m[IU]/L", "{INR}", "x10^12/L", "片", "", None)]
['kg/m²', 'mIU/L', '', '×10¹²/L', '片', '', '']
>>> show_unit("/min", "zh_CN"), show_unit("/min", "en_US"), show_unit("{score}", "zh_CN")
('次/分', '/min', '分')
"""

import re
from functools import lru_cache

#: Whole units that are shown as something else.
WHOLE = {
    "1": "",
    "Cel": "℃",
    "[degF]": "℉",
    "deg": "°",
    "Ohm": "Ω",
    "[pH]": "",
    "[ppth]": "‰",
    "[ppm]": "ppm",
    "[drp]": "gtt",
    "[iU]": "IU",
    "[in_i]": "in",
    "[ft_i]": "ft",
    "[lb_av]": "lb",
    "{beats}/min": "/min",
    "{breaths}/min": "/min",
    "{INR}": "",
    "{ratio}": "",
    "{score}": "",
    "{titer}": "",
}
#: The same where a language has words of its own.
WHOLE_IN = {
    "zh": {
        "/min": "次/分",
        "{beats}/min": "次/分",
        "{breaths}/min": "次/分",
        "{score}": "分",
        "[drp]": "滴",
        "/[HPF]": "个/HP",
        "/[LPF]": "个/LP",
        "a": "岁",
        "mo": "个月",
        "wk": "周",
        "d": "天",
        "h": "小时",
        "min": "分钟",
        "s": "秒",
    }
}
#: What stands in square brackets within a unit; the rest only loses its brackets.
BRACKETS = {
    "iU": "IU",
    "arb'U": "U",
    "H2O": "H₂O",
    "HPF": "HP",
    "LPF": "LP",
    "degF": "℉",
}
_BRACKET = re.compile(r"\[([^\[\]]+)\]")
_ANNOTATION = re.compile(r"\{([^{}]*)\}")
_POWER_OF_TEN = re.compile(r"(?:^|(?<=[/.·]))[x×*]?10[*^]([+-]?\d+)")
_EXPONENT = re.compile(r"(?<![A-Za-z])((?:[dcmkμ]?m|s|kg))(-?\d)(?![\d.])")
_MICRO = re.compile(r"(?:^|(?<=[/.·(]))[uµ](?=(?:mol|g|L|l|m|s|V|U|kat|Eq|IU)(?![a-z]))")
_DOT = re.compile(r"(?<=[A-Za-zμ)])\.(?=[A-Za-zμ(])")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+")


@lru_cache(maxsize=2048)
def show_unit(unit, lang="en_US"):
    """Return the unit as staff read it.

    :param unit: UCUM or free text, or nothing
    :param lang: of the reader, as ``zh_CN``

    >>> [show_unit(unit) for unit in ("uL", "ug/L", "u[IU]/mL", "U/L", "umol/(24.h)", "unit")]
    ['μL', 'μg/L', 'μIU/mL', 'U/L', 'μmol/(24.h)', 'unit']
    >>> [show_unit(unit) for unit in ("cm[H2O]", "10*-3", "{copies}/mL", "/[HPF]", "kg.m2", "m/s2")]
    ['cmH₂O', '×10⁻³', 'copies/mL', '/HP', 'kg·m²', 'm/s²']
    >>> [show_unit(unit) for unit in ("10^9/L", "*10^9/L", "B12", "mmHg", "个/HP", "CO2", "pm3")]
    ['×10⁹/L', '×10⁹/L', 'B12', 'mmHg', '个/HP', 'CO2', 'pm3']
    """
    text = (unit or "").strip()
    words = WHOLE_IN.get((lang or "").split("_")[0], {})
    if text in words:
        return words[text]
    if text in WHOLE:
        return WHOLE[text]
    text = _ANNOTATION.sub(lambda found: found[1].replace("_", ""), text)
    text = _BRACKET.sub(lambda found: BRACKETS.get(found[1], found[1]), text)
    text = _POWER_OF_TEN.sub(lambda found: f"×10{found[1].translate(_RAISED)}", text)
    text = _MICRO.sub("μ", text)
    text = _EXPONENT.sub(lambda found: found[1] + found[2].translate(_RAISED), text)
    return _DOT.sub("·", text)


def show_number(number):
    """Return a measured number without zeros at its end, whatever its size.

    >>> [show_number(number) for number in (5.80, 0.0, 1234567.0, 36.6, 0.000012, -2.5, -0.0)]
    ['5.8', '0', '1234567', '36.6', '0.000012', '-2.5', '0']
    """
    return f"{round(number, 6) + 0.0:.6f}".rstrip("0").rstrip(".")


def show_quantity(number, unit, lang="en_US"):
    """Return number and unit; a percent sign and degrees follow without space.

    >>> [show_quantity(*one) for one in ((98, "%"), (36.6, "Cel"), (5.8, "mmol/L"), (1.1, "{INR}"))]
    ['98%', '36.6℃', '5.8 mmol/L', '1.1']
    >>> show_quantity(7.2, "10*9/L"), show_quantity(76, "/min", "zh_CN")
    ('7.2×10⁹/L', '76次/分')
    """
    shown = show_unit(unit, lang)
    is_close = shown[:1] in ("%", "‰", "℃", "℉", "°", "×", "/") or not shown[:1].isascii()
    between = "" if is_close and shown[:1] not in ("μ", "Ω") else " "
    return f"{show_number(number)}{between}{shown}".strip()
