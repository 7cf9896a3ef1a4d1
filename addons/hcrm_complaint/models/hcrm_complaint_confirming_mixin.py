from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: What an officer types for somebody who wrote on paper or stands at the desk.
TYPED = ("visit", "letter", "box")
#: As long as the words may change what is done and answered.
BEFORE_ANSWER = ("new", "accepted", "working", "approval")


class HcrmComplaintConfirmingMixin(models.AbstractModel):
    """Words that an officer typed are shown to the person, who confirms them or says what is wrong.

    Nothing waits for it: a case that needs it says so, and goes its way.
    """

    _name = "hcrm.complaint.confirming.mixin"
    _description = "Confirmation of Typed Words"

    confirmation_ids = fields.One2many(
        "hcrm.complaint.confirmation", "complaint_id", string="Confirmations asked", copy=False
    )
    may_be_confirmed = fields.Boolean(compute="_compute_confirmation", compute_sudo=False)
    needs_confirmation = fields.Boolean(
        string="To be confirmed by the person",
        compute="_compute_confirmation",
        compute_sudo=False,
        search="_search_needs_confirmation",
        help="Typed by us from a visit, a letter or a slip; the person has not confirmed it yet.",
    )
    wrong_words = fields.Text(
        string="What is wrong", compute="_compute_confirmation", compute_sudo=False,
        help="What the person says is wrong in the words as they are now.",
    )  # fmt: skip

    @api.depends(
        "statement_ids.confirmed_by", "confirmation_ids.outcome", "channel", "state",
        "complainant_ids.is_anonymous",
    )  # fmt: skip
    @api.depends_context("uid")
    def _compute_confirmation(self):
        """Told to who may know the person; the last version counts."""
        persons = self.env["hcrm.complaint.complainant"]
        known, wrong = {}, {}
        if persons.has_access("read"):
            found = persons.search([("complaint_id", "in", self._origin.ids)])
            known = {one.complaint_id.id: one for one in found}
            told = self.env["hcrm.complaint.confirmation"].search(
                [("statement_id", "in", found.statement_id.ids), ("outcome", "=", "wrong")],
                order="id",
            )
            wrong = {one.complaint_id.id: one.wrong_words for one in told}
        for case in self:
            person = known.get(case._origin.id) or persons
            statement = person.statement_id
            case.may_be_confirmed = bool(statement) and not statement.confirmed_by
            case.needs_confirmation = (
                case.may_be_confirmed
                and case.state in BEFORE_ANSWER
                and case.channel in TYPED
                and not person.is_anonymous
            )
            case.wrong_words = case.may_be_confirmed and wrong.get(case._origin.id)

    def _search_needs_confirmation(self, operator, value):
        persons = self.env["hcrm.complaint.complainant"]
        if operator != "in":
            return NotImplemented
        if not persons.has_access("read"):
            return Domain.FALSE
        self.env["hcrm.complaint.statement"].flush_model(["version", "confirmed_by"])
        return (
            Domain("is_open", "=", True)  # of these there is an index
            & Domain("state", "in", BEFORE_ANSWER)
            & Domain("channel", "in", TYPED)
            & Domain("complainant_ids", "any", [("is_anonymous", "=", False)])
            & Domain.custom(to_sql=_last_is_unconfirmed)
        )

    # BUTTONS

    def _check_may_confirm(self):
        """Who may write down who complained lets it be confirmed."""
        self.ensure_one()
        self.complainant_ids.check_access("write")

    def action_confirm_statement(self):
        """Show the words to the person: on a screen of theirs or ours, or by a code."""
        self._check_may_confirm()
        asked = self.env["hcrm.complaint.confirmation"].sudo()._ask(self.sudo())
        dialog = self.env["hcrm.complaint.confirm"].create({"confirmation_id": asked.id})
        return dialog._show()


def _last_is_unconfirmed(_model, alias, _query):
    return SQL(
        """EXISTS (
            SELECT FROM hcrm_complaint_statement AS now
             WHERE now.complaint_id = %(case)s AND now.confirmed_by IS NULL
               AND NOT EXISTS (
                   SELECT FROM hcrm_complaint_statement AS later
                    WHERE later.complaint_id = now.complaint_id AND later.version > now.version))
        """,
        case=SQL.identifier(alias, "id"),
    )
