from collections import defaultdict
from datetime import datetime, time

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.tools import SQL, plaintext2html

from .hcrm_communication_text_mixin import TEXT_READERS

ACTIVITY = "hcrm_communication.mail_activity_type_unreached"
#: Parameter that names, for a hospital, who sees to patients without a responsible person.
CARE_USER = "hcrm_communication.care_user_"
UNSENT = ("failed", "refused", "expired")


class HcrmCommunicationCareMixin(models.AbstractModel):
    """Care that ended unsent: somebody is asked to reach the person another way.

    An activity on the message, not on the contact: who may read the one may know of the other. One
    for a person, however many messages ended, while it is open and for the rest of the day.
    """

    _name = "hcrm.communication.care.mixin"
    _description = "Care That Did Not Arrive"
    _inherit = ["hcrm.quiet.activity.mixin"]

    is_mine_to_settle = fields.Boolean(compute="_compute_is_mine_to_settle")

    @api.depends("activity_ids.user_id")
    @api.depends_context("uid")
    def _compute_is_mine_to_settle(self):
        for message in self:
            message.is_mine_to_settle = self.env.user in message.sudo().activity_ids.user_id

    def action_reached(self):
        """The person knows by another way: the activity is done."""
        self.check_access("read")
        mine = self.sudo().activity_ids.filtered(lambda one: one.user_id == self.env.user)
        mine.with_user(self.env.user).action_feedback(feedback=self.env._("Reached another way"))

    def _ask_somebody(self):
        """Ask the responsible person about each of the patients, once."""
        unsent = self.sudo().filtered(lambda message: message.state in UNSENT)
        silent = self.env["hcrm.outbox"].sudo()._find_silent(unsent)
        unsent = unsent.filtered(lambda message: message.id not in silent)
        public = self.env.ref("base.public_user")
        for company, messages in unsent.grouped("company_id").items():
            known = messages._find_asked(company)
            people, named = self._get_people(company), self._get_care_user(company)
            calls = defaultdict(list)  # of one user, for one reason: made together
            for person, about in messages.grouped("subject_id").items():
                user = self._choose(person, named, people)
                if user and person.id not in known:  # without one it stays a dead letter only
                    why = about.with_context(lang=user.lang)._say_unsent(public)
                    calls[user, why].append(about.ids[0])
            for (user, why), ids in calls.items():
                messages.browse(ids)._schedule_calls(user, why)

    def _find_asked(self, company):
        """Return ids of persons about whom somebody was asked today or has not done it yet."""
        zone = timezone(company._hcrm_zone())
        today = datetime.combine(datetime.now(zone), time())
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT asked.subject_id
                  FROM mail_activity AS activity
                  JOIN hcrm_communication AS asked ON asked.id = activity.res_id
                 WHERE activity.res_model = 'hcrm.communication'
                   AND activity.activity_type_id = %(type)s
                   AND asked.company_id = %(company)s AND asked.subject_id = ANY(%(persons)s)
                   AND (activity.active OR activity.create_date >= %(today)s)
                """,
                type=self.env.ref(ACTIVITY).id,
                company=company.id,
                persons=self.subject_id.ids,
                # by Python's zones: one that PostgreSQL does not know would ask nobody at all
                today=zone.localize(today).astimezone(utc).replace(tzinfo=None),
                to_flush=self.env["mail.activity"]._fields["active"],
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _get_people(self, company):
        """Return the users of a hospital who may read messages of care: nurses first, and
        administrators, who have every role, last.
        """
        people = self.env["res.users"].sudo()
        for name in TEXT_READERS["care"]:
            if name != "base.group_portal":
                people |= self.env.ref(name).sudo().all_user_ids.sorted("id")
        present = people.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        return present.sorted(lambda user: user.has_group("base.group_system"))

    @api.model
    def _get_care_user(self, company):
        """Return whom the settings of a hospital name for patients who have nobody."""
        told = self.env["ir.config_parameter"].sudo().get_param(f"{CARE_USER}{company.id}")
        return self.env["res.users"].sudo().browse(int(told or 0)).exists()

    @api.model
    def _choose(self, person, named, people):
        """Return who is responsible: for the person, for all who have nobody, else a nurse."""
        for user in (person.user_id, named):
            if user in people:
                return user
        return people[:1]

    def _schedule_calls(self, user, why):
        """Put these messages, one for each person, on the list of ``user``."""
        told = self.with_context(lang=user.lang, mail_activity_quick_update=True)
        activities = told.activity_schedule(
            ACTIVITY,
            fields.Date.context_today(self.with_context(tz=user.tz)),
            summary=told.env._("A message did not go: reach the person another way"),
            note=plaintext2html(why),
            user_id=user.id,
        )
        # Odoo would put the first words of the message there, and keep them for all who may see it
        for activity, message in zip(activities, told, strict=True):
            activity.res_name = message.subject_id.name

    def _say_unsent(self, public):
        """Return why these messages did not go, as for ``public``: others read it, too."""
        reader = self.env["hcrm.contact.reason.mixin"].with_user(public)
        names = dict(self._fields["state"]._description_selection(self.env))
        lines = []
        for message in self:
            decided = [
                reason
                for reason in message.reasons or ()
                if reason[1].get("effect") in ("refuse", "next_channel")
            ]
            if decided and (message.state == "refused" or message.failure_code == "no_address"):
                lines.append(reader.sudo()._brief(decided))
            else:
                lines.append(message.failure_code and message.why or names[message.state])
        return "\n".join(dict.fromkeys(lines))
