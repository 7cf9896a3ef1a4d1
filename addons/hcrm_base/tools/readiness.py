"""One line of the "Ready?" checklist; addons make them in ``hcrm.readiness._readiness_checks``."""

from dataclasses import dataclass

#: What a check can find, from best to worst; "info" is neither good nor bad.
STATES = ("done", "info", "todo", "blocked")


@dataclass(frozen=True)
class ReadinessCheck:
    """One line of the checklist: what, in which state, why, and where it is mended."""

    code: str
    section: str
    title: str
    state: str
    reason: str
    action: dict | str | bool = False  # act_window as a dictionary, or the XML id of an action
    button: str = ""

    def __post_init__(self):
        if self.state not in STATES:
            raise ValueError(f"state {self.state!r} is not one of {STATES}")
