from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..models.hcrm_customer_card_mixin import COUNTS
from .common import ROLES, HcrmCommon

PERSON_FORM = "hcrm_base.res_partner_view_form_person"
ORGANISATION_FORM = "hcrm_base.res_partner_view_form_organisation"

PERSONS = {"res_partner_menu_person", "hcrm_relationship_menu"}
ORGANISATIONS = {"res_partner_menu_organisation"}
VISITS = {"hcrm_encounter_menu", "hcrm_appointment_menu"}
CLINICAL = {
    "hcrm_diagnosis_menu",
    "hcrm_observation_menu",
    "hcrm_prescription_menu",
    "hcrm_immunization_menu",
}
CHARGES = {"hcrm_charge_menu"}
NOTES = {"hcrm_contact_note_menu"}
SEGMENTS = {"hcrm_segment_menu"}
REVIEW = {"hcrm_break_glass_menu"}
PRIVACY = {"hcrm_privacy_request_menu"}
ERASURES = {"hcrm_erasure_log_menu"}
CONFIGURATION = {
    "hcrm_privacy_kind_menu",
    "hcrm_privacy_ground_menu",
    "hcrm_makeup_day_menu",
    "hcrm_readiness_menu",
    "hcrm_customer_kind_menu",
    "hcrm_identifier_system_menu",
    "hcrm_campus_menu",
    "hr_department_menu",
    "hr_employee_public_menu",
}
#: The screens of this file's making that each role finds in the menu, from POLICY §2.
MENUS = {
    "officer": SEGMENTS | PERSONS | ORGANISATIONS | VISITS | NOTES | PRIVACY,
    "service_manager": SEGMENTS | PERSONS | ORGANISATIONS | VISITS | NOTES | PRIVACY | ERASURES,
    "department_head": PERSONS | ORGANISATIONS | VISITS | NOTES,
    "handler": PERSONS | ORGANISATIONS | VISITS | NOTES,
    "nurse": SEGMENTS | PERSONS | VISITS | CLINICAL | NOTES,
    "doctor": SEGMENTS | PERSONS | ORGANISATIONS | VISITS | CLINICAL | NOTES,
    "community_worker": SEGMENTS | PERSONS | VISITS | CLINICAL | NOTES,
    "vip_desk": SEGMENTS | PERSONS | ORGANISATIONS | VISITS | CHARGES | NOTES,
    "marketing": SEGMENTS | PERSONS | ORGANISATIONS | NOTES,
    "analyst": SEGMENTS,
    "leader": ORGANISATIONS | REVIEW | PRIVACY | ERASURES,
    "hcrm_admin": SEGMENTS | PERSONS | ORGANISATIONS | REVIEW | PRIVACY | ERASURES | CONFIGURATION,
    "integration": PERSONS | ORGANISATIONS | VISITS | CLINICAL | CHARGES,
}
SCREENS = set().union(*MENUS.values())


