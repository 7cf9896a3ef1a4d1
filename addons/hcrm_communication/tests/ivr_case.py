from ..tools.voice import verbs
from .common import CommunicationCase

LI = "+8613800138001"


class IvrCase(CommunicationCase):
    """A hospital whose telephone is answered by a published menu."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls.env.company.partner_id.lang = "en_US"
        cls.calls = cls.env["hcrm.call"]
        cls.inbox = cls.env["hcrm.inbound"]
        cls.company = cls.env.company
        cls.menu = cls._create_menu(
            "Main",
            [
                ("1", "your appointments", "appointment"),
                ("2", "a message", "message"),
                ("3", "no more advertising", "opt_out"),
                ("0", "a person", "person"),
            ],
            is_entry=True,
        )
        cls.menu.action_publish()

    def setUp(self):
        super().setUp()
        self._forget_tries()
        self.addCleanup(self._forget_tries)

    def _forget_tries(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM hcrm_rate_count WHERE what = 'ivr-birth-date'")

    @classmethod
    def _create_menu(cls, name, options, **values):
        options = [
            (0, 0, {"key": key, "name": what, "action": action, **dict(*more)})
            for key, what, action, *more in options
        ]
        return cls.env["hcrm.ivr.menu"].create(
            {
                "name": name,
                "lang": "en_US",
                "greeting": "Good day.",
                "emergency": False,
                "calendar_id": False,
                "option_ids": options,
                **values,
            }
        )

    def _call(self, number=LI, **values):
        """Let somebody call; return the call and what they hear."""
        call = self.calls.create(
            {
                "channel_ref": f"test-{self.calls.search_count([])}",
                "direction": "in",
                "company_id": self.company.id,
                "number_stored": number,
                "program": "menu",
                **values,
            }
        )
        return call, self._tell(call, verbs.Started())

    def _tell(self, call, event):
        answers = self.calls._tell(call.id, event)
        self.env.flush_all()
        self.env.invalidate_all()
        return answers

    def _press(self, call, *keys):
        """Press keys one after the other; return what is heard after the last."""
        answers = []
        for key in keys:
            answers = self._tell(call, verbs.Digits(key) if key else verbs.Silence())
        return answers

    @staticmethod
    def _hear(answers):
        """Return all that is said, as one text."""
        heard = []
        for verb in answers:
            says = verb.say if isinstance(verb, verbs.Gather) else (verb,)
            heard += [one.text for one in says if isinstance(one, verbs.Say)]
        return " ".join(heard)

    def _arrived(self, call):
        return self.inbox.search([("call_id", "=", call.id)])
