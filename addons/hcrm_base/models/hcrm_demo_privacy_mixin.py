from datetime import timedelta

from odoo import api, models

from ..tools.demo.department_tables import PORTAL_LOGIN
from ..tools.demo.privacy_tables import PORTAL, REQUESTS

#: The steps to each state, by verbs.
STEPS = {
    "new": (),
    "checked": ("check_identity",),
    "progress": ("check_identity", "start"),
    "done": ("check_identity", "start", "done"),
    "refused": ("check_identity", "start", "refuse"),
    "withdrawn": ("withdraw",),
}


class HcrmDemoPrivacyMixin(models.AbstractModel):
    """Requests of persons for their rights in the demonstration hospital."""

    _name = "hcrm.demo.privacy.mixin"
    _description = "Demonstration Privacy Requests"

    @api.model
    def _create_privacy_requests(self):
        """Make some of each right and state, one of them late; the portal login has a package."""
        users = {user.login: user for user in self.env["res.users"].search([])}
        officer, manager = users["officer"], users["service_manager"]
        if login := users.get(PORTAL_LOGIN):
            request = self._ask_for_right(login, login.partner_id, PORTAL)
            self._work_on_request(request.with_user(manager), PORTAL)
        persons = self._persons_who_ask()
        for asked, person in zip(REQUESTS, persons, strict=False):
            request = self._ask_for_right(officer, person, asked)
            self._work_on_request(request.with_user(manager), asked)

    def _persons_who_ask(self):
        """Return grown-ups in no segment's way, whose file is not protected."""
        found = self.env["res.partner"].search(
            [
                ("is_customer_person", "=", True),
                ("is_deceased", "=", False),
                ("is_protected", "=", False),
                ("user_ids", "=", False),
                ("birth_date", "<", "1990-01-01"),
                ("segment_member_ids", "any", [("left_at", "=", False)]),
                ("encounter_ids", "any", [("state", "=", "finished")]),
                ("encounter_ids", "not any", [("state", "=", "in_progress")]),
                ("appointment_ids", "not any", [("state", "in", ("proposed", "booked"))]),
            ],
            order="id",
            limit=len(REQUESTS) * 7,
        )
        return found[::7]

    def _ask_for_right(self, user, person, asked):
        kind = self.env.ref(f"hcrm_base.privacy_kind_{asked.kind}")
        values = {
            "kind_id": kind.id,
            "partner_id": person.id,
            "channel": asked.channel,
            "identity_method": "portal" if asked.channel == "portal" else "card",
            "received_at": self.env.cr.now() - timedelta(days=asked.days),
            "description": asked.text,
        }
        # the portal's own road takes no dates: what is dated back is made by the system
        request = self.env["hcrm.privacy.request"].with_user(user).sudo().create(values)
        self.env["hcrm.privacy.correction"].with_user(user).sudo().create(
            [
                {"request_id": request.id, "field_name": name, "wished": text}
                for name, text in asked.wishes.items()
            ]
        )
        return request

    def _work_on_request(self, request, asked):
        for step in STEPS[asked.step]:
            if step == "refuse":
                ground = self.env.ref(f"hcrm_base.privacy_ground_{asked.ground}")
                request.write({"refusal_ground_id": ground.id, "refusal_text": asked.answer})
            elif step == "done":
                request.write({"answer": asked.answer})
                if request.package_state == "queued":
                    self._release_package(request)
            getattr(request, f"action_{step}")()
        if (asked.kind, asked.step) == ("erase", "progress"):
            request.action_propose_erasure()
        elif request.package_state == "queued":
            request.sudo()._build_package()  # it waits for somebody to release it

    @api.model
    def _release_package(self, request):
        """Have the administrator release what the service manager had put together."""
        request.sudo()._build_package()
        admin = self.env["res.users"].search([("login", "=", "hcrm_admin")], limit=1)
        request.with_user(admin).action_release_package()
