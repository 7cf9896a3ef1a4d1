from odoo import api, models

from ..tools.voice import ivr_check

#: Sentences for what is wrong; the codes are those of ``tools/voice/ivr_check.py``.
PROBLEMS = {
    "no_greeting": lambda env: env._("Write a greeting."),
    "key_twice": lambda env: env._("Key %(key)s stands for two choices: give one another key."),
    "unknown_key": lambda env: env._(
        "The greeting says to press %(key)s, and no choice has this key: add one, or mend the "
        "greeting."
    ),
    "no_target": lambda env: env._("Key %(key)s leads nowhere: choose the menu it opens."),
    "no_text": lambda env: env._("Key %(key)s says nothing: write what callers hear."),
    "no_language": lambda env: env._("Key %(key)s: choose the language it changes to."),
    "no_name": lambda env: env._("Key %(key)s: write in two words what it is for."),
    "wrong_language": lambda env: env._(
        "“%(text)s” is not yet translated into %(language)s: use the button beside the text."
    ),
    "no_exit": lambda env: env._(
        "Callers can only go round here: add a key that reaches a person, takes a message or "
        "ends the call."
    ),
}


class HcrmIvrScriptMixin(models.AbstractModel):
    """A menu with all menus below it, as plain data for ``tools/voice/ivr.py``."""

    _name = "hcrm.ivr.script.mixin"
    _description = "Telephone Menu as Data"

    def _make_script(self):
        """Return the script of this menu and all below it: what is published."""
        self.ensure_one()
        menus = self._find_below()
        # as every reader of this hospital: what is published is the same whoever publishes
        langs = self._find_languages(menus)
        return {
            "root": str(self.id),
            "lang": self.lang,
            "langs": langs,
            "words": {lang: self._prepare_words(lang) for lang in langs},
            "menus": {str(menu.id): menu._prepare_script(langs) for menu in menus},
        }

    @api.model
    def _make_plain_script(self, company):
        """Return what a caller hears as long as nobody published a menu: a person, soon."""
        lang = company.partner_id.lang or "zh_CN"
        env = self.with_context(lang=lang).env
        greeting = env._("Hello, this is %s. Please hold the line.", company.name)
        person = {"id": 0, "key": "", "action": "person"}
        return {
            "root": "0",
            "lang": lang,
            "langs": [lang],
            "words": {lang: self._prepare_words(lang)},
            "menus": {"0": {"greeting": {lang: greeting}, "options": [], "fallback": person}},
        }

    def _find_below(self):
        """Return this menu and those that its keys lead to, however far."""
        found = news = self
        while news := news.option_ids.filtered("active").target_id.filtered("active") - found:
            found |= news
        return found

    def _find_languages(self, menus):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        chosen = menus.option_ids.filtered(lambda one: one.active and one.action == "language")
        return sorted({self.lang, *(one.lang for one in chosen if one.lang in installed)})

    def _prepare_script(self, langs):
        self.ensure_one()
        fallback = {"id": 0, "key": "", "action": self.fallback, "queue": self.queue_id.code or ""}
        return {
            "name": self.name,
            **{
                name: self._get_texts(name, langs)
                for name in ("greeting", "closed_greeting", "emergency")
            },
            "timeout": self.timeout,
            "replays": self.replays,
            "fallback": fallback,
            "options": [one._prepare_script(langs) for one in self.option_ids if one.active],
        }

    def _get_texts(self, name, langs):
        texts = {lang: self.with_context(lang=lang)[name] for lang in langs}
        return {lang: text.strip() for lang, text in texts.items() if text and text.strip()}

    @api.model
    def _prepare_words(self, lang):
        """Return what every menu says by itself."""
        env = self.with_context(lang=lang).env
        return {
            "press": env._("For %(what)s, press %(key)s."),
            "star": env._("star"),
            "hash": env._("hash"),
            "silence": env._("We heard no key."),
            "wrong": env._("There is no such choice."),
            "unavailable": env._("This is not available at the moment."),
            "goodbye": env._("Thank you for calling. Goodbye."),
        }

    def _describe_problems(self, script):
        """Return a sentence for each thing to be mended before callers may hear this."""
        langs = dict(self.env["res.lang"].get_installed())
        sentences = []
        for problem in ivr_check.problems(script):
            values = problem.values | {"language": langs.get(problem.values.get("lang"), "")}
            menu = script["menus"][problem.menu]["name"]
            sentences.append(f"{menu}: {PROBLEMS[problem.code](self.env) % values}")
        return sentences
