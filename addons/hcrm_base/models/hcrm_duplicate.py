from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)


class HcrmDuplicate(models.Model):
    """Two contacts that may be one person; the finder or an employee points them out.

    A service manager decides. A pair that was judged to be two persons is never proposed again.
    """

    _name = "hcrm.duplicate"
    _description = "Possible Duplicate"
    _inherit = ["hcrm.duplicate.finder.mixin"]
    _order = "state, score DESC, id DESC"
    _hcrm = Governance(
        data_class="person",
        merge="canonical",
        erasure="delete",
        retention="relation",
        partner=("partner_a_id", "partner_b_id"),
        told=Told(why_not=_lt("Guesses in which somebody else is concerned too.")),
    )

    partner_a_id = fields.Many2one(
        "res.partner",
        string="First person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_b_id = fields.Many2one(
        "res.partner",
        string="Second person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    score = fields.Integer(readonly=True, aggregator=None, help="0 to 100; 100 is certain.")
    reasons = fields.Char(string="Reason codes", readonly=True)
    reasons_text = fields.Char(string="Why", compute="_compute_reasons_text")
    found_at = fields.Datetime(required=True, readonly=True, default=lambda self: self.env.cr.now())
    proposed_by_id = fields.Many2one(
        "res.users", string="Proposed by", readonly=True, help="Empty: found by the system."
    )
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)

    # decision
    state = fields.Selection(
        selection=[
            ("open", "To decide"),
            ("merged", "Merged"),
            ("different", "Two persons"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    closed_by_log_id = fields.Many2one(
        "hcrm.merge.log", string="Closed by merge", readonly=True, ondelete="restrict"
    )
    origin_log_id = fields.Many2one(
        "hcrm.merge.log",
        string="Carried over by merge",
        readonly=True,
        ondelete="restrict",
        help="The pair was known for a person who was merged since.",
    )

    _pair_uniq = models.UniqueIndex(
        "(partner_a_id, partner_b_id)", "These two contacts are already on the list."
    )
    _ordered = models.Constraint(
        "CHECK (partner_a_id < partner_b_id)", "The contact with the lower id comes first."
    )
    _open_idx = models.Index("(score DESC, id DESC) WHERE state = 'open'")

    @api.depends("partner_a_id", "partner_b_id")
    def _compute_display_name(self):
        for pair in self:
            pair.display_name = f"{pair.partner_a_id.name or ''} / {pair.partner_b_id.name or ''}"

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reasons_text(self):
        labels = self._reason_labels()
        for pair in self:
            codes = (pair.reasons or "").split(",")
            pair.reasons_text = ", ".join(labels.get(code, code) for code in codes if code)

    @api.model
    def _reason_labels(self):
        return {
            "same_national_id": self.env._("same resident ID"),
            "same_identifier": self.env._("same number in one system"),
            "same_name": self.env._("same name"),
            "same_birth_date": self.env._("same birth date"),
            "same_sex": self.env._("same sex"),
            "shared_phone": self.env._("shared phone"),
            "shared_number": self.env._("same number in two systems"),
            "conflict_national_id": self.env._("different resident IDs"),
            "conflict_sex": self.env._("different sex"),
            "conflict_person": self.env._("different name and birth date"),
            "proposed": self.env._("proposed by an employee"),
        }

    # COMPARISON

    @api.depends("partner_a_id", "partner_b_id")
    @api.depends_context("uid", "lang")
    def _compute_comparison(self):
        for pair in self:
            pair.comparison = (pair.partner_a_id | pair.partner_b_id)._hcrm_comparison()

    # DECISIONS

    @api.model
    def _propose(self, partners):
        """Put every pair of ``partners`` on the list, for the service manager to decide."""
        self.check_access("read")  # who may see the list may add to it
        partners = partners._hcrm_canonical()
        if len(partners) < 2:
            raise UserError(self.env._("Choose two or more contacts that may be one person."))
        partners.check_access("read")
        ids = sorted(partners.ids)
        pairs = [(a, b) for index, a in enumerate(ids) for b in ids[index + 1 :]]
        known = self.sudo().search([("partner_a_id", "in", ids), ("partner_b_id", "in", ids)])
        known.filtered(lambda pair: pair.state == "different")._reopen()
        taken = {(pair.partner_a_id.id, pair.partner_b_id.id) for pair in known}
        created = self.sudo().create(
            [
                {
                    "partner_a_id": a,
                    "partner_b_id": b,
                    "reasons": "proposed",
                    "proposed_by_id": self.env.uid,
                }
                for a, b in pairs
                if (a, b) not in taken
            ]
        )
        created._score()
        return (known | created).with_env(self.env)

    def _reopen(self):
        self.write({"state": "open", "proposed_by_id": self.env.uid, "decided_by_id": False})

    def action_merge(self):
        """Open the merge of this pair, where the survivor is chosen."""
        self.ensure_one()
        self.env["hcrm.merge.log"]._check_may_merge()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge persons"),
            "res_model": "hcrm.merge.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_ids": (self.partner_a_id | self.partner_b_id).ids},
        }

    def action_mark_different(self):
        """These are two persons: remember it."""
        self.env["hcrm.merge.log"]._check_may_merge()
        self.check_access("read")
        if self.filtered(lambda pair: pair.state == "merged"):
            raise UserError(self.env._("A merged pair is decided: undo the merge first."))
        self.sudo().write(
            {
                "state": "different",
                "decided_by_id": self.env.uid,
                "decided_at": self.env.cr.now(),
            }
        )

    def action_find(self):
        """Look for duplicates among the customers changed since the last search."""
        self.env["hcrm.merge.log"]._check_may_merge()
        found = self.sudo()._find_changed()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("%(count)s possible duplicates found.", count=found),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # MERGES

    @api.model
    def _hcrm_after_merge(self, log):
        """Close the pair, and carry over to the survivor what was known about the absorbed."""
        self._carry_over(log)
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_duplicate
                   SET state = 'merged', closed_by_log_id = %(log)s, decided_at = %(now)s,
                       decided_by_id = %(user)s
                 WHERE %(absorbed)s IN (partner_a_id, partner_b_id) AND state = 'open'
                    OR (partner_a_id, partner_b_id) = (LEAST(%(absorbed)s, %(survivor)s),
                                                       GREATEST(%(absorbed)s, %(survivor)s))
                   AND state <> 'merged'
                """,
                log=log.id,
                now=self.env.cr.now(),
                user=log.user_id.id,
                absorbed=log.absorbed_id.id,
                survivor=log.survivor_id.id,
            )
        )
        self.invalidate_model()

    @api.model
    def _carry_over(self, log):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_duplicate (
                    partner_a_id, partner_b_id, score, reasons, found_at, proposed_by_id, state,
                    decided_by_id, decided_at, origin_log_id)
                SELECT LEAST(other, %(survivor)s), GREATEST(other, %(survivor)s), score, reasons,
                       found_at, proposed_by_id, state, decided_by_id, decided_at, %(log)s
                  FROM (SELECT pair.*, partner_a_id + partner_b_id - %(absorbed)s AS other
                          FROM hcrm_duplicate pair
                         WHERE %(absorbed)s IN (partner_a_id, partner_b_id)
                           AND state IN ('open', 'different')) known
                 WHERE other <> %(survivor)s
                    ON CONFLICT (partner_a_id, partner_b_id) DO UPDATE
                       SET state = 'different', decided_by_id = EXCLUDED.decided_by_id,
                           decided_at = EXCLUDED.decided_at
                     WHERE hcrm_duplicate.state = 'open' AND EXCLUDED.state = 'different'
                """,
                log=log.id,
                absorbed=log.absorbed_id.id,
                survivor=log.survivor_id.id,
            )
        )

    @api.model
    def _hcrm_after_unmerge(self, log):
        """The pairs are open again; what was carried over and not decided since goes."""
        carried = self.search([("origin_log_id", "=", log.id)])
        carried.filtered(
            lambda pair: not pair.decided_at or pair.decided_at <= log.merged_at
        ).unlink()
        self.search([("closed_by_log_id", "=", log.id)]).write(
            {
                "state": "open",
                "closed_by_log_id": False,
                "decided_by_id": False,
                "decided_at": False,
            }
        )
