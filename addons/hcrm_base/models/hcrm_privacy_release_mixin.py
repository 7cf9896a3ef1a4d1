from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Who may release: who reads whom a request is about and who asks, and does not only take it in.
RELEASERS = "hcrm_base.group_service_manager,hcrm_base.group_hcrm_admin"
#: Days for which data that were put together, or released, can be fetched; a setting changes it.
DAYS_READY = 30
#: More days than anybody keeps a copy of a whole record: a setting never means more.
DAYS_AT_MOST = 3650


class HcrmPrivacyReleaseMixin(models.AbstractModel):
    """Two people give a whole record out of the house: one has it put together, another releases.

    Before that nobody fetches it, neither a service manager nor the person. Who releases looks at
    who asks, how the identity was shown and who did it; the data themselves need not be read.
    ``_why_not_release`` and ``_why_not_fetch`` are the one truth: verbs, buttons and the sentence
    on the screen ask them.
    """

    _name = "hcrm.privacy.release.mixin"
    _description = "Release of a Data Package"

    package_built_by_id = fields.Many2one(
        "res.users",
        string="Put together by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Who had the data put together; somebody else releases them.",
    )
    package_released_by_id = fields.Many2one(
        "res.users", string="Released by", readonly=True, copy=False, ondelete="restrict"
    )
    package_released_at = fields.Datetime(string="Released on", readonly=True, copy=False)
    package_may_release = fields.Boolean(
        compute="_compute_package_rights", export_string_translation=False
    )
    package_may_fetch = fields.Boolean(
        compute="_compute_package_rights", export_string_translation=False
    )
    package_hint = fields.Char(string="What comes next", compute="_compute_package_rights")

    @api.depends(
        "state", "package_state", "package_released_at", "package_expires_at", "identity_checked_at"
    )
    @api.depends_context("uid", "lang")
    def _compute_package_rights(self):
        for request in self:
            release, fetch = request._why_not_release(), request._why_not_fetch()
            request.package_may_release = not release
            request.package_may_fetch = not fetch
            request.package_hint = request._get_package_hint(release, fetch)

    def _get_package_hint(self, why_not_release, why_not_fetch):
        """Return what the user can do with the data now, or plainly why nothing."""
        if self.package_state == "ready" and not self.package_released_at:
            return why_not_release or self.env._(
                "Nobody has released these data yet. Look at who asked, how the identity was shown "
                "and who checked it; then release them, or have the request refused."
            )
        if self.package_state == "ready":
            return why_not_fetch or self.env._(
                "Released: hand the data over. The reason you give and your name are logged and "
                "shown to the person."
            )
        if self.package_state == "deleted" and self.state == "progress":
            return self.env._(
                "The files were deleted, their time was over: have the data put together again, or "
                "write in the answer how the person received them."
            )
        return self.package_state == "deleted" and self.env._("The files were deleted.")

    # RELEASE

    def _why_not_release(self):
        """Return what keeps the current user from releasing these data, or nothing."""
        self.ensure_one()
        if not self._is_package_there() or self.package_released_at:
            return self.env._("There are no data that wait to be released.")
        if self.state not in ("progress", "done"):
            return self.env._("This request is closed.")
        if not self.env.user.has_groups(RELEASERS):
            return self.env._(
                "A service manager or the HCRM administrator looks at the request and releases "
                "the data."
            )
        if not self.identity_checked_at:
            return self.env._("Check the identity before you hand over anything.")
        return self._why_somebody_else()

    def _why_somebody_else(self):
        """Return why this is not for who had it built, recorded or checked it, or is the person."""
        request_sudo, user = self.sudo(), self.env.user
        if request_sudo.package_built_by_id == user:
            return self.env._(
                "You had these data put together: another service manager or the HCRM "
                "administrator must look at the request and release them."
            )
        if request_sudo.create_uid == user:
            return self.env._(
                "You recorded this request: another service manager or the HCRM administrator "
                "must look at it and release the data."
            )
        if request_sudo.identity_checked_by_id == user:
            return self.env._(
                "You checked the identity: another service manager or the HCRM administrator must "
                "look at the request and release the data."
            )
        if user.partner_id.sudo() in request_sudo.partner_id._hcrm_known_as():
            return self.env._(
                "These data are your own: another service manager or the HCRM administrator must "
                "look at the request and release them."
            )
        return None

    def action_release_package(self):
        """Let the data be handed over, by who had no part in what is judged."""
        self.check_access("read")
        if not self.env.user.has_groups(RELEASERS):
            raise AccessError(self._why_not_release())
        for request in self:
            if why_not := request._why_not_release():
                raise UserError(why_not)
            request.sudo().write(
                {
                    "package_released_by_id": self.env.uid,
                    "package_released_at": fields.Datetime.now(),
                    "package_expires_at": request._get_package_end(),
                }
            )
        self.sudo()._log_step("released")

    # HANDING OVER

    def action_fetch_data(self):
        return self._get_handover_action("data")

    def action_fetch_document(self):
        return self._get_handover_action("document")

    def _get_handover_action(self, part):
        """Ask for the reason before anything leaves."""
        self.ensure_one()
        self._check_fetch_as_staff()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over a whole record"),
            "res_model": "hcrm.privacy.handover",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_request_id": self.id, "default_part": part},
        }

    def _check_fetch_as_staff(self):
        """A service manager hands over what another person released."""
        self._check_may_work()
        if self.partner_id.is_file_closed:
            raise AccessError(self._why_not_fetch())
        if why_not := self._why_not_fetch():
            raise UserError(why_not)

    def _why_not_fetch(self):
        """Return what keeps the current user from fetching these data for the person, or nothing.

        A protected file is opened first, as always.
        """
        self.ensure_one()
        if not self._is_package_there():
            return self.env._("There are no data to hand over (any more).")
        if self.state not in ("progress", "done"):
            return self.env._("This request is closed.")
        if not self.has_access("write"):
            return self.env._("A service manager hands the data over.")
        if not self.identity_checked_at:
            return self.env._("Check the identity before you hand over anything.")
        if self.partner_id.is_file_closed:
            return self.env._(
                "The file of this person is protected: open it with a reason first, or let the "
                "person fetch the data on the portal."
            )
        if not self.package_released_at:
            return self.env._(
                "Nobody has released these data yet: another service manager or the HCRM "
                "administrator does, not who recorded the request, checked the identity or had "
                "them put together."
            )
        return None

    # TIME

    def _is_package_there(self):
        """True where there are data whose time is not over, whenever they will be deleted."""
        end = self.package_expires_at
        return self.package_state == "ready" and not (end and end <= fields.Datetime.now())

    def _get_package_end(self):
        """Return the moment until which data put together or released now are kept."""
        days = self.env["ir.config_parameter"].sudo().get_param("hcrm_base.privacy_package_days")
        days = int(days) if (days or "").isdecimal() else 0
        return fields.Datetime.now() + timedelta(days=min(days or DAYS_READY, DAYS_AT_MOST))
