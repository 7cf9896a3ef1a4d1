from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .hcrm_access_log_screen_mixin import PACKAGE, array_has

#: Requests that one login may make in a day.
A_DAY = 10
DAY = 24 * 60 * 60
GUARDIANS = ("parent", "guardian")
SHOWN_STATES = {
    "new": "info",
    "checked": "info",
    "progress": "primary",
    "done": "success",
    "refused": "secondary",
    "withdrawn": "secondary",
}

LINE_STATES = {"open": "info", "accepted": "success", "refused": "secondary"}


class HcrmPrivacyPortalMixin(models.AbstractModel):
    """What a person may do about the own data on the portal, and a guardian for a child.

    Everything here works for ``env.user``, whoever calls it under ``sudo()``.
    """

    _name = "hcrm.privacy.portal.mixin"
    _description = "Privacy Requests on the Portal"

    _portal_open_uniq = models.UniqueIndex(
        "(partner_id, kind_id, create_uid, company_id) "
        "WHERE channel = 'portal' AND state IN ('new', 'checked', 'progress')",
        "You have asked for this already: the request is open.",
    )

    @api.model
    def _portal_persons(self):
        """Return for whom the user may ask: themselves, and those they decide for (sudo).

        A parent or guardian who is recorded as allowed to decide, for a child under 14; a guardian
        also for a ward who is older.
        """
        own = self.env.user.partner_id.sudo()
        today = fields.Date.context_today(self)
        links_sudo = self.env["hcrm.relationship"].sudo()
        found = links_sudo.search(
            Domain("related_partner_id", "=", own.id)
            & Domain("may_consent", "=", True)
            & Domain("relation", "in", GUARDIANS)
            & (Domain("date_start", "=", False) | Domain("date_start", "<=", today))
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", today))
        )
        wards = found.filtered(
            lambda link: link.relation == "guardian" or link.partner_id._hcrm_is_under_14()
        ).partner_id
        return own | wards.filtered(
            lambda ward: (
                ward.is_customer_person
                and not ward.is_erased
                and not ward.canonical_id
                and not ward.is_deceased
            )
        )

    @api.model
    def _portal_requests(self):
        """Return the requests that the user may see (sudo), the newest first.

        Those about themselves; about a child only what they asked for, not what the other parent
        did.
        """
        own = self.env.user.partner_id
        wards = self._portal_persons() - own.sudo()
        domain = Domain("partner_id", "=", own.id) | (
            Domain("partner_id", "in", wards.ids) & Domain("create_uid", "=", self.env.uid)
        )
        return self.sudo().search(domain, order="received_at DESC, id DESC")

    @api.model
    def _portal_create(self, partner_id, kind_id, description, wishes, hospital_id=None):
        """Return the request of the user about themselves or a ward, made or open already.

        :param wishes: {field: text} of what is to be corrected
        :param hospital_id: which of the hospitals is asked, that of the login if none is named
        """
        partner_sudo = self._portal_persons().filtered(lambda one: one.id == partner_id)
        kind_sudo = self.env["hcrm.privacy.kind"].sudo().browse(kind_id).exists()
        if not partner_sudo or not kind_sudo.active:
            raise UserError(self.env._("Choose whom it is about and what you ask for."))
        company_sudo = self.env.user.company_id.sudo()
        if hospital_id and hospital_id != company_sudo.id:
            hospitals_sudo = self._portal_hospitals(partner_sudo)
            company_sudo = hospitals_sudo.filtered(lambda one: one.id == hospital_id)
        if not company_sudo:
            raise UserError(self.env._("Choose which hospital you ask."))
        requests_sudo = self.sudo().with_company(company_sudo)
        return requests_sudo._portal_ask(partner_sudo, kind_sudo, description, wishes)

    @api.model
    def _portal_ask(self, partner_sudo, kind_sudo, description, wishes):
        """Return the request to the hospital of the context; all else was checked."""
        if kind_sudo.action == "correct" and not (wishes or (description or "").strip()):
            raise UserError(self.env._("Tell us what is wrong and what is right."))
        if found := self._portal_find_open(partner_sudo, kind_sudo):
            return found
        if self.env["hcrm.rate.count"]._is_too_often("privacy", self.env.uid, A_DAY, DAY):
            raise UserError(
                self.env._("You have asked for much today: please wait until tomorrow.")
            )
        return self._portal_make(partner_sudo, kind_sudo, description, wishes)

    @api.model
    def _portal_find_open(self, partner_sudo, kind_sudo):
        return self.sudo().search(
            [
                ("partner_id", "=", partner_sudo.id),
                ("kind_id", "=", kind_sudo.id),
                ("create_uid", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
                ("channel", "=", "portal"),
                ("closed_at", "=", False),
            ],
            limit=1,
        )

    @api.model
    def _portal_make(self, partner_sudo, kind_sudo, description, wishes):
        """Make the request; a second click that was faster leaves one request, not two."""
        values = {
            "partner_id": partner_sudo.id,
            "kind_id": kind_sudo.id,
            "description": (description or "").strip()[:4000],
        }
        if partner_sudo != self.env.user.partner_id.sudo():
            values |= self._portal_guardian_values(partner_sudo)
        try:
            with self.env.cr.savepoint():
                request_sudo = self.sudo().create(values)
        except UniqueViolation as error:
            raise UserError(
                self.env._("You have asked for this already: the request is open.")
            ) from error
        self.env["hcrm.privacy.correction"].sudo().create(
            [
                {"request_id": request_sudo.id, "field_name": name, "wished": text}
                for name, text in wishes.items()
            ]
        )
        return request_sudo

    @api.model
    def _portal_guardian_values(self, partner_sudo):
        user = self.env.user
        return {
            "requester": "guardian",
            "requester_name": user.name,
            "requester_contact": user.email or False,
            "authority_evidence": self.env._(
                "Recorded as parent or guardian who decides; asked on the portal as %s.", user.login
            ),
        }

    def _portal_withdraw(self):
        """Take the request back; the caller got it from ``_portal_requests``."""
        self._move("withdrawn")

    def _portal_may_fetch(self):
        """True where the files are ready for the person: released, and identity checked."""
        self.ensure_one()
        request_sudo = self.sudo()
        return (
            request_sudo.state == "done"
            and request_sudo._is_package_there()
            and bool(request_sudo.package_released_at)
            and bool(request_sudo.identity_checked_at)
        )

    def _tell_who_asked(self):
        """Tell that there is an answer, or that the data can be fetched."""
        for may_fetch, requests in self.grouped(lambda one: one._portal_may_fetch()).items():
            requests._hcrm_tell_person("ready" if may_fetch else "answered")

    def _hcrm_tell_person(self, event):
        """Do nothing: an addon that sends messages says that there is news on ``/my/privacy``.

        :param event: ``ready`` (the data can be fetched) or ``answered``
        """

    def _portal_copies(self):
        """Return who of the hospital took a copy of the package in hand: when, why.

        A guardian who fetched it on the portal is nobody of the hospital.
        """
        self.ensure_one()
        domain = (
            array_has("partner_ids", self.sudo().partner_id._hcrm_alias_ids())
            & array_has("res_ids", self.ids)
            & Domain("res_model", "=", self._name)
            & Domain("field_names", "=like", f"{PACKAGE}%")
            & Domain("user_id", "!=", self.env.uid)
        )
        logs_sudo = self.env["hcrm.access.log"].sudo().search(domain)
        return logs_sudo.filtered(lambda log: not log.user_id.share)._prepare_portal_lines()

    @api.model
    def _portal_hospitals(self, partner_sudo):
        """Return the hospitals that keep something about a person, the login's first (sudo)."""
        own_sudo = self.env.user.company_id.sudo()
        package = self._package_reader(partner_sudo, own_sudo, self.env.lang, "UTC")
        found_sudo = self.env["res.company"].sudo().browse(package.hospitals())
        return own_sudo | found_sudo.filtered("active").sorted("sequence")

    @api.model
    def _portal_summary(self, partner_sudo, company_sudo):
        """Return what a hospital keeps about a person: [(what it is called, rows)]."""
        lang, tz = self.env.lang, self.env.user.tz or "UTC"
        package = self._package_reader(partner_sudo, company_sudo, lang, tz)
        counts = package.counts()
        found = [
            (package.label(model), counts[model._name])
            for model in package.models()
            if counts.get(model._name)
        ]
        return found[1:] if found and "res.partner" in counts else found

    @api.model
    def _portal_fields(self, partner_sudo):
        """Return what may be corrected: name, label, value now, kind of input, choices."""
        corrections = self.env["hcrm.privacy.correction"].sudo()
        labels = dict(corrections._selection_field_name())
        found = []
        for name in partner_sudo._hcrm.correctable:
            field = partner_sudo._fields[name]
            choices = field.type == "selection" and field._description_selection(self.env)
            found.append(
                {
                    "name": name,
                    "label": labels[name],
                    "now": corrections._shown(name, corrections._value_of(partner_sudo, name)),
                    "type": "date" if field.type == "date" else "text",
                    "choices": choices or [],
                }
            )
        return found
