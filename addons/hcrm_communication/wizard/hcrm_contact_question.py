from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import CHANNELS, PURPOSES


class HcrmContactQuestion(models.TransientModel):
    """May we contact this person? The answer of the policy, with all its reasons, for any day."""

    _name = "hcrm.contact.question"
    _description = "May we contact this person?"
    _hcrm = Governance(data_class="wizard")

    partner_id = fields.Many2one("res.partner", string="Message to", required=True)
    subject_id = fields.Many2one(
        "res.partner", string="About", help="Empty: about the person it goes to."
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, default=lambda self: self.env.company
    )
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()],
        required=True,
        default="care",
    )
    topic_id = fields.Many2one("hcrm.message.topic", domain="[('purpose', '=', purpose)]")
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True, default="sms")
    at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    is_urgent = fields.Boolean(string="Urgent")
    is_as_known = fields.Boolean(
        string="As known then", help="Without consents that were recorded later."
    )
    verdict = fields.Selection(
        selection=[
            ("allow", "Yes"),
            ("delay", "Later"),
            ("next_channel", "Not by this channel"),
            ("refuse", "No"),
        ],
        compute="_compute_decision",
    )
    until = fields.Datetime(string="Not before", compute="_compute_decision")
    recipient_id = fields.Many2one("res.partner", string="It goes to", compute="_compute_decision")
    reasons = fields.Html(compute="_compute_decision", sanitize=False)

    @api.depends(
        "partner_id", "subject_id", "company_id", "purpose", "topic_id", "channel", "at",
        "is_urgent", "is_as_known",
    )  # fmt: skip
    @api.depends_context("uid", "lang", "tz")
    def _compute_decision(self):
        policy = self.env["hcrm.contact.policy"]
        self.update({"verdict": False, "until": False, "recipient_id": False, "reasons": False})
        for question in self:
            if not (question.partner_id and question.at and question.channel and question.purpose):
                continue
            decision = question._ask()
            question.verdict = decision["verdict"]
            question.until = decision["until"]
            question.recipient_id = decision["recipient_id"]
            lines = policy._explain(decision["reasons"])
            question.reasons = Markup("<ul class='mb-0'>%s</ul>") % Markup().join(
                Markup("<li>%s</li>") % line for line in lines
            )

    def _ask(self):
        """Ask about persons that the user may read; what else the policy must know, it looks up."""
        self.ensure_one()
        (self.partner_id | self.subject_id).check_access("read")
        policy_sudo = self.env["hcrm.contact.policy"].sudo()
        candidate = {
            "ref": 1,
            "company_id": self.company_id.id,
            "subject_id": (self.subject_id or self.partner_id).id,
            "recipient_id": self.partner_id.id,
            "purpose": self.purpose,
            "topic_id": self.topic_id.id,
            "channel": self.channel,
            "urgent": self.is_urgent,
        }
        known_at = self.at if self.is_as_known else None
        [decision] = policy_sudo._decide(policy_sudo._candidates([candidate]), self.at, known_at)
        return decision
