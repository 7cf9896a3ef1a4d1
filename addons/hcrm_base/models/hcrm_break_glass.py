from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)

MINUTES = 60


class HcrmBreakGlass(models.Model):
    """Somebody opened a closed file for an hour, and why. Written once, reviewed by a leader."""

    _name = "hcrm.break.glass"
    _description = "Break-glass Access"
    _inherit = ["hcrm.reviewed.mixin"]
    _order = "granted_at DESC, id DESC"
    _append_only_erasable = ("reason",)
    _hcrm = Governance(
        data_class="access_log",
        merge="canonical",
        erasure="blank",
        retention="log",
        dated="granted_at",
        expiry="log",
        blank=("reason", "review_note"),
        told=Told(
            label=_lt("Openings of the protected file"),
            shown=("granted_at", "expires_at", "user_id", "reason"),
        ),
    )

    # who opened what
    user_id = fields.Many2one(
        "res.users", string="Opened by", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    res_model = fields.Char(string="Kind of file", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="File", model_field="res_model", required=True, readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="hcrm_base.group_person_all",
        help="A leader reviews without learning who it is.",
    )
    reason = fields.Text(required=True, readonly=True)
    granted_at = fields.Datetime(string="Opened at", required=True, readonly=True)
    expires_at = fields.Datetime(string="Open until", required=True, readonly=True)

    _open_idx = models.Index("(user_id, res_model, expires_at)")
    _todo_idx = models.Index("(granted_at) WHERE review_state = 'todo'")
    _reason_length = models.Constraint(
        "CHECK (char_length(btrim(reason)) >= 10)",
        "Say in at least ten characters why the file must be opened.",
    )
    _one_hour = models.Constraint(
        "CHECK (expires_at <= granted_at + interval '60 minutes')",
        "A file is opened for 60 minutes at most.",
    )

    @api.depends("user_id", "granted_at")
    @api.depends_context("tz")
    def _compute_display_name(self):
        for opening in self:
            when = fields.Datetime.context_timestamp(
                opening, opening.granted_at or fields.Datetime.now()
            )
            opening.display_name = f"{opening.user_id.name or ''} {when:%Y-%m-%d %H:%M}".strip()

    def action_view_access_log(self):
        """Show what was read under this opening."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("hcrm_base.hcrm_access_log_action")
        return action | {"domain": [("break_glass_id", "=", self.id)], "context": {}}

    @api.model
    def _open_file(self, record, reason):
        """Open ``record`` for the current user; the caller has checked that the role may."""
        if len((reason or "").strip()) < 10:
            raise UserError(
                self.env._("Say in at least ten characters why the file must be opened.")
            )
        now = fields.Datetime.now()
        partner = record._hcrm_break_glass_partner()
        self.env["hcrm.access.log"]._note(record._name, record.ids, partner.ids, kind="break_glass")
        opening = self.sudo().create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "res_model": record._name,
                "res_id": record.id,
                "partner_id": partner.id,
                "reason": reason.strip(),
                "granted_at": now,
                "expires_at": now + timedelta(minutes=MINUTES),
            }
        )
        opening._ask_for_review()
        return opening

    @api.model
    def _get_open_domain(self, model_name):
        """Openings of the current user that have not expired at the moment of asking."""
        return [
            ("user_id", "=", self.env.uid),
            ("res_model", "=", model_name),
            ("expires_at", ">", fields.Datetime.now()),
        ]
