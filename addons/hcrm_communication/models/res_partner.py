from odoo import fields, models

from ..tools.addresses import KEY_SQL
from ..tools.consent import GRANTED, UNKNOWN, WITHDRAWN
from ..tools.purposes import CHANNELS

READERS = ",".join(
    f"hcrm_base.group_{role}"
    for role in (
        "officer", "service_manager", "nurse", "doctor", "community_worker", "vip_desk",
        "marketing", "hcrm_admin",
    )
)  # fmt: skip


class ResPartner(models.Model):
    """What the customer agreed to, on the customer's form."""

    _inherit = "res.partner"

    consent_ids = fields.One2many("hcrm.consent", "partner_id", groups=READERS)
    consent_count = fields.Integer(compute="_compute_consent_count", groups=READERS)

    # who has this address? asked for each message that leaves Odoo by any road
    _mailbox_idx = models.Index(
        f"(({KEY_SQL})) WHERE is_customer_person IS TRUE AND email_normalized IS NOT NULL"
    )
    _mailboxes_idx = models.Index("(id) WHERE is_customer_person IS TRUE AND email LIKE '%@%@%'")

    def _compute_consent_count(self):
        self.consent_count = 0
        for partner, count in self.env["hcrm.consent"]._read_group(
            [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
        ):
            partner.consent_count = count

    def _hcrm_card_fields(self):
        return super()._hcrm_card_fields() | {"consent_count": {}}

    def _hcrm_badges(self):
        """Say at once who wants no advertising, and who cannot be reached for care."""
        badges = super()._hcrm_badges()
        consents = self.env["hcrm.consent"]
        persons = self.filtered("is_customer_person")
        if not persons or not consents.has_access("read"):
            return badges
        now, company = consents._second(), self.env.company
        labels = dict(consents._fields["channel"]._description_selection(self.env))
        asked = [
            (person, purpose, channel)
            for person in persons
            for purpose, channel in (("marketing", None), *(("care", code) for code in CHANNELS))
        ]
        answers = consents._ask(
            [(one.id, company.id, purpose, None, way, now) for one, purpose, way in asked]
        )
        refused = {}
        for (person, purpose, channel), answer in zip(asked, answers, strict=True):
            if answer.status == WITHDRAWN:
                refused.setdefault((person.id, purpose), []).append(labels.get(channel, ""))
        for (person_id, purpose), ways in refused.items():
            badges[person_id].append(self._hcrm_consent_badge(purpose, ways))
        return badges

    def _hcrm_consent_badge(self, purpose, ways):
        if purpose == "marketing":
            return {
                "key": "no_marketing",
                "label": self.env._("No advertising"),
                "level": "secondary",
                "title": self.env._("Refused: health news, greetings and offers are not sent."),
            }
        named = ", ".join(ways)
        return {
            "key": "no_care",
            "label": self.env._("No care messages")
            if len(ways) == len(CHANNELS)
            else self.env._("Care: not by %(ways)s", ways=named),
            "level": "danger",
            "title": self.env._("Refused by: %(ways)s", ways=named),
        }

    def _hcrm_panel(self):
        panel = super()._hcrm_panel()
        if self.is_customer_person and self.env["hcrm.consent"].has_access("read"):
            panel["consent"] = self._hcrm_panel_consent()
        return panel

    def _hcrm_panel_consent(self):
        """Return a line for each purpose of which the ledger knows something."""
        consents = self.env["hcrm.consent"]
        purposes = dict(consents._fields["purpose"]._description_selection(self.env))
        channels = dict(consents._fields["channel"]._description_selection(self.env))
        lines = []
        for purpose, cells in consents._grid(self, self.env.company).items():
            ways = {
                status: [code for code in CHANNELS if cells[code].status == status]
                for status in (GRANTED, WITHDRAWN, UNKNOWN)
            }
            if len(ways[UNKNOWN]) == len(CHANNELS):
                continue
            lines.append(
                {
                    "purpose": purpose,
                    "label": purposes[purpose],
                    "yes": self._hcrm_ways(ways[GRANTED], channels),
                    "no": self._hcrm_ways(ways[WITHDRAWN], channels),
                }
            )
        return lines

    def _hcrm_ways(self, codes, labels):
        if len(codes) == len(CHANNELS):
            return self.env._("all channels")
        return ", ".join(labels[code] for code in codes)

    def _hcrm_bind_wechat(self):
        """Open the page at which a WeChat account is bound to this person."""
        invitation = self.env["hcrm.platform.invitation"]._open_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bind WeChat"),
            "res_model": invitation._name,
            "res_id": invitation.id,
            "view_mode": "form",
        }
