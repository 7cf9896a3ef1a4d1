from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)

INVERSE = {
    "parent": "child",
    "child": "parent",
    "guardian": "ward",
    "ward": "guardian",
    "carer": "cared_for",
    "cared_for": "carer",
    "grandparent": "grandchild",
    "grandchild": "grandparent",
}


class HcrmRelationship(models.Model):
    """``related_partner_id`` is the <relation> of ``partner_id``."""

    _name = "hcrm.relationship"
    _description = "Relation between Persons"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin"]
    _order = "id DESC"
    _rec_names_search = ["partner_id", "related_partner_id"]
    _hcrm = Governance(
        data_class="person",
        merge="dedupe",
        erasure="delete",
        retention="relation",
        partner=("partner_id", "related_partner_id"),
        told=Told(
            label=_lt("Family and other relations"),
            shown=("partner_id", "related_partner_id", "relation", "may_receive_messages")
            + ("may_consent", "date_start", "date_end"),
        ),
    )

    _portal_writable = frozenset(("may_receive_messages", "date_end", "note", "active"))

    partner_id = fields.Many2one(
        "res.partner", string="Person concerned", required=True, index=True, ondelete="cascade"
    )
    related_partner_id = fields.Many2one(
        "res.partner", string="Related person", required=True, index=True, ondelete="cascade"
    )
    relation = fields.Selection(
        selection=[
            ("parent", "Parent"),
            ("child", "Child"),
            ("spouse", "Spouse"),
            ("sibling", "Sibling"),
            ("grandparent", "Grandparent"),
            ("grandchild", "Grandchild"),
            ("guardian", "Guardian"),
            ("ward", "Ward"),
            ("carer", "Carer"),
            ("cared_for", "Cared for"),
            ("other", "Other"),
        ],
        required=True,
        help="What the related person is to this person.",
    )
    related_phone = fields.Char(string="Phone", compute="_compute_related_phone")
    may_receive_messages = fields.Boolean(
        help="Messages about this person may go to the related person.",
    )
    may_consent = fields.Boolean(
        help="The related person may decide; under 14 only a parent or guardian may.",
    )
    date_start = fields.Date(string="Since")
    date_end = fields.Date(string="Until")
    note = fields.Char()
    active = fields.Boolean(default=True)

    _pair_uniq = models.UniqueIndex(
        "(partner_id, related_partner_id, relation) WHERE active",
        "This relation is already recorded.",
    )
    _not_self = models.Constraint(
        "CHECK (partner_id <> related_partner_id)", "Nobody is a relative of themselves."
    )
    _period = models.Constraint(
        "CHECK (date_end IS NULL OR date_start IS NULL OR date_end >= date_start)",
        "A relation cannot end before it began.",
    )

    @api.depends("related_partner_id.phone_stored")
    @api.depends_context("uid")
    def _compute_related_phone(self):
        """Under the reader's rights: a related field would compute under sudo, past the mask."""
        readable = self.related_partner_id._filtered_access("read")
        for relationship in self:
            partner = relationship.related_partner_id & readable
            relationship.related_phone = partner.phone

    @api.depends("partner_id", "related_partner_id", "relation")
    def _compute_display_name(self):
        labels = dict(self._fields["relation"]._description_selection(self.env))
        for relationship in self:
            # as the link itself shows: the relative of an own customer need not be an own customer
            name = relationship.sudo().related_partner_id.name or ""
            relationship.display_name = f"{name} ({labels.get(relationship.relation, '')})"

    @api.constrains("may_consent", "relation", "partner_id")
    def _check_may_consent(self):
        """Under 14 only a parent or guardian decides (PIPL art. 31)."""
        for relationship in self.filtered("may_consent"):
            if relationship.partner_id._hcrm_is_under_14() and relationship.relation not in (
                "parent",
                "guardian",
            ):
                raise ValidationError(
                    self.env._("For a child under 14 only a parent or guardian may consent.")
                )

    @api.model
    def _inverse_relation(self, relation):
        """Return what ``partner_id`` is to ``related_partner_id``."""
        return INVERSE.get(relation, relation)
