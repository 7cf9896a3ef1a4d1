import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import consteq, hmac

TOKEN = re.compile(r"([1-9]\d{0,9})-(\d{1,3})-([0-9a-f]{32})")
#: So long after the answer the page is open.
DAYS_TO_RATE = 90
#: So long after the answer we remind, once; not of what is older.
DAYS_TO_REMIND, DAYS_TOO_LATE = 7, 30
#: So many reminders in one go.
BATCH = 1000
#: Of five; up to this somebody else calls the person.
BAD = 2
RATED = ("answered", "closed")
SECRET = "hcrm_complaint_rating"


class HcrmComplaintRatingMixin(models.AbstractModel):
    """How content the person is, told without login on a page of this one case.

    The link can be made again at any time, because nothing of it is kept: it is signed by the
    database and stands for one answer. The rating names nobody.
    """

    _name = "hcrm.complaint.rating.mixin"
    _description = "Rating of Cases"

    rated_at = fields.Datetime(string="Rated on", readonly=True, copy=False)
    is_settled = fields.Selection(
        selection=[("yes", "Settled"), ("partly", "Settled in part"), ("no", "Not settled")],
        string="Settled for the person", readonly=True, copy=False,
    )  # fmt: skip
    # in the person's own words: departments know the mark only
    rating_last_feedback = fields.Text(
        groups="hcrm_base.group_officer,hcrm_base.group_service_manager"
    )
    reminded_at = fields.Datetime(string="Reminded on", readonly=True, copy=False)

    _unrated_idx = models.Index(
        "(answered_at) WHERE rated_at IS NULL AND reminded_at IS NULL"
        " AND state IN ('answered', 'closed')"
    )

    # THE LINK

    def _get_rating_address(self):
        """Return the address of the page, as long as there is something to rate. Under sudo."""
        self.ensure_one()
        if not self._may_be_rated():
            return ""
        return f"{self.company_id.get_base_url()}/feedback/rate/{self._get_rating_token()}"

    def _may_be_rated(self):
        limit = fields.Datetime.now() - timedelta(days=DAYS_TO_RATE)
        return (
            self.kind != "praise"
            and self.state in RATED
            and not self.rated_at
            and bool(self.answered_at and self.answered_at > limit)
        )

    def _get_rating_token(self):
        told = (self.id, self.reopened_count)
        signed = hmac(self.env(su=True), SECRET, told)[:32]
        return f"{self.id}-{self.reopened_count}-{signed}"

    @api.model
    def _find_rated(self, token):
        """Return the case of a token under sudo, or nothing; whether it is rated tells the case."""
        match = TOKEN.fullmatch(token or "")
        cases_sudo = self.env["hcrm.complaint"].sudo()
        case = cases_sudo.browse(int(match[1]) if match else 0).exists()
        # compared for unknown numbers, too: how long it takes tells nothing
        told = (int(match[1]), int(match[2])) if match else (0, 0)
        is_right = consteq(hmac(self.env(su=True), SECRET, told)[:32], match[3] if match else "")
        if not (is_right and case and case.reopened_count == told[1] and case.state in RATED):
            return cases_sudo
        limit = fields.Datetime.now() - timedelta(days=DAYS_TO_RATE)
        return case if case.answered_at and case.answered_at > limit else cases_sudo

    # RATING

    def _rate(self, score, settled="", words=""):
        """Take the rating of one case, once; who is not content is called by somebody else.

        :return: False if it was rated before. Under sudo.
        """
        self.ensure_one()
        self._lock_cases()
        self.invalidate_recordset(["rated_at"])
        if self.rated_at:
            return False
        self.write({"rated_at": fields.Datetime.now(), "is_settled": settled or False})
        self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(self._name),
                "res_model": self._name,  # the mark of the case is looked up by it at once
                "res_id": self.id,
                "rating": score,
                "feedback": words or False,
                "consumed": True,
                "partner_id": False,
                "rated_partner_id": False,
            }
        )
        if score <= BAD or settled == "no":
            self._call_second()
        return True

    def _call_second(self):
        """Somebody who had no part in the answer calls the person once more. Under sudo."""
        self.activity_schedule(
            "hcrm_complaint.mail_activity_type_second_call",
            date_deadline=fields.Date.to_date(self._plan_working_days(1)),
            user_id=self._find_second_caller().id,
            note=self.env._("Not content with the answer. Listen; open the case again if need be."),
        )

    def _find_second_caller(self):
        """Return a member of the office who neither handled, wrote nor approved; managers first."""
        office = self.env["hcrm.complaint.desk"]._find_offices(self.company_id)[self.company_id]
        accused, had = self.accused_user_ids, self.user_id | self.answer_ids.writer_ids
        others = office.member_ids - accused - had
        fresh = others - self.answer_ids.approver_id
        manager = "hcrm_base.group_service_manager"
        ranked = (fresh or others).sorted(lambda user: (not user.has_group(manager), user.id))
        return ranked[:1] or self._first_at_work((office.member_ids | had) - accused)

    # ONE REMINDER

    @api.model
    def _cron_remind_to_rate(self):
        """Remind once who has not rated yet."""
        done, remaining = self._remind_batch()
        self.env["ir.cron"]._commit_progress(done, remaining=remaining)

    @api.model
    def _remind_batch(self):
        """Remind some; return how many, and how many are left."""
        now = fields.Datetime.now()
        domain = [
            ("state", "in", RATED),
            ("kind", "!=", "praise"),
            ("rated_at", "=", False),
            ("reminded_at", "=", False),
            ("answered_at", "<", now - timedelta(days=DAYS_TO_REMIND)),
            ("answered_at", ">", now - timedelta(days=DAYS_TOO_LATE)),
        ]
        cases = self.env["hcrm.complaint"].sudo().search(domain, limit=BATCH, order="answered_at")
        cases._remind_to_rate()
        return len(cases), 0 if len(cases) < BATCH else cases.search_count(domain)

    def _remind_to_rate(self):
        reached = self.filtered(lambda case: case._get_reminder_channels())
        self.env["hcrm.communication"]._ask([case._prepare_reminder() for case in reached])
        self.write({"reminded_at": fields.Datetime.now()})

    def _get_reminder_channels(self):
        """Return how to remind: nobody is written a letter for that."""
        person = self.complainant_ids
        if not person.partner_id or person.answer_channel in ("none", "letter"):
            return []
        return ["email", "sms"] if person.answer_channel == "email" else ["sms", "email"]

    def _prepare_reminder(self):
        person = self.complainant_ids
        lang = person.lang or person.partner_id.lang or self.company_id.partner_id.lang or "zh_CN"
        env = self.with_context(lang=lang).env
        words = env._(
            "Some days ago we answered what you told us. How did we do? %(link)s",
            link=self._get_rating_address(),
        )
        return {
            "recipient_id": person.partner_id.id,
            "subject_id": (person.patient_id or person.partner_id).id,
            "purpose": "service",
            "channels": self._get_reminder_channels(),
            "key": f"complaint/{self.id}/remind/{self.reopened_count}",
            "subject_line": env._("How did we do?"),
            "body": self._get_signature() + words,
            "is_secret": True,
            "is_rating": True,
            "res_model": self._name,
            "res_id": self.id,
            "company_id": self.company_id.id,
            "lang": lang,
        }
