from odoo import fields, models
from odoo.exceptions import UserError


class HcrmHospitalMixin(models.AbstractModel):
    """A row of one hospital, perhaps of one of its departments.

    What it links to with ``check_company`` is of the same hospital, or of none. Rows of before
    this was asked stay as they are until one of these links changes.
    """

    _name = "hcrm.hospital.mixin"
    _description = "Row of a Hospital"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department", index="btree_not_null", ondelete="restrict", check_company=True
    )

    def _check_company(self, fnames=None):
        """As core's, in words for people: what belongs where, and what to do."""
        names = self._fields if fnames is None or "company_id" in fnames else fnames
        for name in names:
            field = self._fields[name]
            if not (field.relational and field.check_company):
                continue
            for record in self.sudo():
                linked = record[name].with_context(active_test=False)
                domain = linked._check_company_domain(record.company_id)
                elsewhere = linked - linked.filtered_domain(domain)
                if elsewhere:
                    record._refuse_elsewhere(field, elsewhere[0])

    def _refuse_elsewhere(self, field, linked):
        raise UserError(
            self.env._(
                "%(field)s: “%(name)s” belongs to %(other)s, this is about %(hospital)s. Choose "
                "one of the same hospital.",
                field=field._description_string(self.env),
                name=linked.display_name,
                other=linked.company_id.name,
                hospital=self.company_id.name,
            )
        )

    def _first_at_work(self, *users):
        """Return the first of these users who still works here; else a service manager.

        A task on the desk of somebody who left, or of the system, is seen by nobody.
        """
        managers = self.env.ref("hcrm_base.group_service_manager").sudo().all_user_ids
        here = managers.filtered(lambda user: self.company_id in user.company_ids)
        for candidates in (*users, here.sorted("id")):
            found = candidates.sudo().filtered("active")
            if found:
                return found[0].with_env(self.env)
        return self.env.user
