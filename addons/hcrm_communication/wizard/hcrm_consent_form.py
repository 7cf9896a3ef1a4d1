import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.consent import GRANTED, WITHDRAWN
from ..tools.purposes import CHANNELS, CONSENT_ONLY, PURPOSES

#: How a person at the desk or on the phone tells us.
METHODS = ("person", "phone", "paper", "web")


class HcrmConsentForm(models.TransientModel):
    """Ten seconds: what the person agrees to and refuses, all purposes and channels at a glance."""

    _name = "hcrm.consent.form"
    _description = "Record Consent"
    _hcrm = Governance(data_class="wizard")

    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, default=lambda self: self.env.company
    )
    is_child = fields.Boolean(compute="_compute_deciders")
    decider_ids = fields.Many2many("res.partner", compute="_compute_deciders")
    by_partner_id = fields.Many2one(
        "res.partner",
        string="Decided by",
        compute="_compute_by_partner_id",
        store=True,
        readonly=False,
    )
    topic_id = fields.Many2one("hcrm.message.topic", string="Only about")
    method = fields.Selection(selection="_selection_method", required=True, default="person")
    decided_at = fields.Datetime(string="Decided", required=True, default=fields.Datetime.now)
    expires_on = fields.Date(string="Valid until")
    evidence = fields.Char(string="What was said, where the paper lies")
    evidence_file = fields.Binary(string="Scan")
    evidence_name = fields.Char()
    grid = fields.Text(compute="_compute_grid")
    answers = fields.Text(help="What was clicked.")

    @api.model
    def _selection_method(self):
        labels = self.env["hcrm.consent"]._fields["method"]._description_selection(self.env)
        return [(code, label) for code, label in labels if code in METHODS]

    @api.depends("partner_id")
    def _compute_deciders(self):
        for form in self:
            person = form.partner_id
            deciders = self.env["hcrm.consent"]._deciders(person).get(person, person.browse())
            form.decider_ids = deciders
            form.is_child = bool(person) and person._hcrm_is_under_14()

    @api.depends("partner_id")
    def _compute_by_partner_id(self):
        """For a child the first who may decide; for others the person."""
        for form in self:
            form.by_partner_id = form.is_child and form.decider_ids[:1]

    @api.depends("partner_id", "company_id", "topic_id")
    @api.depends_context("lang")
    def _compute_grid(self):
        for form in self:
            form.grid = form.partner_id and json.dumps(form._grid_values())

    def _grid_values(self):
        """Return what the widget paints: a row per purpose, a button per channel."""
        self.partner_id.check_access("read")
        consents = self.env["hcrm.consent"]
        purposes = dict(consents._fields["purpose"]._description_selection(self.env))
        channels = dict(consents._fields["channel"]._description_selection(self.env))
        topic = self.topic_id
        statuses = consents._grid(self.partner_id, self.company_id, topic=topic.id)
        wordings = self.env["hcrm.consent.wording"]._current(self.env.lang, self.company_id)
        return {
            "channels": [
                {"code": code, "label": channels.get(code) or self.env._("All channels")}
                for code in ("", *CHANNELS)
            ],
            "rows": [
                {
                    "code": purpose,
                    "label": purposes[purpose],
                    "wording": wordings[purpose].body if purpose in wordings else "",
                    "cells": {channel: answer.status for channel, answer in cells.items()},
                    "whole": purpose in CONSENT_ONLY,
                }
                for purpose, cells in statuses.items()
                if not topic or topic.purpose == purpose
            ],
        }

    def action_save(self):
        """Append what was clicked to the ledger."""
        self.ensure_one()
        decisions = self._decisions()
        if not decisions:
            raise UserError(self.env._("Nothing was changed: click what the person said."))
        if self.decided_at > fields.Datetime.now():
            raise UserError(self.env._("This decision lies in the future: correct the date."))
        wordings = self.env["hcrm.consent.wording"]._current(self.env.lang, self.company_id)
        self.env["hcrm.consent"]._record(
            self.partner_id,
            decisions,
            company=self.company_id,
            wordings={purpose: wording.id for purpose, wording in wordings.items()},
            method=self.method,
            by_partner_id=self.by_partner_id.id,
            decided_at=self.decided_at,
            expires_on=self.expires_on,
            evidence=self.evidence,
            evidence_file=self.evidence_file,
            evidence_name=self.evidence_name,
        )
        return {"type": "ir.actions.act_window_close"}

    def _decisions(self):
        """Return what was clicked, the wider cells first, as ``_record`` takes it."""
        try:
            clicked = json.loads(self.answers or "{}")
        except ValueError:
            clicked = {}
        known = {*PURPOSES, *CONSENT_ONLY}
        decisions = []
        for key, status in sorted(clicked.items()):
            purpose, _bar, channel = key.partition("|")
            if purpose in known and channel in ("", *CHANNELS) and status in (GRANTED, WITHDRAWN):
                decisions.append((purpose, self.topic_id.id, channel, status))
        return decisions
