from odoo import api, fields, models

PERSONS = "hcrm.complaint.complainant"


class HcrmComplaintFilesMixin(models.AbstractModel):
    """Letters, slips from the box, scans, photos: files of who complained, in the form of the case.

    They hang on the complainant's row. None is taken away here: they are what somebody gave us.
    """

    _name = "hcrm.complaint.files.mixin"
    _description = "Files of Complainants"

    file_ids = fields.Many2many(
        "ir.attachment",
        string="Files of the person",
        compute="_compute_file_ids",
        inverse="_inverse_file_ids",
        compute_sudo=False,
        help="A scan of the letter or slip, photos, recordings. Departments do not see them.",
    )

    @api.depends("complainant_ids")
    @api.depends_context("uid")
    def _compute_file_ids(self):
        files = self.env["ir.attachment"]
        persons = self.env[PERSONS]
        if persons.has_access("read"):
            persons = persons.search([("complaint_id", "in", self._origin.ids)])
            files = files.search([("res_model", "=", PERSONS), ("res_id", "in", persons.ids)])
        by_person = files.grouped("res_id")
        found = {one.complaint_id.id: by_person.get(one.id) for one in persons}
        for case in self:
            if "file_ids" not in case._cache:
                case.file_ids = found.get(case._origin.id) or False

    def _inverse_file_ids(self):
        for case in self:
            person = case.complainant_ids
            if person:
                person.check_access("write")
                case._hang_uploaded(case.file_ids)

    @api.model
    def _take_apart(self, vals):
        """Files uploaded before the case was saved follow once there is who complained."""
        vals = dict(vals)
        commands = vals.pop("file_ids", None) or ()
        vals, rest = super()._take_apart(vals)
        ids = [one[1] for one in commands if one[0] == 4]
        ids += [number for one in commands if one[0] == 6 for number in one[2]]
        return vals, {**rest, "file_ids": ids}

    def _create_files(self, rests):
        result = super()._create_files(rests)
        for case, rest in zip(self, rests, strict=True):
            if rest.get("file_ids"):
                case._hang_uploaded(self.env["ir.attachment"].browse(rest["file_ids"]))
        return result

    def _hang_uploaded(self, files):
        """Hang what this user uploaded for this case; ids of other files are not taken."""
        own = files.sudo().exists().filtered(
            lambda one: one.create_uid.id == self.env.uid
            and one.res_model == self._name
            and one.res_id in (0, False, self.id)
            and not one.res_field
        )  # fmt: skip
        own._hang_on_complainant(self.sudo())