@tagged("post_install", "-at_install")
class TestViews(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.menus = {name: cls.env.ref(f"hcrm_base.{name}") for name in SCREENS}

    def _visible(self, role):
        """Return the names of our menus that the role sees, each with all above it."""
        seen = self.env["ir.ui.menu"].with_user(self.users[role])._visible_menu_ids()
        return {
            name
            for name, menu in self.menus.items()
            if {int(part) for part in menu.parent_path.strip("/").split("/")} <= seen
        }

    def test_each_role_finds_its_screens(self):
        for role in ROLES:
            with self.subTest(role=role):
                self.assertEqual(self._visible(role), MENUS[role])

    def test_every_screen_opens(self):
        """Given a menu that a role sees, each of its views loads with data under that role."""
        partner = self._person(birth_date="1980-05-06", phone="13800138000")
        self._encounter(partner, self.cardiology)
        for role in ROLES:
            for name in MENUS[role]:
                action = self.menus[name].action
                if action._name != "ir.actions.act_window":
                    continue
                with self.subTest(role=role, menu=name):
                    self._open(action.sudo(), self.users[role])

    def _open(self, action, user):
        model = self.env[action.res_model].with_user(user)
        views = [(view_id, mode) for view_id, mode in action.views]
        loaded = model.get_views([*views, (action.search_view_id.id, "search")])["views"]
        for mode in {mode for _view_id, mode in views} & {"list", "kanban", "form"}:
            arch = etree.fromstring(loaded[mode]["arch"])
            names = {node.get("name") for node in arch.iter("field") if not self._is_nested(node)}
            model.web_search_read([], {name: {} for name in names}, limit=5)

    def _is_nested(self, node):
        return any(parent.tag == "field" for parent in node.iterancestors())

    def test_search_filters_run(self):
        """Every filter and grouping of our search views is one the database can answer."""
        nurse = self.users["nurse"]
        for name in MENUS["nurse"]:
            action = self.menus[name].action.sudo()
            model = self.env[action.res_model].with_user(nurse)
            view = model.get_view(action.search_view_id.id, "search")
            for node in etree.fromstring(view["arch"]).iter("filter"):
                with self.subTest(model=model._name, filter=node.get("name")):
                    self._run_filter(model, node)

    def _run_filter(self, model, node):
        if node.get("domain"):
            model.search_count(safe_eval(node.get("domain"), {"uid": model.env.uid}), limit=1)
        if node.get("context"):
            group_by = safe_eval(node.get("context"))["group_by"]
            model.formatted_read_group([], [group_by], ["__count"], limit=1)

    def test_officer_registers_a_person(self):
        """Given the officer's form, the phone typed is kept whole and shown masked."""
        partners = self.env["res.partner"].with_user(self.users["officer"])
        action = self.env.ref("hcrm_base.res_partner_action_person")
        context = {"default_kind_ids": [self.patient_kind.id], "default_is_company": False}
        self.assertIn(str(self.patient_kind.id), action.context)
        with Form(partners.with_context(**context), view=PERSON_FORM) as form:
            form.name = "欧阳明月"
            form.phone = "138 0013 8000"
            form.birth_date = "1990-01-02"
            with form.identifier_ids.new() as identifier:
                identifier.system_id = self.env.ref("hcrm_base.system_insurance")
                identifier.value = "YB00012345"
        partner = form.record
        self.assertEqual(partner.kind_ids, self.patient_kind)
        self.assertEqual(partner.phone, "138****8000")
        self.assertEqual(partner.sudo().phone_stored, "+8613800138000")
        self.assertEqual(partner.identifier_ids.value, "******2345")
        with Form(partner, view=PERSON_FORM) as form:
            form.city = "江城市"
        self.assertEqual(partner.sudo().phone_stored, "+8613800138000")

    def test_contact_person_is_no_customer(self):
        """The kinds offered to a new organisation are not passed on to its contact persons."""
        corporate = self.env.ref("hcrm_base.kind_corporate")
        partners = self.env["res.partner"].with_user(self.users["service_manager"])
        context = {"default_kind_ids": [corporate.id], "default_is_company": True}
        with Form(partners.with_context(**context), view=ORGANISATION_FORM) as form:
            form.name = "江城钢铁集团"
            with form.child_ids.new() as contact:
                contact.name = "赵经理"
        self.assertEqual(form.record.kind_ids, corporate)
        self.assertFalse(form.record.child_ids.kind_ids)
        self.assertFalse(form.record.child_ids.is_company)

    def test_no_change_is_offered_to_readers(self):
        for role, view, offered in (
            ("officer", ORGANISATION_FORM, False),
            ("service_manager", ORGANISATION_FORM, True),
            ("officer", PERSON_FORM, True),
            ("doctor", PERSON_FORM, False),
        ):
            with self.subTest(role=role, view=view):
                partners = self.env["res.partner"].with_user(self.users[role])
                arch = etree.fromstring(partners.get_view(self.env.ref(view).id, "form")["arch"])
                self.assertEqual(arch.get("create", "1") != "0", offered)

    def test_customer_opens_in_its_own_form(self):
        person = self._person()
        self.assertEqual(person.get_formview_id(), self.env.ref(PERSON_FORM).id)
        contact = self.env["res.partner"].create({"name": "Nobody's customer"})
        self.assertNotEqual(contact.get_formview_id(), self.env.ref(PERSON_FORM).id)


@tagged("post_install", "-at_install")
class TestCustomerCard(HcrmCommon):
    def test_counts_and_last_visit(self):
        partner, other = self._person(), self._person("李四")
        visits = self.env["hcrm.encounter"].create(
            [
                {"partner_id": partner.id, "started_at": f"2026-01-{day:02} 08:00:00"}
                for day in range(1, 13)
            ]
        )
        cards = (partner | other).with_user(self.users["nurse"])
        self.assertEqual(cards.mapped("encounter_count"), [12, 0])
        self.assertEqual(cards[0].last_visit_at, visits[-1].started_at)

    def test_each_role_counts_what_it_may_see(self):
        partner = self._person()
        for department in (self.cardiology, self.oncology):
            self._encounter(partner, department)
        always = {"id", "badges", "panel"}
        visits = always | {
            "encounter_count", "appointment_count", "contact_note_count", "visited_department_ids",
        }  # fmt: skip
        for role, names, encounters in (
            ("officer", visits, 2),
            ("department_head", visits, 1),
            ("vip_desk", visits | {"charge_count"}, 2),
            ("hcrm_admin", always, None),
        ):
            with self.subTest(role=role):
                values = partner.with_user(self.users[role]).get_card_values()
                # other addons count theirs
                self.assertEqual(set(values) & (visits | {"charge_count"}), names)
                self.assertEqual(values.get("encounter_count"), encounters)

    def test_departments_visited_come_with_the_counts(self):
        """Given visits in a section, the card names it without all that stands above it."""
        partner = self._person()
        section = self.env["hr.department"].create(
            {"name": "Section", "parent_id": self.cardiology.id, "code": "T-SEC"}
        )
        self._encounter(partner, section)
        values = partner.with_user(self.users["nurse"]).get_card_values()
        self.assertEqual(
            values["visited_department_ids"], [{"id": section.id, "display_name": "Section"}]
        )

    def test_form_is_painted_without_facts(self):
        """What must be counted or collected from the facts comes after the first paint."""
        late = {*COUNTS, "visited_department_ids", "last_visit_at", "is_own_department"}
        form = self.env.ref("hcrm_base.res_partner_view_form_person")
        partners = self.env["res.partner"].with_user(self.users["nurse"])
        arch = partners.get_view(form.id, "form")["arch"]
        painted = {node.get("name") for node in etree.fromstring(arch).iter("field")}
        self.assertFalse(painted & late)

    def test_own_department(self):
        partner = self._person()
        card = partner.with_user(self.users["department_head"])
        self._encounter(partner, self.cardiology)
        self.assertTrue(card.is_own_department)
        self.assertIn(card, card.search([("is_own_department", "=", True)]))

    def test_as_many_queries_for_many_as_for_one(self):
        partners = self._person() | self._person("李四") | self._person("王五")
        for partner in partners:
            self._encounter(partner, self.cardiology)
        nurse = self.env["res.partner"].with_user(self.users["nurse"])
        counts = []
        for cards in (nurse.browse(partners[:1].ids), nurse.browse(partners.ids)):
            cards.mapped("name")
            cards.mapped("encounter_count")
            self.env["res.partner"].invalidate_model(list(COUNTS))
            before = self.env.cr.sql_log_count
            cards.mapped("encounter_count")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_age_as_spoken(self):
        format_age = self.env["res.partner"]._format_age
        for birth, expected in (
            ("2026-11-02", "20 days"),
            ("2026-04-22", "7 months"),
            ("2024-10-22", "25 months"),
            ("1982-06-16", "44 years"),
        ):
            day = self._date("2026-11-22")
            self.assertEqual(format_age(self._date(birth), day), expected)

    def _date(self, text):
        return self.env["res.partner"]._fields["birth_date"].to_date(text)
