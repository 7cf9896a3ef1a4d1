import random
from datetime import timedelta

from odoo import api, fields, models

from ..tools.demo_cases import CASES, OFFICES, draw_signature
from .hcrm_complaint_confirming_mixin import TYPED

#: Keys of the telephone menu.
MENU = (
    ("5", "complaint", {"zh_CN": "投诉、建议或表扬", "en_US": "complaints, suggestions or praise"}),
    ("6", "complaint_status", {"zh_CN": "查询反映事项的进展", "en_US": "how far your message is"}),
)
#: Cases of the past year, and of the last days.
PAST, FRESH = 90, 24


class HcrmDemoComplaintMixin(models.AbstractModel):
    """A year of cases, and what lies on the desks this morning."""

    _name = "hcrm.demo.complaint.mixin"
    _description = "Demonstration of Complaints"

    @api.model
    def _create_telephone_menu(self, company):
        """Two keys of the hospital's menu: to complain, and to hear how far it is."""
        main = super()._create_telephone_menu(company)
        langs = [code for code, _name in self.env["res.lang"].get_installed()]
        for key, action, names in MENU:
            self._add_choice(main, langs, key, action, names, {}, {"sequence": 3})
        main.action_publish()
        return main

    @api.model
    def _create_complaints(self):
        officer = self.env["res.users"].search([("login", "=", "officer")], limit=1)
        company = officer.company_id
        self._create_complaint_desks(company)
        dice = random.Random(2026)
        persons = self._find_complainants(company, PAST + FRESH)
        now = fields.Datetime.now()
        ages = sorted((dice.uniform(8, 360) for _one in range(PAST)), reverse=True)
        ages += sorted((dice.uniform(0.02, 5) for _one in range(FRESH)), reverse=True)
        for age, person in zip(ages, persons, strict=False):
            self._play_complaint(company, person, now - timedelta(days=age), dice, officer)

    @api.model
    def _create_complaint_desks(self, company):
        desks, departments = self.env["hcrm.complaint.desk"], self.env["hr.department"]
        for code, rung, topics in OFFICES:
            department = departments.search(
                [("code", "=", code), ("company_id", "=", company.id)], limit=1
            )
            desk = desks._find_for_department(department)
            desk.write(
                {
                    "level": rung,
                    "topic_ids": self.env["hcrm.complaint.topic"].search([("code", "in", topics)]),
                }
            )
            desk.user_ids = desk.user_ids | department.manager_id.user_id
        leader = self.env["res.users"].search([("login", "=", "leader")], limit=1)
        for level, name in (("3", "分管副院长"), ("4", "院长办公会")):
            desks.create(
                {"name": name, "level": level, "company_id": company.id, "user_ids": leader}
            )
        desks.create({"name": "市卫生健康委", "level": "5", "company_id": company.id})

    @api.model
    def _find_complainants(self, company, count):
        """Return adults who can be reached, some of them twice."""
        persons = self.env["res.partner"].search(
            [
                ("is_customer_person", "=", True),
                ("is_deceased", "=", False),
                ("is_protected", "=", False),
                ("birth_date", "<", "2004-01-01"),
                ("company_id", "in", (company.id, False)),
            ],
            limit=count,
            order="id DESC",
        )
        return [persons[number % (len(persons) - 7)] for number in range(count)]

    @api.model
    def _play_complaint(self, company, person, at, dice, officer):
        """Let somebody complain and the hospital work on it as far as its age allows."""
        kind, channel, topic, code, matter, words = CASES[dice.randrange(len(CASES))]
        department = self.env["hr.department"].search(
            [("code", "=", code), ("company_id", "=", company.id)], limit=1
        )
        case = (
            self.env["hcrm.complaint"]
            .with_context(hcrm_complaint_at=at)
            ._take_in(
                [
                    {
                        "kind": kind,
                        "channel": channel,
                        "text": words,
                        "name": matter,
                        "matter": matter,
                        "partner_id": person.id,
                        "topic_id": self.env.ref(f"hcrm_complaint.topic_{topic}").id,
                        "department_id": department.id,
                        "company_id": company.id,
                        "received_at": at,
                        "confirmed_by": "own" if channel in ("web", "sms", "email") else None,
                        "staff": ["穿绿色衣服的护士"] if topic == "attitude" else [],
                        "harm": dice.choice("0001122"),
                        "is_history": True,
                    }
                ]
            )
        )
        self._work_on_complaint(case.sudo(), at, dice, officer)
        self._confirm_complaint(case.with_user(officer).sudo(), dice)

    @api.model
    def _confirm_complaint(self, case, dice):
        """Most visitors read what was typed and confirm it; some find something wrong."""
        fate = dice.random()
        if case.channel not in TYPED or fate > 0.75:
            return
        asked = self.env["hcrm.complaint.confirmation"].with_env(case.env)._ask(case)
        if fate < 0.12 and case.is_open:
            asked._end_wrong("时间写错了，是下午，不是上午；当时还有一位家属在场。")
        elif fate < 0.5:
            asked._end_right("code", asked._get_masked_phone())
        else:
            asked._sign_off(draw_signature())

    @api.model
    def _work_on_complaint(self, case, at, dice, officer):
        """Move a case along: each step happens hours or days after the one before."""
        steps = [
            (dice.uniform(0.05, 0.9), lambda one: one._move("accepted")),
            (dice.uniform(0.1, 0.5), lambda one: one._give("taken", one.desk_id, officer)),
            (dice.uniform(0.1, 1.0), lambda one: one._move("working")),
            (dice.uniform(0.1, 0.6), lambda one: self._pass_complaint_on(one, dice)),
            (dice.uniform(1.0, 5.0), lambda one: one._move("answered")),
            (dice.uniform(0.2, 2.0), lambda one: one._move("closed")),
        ]
        if dice.random() < 0.08:  # somebody forgot it
            steps = steps[:4]
        now = fields.Datetime.now()
        for days, step in steps:
            at += timedelta(days=days)
            if at > now:
                return
            step(case.with_context(hcrm_complaint_at=at))

    @api.model
    def _pass_complaint_on(self, case, dice):
        """Most cases go to whom they concern; some offers lie there, some come back."""
        desks = self.env["hcrm.complaint.desk"]
        if case.kind not in ("complaint", "misconduct"):
            return
        by_duty = case._find_desks_by_duty()[:1]
        desk = desks._find_for_department(case.department_id) if dice.random() < 0.5 else by_duty
        if not desk or desk == case.desk_id or not desk.member_ids:
            return
        fate = dice.random()
        case._offer(desk, "请核实情况并提出处理意见")
        if fate < 0.65:
            offers = {case: case.offer_id}
            case._give("accepted", desk, desk.member_ids[:1], offers=offers)
        elif fate < 0.8:
            case.declined_count += 1
            case._end_offers("declined", "不属于本科职责，请转相关科室")
        elif fate < 0.88:
            case._end_offers("withdrawn")
            case._pass_up("需院领导协调", "")
