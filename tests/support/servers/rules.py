"""How a server answers whom: the first rule that fits decides."""

import re
from dataclasses import asdict, dataclass, field


@dataclass
class Rule:
    """What to do with a message whose key (a number, an address, a path) matches.

    ``times`` is how often the rule still holds (-1: for ever), ``delay`` seconds to wait before
    answering, ``options`` what the behaviour needs besides.
    """

    match: str
    act: str
    times: int = -1
    delay: float = 0
    stage: str = ""
    options: dict = field(default_factory=dict)


class Rules:
    """An ordered list of rules; new ones go first.

    >>> rules = Rules([Rule("9$", "reject", times=1), Rule("", "slow", delay=2)])
    >>> [rules.take("139").act for _ in range(2)], rules.take("138").act
    (['reject', 'slow'], 'slow')
    >>> Rules().take("139") is None
    True
    """

    def __init__(self, rules=()):
        self.rules = list(rules)

    def add(self, told):
        """Add rules told as dictionaries; a wrong word is refused."""
        new = [Rule(**one) for one in told]
        for rule in new:
            re.compile(rule.match)
        self.rules[:0] = new

    def clear(self):
        """Nothing is special any more."""
        self.rules.clear()

    def take(self, key, stage=""):
        """The rule for a key at a stage, used up by one; None when none fits."""
        for rule in self.rules:
            if rule.times and rule.stage == stage and re.search(rule.match, key):
                rule.times -= 1 if rule.times > 0 else 0
                return rule
        return None

    def told(self):
        """As dictionaries."""
        return [asdict(rule) for rule in self.rules]
