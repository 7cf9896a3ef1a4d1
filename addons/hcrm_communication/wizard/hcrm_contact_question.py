from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.contact_words import CLINICAL
from ..tools.purposes import CHANNELS, PURPOSES


class HcrmContactQuestion(models.TransientModel):
    """May we contact this person? The answer of the policy, with all its reasons, for any day.

    It is no oracle: what the reader may not know about somebody's health has no part in the answer,
    and topics that a lost pregnancy would stop are answered alike for everybody.
    """

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
            ("ask", "Ask clinical staff"),
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
        self.update({"verdict": False, "until": False, "recipient_id": False, "reasons": False})
        for question in self:
            if not (question.partner_id and question.at and question.channel and question.purpose):
                continue
            hidden = question._get_hidden_codes()
            decision = question._ask(hidden)
            asks = question._is_for_clinic(hidden) and decision["verdict"] != "refuse"
            question.verdict = "ask" if asks else decision["verdict"]
            question.until = not asks and decision["until"]
            question.recipient_id = decision["recipient_id"]
            question.reasons = Markup("<ul class='mb-0'>%s</ul>") % Markup().join(
                Markup("<li>%s</li>") % line for line in question._say(decision, hidden)
            )

    def _get_hidden_codes(self):
        """Return the reasons that the user may not learn of, of this person."""
        persons = self.partner_id | self.subject_id
        if any(person.is_file_closed for person in persons):
            return set(CLINICAL)
        return self.env["hcrm.contact.policy"]._hidden_codes()

    def _is_for_clinic(self, hidden):
        return "loss_topic" in hidden and self.topic_id.is_about_child

    def _say(self, decision, hidden):
        """Return a sentence for each reason, and what was not looked at: the same for everybody."""
        lines = self.env["hcrm.contact.policy"]._explain(decision["reasons"])
        if self._is_for_clinic(hidden):
            lines.append(
                self.env._(
                    "Clinical staff say whether somebody is written to about pregnancy, birth or "
                    "a child: ask a nurse."
                )
            )
        elif "admitted" in hidden or ("loss_greeting" in hidden and self.topic_id.is_greeting):
            lines.append(
                self.env._(
                    "What you may not read of this person was left out here: it counts when the "
                    "message goes."
                )
            )
        return lines

    def _ask(self, hidden):
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
        [decision] = policy_sudo._decide(
            policy_sudo._candidates([candidate]), self.at, known_at, without=hidden
        )
        return decision
