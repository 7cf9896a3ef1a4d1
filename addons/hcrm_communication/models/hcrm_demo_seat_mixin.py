from datetime import timedelta

from odoo import Command, api, fields, models

#: Queues: code, names, seconds in which a call is answered, script by its question.
QUEUES = (
    ("service", ("客服热线", "Service line"), 20, "患者情绪激动时怎么说？"),
    ("care", ("护理热线", "Nurses' line"), 30, "出院回访开场"),
)
#: Desks: login, telephone, queues, state, why away, minutes since.
DESKS = (
    ("officer", "PJSIP/desk1", ("service",), "away", "off", 0),
    ("service_manager", "PJSIP/desk2", ("service",), "away", "meeting", 12),
    ("nurse", "PJSIP/desk3", ("service", "care"), "away", "off", 0),
)
CALLS = 48
#: What calls were about and how they were left, in turn; what was noted.
TALKS = (
    ("appointment", "settled", "已改到下周三上午。"),
    ("fees", "settled", "已说明异地医保备案流程。"),
    ("way", "settled", ""),
    ("report", "passed_on", "报告未出，转检验科窗口核实。"),
    ("appointment", "call_back", "专家号已满，有退号时回电。"),
    ("admission", "settled", "已告知住院所需证件。"),
    ("complaint", "passed_on", "对排队时间不满意，已致歉并转门诊办。"),
    ("other", "wrong_number", ""),
)
PRAISE = "问候热情，先核对了身份，复述了来电人的需求。"
ADVICE = "说明下一步时再具体一些：谁、什么时候回电。"


