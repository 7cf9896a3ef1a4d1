from collections import defaultdict

import pytz
from babel.dates import format_date, format_time

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..tools import inbound_words, message_lint, template_text
from ..tools.zones import first_known

#: Rows that a text may speak of; asked for by ``res_model`` or ``record``.
SOURCES = ("hcrm.appointment", "hcrm.encounter")
#: In figures, as WeChat wants a time.
MOMENTS = {"zh": "%Y年%m月%d日 %H:%M", "en": "%Y-%m-%d %H:%M"}
HOURS = {"zh": "HH:mm", "en": "h:mm a"}


class HcrmTemplateRenderer(models.AbstractModel):
    """Fills the places of texts for any number of persons, with the rights of one user.

    What this user may not read stays empty: never is anything read as the superuser for a text.
    """

    _name = "hcrm.template.renderer"
    _description = "Filling of Templates"

    # LINTER

    @api.model
    def _lint(self, text, subject, purpose, channel, is_clinical=False, is_made=False):
        """Return the findings of :func:`message_lint.lint` with this database's words."""
        return message_lint.lint(
            text,
            subject,
            purpose=purpose,
            channel=channel,
            words=self.env["hcrm.lint.word"]._get_words(),
            host=self._get_host(),
            is_clinical=is_clinical,
            is_made=is_made,
        )

    @api.model
    def _check_typed(self, text, subject, purpose, channels, codes=None):
        """Refuse words that somebody typed for customers as a template's would be refused.

        :param codes: the findings that count; all if not given
        :raises ValidationError: with what was found and what to do instead
        """
        found = {
            self._say(one): None
            for channel in channels
            for one in message_lint.errors(
                self._lint(text, subject, purpose, channel, is_made=True)
            )
            if codes is None or one.code in codes
        }
        if found:
            raise ValidationError(
                self.env._(
                    "This text cannot leave as it is:\n%(findings)s\n\nOthers read along where it "
                    "arrives. Say it in neutral words; what is about health goes by a template "
                    "with a secure link.",
                    findings="\n".join(found),
                )
            )

    @api.model
    def _get_host(self):
        url = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        return url.partition("://")[2].partition("/")[0]

    @api.model
    def _say(self, finding):
        """Return one finding in the reader's language."""
        words = message_lint.FINDINGS[finding.code]._translate(self.env.lang or "en_US")
        return words % finding.values

    # MANY AT ONCE

    @api.model
    def _render_requests(self, requests):
        """Return requests of ``_ask`` with words in place of ``template_id``.

        What cannot be made bears ``trouble``: it is kept as failed with the reason, and the others
        go on; ``trouble_told`` is for those who may read the text. Raises for a template that
        nobody approved.
        """
        if not any(request.get("template_id") for request in requests):
            return requests
        ids = {request["template_id"] for request in requests if request.get("template_id")}
        templates = {one.id: one for one in self.env["hcrm.message.template"].sudo().browse(ids)}
        self._check_approved(templates.values())
        batches = defaultdict(list)
        for place, request in enumerate(requests):
            if request.get("template_id"):
                batches[request["template_id"], self._get_user(templates, request)].append(place)
        made = list(requests)
        for (template_id, user_id), places in batches.items():
            told = [requests[place] for place in places]
            done = self._render_batch(templates[template_id], user_id, told)
            for place, request in zip(places, done, strict=True):
                made[place] = request
        return made

    @api.model
    def _check_approved(self, templates):
        for template in templates:
            if not template.active or not template.text_ids.filtered(
                lambda text: text.state == "approved"
            ):
                raise ValidationError(
                    self.env._(
                        "The template “%s” has no approved text: approve one first.", template.name
                    )
                )

    @api.model
    def _get_user(self, templates, request):
        """Programs render as who is responsible for the template, persons as themselves."""
        if self.env.uid == SUPERUSER_ID:
            return request.get("user_id") or templates[request["template_id"]].user_id.id
        return self.env.uid

    @api.model
    def _render_batch(self, template, user_id, requests):
        user = self.env["res.users"].sudo().browse(user_id)
        if not user.active or user.share:
            why = self.env._("%s, who is responsible for the template, left.", user.name)
            shared = {"purpose": template.purpose, "topic_id": template.topic_id.id}
            return [{**shared, **request, "trouble": why} for request in requests]
        rows = self.with_user(user)._read_rows(requests)
        return [self._render_one(template, request, rows) for request in requests]

    @api.model
    def _render_one(self, template, request, rows):
        person = rows["persons"].get(request.get("subject_id") or request["recipient_id"])
        recipient = rows["persons"].get(request["recipient_id"]) or person
        company = rows["companies"][request.get("company_id") or self.env.company.id]
        lang = request.get("lang") or (recipient and recipient["lang"]) or company["lang"]
        made = {
            **request,
            "purpose": request.get("purpose") or template.purpose,
            "topic_id": request.get("topic_id") or template.topic_id.id,
            "texts": {},
        }
        trouble = None
        for channel in request.get("channels") or ():
            text = template._find_text(channel, lang)
            if not text:
                trouble = trouble or self.env._("the template has no text for this channel")
                continue
            record = rows["records"].get(self._get_record(request))
            values = self._prepare_values(person, recipient, company, record, text.lang, channel)
            values |= {f"value.{name}": one for name, one in (request.get("values") or {}).items()}
            words, why = self._render_text(text, template, values)
            if why:
                trouble = why
            else:
                made["texts"][channel] = words | {"lang": text.lang}
        return self._choose_channels(made, trouble)

    @api.model
    def _choose_channels(self, made, trouble):
        channels = [code for code in made.get("channels") or () if code in made["texts"]]
        if not channels:
            return made | self._tell_trouble(trouble or self.env._("no channel was named"))
        first = made["texts"][channels[0]]
        return made | {
            "channels": channels,
            "body": first["body"],
            "subject_line": first["subject_line"],
            "lang": first["lang"],
        }

    @api.model
    def _tell_trouble(self, trouble):
        """Return what everybody reads; what the linter found stands in words of its own."""
        if not isinstance(trouble, message_lint.Finding):
            return {"trouble": trouble}
        return {
            "trouble": self._say(message_lint.veil(trouble)),
            "trouble_told": self._say(trouble),
        }

    @api.model
    def _render_text(self, text, template, values):
        """Return ({body, subject_line}, None) or (None, finding): linted as it would leave."""
        body, missing = template_text.render(text.body, values)
        subject, also = template_text.render(text.subject_line or "", values)
        if missing or also:
            word = (missing + also)[0]
            return None, message_lint.Finding(message_lint.ERROR, "empty_place", {"word": word})
        found = self._lint(
            body, subject, template.purpose, text.channel, template.is_clinical, is_made=True
        )
        if wrong := message_lint.errors(found):
            return None, wrong[0]
        return {"body": body, "subject_line": subject}, None

    # WHAT THE PLACES STAND FOR

    @api.model
    def _get_record(self, request):
        record = request.get("record") or (request.get("res_model"), request.get("res_id"))
        return tuple(record) if record[0] in SOURCES else None

    @api.model
    def _read_rows(self, requests):
        """Read everything that the texts may name, a query per kind of row, as this user."""
        ids = {request["recipient_id"] for request in requests}
        ids |= {request.get("subject_id") for request in requests} - {None, False}
        keys = {self._get_record(request) for request in requests} - {None}
        companies = {request.get("company_id") or self.env.company.id for request in requests}
        records = {}
        for model in SOURCES:
            wanted = [row_id for name, row_id in keys if name == model]
            records |= self._read_records(model, wanted)
        return {
            "persons": self._read_persons(ids),
            "records": records,
            "companies": self._read_companies(companies),
        }

    @api.model
    def _read_persons(self, ids):
        partners = self.env["res.partner"].browse(ids)
        try:
            found = partners._filtered_access("read")
        except AccessError:
            return {}
        today = fields.Date.context_today(self)
        return {
            person.id: {
                "name": person.name,
                "sex": person.sex,
                "age": _age(person.birth_date, today),
                "lang": person.lang,
                "tz": person.tz,
            }
            for person in found
        }

    @api.model
    def _read_records(self, model, ids):
        if not ids or not self.env[model].has_access("read"):
            return {}
        found = self.env[model].search([("id", "in", ids)])
        return {(model, record.id): record for record in found}

    @api.model
    def _read_companies(self, ids):
        """Name and address of a hospital are on its door."""
        companies = self.env["res.company"].sudo().browse(ids)
        gateways = (
            self.env["hcrm.gateway"]
            .sudo()
            .search([("company_id", "in", list(ids)), ("channel", "=", "sms")])
        )
        signatures = {one.company_id.id: one._get_signature() for one in reversed(gateways)}
        return {
            company.id: {
                "name": company.name,
                "phone": company.phone,
                "address": " ".join(filter(None, (company.city, company.street))),
                "lang": company.partner_id.lang or "zh_CN",
                "tz": company._hcrm_zone(),
                "signature": signatures.get(company.id) or f"【{company.name}】",
            }
            for company in companies
        }

    @api.model
    def _prepare_values(self, person, recipient, company, record, lang, channel):
        """Return {place: words} for one message in one language."""
        zone = pytz.timezone(first_known(recipient and recipient["tz"], company["tz"]))
        family = lang[:2]
        refusals = message_lint.OPT_OUT_MAIL if channel == "email" else message_lint.OPT_OUT
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        values = {
            "hospital.name": company["name"],
            "hospital.phone": company["phone"],
            "hospital.address": company["address"],
            "signature": company["signature"],
            "opt_out": refusals.get(family, refusals["en"]),
            "today": _day(now, lang),
        }
        for prefix, one in (("person", person), ("recipient", recipient)):
            if one:
                values |= self._prepare_person(prefix, one, lang)
        if record:
            values |= getattr(self, f"_prepare_{record._name.split('.')[1]}")(record, zone, lang)
        return values

    @api.model
    def _prepare_person(self, prefix, person, lang):
        who = (person["name"], person["sex"], person["age"], lang)
        return {
            f"{prefix}.name": person["name"],
            f"{prefix}.title": template_text.title(*who),
            f"{prefix}.family": template_text.title(*who, family=(person["name"] or "")[:1])
            if lang.startswith("zh")
            else template_text.title(*who),
            f"{prefix}.short": inbound_words.reduce_names([person["name"] or ""])[0],
        }

    @api.model
    def _prepare_appointment(self, appointment, zone, lang):
        starts = pytz.utc.localize(appointment.starts_at).astimezone(zone)
        return {
            "appointment.date": _day(starts, lang),
            "appointment.time": format_time(starts, HOURS.get(lang[:2], "HH:mm"), locale=lang),
            "appointment.moment": starts.strftime(MOMENTS.get(lang[:2], MOMENTS["en"])),
            "appointment.department": self._say_name(appointment.department_id, lang),
            "appointment.doctor": self._say_name(appointment.doctor_id, lang),
            "appointment.campus": self._say_name(appointment.campus_id, lang),
        }

    @api.model
    def _prepare_encounter(self, encounter, zone, lang):
        ends = encounter.ended_at
        diagnoses = self.env["hcrm.diagnosis"]
        can_read = diagnoses.has_access("read")
        first = encounter.diagnosis_ids[:1] if can_read else diagnoses
        return {
            "encounter.date": _day(pytz.utc.localize(encounter.started_at).astimezone(zone), lang),
            "encounter.end": ends and _day(pytz.utc.localize(ends).astimezone(zone), lang),
            "encounter.department": self._say_name(encounter.department_id, lang),
            "encounter.doctor": self._say_name(encounter.doctor_id, lang),
            "encounter.diagnosis": first.name,
        }

    @api.model
    def _say_name(self, record, lang):
        """Names of departments, staff and campuses are known to everybody."""
        return record.sudo().with_context(lang=lang).name


def _age(born, today):
    if not born:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _day(moment, lang):
    """Return a day as people of a language say it, with its weekday."""
    pattern = "M月d日 EEE" if lang.startswith("zh") else "EEE d MMM"
    return format_date(moment.date(), pattern, locale=lang)
