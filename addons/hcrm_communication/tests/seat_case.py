import itertools

from odoo import fields
from odoo.tests import new_test_user

from ..tools.voice import verbs
from .common import CommunicationCase

_number = itertools.count(1)


class SeatCase(CommunicationCase):
    """A service desk, a nurse's desk, three persons who share a number; no telephone system."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = cls.env["hcrm.call"]
        cls.queue = cls._create_queue("service", "Service desk")
        cls.care = cls._create_queue("care", "Nurses")
        cls.officer = cls._create_desk("officer", cls.queue)
        cls.second = cls._create_desk("officer", cls.queue)
        cls.nurse = cls._create_desk("nurse", cls.care | cls.queue)
        cls.wang = cls._create_person("王芳", phone="13800138001")
        cls.child = cls._create_person("李小明", phone="13800138001")
        cls.reason = cls.env.ref("hcrm_communication.call_reason_appointment")

    @classmethod
    def _create_queue(cls, code, name):
        queues = cls.env["hcrm.call.queue"]
        known = queues.search([("code", "=", code), ("company_id", "=", cls.env.company.id)])
        return known or queues.create({"code": code, "name": name})

    @classmethod
    def _create_desk(cls, role, queues, state="available"):
        user = new_test_user(
            cls.env, f"desk_{role}_{next(_number)}", groups=f"hcrm_base.group_{role}"
        )
        now = fields.Datetime.now()
        agent = cls.env["hcrm.agent"].create({"user_id": user.id, "queue_ids": queues.ids})
        agent.sudo().write(
            {
                "state": state,
                "away_reason": False,
                "state_since": now,
                "seen_at": now,
                "idle_since": now,
            }
        )
        return agent

    @classmethod
    def _create_call(cls, queue=None, **values):
        """Return a call that waits."""
        call = cls.calls.create(
            {
                "channel_ref": f"seat-{next(_number)}",
                "direction": "in",
                "company_id": cls.env.company.id,
                "number_stored": "+8613800138001",
                "program": "menu",
                "state": "menu",
                "answered_at": fields.Datetime.now(),
                **values,
            }
        )
        call._queue_up((queue or cls.queue).code)
        return call

    def _seat(self, agent):
        """Return the seat of an agent as the agent asks for it."""
        return self.env["hcrm.seat"].with_user(agent.user_id)

    def _show(self, agent):
        return self._seat(agent).get_seat()

    def _tell(self, call, event):
        answers = self.calls._tell(call.id, event)
        self.env.invalidate_all()
        return answers

    def _talk(self, agent, call=None):
        """Return a call that an agent talks."""
        call = call or self._create_call()
        self._seat(agent).accept(call.id)
        return call

    def _end(self, call):
        self._tell(call, verbs.Ended(16))
