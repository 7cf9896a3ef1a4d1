from odoo import api, models
from odoo.fields import Domain

from odoo.addons.hcrm_base.models.column_domain import words_contain
from odoo.addons.hcrm_base.tools import name_search

from ..tools import codes, people
from ..tools.mapping import patient
from ..tools.param import COMMON, Param, merged
from ..tools.query import plain, token


class HcrmFhirPatient(models.AbstractModel):
    _name = "hcrm.fhir.patient"
    _description = "FHIR Patient"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Patient"
    _fhir_model = "res.partner"
    _fhir_rank = 0
    _fhir_reader = staticmethod(patient.read)
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "name": "complete_name"}
    _fhir_note = (
        "Every customer who is a person. A number that is known already names that person: POST "
        "answers 200 with the one that is there. Numbers are added, never taken away. A merged "
        "patient stays readable with active=false and a link replaced-by."
    )
    _fhir_params = merged(
        COMMON,
        {
            "identifier": Param("token", "identifier", doc="system|value of any number"),
            "name": Param("string", "name", "name", doc="Any part; Chinese, pinyin or initials"),
            "family": Param("string", "family", "name", doc="Beginning of the family name"),
            "given": Param("string", "given", "name", doc="Beginning of the given name"),
            "telecom": Param("token", "telecom", doc="A whole phone number or e-mail address"),
            "phone": Param("token", "phone", doc="A whole phone number, in any spelling"),
            "email": Param("token", "email", "email_normalized", doc="A whole e-mail address"),
            "birthdate": Param("date", "day", "birth_date", doc="Date of birth"),
            "death-date": Param("date", "day", "death_date", doc="Date of death"),
            "gender": Param("token", "status", "sex", table=codes.SEXES, doc="Sex"),
            "deceased": Param("token", "deceased", "is_deceased", doc="true or false"),
            "active": Param("token", "active", doc="false: merged into another"),
            "address-city": Param("string", "words", "city", doc="Beginning of the city"),
        },
    )

    @api.model
    def _get_base_domain(self):
        return Domain("is_customer_person", "=", True)

    # FINDING

    @api.model
    def _match_identifier(self, param, modifier, text):
        system, value = token(text)
        numbers = Domain("value", "=", value) if value else Domain.TRUE
        if system is not None:
            systems = self.env["hcrm.identifier.system"]._find_by_uri(system)
            numbers &= Domain("system_id", "in", systems.ids)
        return Domain("identifier_ids", "any", numbers)

    @api.model
    def _match_name(self, param, modifier, text):
        told = plain(text)
        if modifier == "exact":
            return Domain("name", "=", told)
        if len(told) == 1:
            return self._begins("complete_name", told)
        domain = words_contain(
            self.env["res.partner"]._fields["name_words"], name_search.query_tokens(told)
        )
        return domain & Domain("name", "ilike", told) if modifier == "contains" else domain

    @api.model
    def _match_family(self, param, modifier, text):
        return self._match_name_part("family_name", 0, modifier, plain(text))

    @api.model
    def _match_given(self, param, modifier, text):
        return self._match_name_part("given_name", 1, modifier, plain(text))

    @api.model
    def _match_name_part(self, name, index, modifier, told):
        """What a system told as this part, else the part the name would be split into.

        The name's own index narrows it down; the family name of a Chinese name comes first.
        """
        words = self.env["res.partner"]._fields["name_words"]
        anywhere = words_contain(words, name_search.query_tokens(told))
        if modifier == "contains":
            return anywhere & Domain("name", "ilike", told)
        rest = "" if modifier == "exact" else "%"
        part = Domain(name, "=ilike", told + rest)
        untold = Domain(name, "=", False) & self._begins_part(index, told, rest)
        return anywhere & (part | untold)

    @api.model
    def _begins_part(self, index, told, rest):
        is_latin = people.split_name(told + " x")[0] == "x"
        if is_latin:
            pattern = f"% {told}{rest}" if index == 0 else f"{told}{rest or ' %'}"
            return Domain("name", "=ilike", pattern)
        return Domain("name", "=like", f"{told}%" if index == 0 else f"_{told}{rest}")

    @api.model
    def _begins(self, name, told):
        return Domain(name, "=like", f"{told}%") | Domain(name, "=like", f"{told.upper()}%")

    @api.model
    def _match_phone(self, param, modifier, text):
        number = token(text)[1]
        return Domain("phone", "=", number) | Domain("phone_other", "=", number)

    @api.model
    def _match_email(self, param, modifier, text):
        return Domain("email_normalized", "=", token(text)[1].lower())

    @api.model
    def _match_telecom(self, param, modifier, text):
        is_email = "@" in text
        return (self._match_email if is_email else self._match_phone)(param, modifier, text)

    @api.model
    def _match_deceased(self, param, modifier, text):
        return Domain("is_deceased", "=", token(text)[1] == "true")

    @api.model
    def _match_active(self, param, modifier, text):
        return Domain("active", "=", token(text)[1] == "true")

    # WRITING

    @api.model
    def _after_write(self, entries, outcomes):
        """Keep how the name was parted."""
        for entry in entries:
            self._keep_name(entry.record_id, entry.resource)

    @api.model
    def _keep_name(self, partner_id, resource):
        name, family, given = people.full_name(resource.get("name") or [])
        partner_sudo = self.env["res.partner"].sudo().browse(partner_id)
        told = {"family_name": family or False, "given_name": given or False}
        known = {"family_name": partner_sudo.family_name, "given_name": partner_sudo.given_name}
        if name and name == partner_sudo.name and told != known:
            partner_sudo.write(told)

    # RENDERING

    @api.model
    def _render(self, records):
        absorbed = self._get_absorbed(records)
        return [self._render_one(partner, absorbed.get(partner.id, ())) for partner in records]

    @api.model
    def _get_absorbed(self, records):
        """Return {survivor id: ids of those merged into it}, in one query."""
        groups = (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._read_group([("canonical_id", "in", records.ids)], ["canonical_id"], ["id:array_agg"])
        )
        return {survivor.id: ids for survivor, ids in groups}

    @api.model
    def _render_one(self, partner, absorbed):
        links = [("replaces", number) for number in absorbed]
        if partner.canonical_id:
            links.append(("replaced-by", partner._hcrm_canonical().id))
        return {
            "identifier": [self._render_identifier(one) for one in partner.identifier_ids],
            "active": partner.active and not partner.canonical_id,
            "name": [
                people.human_name(
                    partner.name or "?", partner.family_name or "", partner.given_name or ""
                )
            ],
            "telecom": people.telecoms((partner.phone, partner.phone_other), partner.email),
            "gender": partner.sex or None,
            "birthDate": self._day(partner.birth_date),
            **self._render_death(partner),
            "address": self._render_address(partner),
            "link": [
                {"other": {"reference": f"Patient/{number}"}, "type": kind}
                for kind, number in links
            ],
        }

    @api.model
    def _render_identifier(self, identifier):
        type_code = identifier.type_code
        coding = codes.ID_TYPES_OUT.get(type_code)
        return {
            "use": identifier.use,
            "type": coding
            and {
                "coding": [{"system": codes.V2_0203, "code": coding[0], "display": coding[1]}],
                "text": coding[1],
            },
            "system": identifier.system_id._to_uri(),
            "value": identifier.value,
        }

    @api.model
    def _render_death(self, partner):
        if partner.death_date:
            return {"deceasedDateTime": partner.death_date.isoformat()}
        return {"deceasedBoolean": True} if partner.is_deceased else {}

    @api.model
    def _render_address(self, partner):
        state = partner.state_id.name or ""
        address = {
            "line": [line for line in (partner.street, partner.street2) if line],
            "city": (partner.city or "").removeprefix(state).strip() or None,
            "state": state or None,
            "postalCode": partner.zip or None,
            "country": partner.country_id.code or None,
        }
        return [{"use": "home", **address}] if any(address.values()) else []
