from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.hcrm_base.tools import phone as phones

from ..tools.likeness import likeness, pairs

#: Whoever complains again does it within so many days.
DAYS = 90
#: Words of another person so like these are the same matter.
LIKE = 0.6
#: So many cases of a department are compared; so many are shown.
MOST, SHOWN = 200, 5


class Similar(NamedTuple):
    """``likeness`` of the words, 0 to 1; ``is_person``: the same person or telephone."""

    case: object
    likeness: float
    is_person: bool


class HcrmComplaintSimilarMixin(models.AbstractModel):
    """Was this told before? Shown while a case is typed, to who may know who complained.

    Found under the rights of who asks: nobody learns of a case that does not exist for them.
    """

    _name = "hcrm.complaint.similar.mixin"
    _description = "Similar Cases"

    similar_ids = fields.Many2many(
        "hcrm.complaint",
        string="Told before?",
        compute="_compute_similar",
        compute_sudo=False,
        help="Cases of the last 90 days, of the same person or with the same words.",
    )
    similar_text = fields.Char(compute="_compute_similar", compute_sudo=False)

    @api.depends(
        "partner_id", "patient_id", "complainant_phone", "department_id", "statement_text", "state"
    )
    @api.depends_context("uid", "lang")
    def _compute_similar(self):
        """For the form, of one case that nobody has accepted yet; lists do not ask."""
        self.similar_ids = False
        self.similar_text = False
        if len(self) == 1 and self.state == "new" and self.may_know_person:
            found = self._find_similar(
                {
                    "company_id": self.company_id.id,
                    "partner_ids": (self.partner_id | self.patient_id)._origin.ids,
                    "phone": self.complainant_phone,
                    "department_id": self.department_id._origin.id,
                    "text": self.statement_text,
                },
                but=self._origin,
            )
            self.similar_ids = self.browse([one.case.id for one in found])
            self.similar_text = self._word_similar(found)

    @api.model
    def _word_similar(self, found):
        """Return one sentence for the form."""
        persons = sum(one.is_person for one in found)
        alike = sum(not one.is_person for one in found)
        sentences = []
        if persons:
            sentences.append(self.env._("This person told us in the last 90 days: %s.", persons))
        if alike:
            sentences.append(self.env._("Others told the same about this department: %s.", alike))
        return " ".join(sentences) or False

    @api.model
    def _find_similar(self, told, but=None):
        """Return :class:`Similar` cases of the last 90 days, the likest first.

        :param told: dict of ``company_id``, ``partner_ids``, ``phone``, ``department_id``, ``text``
        :param but: the case itself
        """
        persons = self.env["hcrm.complaint.complainant"]
        if not persons.has_access("read"):
            return []
        since = fields.Datetime.now() - timedelta(days=DAYS)
        but = but or self.browse()
        here = Domain("company_id", "=", told.get("company_id") or self.env.company.id)
        here &= Domain("received_at", ">", since)
        mine = self._find_same_person(told, here) - but
        near = self.browse()
        if told.get("department_id") and told.get("text"):
            about = here & Domain("department_id", "=", told["department_id"])
            near = self.search(about, order="id DESC", limit=MOST) - mine - but
        found = self._compare(told.get("text"), mine, near)
        found.sort(key=lambda one: (one.is_person, one.likeness, one.case.id), reverse=True)
        return found[:SHOWN]

    @api.model
    def _find_same_person(self, told, here):
        """Return the cases of these persons, and of all who have the telephone."""
        ids = set(told.get("partner_ids") or ())
        company = self.env["res.company"].browse(told.get("company_id") or self.env.company.id)
        number = phones.normalize(told.get("phone") or "", company.country_id.code or "CN")
        if number:
            sharing = [("phone_stored", "=", number), ("is_customer_person", "=", True)]
            ids |= set(self.env["res.partner"].sudo().search(sharing, limit=20).ids)
        if not ids:
            return self.browse()
        same = Domain("partner_id", "in", ids) | Domain("patient_id", "in", ids)
        rows = self.env["hcrm.complaint.complainant"].search(here & same, limit=MOST)
        return rows.complaint_id._filtered_access("read")

    @api.model
    def _compare(self, text, mine, near):
        """Return those whose words are like ``text``; of the same person, all."""
        statements = self.env["hcrm.complaint.statement"]
        cases = mine | near
        last = statements._read_group(
            [("complaint_id", "in", cases.ids)], ["complaint_id"], ["id:max"]
        )
        words = dict(last)
        texts = {one.id: one.text for one in statements.browse(words.values())}
        sought = pairs(text)
        compared = (
            Similar(case, likeness(sought, pairs(texts.get(words.get(case)))), case in mine)
            for case in cases
        )
        return [one for one in compared if one.is_person or one.likeness >= LIKE]
