from odoo import api, fields, models


class HcrmPrivacyPersonMixin(models.AbstractModel):
    """The rights of a person under the law of personal information, and what came of them."""

    _name = "hcrm.privacy.person.mixin"
    _description = "Rights of a Person"

    profiling_refused = fields.Boolean(
        groups="base.group_user",
        copy=False,
        tracking=True,
        help="The person objects to profiling: nothing built on a mined score may reach them.",
    )
    is_erased = fields.Boolean(
        string="Erased",
        groups="base.group_user",
        readonly=True,
        copy=False,
        help="Who this was is no longer known here; what the law keeps stays under a pseudonym.",
    )
    privacy_request_ids = fields.One2many(
        "hcrm.privacy.request",
        "partner_id",
        groups="hcrm_base.group_officer,hcrm_base.group_service_manager",
    )

    @api.model
    def _hcrm_told_labels(self, names):
        """Return {field: label} in words for a person; core's are for companies as well."""
        labels = self.fields_get(names, ["string"])
        found = {name: labels[name]["string"] for name in names}
        return found | ({"name": self.env._("Full name")} if "name" in found else {})

    def _hcrm_explanations(self):
        """Return what computers decided about this person, as ``tools.explanation.Explanation``.

        In the language of ``self``, under the rights of the system, in the hospital of the
        context. Addons that decide by rule or model extend this and add theirs to what super
        returns: no threshold, no name of an internal rule, nothing about somebody else.
        """
        self.ensure_one()
        return self._hcrm_explain_segments()

    def action_view_privacy_requests(self):
        """Open the person's requests."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hcrm_base.hcrm_privacy_request_action"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }
