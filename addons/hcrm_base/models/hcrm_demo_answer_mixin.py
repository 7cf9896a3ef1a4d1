from odoo import api, models

from ..tools.demo.answer_tables import ANSWERS


class HcrmDemoAnswerMixin(models.AbstractModel):
    """The library of answers of the demonstration hospital."""

    _name = "hcrm.demo.answer.mixin"
    _description = "Demonstration Answers"

    @api.model
    def _create_answers(self):
        """Create answers and scripts, each as far on its way as the table says."""
        users = {
            login: self.env["res.users"].search([("login", "=", login)], limit=1)
            for login in ("officer", "doctor", "service_manager")
        }
        for kind, topic, is_medical, keywords, state, names, texts in ANSWERS:
            answer = self._create_translated(
                "hcrm.answer",
                {
                    "kind": kind,
                    "topic_ids": self.env.ref(f"hcrm_base.answer_topic_{topic}").ids,
                    "is_medical": is_medical,
                },
                {"name": names, "body": texts, "keywords": (keywords, "")},
            )
            if state == "draft":
                continue
            answer.with_user(users["officer"]).action_submit()
            if state == "approved":
                approver = users["doctor" if is_medical else "service_manager"]
                answer.with_user(approver).action_approve()
        self.env["hcrm.quality.check"]._sample()
