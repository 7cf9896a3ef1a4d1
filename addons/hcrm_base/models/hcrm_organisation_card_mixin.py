from odoo import fields, models

READERS = "hcrm_base.group_organisation_reader,hcrm_base.group_organisation_own"


class HcrmOrganisationCardMixin(models.AbstractModel):
    """What is managed about an organisation: what it needs, what was agreed, who was sent."""

    _name = "hcrm.organisation.card.mixin"
    _description = "Organisation Card"

    needs = fields.Text(string="What they need", groups=READERS)
    choice = fields.Text(string="How they choose", groups=READERS)
    agreement_ids = fields.One2many("hcrm.agreement", "partner_id", groups=READERS)
    referral_ids = fields.One2many("hcrm.referral", "partner_id", groups=READERS)
    loss_to_ids = fields.One2many("hcrm.loss", "competitor_id", groups=READERS)
    agreement_count = fields.Integer(
        string="Agreements", compute="_compute_organisation_counts", groups=READERS
    )
    referral_in_count = fields.Integer(
        string="Sent to us", compute="_compute_organisation_counts", groups=READERS
    )
    referral_out_count = fields.Integer(
        string="Sent by us", compute="_compute_organisation_counts", groups=READERS
    )
    loss_to_count = fields.Integer(
        string="Lost to them", compute="_compute_organisation_counts", groups=READERS
    )

    def _compute_organisation_counts(self):
        """Count what the user may read, one query for each model."""
        self.agreement_count = self.loss_to_count = 0
        self.referral_in_count = self.referral_out_count = 0
        for partner, count in self._count_rows("hcrm.agreement", ["partner_id"]):
            partner.agreement_count = count
        for partner, count in self._count_rows("hcrm.loss", ["competitor_id"]):
            partner.loss_to_count = count
        for partner, direction, count in self._count_rows(
            "hcrm.referral", ["partner_id", "direction"]
        ):
            partner[f"referral_{direction}_count"] = count

    def _count_rows(self, model_name, groupby):
        rows = self.env[model_name]
        if not rows.has_access("read"):
            return []
        return rows._read_group([(groupby[0], "in", self.ids)], groupby, ["__count"])

    def action_open_agreements(self):
        return self._open_of_organisation("hcrm_base.hcrm_agreement_action", "partner_id")

    def action_open_referrals(self):
        return self._open_of_organisation("hcrm_base.hcrm_referral_action", "partner_id")

    def action_open_losses(self):
        return self._open_of_organisation("hcrm_base.hcrm_loss_action", "competitor_id")

    def _open_of_organisation(self, xmlid, field_name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {
            **action,
            "domain": [(field_name, "=", self.id)],
            "context": {f"default_{field_name}": self.id},
        }
