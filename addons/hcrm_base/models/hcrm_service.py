from odoo import api, fields, models

from ..tools.governance import Governance


class HcrmService(models.Model):
    """What the hospital offers: a line of the catalogue."""

    _name = "hcrm.service"
    _description = "Service"
    _inherit = ["hcrm.hospital.mixin", "hcrm.guarded.write.mixin"]
    _order = "sequence, name, id"
    _hcrm = Governance(data_class="promise")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="The item code of the charges, where the service has one.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=[
            ("clinic", "Clinic"),
            ("inpatient", "Inpatient care"),
            ("surgery", "Surgery"),
            ("examination", "Test or imaging"),
            ("checkup", "Check-up"),
            ("vaccination", "Vaccination"),
            ("home", "Home service"),
            ("online", "Online service"),
            ("other", "Other"),
        ],
        required=True,
        default="clinic",
    )
    description = fields.Text(
        translate=True, help="What the person gets, in words a layman understands."
    )
    access_note = fields.Text(
        string="How to get it",
        translate=True,
        help="Where to book, what to bring, how to prepare.",
    )
    duration_minutes = fields.Integer(string="Duration (minutes)")
    is_published = fields.Boolean(string="On the web", copy=False)

    # money
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    price = fields.Monetary()
    price_kind = fields.Selection(
        selection=[
            ("fixed", "Fixed"),
            ("from", "From"),
            ("insurance", "By insurance"),
            ("free", "Free"),
            ("ask", "On request"),
        ],
        required=True,
        default="fixed",
    )
    price_text = fields.Char(compute="_compute_price_text")

    promise_ids = fields.Many2many(
        "hcrm.promise",
        "hcrm_promise_service_rel",
        string="Promises",
        readonly=True,
        copy=False,
        help="Which services a promise is about is said on the promise.",
    )

    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE code IS NOT NULL", "This code is already in the catalogue."
    )
    _price_positive = models.Constraint("CHECK (price >= 0)", "A price is never below zero.")
    _duration_positive = models.Constraint(
        "CHECK (duration_minutes >= 0)", "A duration is never below zero."
    )

    @api.depends("price", "price_kind", "currency_id")
    @api.depends_context("lang")
    def _compute_price_text(self):
        for service in self:
            amount = service.currency_id.format(service.price) if service.currency_id else ""
            service.price_text = {
                "fixed": amount,
                "from": self.env._("from %(amount)s", amount=amount),
                "insurance": self.env._("%(amount)s, insurance applies", amount=amount),
                "free": self.env._("free"),
                "ask": self.env._("on request"),
            }[service.price_kind]

    @api.model_create_multi
    def create(self, vals_list):
        """Who may draft and not change puts nothing on the web."""
        if not self.env.su and not self.has_access("write"):
            vals_list = [vals | {"is_published": False} for vals in vals_list]
        return super().create(vals_list)

    @api.model
    def _get_published(self):
        """Return what everybody may know, by department: [{name, services: [dict]}]."""
        services = self.sudo().search([("is_published", "=", True)])
        many = len(services.company_id) > 1
        groups = []
        for (company, department), found in services.grouped(
            lambda service: (service.company_id, service.department_id)
        ).items():
            parts = [company.name if many else "", department.name or ""]
            groups.append(
                {
                    "name": " · ".join(filter(None, parts)) or company.name,
                    "services": [service._prepare_published() for service in found],
                }
            )
        return groups

    def _prepare_published(self):
        told = self.promise_ids.filtered(lambda promise: promise.state == "published")
        return {
            "name": self.name,
            "price": self.price_text,
            "description": self.description,
            "access_note": self.access_note,
            "promises": told.mapped("name"),
        }
