from datetime import timedelta

from odoo import api, fields, models

#: How an officer of the demonstration codes its cases: {matter: (code, severity, own category)}.
CODES = {
    "候诊时间过长": [("processes.delay_access", "2", "flow.booking"),
        ("communication.com_absent", "1", "")],
    "检查时态度生硬": [("respect.disrespect", "2", "attitude.doctor")],
    "费用清单看不懂": [("processes.bureaucracy", "2", "charges.bill")],
    "夜间呼叫无人应答": [("safety.no_response", "3", "nursing.call")],
    "术后疼痛未重视": [("listening.dismissing", "2", "medical.skill"),
        ("communication.com_absent", "2", "")],
    "病房卫生间漏水": [("environment.equipment", "2", "logistics.clean"),
        ("listening.token", "1", "")],
    "发药与处方不符": [("safety.medication", "3", "medical.drug")],
    "预约取消未通知": [("communication.com_absent", "2", "flow.booking"),
        ("processes.delay_access", "1", "")],
    "抽血窗口态度": [("respect.disrespect", "1", "attitude.nurse"),
        ("quality.rough", "1", "")],
    "急诊等待与告知": [("processes.delay_access", "2", "flow.booking"),
        ("communication.com_absent", "2", "")],
    "换药不及时": [("quality.care_plan", "2", "nursing.care")],
    "治疗前未说明费用": [("communication.com_absent", "2", "charges.price")],
}  # fmt: skip
#: (what is changed, against, department, carried out so many days ago)
ACTIONS = (
    ("周一上午加开两个候诊诊室，叫号屏显示预计等待时间", "processes.delay_access", "CARD", 130),
    ("夜班每两小时主动巡视一次，呼叫铃响铃三分钟自动转护士长", "safety.no_response", "W-CARD", 70),
    ("材料费在治疗前书面告知并签字", "communication.com_absent", "STOM", None),
)


class HcrmDemoCodingMixin(models.AbstractModel):
    """What the demonstration's hospital learned from its cases."""

    _name = "hcrm.demo.coding.mixin"
    _description = "Demonstration of Coded Cases"

    @api.model
    def _code_complaints(self):
        officer = self.env["res.users"].search([("login", "=", "officer")], limit=1)
        cases = self.env["hcrm.complaint"].search(
            [("kind", "=", "complaint"), ("state", "!=", "new"), ("name", "in", list(CODES))]
        )
        found = self.env["hcrm.complaint.category"].search([])  # pylint: disable=no-search-all
        codes = {(one.scheme, one.code): one.id for one in found}
        self.env["hcrm.complaint.problem"].with_user(officer).create(
            [
                {
                    "complaint_id": case.id,
                    "category_id": codes["hcat", code],
                    "severity": severity,
                    "own_category_id": codes.get(("own", own)),
                }
                for case in cases
                for code, severity, own in CODES[case.name]
            ]
        )
        self._create_complaint_actions(officer, codes)

    @api.model
    def _create_complaint_actions(self, officer, codes):
        today = fields.Date.context_today(self)
        for name, code, place, days in ACTIONS:
            department = self.env["hr.department"].search(
                [("code", "=", place), ("company_id", "=", officer.company_id.id)], limit=1
            )
            action = self.env["hcrm.complaint.action"].create(
                {
                    "name": name,
                    "category_id": codes["hcat", code],
                    "department_id": department.id,
                    "company_id": officer.company_id.id,
                    "user_id": department.manager_id.user_id.id or officer.id,
                    "due_date": today + timedelta(days=20 - (days or 0)),
                }
            )
            action.action_begin()
            if days:
                action.action_finish()
                action.done_date = today - timedelta(days=days)
                action._measure()
