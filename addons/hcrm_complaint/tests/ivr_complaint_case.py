from odoo.addons.hcrm_communication.tests.ivr_case import IvrCase
from odoo.addons.hcrm_communication.tools.voice import verbs


class IvrComplaintCase(IvrCase):
    """A telephone menu in which one can complain."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.menu.write(
            {
                "option_ids": [
                    (0, 0, {"key": "5", "name": "a complaint", "action": "complaint"}),
                    (0, 0, {"key": "6", "name": "its status", "action": "complaint_status"}),
                ]
            }
        )
        cls.menu.action_publish()
        cls.cases = cls.env["hcrm.complaint"]

    def _forget_tries(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM hcrm_rate_count WHERE what LIKE 'complaint-status-%'")

    def _speak(self, call, name="r", seconds=9):
        """Speak after the tone: the sound is fetched, then the program is told."""
        call._keep_recording(name, bytes(16_000 * seconds + 44))
        return self._tell(call, verbs.Recorded(name, seconds))

    def _complain(self, *keys, number="+8613800138001", name="r"):
        """Go through all questions; return call, case and what is heard last."""
        call, _answers = self._call(number)
        self._press(call, "5", *(keys or ("1", "", "", "1")))
        answers = self._speak(call, name)
        return call, self._case(call, name), answers

    def _case(self, call, name="r"):
        return self.cases.search([("intake_key", "=", call._get_statement_key(name))])

    def _files(self, case):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "hcrm.complaint.complainant"),
                ("res_id", "in", case.complainant_ids.ids),
            ]
        )

    def _read_pin(self, answers):
        """Return the PIN as the caller hears it."""
        [ask] = answers
        texts = [one.text for one in ask.say]
        start = texts.index("Your PIN is:") + 1
        return "".join(texts[start : start + 6])
