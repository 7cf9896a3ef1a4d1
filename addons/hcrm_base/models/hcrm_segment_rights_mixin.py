from odoo import SUPERUSER_ID, models
from odoo.fields import Domain

from ..tools.segment_privacy import K

#: Roles of POLICY §2, class "segment".
READ_ALL = ("service_manager", "doctor", "hcrm_admin")
READ_PUBLISHED = ("marketing", "analyst")
OWN = ("officer", "nurse", "community_worker", "vip_desk")
WRITE_PLAIN = ("service_manager", "analyst")
WRITE_OWN = ("nurse", "community_worker", "vip_desk")
#: Who sees a segment's own name and rule, if the segment is not closed to them: all but marketing.
DETAIL = "hcrm_base.group_segment_detail"
MEMBERS = "hcrm_base.group_segment_member_reader"


class HcrmSegmentRightsMixin(models.AbstractModel):
    """What a user may know of segments, as domains for record rules and for what is shown."""

    _name = "hcrm.segment.rights.mixin"
    _description = "Rights on Segments"

    def _hcrm_segment_domain(self, operation):
        """Return the segments this user may ``read``, ``write`` or ``create``."""
        self.ensure_one()
        return getattr(self, f"_hcrm_segment_{operation}_domain")()

    def _hcrm_segment_read_domain(self):
        if self._hcrm_has_role(READ_ALL):
            return Domain.TRUE
        parts = []
        if self._hcrm_has_role(READ_PUBLISHED):
            parts += [
                Domain("is_clinical", "=", False),
                Domain("is_released", "=", True),
                Domain("owner_id", "=", self.id),
            ]
        if self._hcrm_has_role(OWN):
            parts.append(self._hcrm_segment_own_domain())
        return Domain.OR(parts)

    def _hcrm_segment_write_domain(self):
        """Nobody changes what they may not see."""
        parts = []
        if self._hcrm_has_role(WRITE_PLAIN):
            parts += [Domain("is_clinical", "=", False), Domain("owner_id", "=", self.id)]
        if self._hcrm_has_role(WRITE_OWN):
            parts.append(self._hcrm_segment_own_domain())
        return Domain.OR(parts) & self._hcrm_segment_known_domain()

    def _hcrm_segment_create_domain(self):
        mine = Domain("owner_id", "=", self.id)
        if self._hcrm_has_role(WRITE_PLAIN):
            return mine
        if self._hcrm_has_role(WRITE_OWN):
            return mine & Domain("department_id", "in", [*self.hcrm_department_ids.ids, False])
        return Domain.FALSE

    def _hcrm_segment_own_domain(self):
        return Domain("owner_id", "=", self.id) | Domain(
            "department_id", "in", self.hcrm_department_ids.ids
        )

    def _hcrm_segment_known_domain(self):
        """Return the segments whose own name, rule and history this user may know.

        A clinical one only with the right to what its rule asks for; one that its owner marked as
        confidential also its owner.
        """
        if self.id == SUPERUSER_ID:
            return Domain.TRUE
        if not self.has_group(DETAIL):
            return Domain.FALSE
        domain = Domain.TRUE
        if not self.has_group("hcrm_base.group_clinical_reader"):
            domain &= Domain("touches_clinical", "=", False)
            domain &= Domain("is_confidential", "=", False) | Domain("owner_id", "=", self.id)
        if not self.has_group("hcrm_base.group_charges_reader"):
            domain &= Domain("touches_charges", "=", False)
        return domain

    def _hcrm_segment_member_domain(self, company_ids):
        """Return the memberships of segments this user may know, and of persons they may read.

        Behind glass is also which clinical segment a protected person is in.
        """
        if not self.has_group(MEMBERS):
            return Domain.FALSE
        rules = self.with_user(self).with_context(allowed_company_ids=company_ids).env["ir.rule"]
        persons = rules._compute_domain("res.partner", "read")
        segments = self._hcrm_segment_read_domain() & self._hcrm_segment_known_domain()
        is_plain = Domain("segment_id", "any", Domain("is_clinical", "=", False))
        return (
            Domain("segment_id", "any", segments)
            & Domain("partner_id", "any", persons)
            & (is_plain | self._hcrm_open_file_domain())
        )

    def _hcrm_segment_refresh_domain(self):
        """Return the refreshes this user may know; an analyst learns of no few persons."""
        segments = self._hcrm_segment_read_domain() & self._hcrm_segment_known_domain()
        domain = Domain("segment_id", "any", segments)
        if not self.has_group(MEMBERS):
            domain &= Domain("size", ">=", K)
        return domain

    def _hcrm_has_role(self, roles):
        return self.has_groups(",".join(f"hcrm_base.group_{role}" for role in roles))
