"""Puts the codes of ``tools/reasons.py`` into the words of whoever reads them."""

import re

from ..tools.locations import LOCATIONS
from ..tools.reasons import REASONS, fill

_PLACEHOLDER = re.compile(r"%\(\w+\)s")


class ReasonWords:
    """Says reasons in the language of ``env``; ``reasons`` are all that will be asked for."""

    def __init__(self, env, reasons=()):
        self._env = env
        codes = {one.values["system"] for one in reasons if "system" in one.values}
        self._systems = self._find_systems(codes) if codes else {}

    def say(self, reason):
        """Return a sentence, such as ``PID-7 (birth date): this is not a date``."""
        kind = REASONS.get(reason.code)
        values = {name: self._say_value(name, value) for name, value in reason.values.items()}
        text = fill(self._env._(kind.text), values) if kind else reason.code
        if not reason.location:
            return text
        place = {"location": reason.location, "text": text}
        name = LOCATIONS.get(reason.location)
        if name and "." in reason.location:  # a field of ours, which no source calls so
            return self._env._("%(location)s: %(text)s", location=self._env._(name), text=text)
        if name:
            return self._env._("%(location)s (%(name)s): %(text)s", name=self._env._(name), **place)
        return self._env._("%(location)s: %(text)s", **place)

    def labels(self):
        """Return (code, label) of the whole catalogue; an ellipsis stands where values go."""
        return [
            (code, _PLACEHOLDER.sub("…", self._env._(kind.text)).replace("%%", "%"))
            for code, kind in REASONS.items()
        ]

    def find_codes(self, word):
        """Return the codes whose text holds ``word``, or that are it."""
        word = word.lower()
        english = self if self._env.lang in (None, "en_US") else ReasonWords(_english(self._env))
        labels = self.labels() + (english.labels() if english is not self else [])
        return list({code for code, label in labels if word in label.lower() or word == code})

    def find_locations(self, word):
        """Return the fields of HL7 whose name holds ``word``."""
        word = word.lower()
        return [code for code, name in LOCATIONS.items() if word in self._env._(name).lower()]

    def _find_systems(self, codes):
        systems_sudo = self._env["hcrm.identifier.system"].sudo().with_context(active_test=False)
        found = systems_sudo.search_fetch([("code", "in", list(codes))], ["code", "name"])
        return {system.code: system.name for system in found}

    def _say_value(self, name, value):
        if name == "system":
            return self._systems.get(value, value)
        if name == "field" and isinstance(value, str):
            model, _dot, field = value.rpartition(".")
            return self._env["ir.model.fields"].get_field_string(model).get(field, field)
        return value


def _english(env):
    return env(context={**env.context, "lang": "en_US"})
