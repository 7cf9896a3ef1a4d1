import time

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import email_normalize

from odoo.addons.hcrm_base.tools import phone as phones

from ..models.hcrm_complaint import KINDS
from ..tools import form_day, form_files, form_token
from .form_uploads import read_files
from .public_page import browser_lang, database_secret, render, stranger_env, visitor

#: Forms, (limit, seconds): of one person at one address, which a ward or a carrier shares; of who
#: stays anonymous there; of one phone number; of one address; of all.
OF_A_PERSON = ((6, 3600), (20, 86400))
OF_NOBODY = ((20, 3600), (60, 86400))
OF_A_PHONE = ((6, 86400),)
OF_AN_ADDRESS = ((100, 3600), (400, 86400))
OF_ALL = ((600, 3600),)
COUNTED = "hcrm_complaint_counted"
#: So long the page with the PIN may be loaded again: seconds.
PIN_SHOWN = 1800
MOST_WORDS = 8000
#: Kept when the form is shown again, each at most so long.
FIELDS = {
    "kind": 20, "text": MOST_WORDS, "happened": 10, "department": 80, "staff": 80, "topic": 20,
    "name": 60, "phone": 30, "email": 100, "relation": 10, "patient": 60, "authority": 200,
    "answer": 10, "anonymous": 5, "hospital": 10,
}  # fmt: skip
RELATIONS = ("self", "family", "guardian", "agent", "other")
ANSWERS = ("sms", "voice", "email", "letter")


