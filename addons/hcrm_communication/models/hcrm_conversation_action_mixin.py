from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

#: So much of what the patient wrote is the reason of an appointment: characters.
REASON = 500


class HcrmConversationActionMixin(models.AbstractModel):
    """What is made of a conversation by one click: a registry that later addons extend.

    An addon adds a line to ``_get_actions`` and the method it names; what the method returns is an
    action of the web client. The made record inherits ``hcrm.conversation.outcome.mixin`` and gets
    ``default_conversation_id``: so it is shown beside the thread.
    """

    _name = "hcrm.conversation.action.mixin"
    _description = "One-click Actions"

    @api.model
    def _get_actions(self):
        """Return the actions, in the order of the screen.

        :return: list of dictionaries: ``name`` (code), ``label``, ``icon`` (Font Awesome),
            ``method`` (of ``hcrm.conversation``, called with one record), ``groups`` (who may),
            optionally ``needs_person`` (not before it is known who writes; true if not given),
            ``label_known`` (where it is known who writes)
        """
        return [
            {
                "name": "appointment",
                "label": self.env._("Book an appointment"),
                "icon": "fa-calendar-plus-o",
                "method": "_run_appointment",
                "groups": "hcrm_base.group_officer,hcrm_base.group_service_manager,"
                "hcrm_base.group_nurse,hcrm_base.group_community_worker,hcrm_base.group_vip_desk",
            },
            {
                "name": "note",
                "label": self.env._("Write a contact note"),
                "icon": "fa-commenting-o",
                "method": "_run_note",
                "groups": "hcrm_base.group_user",
            },
            {
                "name": "opt_out",
                "label": self.env._("Record a refusal"),
                "icon": "fa-ban",
                "method": "_run_opt_out",
                "groups": "hcrm_base.group_officer,hcrm_base.group_service_manager,"
                "hcrm_base.group_nurse,hcrm_base.group_community_worker,hcrm_base.group_vip_desk",
            },
            {
                "name": "person",
                "label": self.env._("Who is it?"),
                "label_known": self.env._("Somebody else wrote"),
                "icon": "fa-user-plus",
                "method": "_run_person",
                "groups": "hcrm_base.group_user",
                "needs_person": False,
            },
        ]

    @api.model
    def _get_own_actions(self):
        """Return the actions that this user may use."""
        return [one for one in self._get_actions() if self.env.user.has_groups(one["groups"])]

    def run_action(self, name):
        """Do one of the actions; return what the web client opens."""
        self.ensure_one()
        self.check_access("read")
        found = [one for one in self._get_own_actions() if one["name"] == name]
        if not found:
            raise AccessError(self.env._("Your role has no such action in a conversation."))
        if found[0].get("needs_person", True) and not self.partner_id:
            raise UserError(self.env._("First say who it is."))
        return getattr(self, found[0]["method"])()

    def _run_appointment(self):
        return self._open_new(
            "hcrm.appointment",
            self.env._("Book an appointment"),
            default_partner_id=self.partner_id.id,
            default_company_id=self.company_id.id,
            default_department_id=self.department_id.id,
        )

    def _run_note(self):
        action = self.env["hcrm.contact.note"]._get_quick_action()
        way = "email" if self.channel == "email" else "message"
        if self.channel == "voice":
            way = "phone"
        return {
            **action,
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_way": way,
                "default_conversation_id": self.id,
            },
        }

    def _run_opt_out(self):
        return self._open_new(
            "hcrm.consent.form",
            self.env._("Record a refusal"),
            default_partner_id=self.partner_id.id,
            default_company_id=self.company_id.id,
            default_method="phone" if self.channel == "voice" else "web",
            default_evidence=self.env._("Conversation %s", self.id),
        )

    def _run_person(self):
        self.check_access("write")
        return self._open_new(
            "hcrm.conversation.match", self.env._("Who is it?"), default_conversation_id=self.id
        )

    def _open_new(self, model, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_conversation_id": self.id, **context},
        }

    # WHAT WAS MADE

    @api.model
    def _get_outcome_models(self):
        names = self.env["hcrm.conversation.outcome.mixin"]._inherit_children
        return [self.env[name] for name in sorted(names) if not self.env[name]._abstract]

    @api.model
    def _get_outcome_tables(self):
        return [model._table for model in self._get_outcome_models()]

    def _get_outcomes(self):
        """Return what was made of this conversation, as far as the user may read it."""
        found = []
        for model in self._get_outcome_models():
            if not model.has_access("read"):
                continue
            records = model.search([("conversation_id", "=", self.id)], order="id DESC", limit=20)
            found += [self._describe_outcome(record) for record in records]
        return found

    @api.model
    def _describe_outcome(self, record):
        opened = record._hcrm_outcome_record()
        return {
            "model": opened._name,
            "id": opened.id,
            "kind": self.env["ir.model"]._get(opened._name).sudo().name,
            "label": record._hcrm_outcome_label(),
            "may_confirm": opened._name == "hcrm.appointment",
        }

    def get_confirmation(self, appointment_id):
        """Return neutral words that confirm an appointment: no clinic, no reason."""
        self.ensure_one()
        appointment = self.env["hcrm.appointment"].browse(appointment_id).exists()
        appointment.check_access("read")
        if appointment.conversation_id != self or appointment.state == "cancelled":
            raise UserError(self.env._("This appointment does not belong here."))
        person = appointment.sudo().partner_id
        lang = person.lang or self.company_id.partner_id.lang or "zh_CN"
        env = self.with_context(lang=lang).env
        when = format_datetime(
            env, appointment.starts_at, tz=self.company_id.sudo()._hcrm_zone(), dt_format="short"
        )
        return env._(
            "Your appointment at our hospital is booked for %s. Please bring your papers. If you "
            "cannot come, write to us here.",
            when,
        )

    def _get_patients_words(self):
        """Return what the patient wrote last, for a field that clinical staff alone read."""
        return (self.sudo().last_inbound_id.body_stored or "")[:REASON] or False
