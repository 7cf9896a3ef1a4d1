from odoo import api, fields, models

from ..tools.governance import Governance


class HcrmIdentifierSystem(models.Model):
    """Who issues a number: a hospital's record office, the state, an insurer."""

    _name = "hcrm.identifier.system"
    _description = "Identifier System"
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
    uri = fields.Char(string="FHIR system", help="URI of this system in FHIR identifiers.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another system.")

    @api.model
    def _find_or_create(self, code, type_code="MR"):
        """Return the system with ``code`` (created when new), whatever the caller's rights."""
        systems_sudo = self.sudo().with_context(active_test=False)
        system = systems_sudo.search([("code", "=", code)], limit=1)
        return system or systems_sudo.create({"code": code, "name": code, "type_code": type_code})
