from odoo import models
from odoo.exceptions import UserError

#: Each state and what may follow it.
NEXT = {
    "new": ("accepted", "refused"),
    "accepted": ("working", "approval", "answered", "closed"),
    "working": ("approval", "answered", "closed"),
    "approval": ("working", "answered"),
    "answered": ("closed", "working"),
    "closed": ("working",),
    "refused": ("accepted", "closed"),
}
CLOSING = ("closed", "refused")


class HcrmComplaintFlowMixin(models.AbstractModel):
    """The life of a case from its receipt to its end."""

    _name = "hcrm.complaint.flow.mixin"
    _description = "Life of Cases"

    def action_accept(self):
        """Accept cases: they get their receipt number, and who complained is told it."""
        self._check_at_desk()
        cases_sudo = self.sudo()
        cases_sudo._lock_cases()
        cases_sudo._move("accepted")
        cases_sudo._begin_clocks("accepted")
        cases_sudo._acknowledge("receipt")

    def action_start(self):
        self._check_at_desk()
        self.sudo()._move("working")

    def action_close(self):
        self._check_at_desk()
        self.sudo()._move("closed")

    def _move(self, state):
        """Change the state of all; each must be where this may follow. Under sudo."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for case in self:
            if state not in NEXT.get(case.state, ()):
                raise UserError(
                    self.env._(
                        "%(case)s is “%(now)s”: it cannot become “%(then)s”.",
                        case=case.display_name,
                        now=labels[case.state],
                        then=labels[state],
                    )
                )
        now = self._now()
        if state == "accepted":
            self._give_receipt_numbers()
        values = {"state": state}
        if state == "accepted":
            values["accepted_at"] = now
        elif state == "answered":
            values["answered_at"] = now
        if state in CLOSING:
            values["closed_at"] = now
        elif any(case.closed_at for case in self):
            values["closed_at"] = False
        self.write(values)
        self._on_moved(state)
        if state in CLOSING:
            self._end_clocks()
            self._end_holds()
            self.filtered("offer_id")._end_offers("withdrawn")

    def _on_moved(self, state):
        """Called after cases changed their state; other mixins extend it."""

    def _give_receipt_numbers(self):
        """Number accepted cases, those of one year in one statement."""
        lacking = self.filtered(lambda case: not case.receipt_number)
        numbers = self.env["hcrm.complaint.number"]
        for year, cases in lacking.grouped(lambda case: case._get_local_now().year).items():
            for case, number in zip(cases, numbers._take("receipt", year, len(cases)), strict=True):
                case.receipt_number = number
