from odoo import api, fields, models

from ..tools.governance import Governance
from ..tools.issuers import SHARED_TYPES, is_shared


class HcrmIdentifierSystem(models.Model):
    """Who issues a number: a hospital's record office, the state, an insurer."""

    _name = "hcrm.identifier.system"
    _description = "Identifier System"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="As the source system writes it: the assigning authority in PID-3.4, for instance.",
    )
    type_code = fields.Selection(
        selection=[
            ("MR", "Medical record number"),
            ("PI", "Internal patient number"),
            ("NNCHN", "National ID (China)"),
            ("PPN", "Passport"),
            ("HR", "Health record number"),
            ("MC", "Insurance number"),
            ("BC", "Birth certificate number"),
            ("XX", "Other"),
        ],
        string="Type",
        required=True,
        default="MR",
        help="HL7 table 0203, with HR for the 17-digit resident health record.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
        help="Whose numbers these are: messages of other hospitals may not speak for them. "
        "Empty: shared by all hospitals, as numbers of the state and of insurers are.",
    )
    uri = fields.Char(string="FHIR system", help="URI of this system in FHIR identifiers.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another system.")

    @api.depends("type_code")
    def _compute_company_id(self):
        """A new system is of the hospital at work; nobody's is claimed by an edit."""
        for system in self:
            if system.type_code in SHARED_TYPES:
                system.company_id = False
            elif not system._origin:
                system.company_id = self.env.company
            else:
                system.company_id = system.company_id

    @api.model
    def _find_or_create(self, code, type_code="MR"):
        """Return the system with ``code``, whatever the caller's rights.

        A new one is of the hospital at work, unless it is issued for all.
        """
        systems_sudo = self.sudo().with_context(active_test=False)
        system = systems_sudo.search([("code", "=", code)], limit=1)
        if system:
            return system
        values = {"code": code, "name": code, "type_code": type_code}
        if is_shared(code, type_code):
            values["company_id"] = False
        return systems_sudo.create(values)
