from odoo import models

from ..tools.voice.verbs import Digits


class HcrmIvrOptOutMixin(models.AbstractModel):
    """No more advertising: the same road as the word “TD” in an SMS, confirmed by a key.

    Whose number it is, the network says; nothing is told of who has it.
    """

    _name = "hcrm.ivr.opt.out.mixin"
    _description = "Telephone Menu: Refusals"

    def _run_opt_out(self, call, event):
        """Ask, refuse, and where it was care that we called about, ask once more."""
        number = call.sudo().number_stored or ""
        if not number.startswith("+"):
            text = self.env._(
                "We cannot see the number you are calling from. Please speak with a colleague."
            )
            return [self._speak(text)]
        step = call._recall().get("step") or "ask"
        key = event.keys[:1] if isinstance(event, Digits) else ""
        return list(getattr(self, f"_opt_out_{step}")(call, number, key))

    def _opt_out_ask(self, call, number, _key):
        call._remember(step="confirm")
        text = self.env._(
            "You are calling from the number that ends with %(tail)s. If it shall get no more "
            "advertising by telephone and SMS, press 1. To go back, press any other key.",
            tail=" ".join(number[-4:]),
        )
        return [self._ask_keys(call, text)]

    def _opt_out_confirm(self, call, _number, key):
        if key != "1":
            return [self._speak(self.env._("Nothing was changed."))]
        arrived = (
            self.env["hcrm.inbound"]
            .sudo()
            ._receive_from_call(
                call,
                "opt-out",
                self.env["hcrm.ivr.menu"]
                .with_context(lang=call.company_id.partner_id.lang)
                .env._("Telephone menu: pressed 1 to get no more advertising"),
            )
        )
        if arrived:
            arrived._refuse_by_key()
        if arrived.trouble == "care_goes_on":
            call._remember(step="care", inbound=arrived.id)
            return [self._speak(self._get_done()), self._ask_keys(call, self._get_care_question())]
        if arrived.trouble == "several":
            text = self.env._(
                "Several persons use this number. Advertising to all of them rests; a colleague "
                "will ask who wants no more."
            )
            return [self._speak(text)]
        return [self._speak(self._get_done())]

    def _opt_out_care(self, call, _number, key):
        arrived = self.env["hcrm.inbound"].sudo().browse(call._recall()["inbound"])
        arrived._settle_care(stops=key == "9")
        if key == "9":
            text = self.env._(
                "You will get no more reminders by telephone. Call us at any time to have them "
                "again."
            )
        else:
            text = self.env._("Reminders of your visits go on.")
        return [self._speak(text)]

    def _end_opt_out(self, call):
        """Who hangs up instead of answering keeps the reminders."""
        memo = call._recall()
        if memo.get("step") == "care":
            self.env["hcrm.inbound"].sudo().browse(memo["inbound"])._settle_care(stops=False)

    def _get_done(self):
        return self.env._("Done: this number gets no more advertising.")

    def _get_care_question(self):
        return self.env._(
            "If reminder calls about your visits and treatment shall stop as well, press 9. To "
            "keep them, press any other key."
        )
