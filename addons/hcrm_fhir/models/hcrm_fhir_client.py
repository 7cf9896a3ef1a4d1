from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import scopes as scope_tools

INTEGRATION = "hcrm_base.group_integration"
READ_ONLY = "system/*.rs"


class HcrmFhirClient(models.Model):
    """A system that talks FHIR to us: as which user, for which hospital, with which scopes."""

    _name = "hcrm.fhir.client"
    _description = "FHIR System"
    _order = "name, id"
    _hcrm = Governance(data_class="setting")

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        default=lambda self: self.env.company,
        help="It sees and tells the facts of this hospital only.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Acts as",
        required=True,
        ondelete="restrict",
        domain=lambda self: [("all_group_ids", "in", self.env.ref(INTEGRATION).ids)],
        help="A user with the role Integration. Give each system a user of its own: the read log "
        "names users.",
    )
    sender_id = fields.Many2one(
        "hcrm.his.sender",
        required=True,
        ondelete="restrict",
        help="In whose name it tells something: time zone and number systems are set there. A "
        "system that also speaks HL7 v2 has one sender for both.",
    )
    scopes = fields.Char(
        required=True,
        default=READ_ONLY,
        help="As in SMART App Launch, parted by blanks: system/Patient.rs, system/*.cruds. "
        "Letters: create, read, update, delete, search.",
    )
    rate_per_minute = fields.Integer(
        string="Requests a minute", default=600, help="More are refused (429); 0: no limit."
    )
    key_ids = fields.One2many("hcrm.fhir.key", "client_id", string="Keys")
    last_used_at = fields.Datetime(string="Last used", compute="_compute_keys")
    valid_key_count = fields.Integer(string="Valid keys", compute="_compute_keys")
    note = fields.Text()

    _name_uniq = models.Constraint(
        "UNIQUE (company_id, name)", "This hospital already has a system of this name."
    )
    _rate_positive = models.Constraint(
        "CHECK (rate_per_minute >= 0)", "The number of requests cannot be negative."
    )

    @api.depends("key_ids.last_used_at", "key_ids.state")
    def _compute_keys(self):
        for client in self:
            used = [key.last_used_at for key in client.key_ids if key.last_used_at]
            client.last_used_at = max(used, default=False)
            client.valid_key_count = sum(key.state == "valid" for key in client.key_ids)

    @api.constrains("scopes")
    def _check_scopes(self):
        for client in self:
            try:
                scope_tools.parse(client.scopes)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(scope)s is no scope: write system/Patient.rs or system/*.cruds.",
                        scope=error,
                    )
                ) from None

    @api.constrains("user_id", "company_id", "sender_id")
    def _check_hospital(self):
        for client in self:
            user_sudo = client.user_id.sudo()
            if not user_sudo.has_group(INTEGRATION):
                raise ValidationError(
                    self.env._("%(user)s lacks the role Integration.", user=user_sudo.name)
                )
            if client.company_id not in user_sudo.company_ids:
                raise ValidationError(
                    self.env._("%(user)s does not belong to this hospital.", user=user_sudo.name)
                )
            if client.sender_id.company_id != client.company_id:
                raise ValidationError(self.env._("The sender belongs to another hospital."))

    def _get_context(self):
        """Return the context in which requests of this system run."""
        self.ensure_one()
        zone = self.sender_id.timezone
        return {
            "lang": "en_US",
            "tz": zone,
            "fhir_zone": zone,
            "allowed_company_ids": self.company_id.ids,
        }

    def _fill_call(self, call):
        """Tell a call who makes it."""
        call.client_id = self.id
        call.scopes = scope_tools.parse(self.scopes)
        call.zone = self.sender_id.timezone
        call.source = self.sender_id._get_source()
        get_param = self.env["ir.config_parameter"].sudo().get_param
        call.secret = get_param("database.secret")

    def action_new_key(self):
        """Open the dialog that makes a key."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hcrm_fhir.hcrm_fhir_key_create_action"
        )
        return action | {"context": {"default_client_id": self.id}}

    def action_view_messages(self):
        """Open what this system wrote."""
        return self.sender_id.action_view_messages()
