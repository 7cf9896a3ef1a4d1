"""The shape in which an addon explains what a computer decided about a person. No ORM."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Part:
    """One thing that went into a decision: what it is called, its value, what it did."""

    label: str
    value: str = ""
    effect: str = ""


@dataclass(frozen=True)
class Explanation:
    """One automated decision, in words for the person it is about and in their language.

    ``title`` says what was decided on, ``result`` how, ``logic`` by which kind of reasoning;
    ``parts`` are the data it rests on, for a score each with its share. Nothing here may tell a
    secret of the hospital (thresholds, names of rules) or data about somebody else.

    >>> Explanation("Tier", "Gold", "Sum of points", [Part("Visits", "12", "+30")]).as_dict()[
    ...     "parts"
    ... ]
    [{'label': 'Visits', 'value': '12', 'effect': '+30'}]
    >>> Explanation("Tier", "", "Sum of points")
    Traceback (most recent call last):
    ...
    ValueError: an explanation needs title, result and logic
    """

    title: str
    result: str
    logic: str
    parts: tuple = ()
    decided_at: str = ""  # a day, as the person reads it
    version: str = ""  # of the rule or model

    def __post_init__(self):
        if not (self.title and self.result and self.logic):
            raise ValueError("an explanation needs title, result and logic")
        object.__setattr__(self, "parts", tuple(self.parts))

    def as_dict(self):
        """Return it as JSON keeps it."""
        return asdict(self) | {"parts": [asdict(part) for part in self.parts]}