class HcrmDemoSeatMixin(models.AbstractModel):
    """A day of the contact centre: desks, calls since the morning, two callers who wait."""

    _name = "hcrm.demo.seat.mixin"
    _description = "Demonstration of the Contact Centre"

    @api.model
    def _create_contact_centre(self, company):
        queues = self._create_queues(company)
        agents = self._create_desks(company, queues)
        self._create_calls(company, queues, agents)
        self._create_call_scores()

    @api.model
    def _create_queues(self, company):
        queues = self.env["hcrm.call.queue"]
        for code, (chinese, english), seconds, script in QUEUES:
            scripts = self.env["hcrm.answer"].with_context(lang="zh_CN")
            queue = queues.with_context(lang="en_US").create(
                {
                    "code": code,
                    "name": english,
                    "company_id": company.id,
                    "answer_within": seconds,
                    "script_id": scripts.search(
                        [("kind", "=", "script"), ("name", "=", script)], limit=1
                    ).id,
                }
            )
            queue.with_context(lang="zh_CN").name = chinese
            queues |= queue
        return queues.with_env(self.env)

    @api.model
    def _create_desks(self, company, queues):
        now = fields.Datetime.now()
        agents = self.env["hcrm.agent"]
        for login, endpoint, codes, state, reason, minutes in DESKS:
            agents |= agents.create(
                {
                    "user_id": self.env["res.users"].search([("login", "=", login)], limit=1).id,
                    "company_id": company.id,
                    "endpoint": endpoint,
                    "queue_ids": [
                        Command.set(queues.filtered(lambda one: one.code in codes).ids)  # noqa: B023
                    ],
                    "state": state,
                    "away_reason": reason,
                    "state_since": now - timedelta(minutes=minutes),
                    "seen_at": now,
                    "idle_since": now,
                }
            )
        return agents

    @api.model
    def _create_calls(self, company, queues, agents):
        """Calls of the last six hours, one in nine given up; two that wait, one number shared."""
        persons = self._get_callers(company, CALLS)
        now = fields.Datetime.now()
        values = [
            self._prepare_call(company, queues, agents, person, place, now)
            for place, person in enumerate(persons)
        ]
        calls = self.env["hcrm.call"].create(values)
        self._create_call_notes(calls)
        for person, urgency in zip(self._get_shared_callers(company), ("1", "0"), strict=False):
            call = self.env["hcrm.call"].create(
                {
                    "channel_ref": f"demo-waiting-{person.id}",
                    "direction": "in",
                    "company_id": company.id,
                    "number_stored": person.phone_stored,
                    "number_called": company.phone,
                    "program": "menu",
                    "state": "menu",
                    "answered_at": now,
                    "urgency": urgency,
                }
            )
            call._queue_up("service")

    @api.model
    def _get_callers(self, company, limit):
        return self.env["res.partner"].search(
            [
                ("is_customer_person", "=", True),
                ("phone_stored", "!=", False),
                ("death_date", "=", False),
                ("is_protected", "=", False),
                ("company_id", "in", (False, company.id)),
            ],
            limit=limit,
            order="id",
        )

    @api.model
    def _get_shared_callers(self, company):
        """Return a person whose number two others have as well, if there is one, and another."""
        domain = [("is_customer_person", "=", True), ("phone_stored", "!=", False)]
        domain += [("death_date", "=", False), ("company_id", "in", (False, company.id))]
        shared = self.env["res.partner"]._read_group(
            domain,
            ["phone_stored"],
            ["id:recordset"],
            having=[("__count", ">", 1)],
            order="__count DESC, phone_stored",
            limit=2,
        )
        return self.env["res.partner"].union(*(persons[0] for _number, persons in shared))

    @api.model
    def _prepare_call(self, company, queues, agents, person, place, now):
        agent = agents[place % len(agents)]
        reason, result, _note = TALKS[place % len(TALKS)]
        began = now - timedelta(minutes=360 - place * 7)
        waited, talked = 4 + place * 5 % 22, 45 + place * 37 % 240
        talk = began + timedelta(seconds=15 + waited)
        end = talk + timedelta(seconds=talked)
        values = {
            "channel_ref": f"demo-{place}",
            "direction": "in",
            "company_id": company.id,
            "number_stored": person.phone_stored,
            "number_called": company.phone,
            "partner_id": person.id,
            "program": "menu",
            "queue_id": queues[0].id,
            "state": "ended",
            "cause": 16,
            "started_at": began,
            "answered_at": began + timedelta(seconds=3),
            "queued_at": began + timedelta(seconds=15),
        }
        if place % 9 == 5:
            return values | {
                "outcome": "abandoned",
                "ended_at": began + timedelta(seconds=95),
            }
        return values | {
            "outcome": "answered",
            "user_id": agent.user_id.id,
            "taken_at": talk - timedelta(seconds=2),
            "talk_at": talk,
            "ended_at": end,
            "wrapped_at": end + timedelta(seconds=8 + place * 5 % 14),
            "reason_id": self.env.ref(f"hcrm_communication.call_reason_{reason}").id,
            "result": result,
        }

    @api.model
    def _create_call_notes(self, calls):
        """A note for each talk, as the wrap-up writes it."""
        talks = {call: TALKS[place % len(TALKS)] for place, call in enumerate(calls)}
        spoken = calls.filtered("talk_at")
        notes = self.env["hcrm.contact.note"].create(
            [
                {
                    "partner_id": call.partner_id.id,
                    "company_id": call.company_id.id,
                    "user_id": call.user_id.id,
                    "way": "phone",
                    "direction": "in",
                    "summary": call.reason_id.with_context(lang="zh_CN").name,
                    "body": talks[call][2],
                    "noted_at": call.ended_at,
                    "duration": max(1, round(call.seconds / 60)),
                }
                for call in spoken
            ]
        )
        for call, note in zip(spoken, notes, strict=True):
            call.note_id = note

    @api.model
    def _create_call_scores(self):
        """Calls drawn by chance; half of them are scored."""
        manager = self.env["res.users"].search([("login", "=", "service_manager")], limit=1)
        later = fields.Datetime.now() + timedelta(minutes=1)
        drawn = self.env["hcrm.quality.check"]._sample(now=later)
        calls = drawn.filtered(lambda one: one.res_model == "hcrm.call" and one.user_id != manager)
        for place, check in enumerate(calls[::2]):
            for number, line in enumerate(check.score_ids):
                line.points = "345"[(place + number) % 3]
            check.write({"praise": PRAISE, "advice": ADVICE})
            check.with_user(manager).action_score()
