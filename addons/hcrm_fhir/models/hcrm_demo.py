from odoo import api, fields, models


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
        return opened