class ComplaintForm(http.Controller):
    """``/complaint``: without a login, a script or a cookie. What was typed is never lost."""

    @http.route("/complaint", type="http", auth="public", methods=["GET"], sitemap=True)
    def form(self, **query):
        """An empty form with a mark of its own."""
        typed = {"kind": query.get("kind", "complaint"), "relation": "self"}
        typed["hospital"] = str(query.get("hospital") or "")
        return self._show(stranger_env(), typed, [])

    @http.route("/complaint", type="http", auth="public", methods=["POST"], csrf=False)
    def send(self, **form):
        """Take it in, once for one mark; then on to a page of its own.

        Files are looked at last: what is not taken anyway is not read.
        """
        typed = {
            name: str(form.get(name) or "").replace("\x00", "")[:most].strip()
            for name, most in FIELDS.items()
        }
        env, mark = stranger_env(), str(form.get("mark") or "")
        wrong = self._find_spam(env, form, mark)
        if not wrong and self._find_case(env, mark):
            # the second of two clicks was counted before it met the first one's case
            self._take_back(env, getattr(request, COUNTED, ()))
            return self._go_on(mark)
        wrong = wrong or self._find_wrong(env, typed)
        if wrong:
            return self._show(env, typed, wrong, mark)
        counted = self._get_counted(env, typed)
        # what Odoo tries again after a collision is the same form still
        is_again = hasattr(request, COUNTED)
        setattr(request, COUNTED, counted)
        if not is_again and self._is_too_much(env, counted):
            too_much = env._("Too many forms came from here. Please call us, or try again later.")
            return self._show(env, typed, [too_much], mark)
        files, wrong = read_files(env)
        try:
            if not wrong:
                self._take_in(env, typed, files, mark)
        except UserError as error:
            wrong = [error.args[0]]
        if wrong:
            self._take_back(env, counted)
            return self._show(env, typed, wrong, mark)
        return self._go_on(mark)

    @http.route(
        "/complaint/done/<string:mark>", type="http", auth="public", methods=["GET"], sitemap=False
    )
    def done(self, mark, **_query):
        """Number and PIN; loaded again it is the same page, and for half an hour shows the PIN."""
        env, secret = stranger_env(), database_secret()
        is_ours = form_token.judge(secret, mark, time.time()) != form_token.FORGED
        case = is_ours and self._find_case(env, mark)
        if not case:
            return request.redirect("/complaint")
        age = (fields.Datetime.now() - case.create_date).total_seconds()
        pin = form_token.pin(secret, mark)
        if age > PIN_SHOWN or not case._is_pin(pin):
            pin = ""
        return render("form_done", company=case.company_id, number=case.number, pin=pin, typed={})

    def _go_on(self, mark):
        lang = "zh" if browser_lang() == "zh_CN" else "en"
        return request.redirect(f"/complaint/done/{mark}?lang={lang}", code=303)

    def _find_case(self, env, mark):
        """Return the case that was made of the form with this mark."""
        return env["hcrm.complaint"].search(
            [
                ("company_id", "in", self._get_hospitals(env).ids),
                ("intake_key", "=", f"web/{mark}"),
            ],
            limit=1,
        )

    def _show(self, env, typed, wrong, mark=""):
        secret, now = database_secret(), time.time()
        if form_token.judge(secret, mark, now) not in (form_token.FRESH, form_token.QUICK):
            mark = form_token.make(secret, now)
        cases, persons = env["hcrm.complaint"], env["hcrm.complaint.complainant"]
        relations = dict(persons._fields["relation"]._description_selection(env))
        answers = dict(persons._fields["answer_channel"]._description_selection(env))
        topics = env["hcrm.complaint.topic"].search([("is_public", "=", True)])
        hospitals = self._get_hospitals(env)
        company = self._choose_hospital(env, typed) or env.company
        return render(
            "form_page",
            status=422 if wrong else 200,
            company=company,
            typed={**typed, "hospital": str(company.id)},
            wrong=[str(one) for one in wrong],
            has_files=any(one.filename for one in request.httprequest.files.getlist("files")),
            mark=mark,
            hospitals=[(str(one.id), one.name) for one in hospitals] if hospitals[1:] else [],
            kinds=cases._fields["kind"]._description_selection(env),
            topics=[(topic.code, topic.name) for topic in topics],
            relations=[(code, relations[code]) for code in RELATIONS],
            answers=[(code, answers[code]) for code in ANSWERS],
            departments=self._get_departments(env, hospitals),
            most_files=form_files.MOST_FILES,
        )

    @staticmethod
    def _get_hospitals(env):
        """Return the hospitals that have a complaint office; that of this address is the first."""
        offices = env["hcrm.complaint.desk"].search([("is_office", "=", True)])
        return env.company | offices.company_id

    def _choose_hospital(self, env, typed):
        """Return the hospital that was chosen, that of this address if none was; none if wrong."""
        wanted = typed.get("hospital") or str(env.company.id)
        return self._get_hospitals(env).filtered(lambda one: str(one.id) == wanted)

    @staticmethod
    def _get_departments(env, hospitals):
        """Return the names that everybody reads over the doors."""
        found = env["hr.department"].search(
            [("company_id", "in", [*hospitals.ids, False]), ("hcrm_class", "!=", False)]
        )
        return list(dict.fromkeys(found.mapped("name")))

    # CHECKS

    def _find_wrong(self, env, typed):
        """Return what is missing or cannot be, in words that say what to do."""
        wrong = []
        if len(typed["text"]) < 2:
            wrong.append(env._("Write what happened."))
        if typed["kind"] not in dict(KINDS):
            wrong.append(env._("Choose what it is."))
        if not self._choose_hospital(env, typed):
            wrong.append(env._("Choose the hospital."))
        anonymous = bool(typed["anonymous"])
        if not anonymous:
            wrong += self._find_wrong_person(env, typed)
        if typed["relation"] not in RELATIONS:
            wrong.append(env._("Say who you are to the patient."))
        elif typed["relation"] != "self" and not anonymous and not typed["patient"]:
            wrong.append(env._("Write the name of the patient for whom you write."))
        try:
            form_day.read(typed["happened"], fields.Date.today())
        except ValueError:
            wrong.append(env._("The day cannot be right: choose when it happened."))
        return wrong

    def _find_wrong_person(self, env, typed):
        wrong = []
        if not typed["name"]:
            wrong.append(env._("Write your name, or choose to stay anonymous."))
        if not (typed["phone"] or typed["email"]):
            wrong.append(env._("Write a phone number or an e-mail address, or stay anonymous."))
        if typed["phone"] and not self._normalize_phone(env, typed):
            wrong.append(
                env._(
                    "The phone number cannot be right: look at its digits; "
                    "a landline needs its area code."
                )
            )
        address = typed["email"] and email_normalize(typed["email"])
        if typed["email"] and not (address and "." in address.rpartition("@")[2]):
            wrong.append(env._("The e-mail address cannot be right: look at it once more."))
        return wrong

    def _normalize_phone(self, env, typed):
        company = self._choose_hospital(env, typed) or env.company
        return phones.normalize(typed["phone"], company.country_id.code or "CN")

    def _find_spam(self, env, form, mark):
        """Return why a program may have sent this form."""
        if not form:  # headers of a part were no UTF-8: nothing of it can be read
            return [
                env._(
                    "We could not read what your browser sent: give the files names of letters "
                    "and digits, and write once more."
                )
            ]
        judged = form_token.judge(database_secret(), mark, time.time())
        if form.get("website") or judged == form_token.FORGED:
            return [env._("Please send the form once more.")]
        if judged == form_token.QUICK:
            return [env._("That was very quick: read it through, then send it once more.")]
        if judged == form_token.OLD:
            return [env._("The form was open for more than a day: please send it once more.")]
        return []

    def _get_counted(self, env, typed):
        """Return what is counted of a form: list of (what, who, limits)."""
        address = visitor()
        if typed["anonymous"]:
            counted = [("nobody", address, OF_NOBODY)]
        else:
            phone = self._normalize_phone(env, typed)
            who = phone or typed["email"].lower()
            counted = [("person", f"{address}/{who}", OF_A_PERSON)]
            counted += [("phone", phone, OF_A_PHONE)] if phone else []
        return [*counted, ("address", address, OF_AN_ADDRESS), ("all", "all", OF_ALL)]

    def _is_too_much(self, env, counted):
        """Count this form. What is too much of one does not use up what others may send."""
        counts = env["hcrm.rate.count"]
        return any(
            counts._is_too_often(f"complaint-form-{what}", who, *limit)
            for what, who, limits in counted
            for limit in limits
        )

    def _take_back(self, env, counted):
        """Nothing was taken in: it was no form of a flood."""
        for what, who, limits in counted:
            for _limit, seconds in limits:
                env["hcrm.rate.count"]._take_back(f"complaint-form-{what}", who, seconds)

    # TAKING IN

    def _take_in(self, env, typed, files, mark):
        anonymous, company = bool(typed["anonymous"]), self._choose_hospital(env, typed)
        topic = env["hcrm.complaint.topic"].search(
            [("code", "=", typed["topic"]), ("is_public", "=", True)], limit=1
        )
        told = {"name": typed["name"], "phone": typed["phone"], "email": typed["email"]}
        day = form_day.read(typed["happened"], fields.Date.today())
        zone_name = env["hcrm.complaint.hospital"]._get(company.id).zone_name
        request_ = {
            "kind": typed["kind"],
            "channel": "web",
            "company_id": company.id,
            "text": typed["text"],
            # told at nine of today it did not happen at noon
            "event_at": day and min(form_day.noon(day, zone_name), fields.Datetime.now()),
            "key": f"web/{mark}",
            "pin": form_token.pin(database_secret(), mark),
            "topic_id": topic.id,
            "department": typed["department"],
            "staff": [typed["staff"]],
            "is_anonymous": anonymous,
            "person": {} if anonymous else {**told, "lang": browser_lang()},
            "relation": typed["relation"],
            # of who stays anonymous nobody is looked up, the patient neither
            "patient": {"name": typed["patient"], "phone": "" if anonymous else typed["phone"]},
            "authority_evidence": typed["authority"],
            "answer_channel": "none" if anonymous else typed["answer"],
            "lang": browser_lang(),
            "confirmed_by": "own",
            "files": files,
        }
        if request_["answer_channel"] not in (*ANSWERS, "none"):
            request_.pop("answer_channel")
        env["hcrm.complaint"].with_company(company)._take_in([request_])
        env.flush_all()  # else what is reckoned last bears the name of who is logged in
