from odoo import models
from odoo.exceptions import AccessError


class HcrmBreakGlassMixin(models.AbstractModel):
    """A file that is closed to roles which may open it for an hour by giving a reason.

    ``_break_glass_groups`` names who may; ``_hcrm_break_glass_partner`` whom it is about.
    """

    _name = "hcrm.break.glass.mixin"
    _description = "File behind Glass"
    _break_glass_groups = ""

    def _hcrm_break_glass_open(self):
        """True while the current user holds every file of ``self`` open."""
        return self == self._filtered_break_glass_open()

    def _filtered_break_glass_open(self):
        openings_sudo = self.env["hcrm.break.glass"].sudo()
        domain = [*openings_sudo._get_open_domain(self._name), ("res_id", "in", self.ids)]
        opened = set(openings_sudo.search(domain).mapped("res_id"))
        return self.filtered(lambda record: record.id in opened)

    def _hcrm_break_glass_partner(self):
        """Return the person whom this file is about, or no contact."""
        return self.env["res.partner"]

    def _check_may_break_glass(self):
        if not self.env.user.has_groups(self._break_glass_groups or "."):
            raise AccessError(self.env._("Your role may not open closed files."))
        self.check_access("read")

    def action_break_glass(self):
        """Ask for the reason."""
        self.ensure_one()
        self._check_may_break_glass()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open a closed file"),
            "res_model": "hcrm.break.glass.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }

    def _break_glass(self, reason):
        """Open this file for the current user and return the log row; checks the role."""
        self.ensure_one()
        self._check_may_break_glass()
        opening = self.env["hcrm.break.glass"]._open_file(self, reason)
        self.env.invalidate_all()
        return opening
