import time

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.hcrm_complaint import KINDS
from ..tools import file_names, form_files, form_token, numbers
from .public_page import browser_lang, database_secret, render

#: Cases of one address, of one phone, and of all: (limit, seconds).
LIMITS = {"address": ((6, 3600), (20, 86400)), "phone": ((6, 86400),), "all": ((600, 3600),)}
MOST_WORDS = 8000
#: Kept when the form is shown again, each at most so long.
FIELDS = {
    "kind": 20, "text": MOST_WORDS, "happened": 10, "department": 80, "staff": 80, "topic": 20,
    "name": 60, "phone": 30, "email": 100, "relation": 10, "patient": 60, "authority": 200,
    "answer": 10, "anonymous": 5,
}  # fmt: skip
RELATIONS = ("self", "family", "guardian", "agent", "other")
ANSWERS = ("sms", "voice", "email", "letter")


class ComplaintForm(http.Controller):
    """``/complaint``: without a login, a script or a cookie. What was typed is never lost."""

    @http.route("/complaint", type="http", auth="public", methods=["GET"], sitemap=True)
    def form(self, **query):
        """An empty form with a mark of its own."""
        typed = {"kind": query.get("kind", "complaint"), "relation": "self"}
        return self._show(typed, [])

    @http.route("/complaint", type="http", auth="public", methods=["POST"], csrf=False)
    def send(self, **form):
        """Take it in, once for one mark; then a page of its own, which may be loaded again."""
        typed = {
            name: str(form.get(name) or "").replace("\x00", "")[:most].strip()
            for name, most in FIELDS.items()
        }
        files, wrong = self._read_files()
        wrong = [*self._find_wrong(typed), *wrong, *self._find_spam(form, typed)]
        if wrong:
            return self._show(typed, wrong, mark=form.get("mark"))
        secret, mark = database_secret(), str(form["mark"])
        pin = form_token.pin(secret, mark)
        try:
            case = self._take_in(typed, files, mark, pin)
        except UserError as error:
            return self._show(typed, [error.args[0]], mark=mark)
        return render("form_done", number=case.number, pin=pin, typed=typed)

    def _show(self, typed, wrong, mark=""):
        secret, now = database_secret(), time.time()
        if form_token.judge(secret, mark, now) not in (form_token.FRESH, form_token.QUICK):
            mark = form_token.make(secret, now)
        env = request.env(context={**request.env.context, "lang": browser_lang()})
        cases, persons = env["hcrm.complaint"], env["hcrm.complaint.complainant"]
        relations = dict(persons._fields["relation"]._description_selection(env))
        answers = dict(persons._fields["answer_channel"]._description_selection(env))
        topics = env["hcrm.complaint.topic"].sudo().search([("is_public", "=", True)])
        return render(
            "form_page",
            status=422 if wrong else 200,
            typed=typed,
            wrong=[str(one) for one in wrong],
            mark=mark,
            kinds=cases._fields["kind"]._description_selection(env),
            topics=[(topic.code, topic.name) for topic in topics],
            relations=[(code, relations[code]) for code in RELATIONS],
            answers=[(code, answers[code]) for code in ANSWERS],
            departments=self._get_departments(env),
            most_files=form_files.MOST_FILES,
        )

    @staticmethod
    def _get_departments(env):
        """Return the names that everybody reads over the doors."""
        departments = env["hr.department"].sudo()
        found = departments.search(
            [("company_id", "in", (env.company.id, False)), ("hcrm_class", "!=", False)]
        )
        return found.mapped("name")

    # CHECKS

    def _find_wrong(self, typed):
        """Return what is missing, in words that say what to do."""
        env = request.env(context={**request.env.context, "lang": browser_lang()})
        wrong = []
        if len(typed["text"]) < 2:
            wrong.append(env._("Write what happened."))
        if typed["kind"] not in dict(KINDS):
            wrong.append(env._("Choose what it is."))
        anonymous = bool(typed["anonymous"])
        if not anonymous and not typed["name"]:
            wrong.append(env._("Write your name, or choose to stay anonymous."))
        if not anonymous and not (typed["phone"] or typed["email"]):
            wrong.append(env._("Write a phone number or an e-mail address, or stay anonymous."))
        if typed["relation"] not in RELATIONS:
            wrong.append(env._("Say who you are to the patient."))
        elif typed["relation"] != "self" and not anonymous and not typed["patient"]:
            wrong.append(env._("Write the name of the patient for whom you write."))
        return wrong

    def _find_spam(self, form, typed):
        """Count this form; return why it is not taken."""
        env = request.env(context={**request.env.context, "lang": browser_lang()})
        judged = form_token.judge(database_secret(), form.get("mark"), time.time())
        if form.get("website") or judged == form_token.FORGED:
            return [env._("Please send the form once more.")]
        if judged == form_token.QUICK:
            return [env._("That was very quick: read it through, then send it once more.")]
        if judged == form_token.OLD:
            return [env._("The form was open for more than a day: please send it once more.")]
        counts = request.env["hcrm.rate.count"].sudo()
        who = {
            "address": request.httprequest.remote_addr,
            "phone": numbers.fold(typed["phone"]),
            "all": "all",
        }

        def is_over(what):
            asked = [
                counts._is_too_often(f"complaint-form-{what}", who[what], *limit)
                for limit in LIMITS[what]
                if who[what]
            ]
            return any(asked)

        # one address that floods does not use up what all may send
        over = is_over("address") | is_over("phone") or is_over("all")
        if over:
            return [env._("Too many forms came from here. Please call us, or try again later.")]
        return []

    def _read_files(self):
        """Return (files, what is wrong with them); nothing is unpacked or looked into deeply."""
        env = request.env(context={**request.env.context, "lang": browser_lang()})
        files, wrong = [], []
        sent = [one for one in request.httprequest.files.getlist("files") if one.filename]
        if len(sent) > form_files.MOST_FILES:
            wrong.append(env._("Send at most %s files.", form_files.MOST_FILES))
            sent = []
        for one in sent:
            one.stream.seek(0)  # read before, if the request is tried again
            content = one.stream.read(form_files.MOST_BYTES + 1)
            kind = form_files.kind_of(content)
            name = file_names.plain(one.filename, kind[1] if kind else "")
            if len(content) > form_files.MOST_BYTES:
                wrong.append(env._("%s is larger than 20 MB.", name))
            elif not kind:
                wrong.append(env._("%s: send photographs, PDF or sound recordings only.", name))
            else:
                files.append((name, kind[0], content))
        return files, wrong

    def _take_in(self, typed, files, mark, pin):
        env = request.env(context={**request.env.context, "lang": browser_lang()})
        anonymous = bool(typed["anonymous"])
        topic = (
            env["hcrm.complaint.topic"]
            .sudo()
            .search([("code", "=", typed["topic"]), ("is_public", "=", True)], limit=1)
        )
        text = typed["text"]
        if typed["happened"]:
            text = env._("%(text)s\n\nHappened on: %(day)s", text=text, day=typed["happened"])
        told = {"name": typed["name"], "phone": typed["phone"], "email": typed["email"]}
        request_ = {
            "kind": typed["kind"],
            "channel": "web",
            "text": text,
            "key": f"web/{mark}",
            "pin": pin,
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
        return env["hcrm.complaint"].sudo()._take_in([request_])
