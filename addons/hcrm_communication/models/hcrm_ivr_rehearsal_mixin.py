from odoo import models

from ..tools.voice import ivr, verbs

#: More keys nobody rehearses.
MOST_KEYS = 40


class HcrmIvrRehearsalMixin(models.AbstractModel):
    """A menu tried on screen: the interpreter that callers meet, on the menu as it stands.

    Services that work on somebody's data are named, not run: a rehearsal shows nothing of anybody.
    """

    _name = "hcrm.ivr.rehearsal.mixin"
    _description = "Rehearsal of a Telephone Menu"

    def rehearse(self, keys, is_open=True):
        """Return what a caller hears who presses ``keys``; an empty one is to press none.

        :param keys: list of keys, in their order
        """
        self.ensure_one()
        self.check_access("read")
        script = self._make_script()
        state, lines = ivr.begin(script, is_open), []
        state, lines = self._rehearse_event(script, state, verbs.Started(), lines)
        for key in keys[:MOST_KEYS]:
            key = str(key)[:1]
            event = verbs.Digits(key) if key else verbs.Silence()
            lines.append({"who": "caller", "text": key or self.env._("(no key)")})
            state, lines = self._rehearse_event(script, state, event, lines)
        return {
            "lines": lines,
            "is_over": state["phase"] == ivr.ENDED,
            "outline": list(self._outline(script, script["root"], 0, {script["root"]})),
        }

    def _rehearse_event(self, script, state, event, lines):
        state, said = ivr.step(script, state, event)
        if said and isinstance(said[-1], ivr.Handle):
            option = said.pop().option
            lines = lines + self._write_lines(said)
            lines.append({"who": "service", "text": self._name_service(option)})
            ends = option.get("ends", option["action"] == "person")
            state, said = ivr.settle(script, state, [verbs.Hangup()] if ends else [])
        return state, lines + self._write_lines(said)

    def _name_service(self, option):
        actions = self.env["hcrm.ivr.option"]._fields["action"]._description_selection(self.env)
        name = dict(actions).get(option["action"], option["action"])
        queue = option.get("queue")
        return f"{name} ({queue})" if queue else name

    def _write_lines(self, said):
        lines = []
        for verb in said:
            says = verb.say if isinstance(verb, verbs.Gather) else (verb,)
            for one in says:
                if isinstance(one, verbs.Say):
                    lines.append({"who": "menu", "text": one.text})
                elif isinstance(one, verbs.Hangup):
                    lines.append({"who": "end", "text": self.env._("The call ends.")})
        return lines

    def _outline(self, script, number, depth, seen):
        """Give a line for each key, with those of the menus below: what the diagram shows."""
        field = self.env["hcrm.ivr.option"]._fields
        actions = dict(field["action"]._description_selection(self.env))
        hours = dict(field["offered"]._description_selection(self.env))
        for option in script["menus"][number]["options"]:
            target = option["target"] if option["action"] == "submenu" else ""
            below = script["menus"].get(target, {})
            yield {
                "depth": depth,
                "key": option["key"],
                "name": ivr.text_in(option["name"], script["lang"]),
                "does": below.get("name") or actions.get(option["action"], option["action"]),
                "when": hours[option["offered"]] if option["offered"] != "always" else "",
            }
            if below and target not in seen:
                seen.add(target)
                yield from self._outline(script, target, depth + 1, seen)
