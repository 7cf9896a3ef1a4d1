import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import inbound_text


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
        """Return the telephone of a user, as Asterisk names it; an empty text if there is none."""
        return ""

    def _connect(self, user):
        """Let ``user`` take this waiting call; false if a colleague was quicker."""
        self.ensure_one()
        call = self._lock(self.id)
        if call.state != "queued" or call.wanted_id:
            return False
        call.wanted_id = user
        call._notify("wanted")
        return True

    @api.model
    def _dial(self, user, number, partner_id=False, **values):
        """Ring the telephone of ``user``, then ``number``; return the call."""
        company = values.pop("company", False) or self.env.company
        gateway = self.env["hcrm.gateway"].sudo()._find_voice(company)
        region = company.country_id.code or "CN"
        if not gateway:
            raise UserError(self.env._("No voice gateway is open: nobody can be called."))
        if not self._find_endpoint(user):
            raise UserError(self.env._("There is no telephone at your desk: name one first."))
        call = (
            self.env["hcrm.call"]
            .sudo()
            .create(
                {
                    "channel_ref": f"click-{secrets.token_hex(12)}",
                    "direction": "out",
                    "gateway_id": gateway.id,
                    "company_id": company.id,
                    "number_stored": inbound_text.number(number, region),
                    "partner_id": partner_id,
                    "user_id": user.id,
                    "program": "click",
                    **values,
                }
            )
        )
        call._notify("dial")
        return call

    def _notify(self, what):
        """Tell the process that speaks, once this is committed."""
        self.env.flush_all()
        told = f"{self.gateway_id.id}:{what}:{self.channel_ref}"
        self.env.cr.execute(SQL("SELECT pg_notify('hcrm_voice', %s)", told))
