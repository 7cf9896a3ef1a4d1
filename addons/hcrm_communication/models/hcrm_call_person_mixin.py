from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.voice import verbs


class HcrmCallPersonMixin(models.AbstractModel):
    """Persons of a call: who has the number, and which member of staff speaks."""

    _name = "hcrm.call.person.mixin"
    _description = "Persons of a Phone Call"

    wanted_id = fields.Many2one(
        "res.users", readonly=True, groups=".", help="Who took the waiting call: rings there next."
    )

    def _find_sharers(self):
        """Return who has this number: survivors of merges, nobody who died."""
        self.ensure_one()
        self.env["res.partner"].flush_model()
        inbox = self.env["hcrm.inbound"].sudo()
        return inbox._find_sharers("voice", self.sudo().number_stored, self.company_id)

    def _find_persons(self):
        """Return those who share this number, as far as the user may read them."""
        return self._find_sharers().with_env(self.env)._filtered_access("read")

    def _find_only_person(self):
        """Return the one person who has this number; nobody if several have."""
        persons = self._find_sharers()
        return persons if len(persons) == 1 else persons.browse()

    # STAFF

    def _find_endpoint(self, user):
        """Return the telephone of a user's desk, as Asterisk names it, or an empty text."""
        desks = self.env["hcrm.agent"].sudo().search([("user_id", "=", user.id)])
        here = desks.filtered(lambda one: one.company_id == self.company_id) or desks
        return here[:1].endpoint or ""

    def _connect(self, user):
        """Ring the telephone of the user who took this waiting call."""
        self.ensure_one()
        self._lock(self.id).wanted_id = user
        self._notify("wanted")

    def _originate(self, user):
        """Ring the telephone of ``user``, then the number; a sandbox rings nobody's."""
        self.ensure_one()
        if self.gateway_id not in self.env["hcrm.gateway"].sudo()._find_voice(self.company_id):
            self.gateway_id = False
            self._tell(self.id, verbs.Connected(user.id))
        elif not self._find_endpoint(user):
            raise UserError(self.env._("There is no telephone at your desk: name one first."))
        else:
            self._notify("dial")

    def _hang_up(self):
        """End the call."""
        self._notify("hangup")

    def _notify(self, what):
        """Tell the process that speaks, once this is committed."""
        self.env.flush_all()
        told = f"{self.gateway_id.id}:{what}:{self.channel_ref}"
        self.env.cr.execute(SQL("SELECT pg_notify('hcrm_voice', %s)", told))
