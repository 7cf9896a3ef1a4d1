from odoo import models
from odoo.tools import format_date

from odoo.addons.hcrm_base.tools import phone


class HcrmComplaintAnswerWordingMixin(models.AbstractModel):
    """The words of an answer, in the language of who reads it."""

    _name = "hcrm.complaint.answer.wording.mixin"
    _description = "Wording of Answers"

    def _get_lang(self):
        case = self.sudo().complaint_id
        person = case.complainant_ids
        lang = person.lang or person.partner_id.lang or case.company_id.partner_id.lang
        return lang or "zh_CN"

    def _env(self):
        return self.with_context(lang=self._get_lang()).env

    # PROPOSALS

    def _word_proposal(self):
        """Return the text between salutation and signature, as a clerk would begin it."""
        if self.purpose == "refusal":
            return self._word_refusal()
        if self.purpose == "interim":
            return self._word_interim()
        if self.complaint_id.kind in ("complaint", "misconduct"):
            return self._word_outcome()
        return self._word_thanks()

    def _word_outcome(self):
        env = self._env()
        found = {
            "upheld": env._("We have looked into what you told us. You were right."),
            "partly": env._(
                "We have looked into what you told us. In part we found it to be as you said."
            ),
            "not_upheld": env._(
                "We have looked into what you told us. From what we could find out, the rules "
                "were kept; we know that this is not how you experienced it."
            ),
            "withdrawn": env._(
                "You let us know that the matter is settled for you, and we have closed it."
            ),
        }
        lines = [found.get(self.conclusion) or env._("We have looked into what you told us.")]
        if self.is_apology:
            lines.append(env._("For the trouble that this has caused you we sincerely apologise."))
        if (self.remedy or "").strip():
            lines.append(env._("What we have done: %s", self.remedy.strip()))
        if self.conclusion != "withdrawn":
            lines.append(
                env._(
                    "If you do not agree with this answer, please come to us again. You may also "
                    "turn to people's mediation, to the health authority or to a court."
                )
            )
        return "\n".join(lines)

    def _word_refusal(self):
        env = self._env()
        ground = self.ground_id.with_env(env)
        lines = [
            env._("Thank you for telling us. We have looked at your message carefully."),
            ground.advice,
            ground.basis and env._("The rule for this: %s", ground.basis),
        ]
        return "\n".join(filter(None, lines))

    def _word_interim(self):
        env, case = self._env(), self.complaint_id
        due = case.next_due_at
        if not due:
            return env._("We are still looking into what you told us and will answer you.")
        day = format_date(env, due, lang_code=self._get_lang(), date_format="long")
        return env._(
            "We are still looking into what you told us. You can expect our answer by %(day)s.",
            day=day,
        )

    def _word_thanks(self):
        env = self._env()
        lines = {
            "praise": env._(
                "Thank you for your kind words. We have passed them on to those you praised and "
                "to their head."
            ),
            "suggestion": env._("Thank you for your suggestion."),
        }
        lines = [lines.get(self.complaint_id.kind) or env._("Thank you for your question.")]
        if (self.remedy or "").strip():
            lines.append(self.remedy.strip())
        return "\n".join(lines)

    # AROUND IT

    def _word_subject(self):
        return self._env()._("Our answer to what you told us")

    def _word_salutation(self):
        """Return who is addressed; by the sex only where it is known."""
        env, person = self._env(), self.complaint_id.complainant_ids
        name = person.partner_id.name or person.complainant_name
        if not name:
            return env._("Dear Sir or Madam,")
        if person.partner_id.sex == "female":
            return env._("Dear Ms %s,", name)
        if person.partner_id.sex == "male":
            return env._("Dear Mr %s,", name)
        return env._("Dear %s,", name)

    def _word_closing(self):
        """Return the lines before the signature; a Chinese letter has two."""
        return self._env()._("Yours sincerely,").split("|")

    def _word_whole(self):
        """Return the letter as plain text."""
        case, env = self.complaint_id, self._env()
        number = env._("Number: %s", case.number)
        closing = self._word_closing()
        name = case.company_id.with_env(env).name
        return "\n".join([self._word_salutation(), self.text or "", *closing, name, number])

    def _word_notice(self):
        """Return the text message: that there is an answer, and where."""
        env, case = self._env(), self.complaint_id
        words = env._("There is an answer to what you told us: %s", "{secure_link}")
        rate = self._get_rating_address()
        if rate:
            words += " " + env._("Tell us how we did: %s", rate)
        return case._get_signature() + words

    def _word_call(self):
        """Return what is spoken: whoever picks up learns that there is an answer."""
        env, company = self._env(), self.complaint_id.company_id
        return env._(
            "This is %(hospital)s. There is an answer to the message you left with us. To hear it, "
            "please call %(phone)s and have your number and your PIN at hand.",
            hospital=company.with_env(env).name,
            phone=phone.national(company.phone or ""),
        )

    def _get_rating_address(self):
        """Return where the person rates how it was dealt with; nothing where nothing is rated."""
        if self.purpose != "outcome":
            return ""
        return self.complaint_id._get_rating_address()
