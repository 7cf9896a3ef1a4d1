import base64
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .hcrm_privacy_release_mixin import DAYS_READY
from .privacy_package import PrivacyPackage

_logger = logging.getLogger(__name__)

#: Days for which the files stay after they were fetched once.
DAYS_FETCHED = 7
TRIES = 3
PARTS = {"data": "package_data", "document": "package_document"}


class HcrmPrivacyPackageMixin(models.AbstractModel):
    """Requests to see, copy and transfer: everything known, put together in the background.

    The files are read by nobody but ``_fetch_package``, which a service manager (handing them over
    at the desk) and the person's own page call after their checks; each fetch is an export in the
    access log. They are deleted some days after they were fetched, or when their time is over: it
    runs from the moment they are put together, released or not.
    """

    _name = "hcrm.privacy.package.mixin"
    _description = "Everything Known about a Person"

    package_state = fields.Selection(
        selection=[
            ("queued", "Being put together"),
            ("ready", "Ready"),
            ("failed", "Failed"),
            ("deleted", "Deleted"),
        ],
        string="Data package",
        readonly=True,
        copy=False,
    )
    package_data = fields.Binary(
        attachment=False,  # files of system users are not asked for the rights of their field
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
    )
    package_document = fields.Binary(
        attachment=False,  # files of system users are not asked for the rights of their field
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
    )
    package_ending = fields.Char(
        readonly=True, copy=False, groups=fields.NO_ACCESS, export_string_translation=False
    )
    package_tries = fields.Integer(
        readonly=True, copy=False, groups=fields.NO_ACCESS, export_string_translation=False
    )
    package_rows = fields.Integer(
        string="Records in the package", readonly=True, copy=False, aggregator=None
    )
    package_built_at = fields.Datetime(string="Put together on", readonly=True, copy=False)
    package_expires_at = fields.Datetime(string="Can be fetched until", readonly=True, copy=False)
    package_fetched_at = fields.Datetime(string="First fetched on", readonly=True, copy=False)

    _package_idx = models.Index("(package_state) WHERE package_state IN ('queued', 'ready')")

    # VERBS

    def action_build_package(self):
        """Put the data together anew, in the background."""
        self._check_may_work()
        if any(one.action != "package" or one.state != "progress" for one in self):
            raise UserError(
                self.env._(
                    "Only a request to see, copy or transfer that is being handled has data."
                )
            )
        self.sudo()._queue_package()

    def _fetch_package(self, part, reason=""):
        """Return (file name, bytes) of a part for the current user, who was checked; log it."""
        self.ensure_one()
        request_sudo = self.sudo()
        content = request_sudo[PARTS[part]]
        if not request_sudo._is_package_there() or not content:
            raise UserError(self.env._("There are no data to hand over (any more)."))
        self.env["hcrm.access.log"]._note(
            self._name,
            self.ids,
            request_sudo.partner_id.ids,
            kind="export",
            fields=[PARTS[part]],
            detail=f"{self.name}: {reason}" if reason else self.name,
        )
        request_sudo._log_step("downloaded")
        self._shorten_package_life()
        ending = "zip" if part == "data" else request_sudo.package_ending
        return f"{self.name}.{ending}", base64.b64decode(content)

    def _shorten_package_life(self):
        """Fetched once: it stays a week for a second try, no longer than before."""
        request_sudo = self.sudo()
        if request_sudo.package_fetched_at:
            return
        now = fields.Datetime.now()
        soon = now + timedelta(days=DAYS_FETCHED)
        request_sudo.write(
            {
                "package_fetched_at": now,
                "package_expires_at": min(request_sudo.package_expires_at or soon, soon),
            }
        )

    # STEPS OF THE REQUEST

    def _start_package(self):
        self.sudo()._queue_package()

    def _finish_package(self):
        """Let the person fetch the data; what failed is handed over by hand, and said so."""
        for request in self:
            is_there = request._is_package_there()
            if is_there and request.package_released_at:
                continue
            if is_there:
                raise UserError(
                    self.env._(
                        "Nobody has released the data yet: see “Data package” who does. The "
                        "person can fetch them when the request is closed as done."
                    )
                )
            if request.package_state == "queued":
                raise UserError(
                    self.env._("The data are still being put together: close the request then.")
                )
            request._check_answer()

    def _queue_package(self):
        self._drop_package("queued")
        self.write({"package_tries": 0, "package_built_by_id": self.env.uid})
        self.env.ref("hcrm_base.hcrm_privacy_cron_packages")._trigger()

    def _drop_package(self, state):
        """Delete the files; called with the rights of the system."""
        self.write(
            {
                "package_state": state,
                "package_data": False,
                "package_document": False,
                "package_expires_at": False,
                "package_fetched_at": False,
                "package_released_by_id": False,
                "package_released_at": False,
            }
        )

    def _drop_package_of_closed(self, state):
        """What was refused or withdrawn leaves no copy of the data behind."""
        if state in ("refused", "withdrawn"):
            self.filtered("package_state")._drop_package("deleted")

    # BACKGROUND

    @api.model
    def _cron_packages(self):
        """Put together what waits, one person at a time; delete what is over."""
        commit_progress = self.env["ir.cron"]._commit_progress
        self._delete_expired_packages()
        waiting = self.search([("package_state", "=", "queued")], order="id")
        commit_progress(remaining=len(waiting))
        for request_id in waiting.ids:
            if self.browse(request_id)._take_package():
                commit_progress(0)  # it counts as a try, should the worker be killed
                self.browse(request_id)._try_package()
            if not commit_progress(1):
                break

    def _take_package(self):
        """Return True if this package is to be built now; give up after some tries."""
        self.ensure_one()
        if not self.exists() or self.package_state != "queued":
            return False
        if self.package_tries >= TRIES:
            self.package_state = "failed"
            return False
        self.package_tries += 1
        self.env.flush_all()
        return True

    def _try_package(self):
        """Build; what goes wrong with one person does not stop the others."""
        try:
            self._build_package()
            self.env.flush_all()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The data of request %s could not be put together", self.id)

    def _build_package(self):
        """Put everything together, in one transaction: what is read is of one moment."""
        self.ensure_one()
        [(is_free,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", "hcrm_package", self.id)
        )
        if not is_free or self.package_state != "queued":
            return
        package = self._get_package()
        data, document, ending, rows = package.build(self)
        self.write(
            {
                "package_state": "ready",
                "package_data": base64.b64encode(data),
                "package_document": base64.b64encode(document),
                "package_ending": ending,
                "package_rows": rows,
                "package_built_at": fields.Datetime.now(),
                "package_expires_at": self._get_package_end(),
            }
        )
        self._log_step("packed")

    def _get_package(self):
        """Return the reader of what is known, in the language of the person."""
        partner_sudo = self.sudo().partner_id
        company = self.company_id
        lang = partner_sudo.lang or company.partner_id.lang or "en_US"
        tz = company.resource_calendar_id.tz or partner_sudo.tz or "UTC"
        return self._package_reader(partner_sudo, company, lang, tz)

    @api.model
    def _package_reader(self, partner_sudo, company, lang, tz):
        """Return what reads everything known about a person whom the caller was allowed."""
        return PrivacyPackage(self.env, partner_sudo, company, lang, tz)

    @api.model
    def _delete_expired_packages(self):
        """Delete the files whose time is over; the request says so."""
        now = fields.Datetime.now()
        # those of before releases were needed have no end
        endless = Domain("package_expires_at", "=", False) & Domain(
            "package_built_at", "<", now - timedelta(days=DAYS_READY)
        )
        over = self.search(
            Domain("package_state", "=", "ready")
            & (Domain("package_expires_at", "<=", now) | endless)
        )
        over._drop_package("deleted")
        over._log_step("expired")
