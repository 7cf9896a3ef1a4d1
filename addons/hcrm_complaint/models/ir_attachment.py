from odoo import api, models
from odoo.fields import Domain

EXPLAINED = "hcrm.complaint.explanation"


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        ids = [vals.get("res_id") for vals in vals_list if vals.get("res_model") == EXPLAINED]
        self.env[EXPLAINED].browse(filter(None, ids))._check_files_stay()
        return super().create(vals_list)

    def unlink(self):
        ids = [one.res_id for one in self.sudo() if one.res_model == EXPLAINED]
        self.env[EXPLAINED].browse(filter(None, ids)).exists()._check_files_stay()
        return super().unlink()

    def _hang_on_complainant(self, case):
        """Make these files of who complained: read by the complaint office. Under sudo."""
        self.write(
            {
                "res_model": "hcrm.complaint.complainant",
                "res_field": False,
                "res_id": case.complainant_ids.id,
            }
        )

    def _inaccessible_comodel_records(self, model_and_ids, operation):
        """Files of a case's chatter are read by those who read the chatter."""
        cases = model_and_ids.get("hcrm.complaint")
        if not cases or self.env.su or self.env.user._hcrm_is_complaint_office():
            yield from super()._inaccessible_comodel_records(model_and_ids, operation)
            return
        others = {name: ids for name, ids in model_and_ids.items() if name != "hcrm.complaint"}
        yield from super()._inaccessible_comodel_records(others, operation)
        yield from (("hcrm.complaint", case_id) for case_id in cases)

    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not self.env.su and not bypass_access and not self._may_read_case_files():
            domain = Domain(domain) & Domain("res_model", "!=", "hcrm.complaint")
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _may_read_case_files(self):
        return self.env.user._hcrm_is_complaint_office()
