from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class HcrmSegmentHandMixin(models.AbstractModel):
    """Members chosen by hand, and how other addons address the members of any segment."""

    _name = "hcrm.segment.hand.mixin"
    _description = "Members by Hand"

    def _add_members(self, partners):
        """Add customers by hand; return how many were not in the segment before."""
        self._check_by_hand()
        partners = partners._hcrm_canonical()
        partners.check_access("read")
        if any(not partner.is_customer for partner in partners):
            raise UserError(self.env._("Only customers can be in a segment."))
        return self.sudo()._change_by_hand(
            SQL(
                """
                INSERT INTO hcrm_segment_member
                       (segment_id, partner_id, entered_at, entered_by_id, active)
                SELECT %s, partner_id, %s, %s, TRUE
                  FROM unnest(%s) AS partner_id
                    ON CONFLICT (segment_id, partner_id) WHERE left_at IS NULL AND active IS TRUE
                       DO NOTHING
                """,
                self.id,
                self.env.cr.now(),
                self.env.uid,
                partners.ids,
            ),
            "entered",
        )

    def _remove_members(self, partners):
        """Take customers out by hand; return how many were in the segment."""
        self._check_by_hand()
        partners.check_access("read")
        return self.sudo()._change_by_hand(
            SQL(
                """
                UPDATE hcrm_segment_member
                   SET left_at = %s, left_by_id = %s
                 WHERE segment_id = %s AND partner_id = ANY(%s)
                   AND left_at IS NULL AND active IS TRUE
                """,
                self.env.cr.now(),
                self.env.uid,
                self.id,
                partners.ids,
            ),
            "left",
        )

    def _check_by_hand(self):
        self.ensure_one()
        self.check_access("write")
        if self.kind != "fixed":
            raise UserError(
                self.env._("A rule decides who is in this segment: change the rule instead.")
            )

    def _change_by_hand(self, statement, direction):
        """Run ``statement``, which lets members in or out, and keep size and history."""
        self._lock_for_refresh()
        members = self.env["hcrm.segment.member"]
        members.flush_model()
        self.env.cr.execute(statement)
        count = self.env.cr.rowcount
        members.invalidate_model(flush=False)
        size = members.search_count([("segment_id", "=", self.id), ("left_at", "=", False)])
        self._note_refresh(size, **{"entered": 0, "left": 0, direction: count})
        return count

    # FOR OTHER ADDONS

    def _member_query(self, entered_after=None):
        """Return the SQL of the ids of the customers who are in any of these segments now.

        The caller must be allowed to read the segments, not their members: who addresses a segment
        need not know who is in it.

        :param entered_after: only those who entered after this time
        """
        self.check_access("read")
        domain = Domain("segment_id", "in", self.ids) & Domain("left_at", "=", False)
        if entered_after:
            domain &= Domain("entered_at", ">", entered_after)
        return self.env["hcrm.segment.member"].sudo()._search(domain).subselect("partner_id")

    def _member_domain(self, entered_after=None):
        """Return :meth:`_member_query` as a domain on customers."""
        return Domain("id", "in", self._member_query(entered_after))
