from ast import literal_eval

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formatLang

from ..tools import segment_privacy
from .access_log_writer import AccessLogWriter
from .segment_rule import SegmentRule

PREVIEW_LIMIT = 10_000
#: How the access log calls a question of an analyst, and how many there may be in 24 hours.
QUESTION = "segment rule"
QUESTIONS_A_DAY = 200


class HcrmSegmentQuestionMixin(models.AbstractModel):
    """What a rule would find, while it is being written; and how many rules may be tried.

    Who writes many rules and compares the answers narrows a group down, in the end to one person.
    Analysts may see nobody: their previews are told in full tens, so many rules a day are
    answered, and each is in the access log with its question.
    """

    _name = "hcrm.segment.question.mixin"
    _description = "Trying Rules of Segments"

    @api.model
    def preview_rule(self, rule):
        """Return how many customers the rule finds with the user's own rights, or what is wrong.

        :param rule: the domain as text
        :return: ``{"size": text, "error": text}``
        """
        self.check_access("create")
        try:
            asked = SegmentRule(self.env.user, self.env.company, rule)
            if asked.is_pseudonymous and not self._may_ask():
                return {"size": self.env._("not counted any more today"), "error": ""}
            found = asked.count(limit=PREVIEW_LIMIT + 1)
        except (UserError, ValueError, TypeError, NotImplementedError) as error:
            return {"size": "", "error": str(error)}
        if asked.is_pseudonymous:
            self._note_question(rule)
        return {"size": self._format_preview(found, asked.is_pseudonymous), "error": ""}

    def _format_preview(self, found, is_coarse):
        if found > PREVIEW_LIMIT:
            return f"{formatLang(self.env, PREVIEW_LIMIT, digits=0)}+"
        if not is_coarse:
            return formatLang(self.env, found, digits=0)
        if found < segment_privacy.K:
            return self.env._("fewer than %s", segment_privacy.K)
        number = formatLang(self.env, segment_privacy.coarse(found), digits=0)
        return self.env._("about %s", number)

    @api.model
    def get_rule_fields(self):
        """Return the fields that the user's rules may ask for; None: all that the user may read."""
        if SegmentRule.is_for_analyst(self.env.user):
            return sorted(self.env["res.partner"]._hcrm_segment_fields())
        return None

    def _count_questions(self):
        """Note the rules that an analyst keeps; refuse those beyond the number of a day."""
        if not SegmentRule.is_for_analyst(self.env.user):
            return
        for segment in self.sudo().filtered(lambda segment: segment.kind == "rule"):
            if not segment._may_ask():
                raise UserError(
                    self.env._(
                        "You tried %s rules in a day. Comparing so many answers would tell about "
                        "persons: go on tomorrow.",
                        self._get_question_limit(),
                    )
                )
            segment._note_question(segment.domain_stored)

    @api.model
    def _may_ask(self):
        [(asked,)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FROM hcrm_access_log
                 WHERE user_id = %s AND at >= %s - interval '1 day' AND detail = %s
                """,
                self.env.uid,
                self.env.cr.now(),
                QUESTION,
            )
        )
        return asked < self._get_question_limit()

    @api.model
    def _get_question_limit(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return int(parameters.get_param("hcrm_base.segment_questions_a_day", QUESTIONS_A_DAY))

    @api.model
    def _note_question(self, rule):
        AccessLogWriter.of(self.env.cr).add(
            self.env,
            "res.partner",
            kind="aggregate",
            detail=QUESTION,
            domain=literal_eval(rule),
        )
