from odoo import api, fields, models
from odoo.fields import Domain

from . import threshold_domain

MEMBERS = "hcrm_base.group_segment_member_reader"


class HcrmSegmentedMixin(models.AbstractModel):
    """Customers are members of segments, and their fields are what rules ask for."""

    _name = "hcrm.segmented.mixin"
    _description = "Member of Segments"

    segment_member_ids = fields.One2many(
        "hcrm.segment.member", "partner_id", string="Memberships", groups=MEMBERS
    )
    segment_ids = fields.Many2many(
        "hcrm.segment",
        string="Segments",
        compute="_compute_segment_ids",
        search="_search_segment_ids",
        groups=MEMBERS,
        help="Segments in which the customer is now, of those you may know.",
    )

    days_without_visit = fields.Integer(
        string="Days since the last visit",
        compute="_compute_days_without_visit",
        search="_search_days_without_visit",
        aggregator=None,
        groups="hcrm_base.group_encounter_reader",
        help="Of the visits you may read; nobody is found who never came.",
    )

    @api.depends("encounter_ids.started_at")
    @api.depends_context("uid", "allowed_company_ids", "tz")
    def _compute_days_without_visit(self):
        today = fields.Date.context_today(self)
        for partner in self:
            visited = partner.last_visit_at
            partner.days_without_visit = (
                (today - fields.Datetime.context_timestamp(self, visited).date()).days
                if visited
                else 0
            )

    def _search_days_without_visit(self, operator, value):
        came = Domain("encounter_ids", "any", Domain.TRUE)

        def at_least(days):
            since = f"today {1 - days:+}d"
            return came & ~Domain("encounter_ids", "any", Domain("started_at", ">=", since))

        return threshold_domain.compare(operator, value, at_least, came)

    @api.depends("segment_member_ids.left_at")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segment_ids(self):
        self.segment_ids = False
        for partner, segments in self.env["hcrm.segment.member"]._read_group(
            [("partner_id", "in", self.ids), ("left_at", "=", False)],
            ["partner_id"],
            ["segment_id:recordset"],
        ):
            partner.segment_ids = segments

    def _search_segment_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # the ORM then negates the positive answer
        current = Domain("left_at", "=", False)
        if operator == "in" and False in value:
            found = ~Domain("segment_member_ids", "any", current)
            known = set(value) - {False}
            return found | Domain("segment_ids", "in", known) if known else found
        return Domain("segment_member_ids", "any", current & Domain("segment_id", operator, value))

    @api.model
    def _hcrm_segment_fields(self):
        """Return the fields that an analyst's rule may ask for: not who somebody is, nor how ill.

        Addons add computed scores. Such a field must give the same answer to everybody.
        """
        return frozenset(
            (
                "age",
                "area_code",
                "city",
                "country_id",
                "is_deceased",
                "kind_ids",
                "marketing_allowed",
                "sex",
                "state_id",
            )
        )

    @api.model
    def _hcrm_segment_classes(self):
        """Return {field: data class of POLICY §2} where a field does not show what it tells about.

        Addons add fields that are written in bulk and not computed from what they rest on.
        """
        return {"segment_ids": "segment"}
