from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Timeline, Told

from ..tools.consent import GRANTED, OWN_DECISION_AGE, WITHDRAWN, cells_to_add
from ..tools.purposes import CHANNELS, CONSENT_ONLY, PURPOSES

_lt = LazyTranslate(__name__)

#: Ways that only code takes; who records for a person names one of the others.
CODE_METHODS = frozenset(("merge", "system", "sms", "link", "portal", "wechat"))
#: Clocks of hosts differ; what lies further ahead is a mistake.
AHEAD = timedelta(minutes=5)


class HcrmConsent(models.Model):
    """What a person agreed to or refused, once: rows are added, never changed.

    What holds on a day is read by ``_status`` (the rule is in ``tools/consent.py``).
    """

    _name = "hcrm.consent"
    _description = "Consent"
    _inherit = [
        "hcrm.consent.reading.mixin",
        "hcrm.consent.merge.mixin",
        "hcrm.consent.projection.mixin",
        "hcrm.consent.import.mixin",
        "hcrm.consent.portal.mixin",
        "hcrm.append.only.mixin",
        "hcrm.canonical.mixin",
        "hcrm.guarded.write.mixin",
    ]
    _order = "decided_at DESC, id DESC"
    _rec_names_search = ["partner_id"]
    _hcrm = Governance(
        data_class="consent",
        merge="canonical",
        erasure="blank",
        retention="log",
        partner=("partner_id", "by_partner_id"),
        blank=("evidence", "evidence_name"),
        dated="decided_at",
        told=Told(
            shown=("decided_at", "purpose", "topic_id", "channel", "status", "method"),
            also=("expires_on", "by_partner_id", "evidence"),
        ),
        timeline=Timeline(
            date="decided_at",
            title="purpose",
            icon="fa-handshake-o",
            color=10,
            label=_lt("Consents"),
            subtitle=("topic_id", "channel", "method"),
            badge="status",
            levels={"granted": "success", "withdrawn": "danger"},
            search=("evidence",),
        ),
    )
    _append_only_erasable = ("evidence", "evidence_name")

    # who
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="restrict",
    )

    # what
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()]
        + list(CONSENT_ONLY.items()),
        required=True,
    )
    topic_id = fields.Many2one(
        "hcrm.message.topic", index="btree_not_null", ondelete="restrict", help="Empty: all topics."
    )
    channel = fields.Selection(selection=list(CHANNELS.items()), help="Empty: all channels.")
    status = fields.Selection(
        selection=[("granted", "Agreed"), ("withdrawn", "Refused")],
        string="Answer",
        required=True,
    )
    expires_on = fields.Date(string="Valid until", help="Last day on which the consent holds.")

    # when, how
    decided_at = fields.Datetime(
        string="Decided", required=True, default=lambda self: self._second()
    )
    recorded_at = fields.Datetime(required=True, readonly=True, default=lambda self: self._second())
    method = fields.Selection(
        selection=[
            ("paper", "On paper"),
            ("person", "In person"),
            ("phone", "By phone"),
            ("web", "Web form"),
            ("portal", "Portal"),
            ("sms", "SMS keyword"),
            ("wechat", "On WeChat"),
            ("link", "Link in an e-mail"),
            ("import", "Import"),
            ("merge", "Merge of two records"),
            ("system", "System"),
        ],
        string="How",
        required=True,
        default="person",
    )
    by_partner_id = fields.Many2one(
        "res.partner",
        string="Decided by",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the person. Under 14 a guardian decides.",
    )
    wording_id = fields.Many2one(
        "hcrm.consent.wording",
        string="Words agreed to",
        index="btree_not_null",
        domain=[("published_at", "!=", False)],
        ondelete="restrict",
    )
    evidence = fields.Text(help="What was said or written, where the paper lies.")
    evidence_file = fields.Binary(string="Scan", attachment=True, copy=False)
    evidence_name = fields.Char(string="File name", copy=False)
    user_id = fields.Many2one(
        "res.users",
        string="Recorded by",
        required=True,
        readonly=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    merge_log_id = fields.Many2one(
        "hcrm.merge.log",
        string="Because of a merge",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Void once the merge is undone.",
    )
    is_void = fields.Boolean(compute="_compute_is_void", help="The merge was undone.")

    _reading_idx = models.Index("(partner_id, decided_at DESC)")
    _expiring_idx = models.Index("(expires_on) WHERE expires_on IS NOT NULL")
    _imported_uniq = models.UniqueIndex(
        "(partner_id, company_id, purpose, status, decided_at, COALESCE(topic_id, 0),"
        " COALESCE(channel, '')) WHERE method = 'import'",
        "This answer was imported before.",
    )
    _whole_seconds = models.Constraint(
        "CHECK (decided_at = date_trunc('second', decided_at))",
        "The time of a decision is kept in whole seconds.",
    )
    _withdrawal_stays = models.Constraint(
        "CHECK (status = 'granted' OR expires_on IS NULL)",
        "A refusal holds until it is lifted: leave the last day empty.",
    )

    def _second(self):
        return self.env.cr.now().replace(microsecond=0)

    @api.depends("purpose", "status", "partner_id")
    def _compute_display_name(self):
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        statuses = dict(self._fields["status"]._description_selection(self.env))
        for consent in self:
            parts = (purposes.get(consent.purpose), statuses.get(consent.status))
            consent.display_name = ": ".join(filter(None, parts))

    @api.depends("merge_log_id")
    def _compute_is_void(self):
        for consent in self:
            consent.is_void = consent.merge_log_id.sudo().state == "undone"

    # WRITING: every road ends in ``create``

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._check_method(vals_list)
        vals_list = [self._prepare_row(vals) for vals in vals_list]
        consents = super().create(vals_list)
        consents._check_decision()
        consents._project()
        return consents

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._("A consent stays as it was recorded: record what holds now as a new one.")
        )

    @api.model
    def _check_method(self, vals_list):
        if any(vals.get("method") in CODE_METHODS for vals in vals_list):
            raise UserError(
                self.env._(
                    "Merges, links, keywords and the portal record by themselves: say how the "
                    "person told you."
                )
            )

    @api.model
    def _prepare_row(self, vals):
        """Times without fractions, the person's own decision without a name, a guardian's limit."""
        vals = dict(vals)
        if vals.get("decided_at"):
            vals["decided_at"] = fields.Datetime.to_datetime(vals["decided_at"]).replace(
                microsecond=0
            )
        if vals.get("by_partner_id") == vals.get("partner_id"):
            vals["by_partner_id"] = False
        if vals.get("status") == "granted" and vals.get("by_partner_id") and vals.get("partner_id"):
            vals["expires_on"] = self._guardian_limit(vals)
        return vals

    @api.model
    def _guardian_limit(self, vals):
        """A guardian's consent ends on the eve of the day from which the child decides."""
        child = self.env["res.partner"].sudo().browse(vals["partner_id"])
        on = fields.Date.to_date(vals.get("expires_on")) or None
        decided = fields.Datetime.to_datetime(vals.get("decided_at")) or self._second()
        if not child._hcrm_is_under_14(decided.date()):
            return on or False
        eve = child.birth_date + relativedelta(years=OWN_DECISION_AGE, days=-1)
        return min(on, eve) if on else eve

    def _check_decision(self):
        """Raise ValidationError for what nobody can have decided."""
        latest = self._second() + AHEAD
        for consent in self.sudo():
            if consent.decided_at > latest:
                raise ValidationError(
                    self.env._("This decision lies in the future: correct the date.")
                )
            if consent.topic_id and consent.topic_id.purpose != consent.purpose:
                raise ValidationError(
                    self.env._(
                        "The topic %(topic)s belongs to another purpose: choose the topic of "
                        "this purpose, or none.",
                        topic=consent.topic_id.name,
                    )
                )
            if consent.wording_id and not consent.wording_id.published_at:
                raise ValidationError(self.env._("Publish the wording first: it may still change."))
        self._check_guardians()

    def _check_guardians(self):
        """Who agrees for somebody else must be recorded as one who may consent."""
        granted = self.sudo().filtered(lambda one: one.status == "granted" and not one.merge_log_id)
        children = granted.filtered(
            lambda one: one.partner_id._hcrm_is_under_14(one.decided_at.date())
        )
        if alone := children.filtered(lambda one: not one.by_partner_id):
            raise ValidationError(
                self.env._(
                    "%(name)s is under 14: say which guardian agrees.",
                    name=alone[0].partner_id.name,
                )
            )
        others = granted.filtered("by_partner_id")
        allowed = self._deciders(others.partner_id) if others else {}
        for consent in others:
            if consent.by_partner_id not in allowed.get(consent.partner_id, ()):
                raise ValidationError(
                    self.env._(
                        "%(by)s may not consent for %(name)s: record the relation with "
                        "“May consent” first.",
                        by=consent.by_partner_id.name,
                        name=consent.partner_id.name,
                    )
                )

    @api.model
    def _deciders(self, persons):
        """Return {person: contacts that may consent for them today}, in one query."""
        today = fields.Date.context_today(self)
        relations_sudo = self.env["hcrm.relationship"].sudo()
        found = relations_sudo.search(
            [
                ("partner_id", "in", persons.ids),
                ("may_consent", "=", True),
                "|",
                ("date_start", "=", False),
                ("date_start", "<=", today),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", today),
            ]
        )
        deciders = {}
        for relation in found:
            known = deciders.get(relation.partner_id, self.env["res.partner"])
            if not relation.related_partner_id.is_deceased:
                deciders[relation.partner_id] = known | relation.related_partner_id
        return deciders

    @api.model
    def _record(self, partner, decisions, company=None, wordings=None, **common):
        """Add what a person said; return the new rows. The form and all roads of ours call this.

        :param decisions: list of (purpose, topic id or False, channel or False, "granted" or
            "withdrawn"); an answer that already stands in exactly this cell is not repeated
        :param wordings: {purpose: the words agreed to}
        :param common: values of all rows: ``method``, ``by_partner_id``, ``evidence``, …
        """
        company = company or self.env.company
        person = partner._hcrm_canonical()
        rows = self._rows(person, company)
        now, today = self._second(), self._today(company)
        return self.create(
            [
                {
                    **common,
                    "partner_id": person.id,
                    "company_id": company.id,
                    "purpose": purpose,
                    "topic_id": cell[0] or False,
                    "channel": cell[1] or False,
                    "status": status,
                    "wording_id": (wordings or {}).get(purpose, False),
                    "expires_on": status == GRANTED and common.get("expires_on"),
                }
                for purpose, topic, channel, status in decisions
                for cell in cells_to_add(
                    rows.get(purpose, []), topic or None, channel or None, status, now, today
                )
            ]
        )

    @api.model
    def _withdraw(self, partner_ids, purpose, topic, channel, method, evidence):
        """Record that these persons refuse: a keyword, a link, a reply. It needs nobody's leave."""
        consents_sudo = self.sudo()
        for partner in self.env["res.partner"].sudo().browse(partner_ids)._hcrm_canonical():
            consents_sudo |= consents_sudo._record(
                partner,
                [(purpose, topic, channel, WITHDRAWN)],
                method=method,
                evidence=evidence,
            )
        return consents_sudo
