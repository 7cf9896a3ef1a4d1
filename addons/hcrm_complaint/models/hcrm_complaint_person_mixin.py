from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: Fields of the complainant that stand in the form of the case.
SHOWN = (
    "partner_id",
    "patient_id",
    "complainant_name",
    "patient_name",
    "relation",
    "is_anonymous",
    "authority_evidence",
    "answer_channel",
    "encounter_id",
    "conversation_id",
)
#: All of it: departments may not write it.
PERSON = frozenset((*SHOWN, "complainant_phone", "statement_text"))


class HcrmComplaintPersonMixin(models.AbstractModel):
    """Who brought the case, in its form: computed under the rights of who looks.

    Readers who may not know see empty fields; they cannot search, group or export them either,
    because nothing of it is stored on the case.
    """

    _name = "hcrm.complaint.person.mixin"
    _description = "Complainant in the Form"

    complainant_ids = fields.One2many(
        "hcrm.complaint.complainant", "complaint_id", string="Complainant row", copy=False
    )
    statement_ids = fields.One2many(
        "hcrm.complaint.statement", "complaint_id", string="Statements", copy=False
    )
    opening_ids = fields.One2many(
        "hcrm.complaint.opening", "complaint_id", string="To whom the person was opened", copy=False
    )
    # of its own: what a form is prefilled with must not keep it from being computed
    may_know_person = fields.Boolean(compute="_compute_may_know_person", compute_sudo=False)
    partner_id = fields.Many2one(
        "res.partner", string="Complainant", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_person", search="_search_partner_id",
    )  # fmt: skip
    patient_id = fields.Many2one(
        "res.partner", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_person", search="_search_patient_id",
    )  # fmt: skip
    complainant_name = fields.Char(
        string="Name as told", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_person", search="_search_complainant_name",
    )  # fmt: skip
    patient_name = fields.Char(
        string="Patient as told",
        compute="_compute_person",
        compute_sudo=False,
        inverse="_inverse_person",
    )
    complainant_phone = fields.Char(
        string="Phone", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_complainant_phone",
        help="With name and phone a known customer is found, else a new one is made.",
    )  # fmt: skip
    relation = fields.Selection(
        selection="_selection_relation", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_person", string="Is to the patient",
    )  # fmt: skip
    is_anonymous = fields.Boolean(
        string="Anonymous", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_person",
    )  # fmt: skip
    authority_evidence = fields.Char(
        compute="_compute_person", compute_sudo=False, inverse="_inverse_person",
        string="Authority shown", help="Which paper lets them complain for the patient.",
    )  # fmt: skip
    answer_channel = fields.Selection(
        selection="_selection_answer_channel", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_person", string="Wants the answer by",
    )  # fmt: skip
    encounter_id = fields.Many2one(
        "hcrm.encounter", string="Visit", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_person",
    )  # fmt: skip
    conversation_id = fields.Many2one(
        "hcrm.conversation", string="From the conversation", compute="_compute_person",
        compute_sudo=False, inverse="_inverse_person",
    )  # fmt: skip
    statement_text = fields.Text(
        string="Statement", compute="_compute_person", compute_sudo=False,
        inverse="_inverse_statement_text",
        help="In the person's own words. A change makes a new version.",
    )  # fmt: skip

    def write(self, vals):
        """Who may not write who complained is told so, not passed over in silence."""
        if not self.env.su and not PERSON.isdisjoint(vals):
            self.env["hcrm.complaint.complainant"].check_access("write")
            self.sudo().complainant_ids.sudo(False).check_access("write")
        return super().write(vals)

    def _selection_relation(self):
        return (
            self.env["hcrm.complaint.complainant"]
            ._fields["relation"]
            ._description_selection(self.env)
        )

    def _selection_answer_channel(self):
        field = self.env["hcrm.complaint.complainant"]._fields["answer_channel"]
        return field._description_selection(self.env)

    @api.depends("complainant_ids")
    @api.depends_context("uid")
    def _compute_may_know_person(self):
        persons = self.env["hcrm.complaint.complainant"]
        known = persons
        if persons.has_access("read"):
            known = persons.search([("complaint_id", "in", self._origin.ids)])
        for case in self:
            case.may_know_person = not case._origin or case._origin in known.complaint_id

    @api.depends("complainant_ids", "statement_ids")
    @api.depends_context("uid", "lang")
    def _compute_person(self):
        persons = self.env["hcrm.complaint.complainant"]
        known = {}
        if persons.has_access("read"):
            found = persons.search([("complaint_id", "in", self._origin.ids)])
            known = {one.complaint_id.id: one for one in found}
        for case in self:
            person = known.get(case._origin.id) or persons
            values = {name: person[name] for name in SHOWN}
            values["complainant_phone"] = person.partner_id.phone
            values["statement_text"] = person.statement_id.text
            for name, value in values.items():
                # what is typed into a form stays while another field is asked for
                if name not in case._cache:
                    case[name] = value

    def _inverse_person(self):
        """Called with the values of one write; rows are written as the user who may."""
        for case in self:
            told = {name: case[name] for name in SHOWN if name in case._cache}
            rows = case.complainant_ids
            rows.write(rows._convert_to_write(told))

    def _inverse_complainant_phone(self):
        """A number typed for somebody not known yet names the person; a known one's stays."""
        for case in self:
            person = case.complainant_ids
            if person and not person.partner_id and not person.is_anonymous:
                told = {"name": person.complainant_name, "phone": case.complainant_phone}
                person.partner_id = case._find_complainant(told, case.company_id)

    def _find_complainant(self, told, company):
        """Return the customer with this name and number, a new one if need be."""
        return self.env["hcrm.complaint.person.finder"]._find_or_create(told, company)

    def _inverse_statement_text(self):
        for case in self:
            if (case.statement_text or "").strip():
                case._add_statement(case.statement_text)

    def _search_person(self, name, operator, value):
        """Whom the reader may know decides, not whom the case is of."""
        rows = self.env["hcrm.complaint.complainant"]
        if not rows.has_access("read"):
            return Domain.FALSE
        return Domain("complainant_ids", "any", Domain(name, operator, value))

    def _search_partner_id(self, operator, value):
        return self._search_person("partner_id", operator, value)

    def _search_patient_id(self, operator, value):
        return self._search_person("patient_id", operator, value)

    def _search_complainant_name(self, operator, value):
        return self._search_person("complainant_name", operator, value)

    def _add_statement(self, text, **values):
        """Append a version of the person's own words; equal words make none."""
        self.ensure_one()
        self.complainant_ids.check_access("write")
        statements_sudo = self.env["hcrm.complaint.statement"].sudo()
        return statements_sudo._append(self, text, **values)

    def action_open_person(self):
        """Choose to whom it is told who complained."""
        self.ensure_one()
        self.complainant_ids.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open the person to…"),
            "res_model": "hcrm.complaint.opening",
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_id": self.id},
        }

    def _check_may_know(self):
        if not self.complainant_ids._filtered_access("read"):
            raise UserError(self.env._("Who complained is known to the complaint office only."))
