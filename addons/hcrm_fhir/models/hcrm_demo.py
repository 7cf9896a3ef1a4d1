from odoo import api, fields, models

from ..tools.answers import DISPLAY

TITLE = {"_questionnaire": {"extension": [{"url": DISPLAY, "valueString": "出院后两日问卷"}]}}
QUESTIONS = (
    "出院后饮食和睡眠是否正常",
    "现在的疼痛程度（0至10分）",
    "是否清楚下次复诊的时间",
    "您想对我们说的话",
)
FILLED = (
    (True, 1, True, "护士很耐心，谢谢。"),
    (False, 4, True, "夜里伤口有点疼，想知道能不能提前换药。"),
    (True, 0, False, "希望短信提醒复诊时间。"),
    (True, 2, True, "出院结算排队时间有点长。"),
)


class HcrmDemo(models.AbstractModel):
    _inherit = "hcrm.demo"

    @api.model
    def _open_desks(self):
        """Two systems at the FHIR interface; their keys are revoked: nobody knows them."""
        opened = super()._open_desks()
        user = self.env["res.users"].search([("login", "=", "integration")], limit=1)
        hospital = user.company_id
        for name, code, scopes in (
            (
                "检验系统",
                "LIS|FHIR",
                "system/Patient.rs system/Encounter.rs system/Observation.crus",
            ),
            ("区域健康平台", "PLATFORM|FHIR", "system/*.rs"),
        ):
            sender = self.env["hcrm.his.sender"].create(
                {"name": name, "code": code, "company_id": hospital.id}
            )
            client = self.env["hcrm.fhir.client"].create(
                {
                    "name": name,
                    "company_id": hospital.id,
                    "user_id": user.id,
                    "sender_id": sender.id,
                    "scopes": scopes,
                }
            )
            until = fields.Date.add(fields.Date.today(), years=1)
            key, _secret = self.env["hcrm.fhir.key"]._generate(client, until, "demo")
            key.action_revoke()
        self._fill_questionnaires(hospital)
        return opened

    @api.model
    def _fill_questionnaires(self, hospital):
        """What patients filled in at the regional platform after they went home."""
        stays = self.env["hcrm.encounter"].search(
            [
                ("company_id", "=", hospital.id),
                ("disposition", "!=", False),
                ("ended_at", "<", fields.Datetime.subtract(fields.Datetime.now(), days=3)),
            ],
            order="ended_at DESC, id",
            limit=len(FILLED) * 3,
        )
        self.env["hcrm.fhir.document"].create(
            [
                {
                    "partner_id": stay.partner_id.id,
                    "company_id": hospital.id,
                    "encounter_id": stay.id,
                    "resource_type": "QuestionnaireResponse",
                    "questionnaire": "urn:hcrm:questionnaire:after-discharge",
                    "status": "completed",
                    "authored_at": fields.Datetime.add(stay.ended_at, days=2, hours=number % 9),
                    "source": "PLATFORM|FHIR",
                    "external_key": f"demo-{number}",
                    "content": TITLE | {"item": _items(FILLED[number % len(FILLED)])},
                }
                for number, stay in enumerate(stays)
            ]
        )


def _items(answers):
    kinds = {bool: "valueBoolean", int: "valueInteger", str: "valueString"}
    return [
        {"linkId": str(number), "text": question, "answer": [{kinds[type(answer)]: answer}]}
        for number, (question, answer) in enumerate(zip(QUESTIONS, answers, strict=True), 1)
    ]
