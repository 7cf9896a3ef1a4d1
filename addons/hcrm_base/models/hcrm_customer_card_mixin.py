from dateutil.relativedelta import relativedelta
from lxml import etree
from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

ENCOUNTER_READERS = "hcrm_base.group_encounter_reader"
CLINICAL_READERS = "hcrm_base.group_clinical_reader"
COUNTS = {
    "encounter_count": "hcrm.encounter",
    "appointment_count": "hcrm.appointment",
    "diagnosis_count": "hcrm.diagnosis",
    "observation_count": "hcrm.observation",
    "prescription_count": "hcrm.prescription",
    "immunization_count": "hcrm.immunization",
    "charge_count": "hcrm.charge",
    "contact_note_count": "hcrm.contact.note",
}
NOTE_READERS = ",".join(
    f"hcrm_base.group_{role}"
    for role in (
        "officer", "service_manager", "handler", "nurse", "doctor", "community_worker",
        "vip_desk", "marketing",
    )
)  # fmt: skip
DEPARTMENTS = {
    "fields": {"display_name": {}},
    "context": {"hierarchical_naming": False},
}
#: Who may change what our screens show, by the end of the view's XML id.
WRITERS = {
    "person": ("hcrm_base.group_person_writer", "hcrm_base.group_person_writer_own"),
    "organisation": ("hcrm_base.group_organisation_writer",),
}


class HcrmCustomerCardMixin(models.AbstractModel):
    """What the customer form shows beside the contact: how much happened, and the newest of it.

    A customer may have thousands of facts. The form is painted without them: what is counted or
    collected from them comes with one call of ``get_card_values``, the newest facts when their tab
    is opened.
    """

    _name = "hcrm.customer.card.mixin"
    _description = "Customer Card"

    age_text = fields.Char(
        string="Age (as spoken)",
        compute="_compute_age_text",
        groups="base.group_user",
        help="In days and months for a small child.",
    )
    is_own_department = fields.Boolean(
        string="Seen in my departments",
        compute="_compute_is_own_department",
        search="_search_is_own_department",
        groups=ENCOUNTER_READERS,
    )

    # visits
    last_visit_at = fields.Datetime(
        string="Last visit", compute="_compute_last_visit_at", groups=ENCOUNTER_READERS
    )
    encounter_count = fields.Integer(
        string="Encounters", compute="_compute_fact_counts", groups=ENCOUNTER_READERS
    )
    appointment_count = fields.Integer(
        string="Appointments", compute="_compute_fact_counts", groups=ENCOUNTER_READERS
    )

    # clinical
    diagnosis_count = fields.Integer(
        string="Diagnoses", compute="_compute_fact_counts", groups=CLINICAL_READERS
    )
    observation_count = fields.Integer(
        string="Results", compute="_compute_fact_counts", groups=CLINICAL_READERS
    )
    prescription_count = fields.Integer(
        string="Prescriptions", compute="_compute_fact_counts", groups=CLINICAL_READERS
    )
    immunization_count = fields.Integer(
        string="Immunisations", compute="_compute_fact_counts", groups=CLINICAL_READERS
    )

    # money
    charge_count = fields.Integer(
        string="Charges",
        compute="_compute_fact_counts",
        groups="hcrm_base.group_charges_reader",
    )

    # contacts
    contact_note_count = fields.Integer(
        string="Contact notes", compute="_compute_fact_counts", groups=NOTE_READERS
    )

    @api.depends("birth_date", "death_date")
    @api.depends_context("lang")
    def _compute_age_text(self):
        today = fields.Date.context_today(self)
        for partner in self:
            partner.age_text = partner.birth_date and self._format_age(
                partner.birth_date, partner.death_date or today
            )

    @api.model
    def _format_age(self, birth_date, day):
        """Return the age as it is said at a counter: years, below three months, below one days."""
        age = relativedelta(day, birth_date)
        if age.years >= 3:
            return self.env._("%(count)s years", count=age.years)
        months = age.years * 12 + age.months
        if months:
            return self.env._("%(count)s months", count=months)
        return self.env._("%(count)s days", count=max(age.days, 0))

    @api.depends("visited_department_ids")
    @api.depends_context("uid")
    def _compute_is_own_department(self):
        departments = self.env.user.hcrm_department_ids
        for partner in self:
            partner.is_own_department = bool(partner.visited_department_ids & departments)

    def _search_is_own_department(self, operator, _value):
        if operator != "in":
            return NotImplemented
        own = Domain("visited_department_ids", "in", self.env.user.hcrm_department_ids.ids)
        return Domain("id", "in", self.sudo().with_context(active_test=False)._search(own))

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_visit_at(self):
        self.last_visit_at = False
        for partner, newest in self.env["hcrm.encounter"]._read_group(
            [("partner_id", "in", self.ids)], ["partner_id"], ["started_at:max"]
        ):
            partner.last_visit_at = newest

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_fact_counts(self):
        """Count what the user may read, one query for each kind of fact."""
        for name, model_name in COUNTS.items():
            self[name] = 0
            facts = self.env[model_name]
            if not facts.has_access("read"):
                continue
            for partner, count in facts._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            ):
                partner[name] = count

    @api.model
    def _hcrm_card_fields(self):
        """Return the specification, as ``web_read`` wants it, of what is read after the form.

        Addons add the counts of their buttons.
        """
        return dict.fromkeys(COUNTS, {}) | {"visited_department_ids": DEPARTMENTS}

    def _hcrm_card_extras(self):
        """Return what is no field and is read with the counts, in one call."""
        return {}

    @api.readonly
    def get_card_values(self):
        """Return all that stands beside the contact, as far as the user may see it."""
        self.ensure_one()
        self.check_access("read")
        [values] = self.web_read(
            {
                name: specification
                for name, specification in self._hcrm_card_fields().items()
                if self._has_field_access(self._fields[name], "read")
            }
        )
        return values | self._hcrm_card_extras()

    @api.model
    def get_empty_list_help(self, help_message):
        """Where customers are missing, the administrator is led to what must be set up first."""
        result = super().get_empty_list_help(help_message)
        kinds = self.env.context.get("default_kind_ids")
        if not kinds or not self.env.user.has_group("hcrm_base.group_hcrm_admin"):
            return result
        link = Markup('<p><a href="/odoo/hospital-ready">%s</a></p>')
        return Markup(result or "") + link % self.env._("Ready? See what is still to be set up.")

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        """Offer no change to who may make none: a screen cannot ask our record rules."""
        result = super().get_view(view_id, view_type, **options)
        writers = self._hcrm_view_writers(view_type).get(result["id"])
        if writers and not self.env.user.has_groups(",".join(writers)):
            arch = etree.fromstring(result["arch"])
            for right in ("create", "edit", "delete"):
                arch.set(right, "0")
            result["arch"] = etree.tostring(arch, encoding="unicode")
        return result

    @api.model
    def _hcrm_view_writers(self, view_type):
        """Return {id of one of our views: groups that may change what it shows}."""
        found = {
            kind: self.env.ref(f"hcrm_base.res_partner_view_{view_type}_{kind}", False)
            for kind in WRITERS
        }
        return {view.id: WRITERS[kind] for kind, view in found.items() if view}

    def get_formview_id(self, access_uid=None):
        """A customer opens in the form made for customers, from wherever it is clicked."""
        if len(self) == 1 and self.sudo().is_customer:
            form = "person" if self.sudo().is_customer_person else "organisation"
            return self.env.ref(f"hcrm_base.res_partner_view_form_{form}").id
        return super().get_formview_id(access_uid=access_uid)
