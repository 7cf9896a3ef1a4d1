from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL


class HcrmProtectedPersonMixin(models.AbstractModel):
    """A person whose encounters, appointments, clinical facts and charges are behind glass.

    The service manager protects; only the HCRM administrator, who sees no clinical data, lifts it,
    so nobody can take the glass away for their own look.
    """

    _name = "hcrm.protected.person.mixin"
    _description = "Protected Person"
    _inherit = ["hcrm.break.glass.mixin"]
    _break_glass_groups = (
        "hcrm_base.group_nurse,hcrm_base.group_doctor,hcrm_base.group_service_manager"
    )

    is_protected = fields.Boolean(
        string="Protected file",
        groups="base.group_user",
        copy=False,
        tracking=True,
        help="Encounters, appointments, clinical data and charges open only by break-glass.",
    )
    is_file_closed = fields.Boolean(
        string="File closed to me",
        compute="_compute_is_file_closed",
        search="_search_is_file_closed",
        groups="base.group_user",
        export_string_translation=False,
    )

    # as the ORM writes the condition: another form would leave the index unused
    _protected_idx = models.Index("(id) WHERE is_protected IS TRUE")

    @api.depends("is_protected")
    @api.depends_context("uid")
    def _compute_is_file_closed(self):
        passes = self.env.user.has_group("hcrm_base.group_integration")
        protected = self.filtered("is_protected") - self.env.user.partner_id
        closed = self.browse() if passes else protected - protected._filtered_break_glass_open()
        for partner in self:
            partner.is_file_closed = partner in closed

    def _search_is_file_closed(self, operator, value):
        """Asked anew by every query, so that an opening works at once and ends by itself."""
        if operator != "in":
            return NotImplemented
        if self.env.user.has_group("hcrm_base.group_integration"):
            return Domain.FALSE
        openings_sudo = self.env["hcrm.break.glass"].sudo()
        open_domain = Domain(openings_sudo._get_open_domain(self._name))

        def not_opened(_model, alias, _query):
            # within the query that asks: lists of many models ask on one screen
            opened = openings_sudo._search(open_domain & Domain("res_id", "!=", False))
            ids = opened.subselect(SQL.identifier(opened.table, "res_id"))
            return SQL("%s NOT IN %s", SQL.identifier(alias, "id"), ids)

        return (
            Domain("is_protected", "=", True)
            & Domain("id", "!=", self.env.user.partner_id.id)
            & Domain.custom(to_sql=not_opened)
        )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("is_protected") for vals in vals_list):
            self._check_may_protect(True)
        return super().create(vals_list)

    def write(self, vals):
        if "is_protected" in vals:
            self._check_may_protect(vals["is_protected"])
        return super().write(vals)

    def _check_may_protect(self, protect):
        allowed = "group_service_manager" if protect else "group_hcrm_admin"
        if not self.env.su and not self.env.user.has_groups(
            f"hcrm_base.{allowed},hcrm_base.group_integration"
        ):
            raise AccessError(
                self.env._("A service manager protects a file; the HCRM administrator lifts it.")
            )

    def action_protect(self):
        self.is_protected = True

    def action_unprotect(self):
        """The administrator may not write persons: this one field is written for them."""
        self._check_may_protect(False)
        self.check_access("read")
        self.sudo().is_protected = False

    def _hcrm_break_glass_partner(self):
        return self
