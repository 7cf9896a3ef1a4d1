from odoo import fields, models
from odoo.fields import Domain

NUMBERS_SHOWN = 6
PERSONS_SHOWN = 6
STEPS_SHOWN = 5


class HcrmCustomerPanelMixin(models.AbstractModel):
    """What the left side of the 360° view says about a person, read after the form is painted.

    Everything is read under the rights of who looks. An addon adds badges in ``_hcrm_badges`` and
    sections in ``_hcrm_panel``.
    """

    _name = "hcrm.customer.panel.mixin"
    _description = "Customer Panel"

    def _hcrm_card_extras(self):
        return {
            **super()._hcrm_card_extras(),
            "badges": self._hcrm_badges()[self.id],
            "panel": self._hcrm_panel(),
        }

    # badges
    def _hcrm_badges(self):
        """Return {id: [{key, label, level, title}]} of what must be seen at once.

        Addons append to the lists that super returns: an open complaint, a tier, an allergy. It is
        asked for many customers at a time. ``level`` is a colour of Bootstrap.
        """
        badges = {partner.id: [] for partner in self}
        for partner in self:
            for key in ("file", "death", "merge", "birthday", "language"):
                badge = getattr(partner, f"_hcrm_badge_{key}")()
                if badge:
                    badges[partner.id].append({"key": key, **badge})
        for partner, title in self._hcrm_guardians().items():
            badges[partner.id].append(
                {
                    "key": "minor",
                    "label": self.env._("Under 14"),
                    "level": "warning",
                    "title": title,
                }
            )
        return badges

    def _hcrm_badge_file(self):
        if self.is_protected:
            return {
                "label": self.env._("Protected file"),
                "level": "danger",
                "title": self.env._("Closed: opening it needs a reason.")
                if self.is_file_closed
                else self.env._("Open to you; every look is logged."),
            }

    def _hcrm_badge_death(self):
        if self.is_deceased:
            return {
                "label": self.env._("Deceased"),
                "level": "dark",
                "title": fields.Date.to_string(self.death_date) or "",
            }

    def _hcrm_badge_merge(self):
        if self.canonical_id:
            return {
                "label": self.env._("Merged"),
                "level": "warning",
                "title": self.env._("The same person as another contact: work there."),
            }

    def _hcrm_badge_birthday(self):
        today, born = fields.Date.context_today(self), self.birth_date
        if born and (born.month, born.day) == (today.month, today.day) and not self.is_deceased:
            return {
                "label": self.env._("Birthday today"),
                "level": "success",
                "title": self.age_text,
            }

    def _hcrm_badge_language(self):
        """A language is worth a word where it is not the hospital's."""
        usual = self.env.company.sudo().partner_id.lang or self.env.lang
        if self.lang and self.lang != usual:
            name = dict(self.env["res.lang"].get_installed()).get(self.lang, self.lang)
            return {
                "label": self.env._("Speaks %(language)s", language=name.split(" / ")[-1]),
                "level": "info",
                "title": self.env._("Language of this customer"),
            }

    def _hcrm_guardians(self):
        """Return {child under 14: who decides for it}, in one query."""
        children = self.filtered(lambda partner: partner._hcrm_is_under_14())
        if not children:
            return {}
        names = {child: [] for child in children}
        relations = self.env["hcrm.relationship"]
        if relations.has_access("read"):
            for relation in relations.search(
                [("partner_id", "in", children.ids), ("may_consent", "=", True)]
            ):
                names[relation.partner_id].append(relation.related_partner_id.sudo().name)
        return {
            child: self.env._("A guardian decides: %(names)s", names=", ".join(found))
            if found
            else self.env._("A guardian decides; none is recorded.")
            for child, found in names.items()
        }

    # sections
    def _hcrm_panel(self):
        """Return {section: what it shows}; sections that the reader may not see are left out."""
        self.ensure_one()
        sections = {
            "hcrm.identifier": ("numbers", self._hcrm_panel_numbers),
            "hcrm.appointment": ("next_appointment", self._hcrm_panel_next_appointment),
            "hcrm.encounter": ("last_visit", self._hcrm_panel_last_visit),
            "hcrm.contact.note": ("next_steps", self._hcrm_panel_next_steps),
        }
        panel = {
            name: section()
            for model_name, (name, section) in sections.items()
            if self.env[model_name].has_access("read")
        }
        if self.env["hcrm.relationship"].has_access("read"):
            relations = self._hcrm_panel_relations()
            known = [relation["id"] for relation in relations]
            panel |= {"relations": relations, "same_phone": self._hcrm_panel_same_phone(known)}
        return panel | {"employer": self._hcrm_panel_employer()}

    def _hcrm_panel_numbers(self):
        numbers = self.env["hcrm.identifier"].search_fetch(
            [("partner_id", "=", self.id), ("use", "!=", "old")],
            ["system_id", "value"],
            limit=NUMBERS_SHOWN,
        )
        return [{"system": number.system_id.name, "value": number.value} for number in numbers]

    def _hcrm_panel_next_appointment(self):
        found = self.env["hcrm.appointment"].search(
            [
                ("partner_id", "=", self.id),
                ("state", "in", ("proposed", "booked")),
                ("starts_at", ">=", fields.Datetime.now()),
            ],
            order="starts_at",
            limit=1,
        )
        return bool(found) and {
            "id": found.id,
            "at": fields.Datetime.to_string(found.starts_at),
            "text": found.service_text,
        }

    def _hcrm_panel_last_visit(self):
        found = self.env["hcrm.encounter"].search(
            [("partner_id", "=", self.id), ("state", "!=", "cancelled")],
            order="started_at DESC",
            limit=1,
        )
        labels = dict(found._fields["encounter_class"]._description_selection(self.env))
        parts = [labels.get(found.encounter_class), found.department_id.sudo().name]
        return bool(found) and {
            "id": found.id,
            "at": fields.Datetime.to_string(found.started_at),
            "text": " · ".join(filter(None, parts)),
        }

    def _hcrm_panel_next_steps(self):
        """Return what was promised to the customer and is still to be done."""
        notes = self.env["hcrm.contact.note"].search(
            [("partner_id", "=", self.id), ("activity_ids", "!=", False)], limit=STEPS_SHOWN
        )
        today = fields.Date.context_today(self)
        return [
            {
                "id": activity.res_id,
                "text": activity.summary or "",
                "on": fields.Date.to_string(activity.date_deadline),
                "is_late": activity.date_deadline < today,
                "who": activity.user_id.sudo().name or "",
            }
            for activity in notes.activity_ids.sorted("date_deadline")[:STEPS_SHOWN]
        ]

    def _hcrm_panel_relations(self):
        """Return the family: as recorded here, and as recorded on the others."""
        relations = self.env["hcrm.relationship"].search(
            ["|", ("partner_id", "=", self.id), ("related_partner_id", "=", self.id)],
            order="id",
        )
        labels = dict(relations._fields["relation"]._description_selection(self.env))
        others = relations.partner_id | relations.related_partner_id
        readable = others._filtered_access("read")
        found = {}
        for relation in relations.sorted(lambda relation: relation.partner_id != self):
            is_here = relation.partner_id == self
            other = relation.related_partner_id if is_here else relation.partner_id
            kind = relation.relation if is_here else relations._inverse_relation(relation.relation)
            found.setdefault(
                other,
                {
                    **other._hcrm_panel_person(other in readable),
                    "relation": labels.get(kind, ""),
                    "gets_messages": is_here and relation.may_receive_messages,
                    "may_consent": is_here and relation.may_consent,
                },
            )
        return list(found.values())

    def _hcrm_panel_person(self, is_readable=True):
        """Return a person of the panel; of one who may not be read no more than the name."""
        if not is_readable:
            return {"id": False, "name": self.sudo().name, "age": "", "phone": "", "dead": False}
        return {
            "id": self.id,
            "name": self.name,
            "age": self.age_text or "",
            "phone": self.phone or "",
            "dead": self.is_deceased,
        }

    def _hcrm_panel_same_phone(self, known):
        """Return others who may answer when this customer's number is dialled."""
        person_sudo = self.sudo()
        numbers = {person_sudo.phone_stored, person_sudo.phone_other_stored} - {False}
        if not numbers:
            return []
        found = self.search(
            Domain("id", "not in", [self.id, *filter(None, known)])
            & Domain("is_customer_person", "=", True)
            & (Domain("phone", "in", numbers) | Domain("phone_other", "in", numbers)),
            limit=PERSONS_SHOWN,
        )
        return [person._hcrm_panel_person() for person in found]

    def _hcrm_panel_employer(self):
        if not self.employer:
            return False
        found = self.search(
            [
                ("is_customer", "=", True),
                ("is_customer_person", "=", False),
                ("complete_name", "=", self.employer),
            ],
            limit=1,
        )
        return {"id": found.id, "name": self.employer}
