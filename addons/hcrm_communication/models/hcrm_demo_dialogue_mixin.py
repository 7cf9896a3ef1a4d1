from odoo import api, models

from ..tools import demo_templates


class HcrmDemoDialogueMixin(models.AbstractModel):
    """Templates that a Chinese hospital would keep, and a morning's inbox."""

    _name = "hcrm.demo.dialogue.mixin"
    _description = "Demonstration of Templates and Answers"

    @api.model
    def _create_templates(self):
        """Ten templates, approved by the service manager."""
        manager = self.env["res.users"].search([("login", "=", "service_manager")], limit=1)
        nurse = self.env["res.users"].search([("login", "=", "nurse")], limit=1)
        templates = self.env["hcrm.message.template"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "purpose": purpose,
                    "topic_id": topic and self.env.ref(f"hcrm_communication.topic_{topic}").id,
                    "user_id": (nurse if purpose == "care" else manager).id,
                    "sequence": place,
                }
                for place, (code, name, purpose, topic, _texts) in enumerate(
                    demo_templates.TEMPLATES, 1
                )
            ]
        )
        texts = self.env["hcrm.message.template.text"].create(
            [
                {
                    "template_id": template.id,
                    "lang": lang,
                    "channel": channel,
                    "subject_line": subject,
                    "body": body,
                }
                for template, row in zip(templates, demo_templates.TEMPLATES, strict=True)
                for channel, lang, subject, body in row[4]
            ]
        )
        texts.with_user(manager).action_approve()

    @api.model
    def _create_inbox(self, gateway):
        """Answers, questions and refusals of a morning, worked on as real ones are."""
        inbox = self.env["hcrm.inbound"]
        numbers = self.env.execute_query(demo_templates.numbers_sql(gateway.company_id.id))
        for place, (kind, text) in enumerate(demo_templates.ARRIVALS):
            number = f"+861990000{place:04}"
            if kind == "known" and place < len(numbers):
                number = numbers[place][0]
            inbox._receive(
                "sms",
                gateway.company_id,
                number,
                text,
                gateway=gateway,
                provider_key=f"demo/{place}",
            )
        while inbox._work():
            self.env.flush_all()
