import logging

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL, clean_context
from odoo.tools.misc import split_every

from .hcrm_escalation_rule import FACT_FIELDS, FACTS

_logger = logging.getLogger(__name__)

WATCHED = "hcrm_complaint.ladder"
BATCH = 50


class HcrmComplaintLadderMixin(models.AbstractModel):
    """Passes cases up by rule: at once for what is written, by the job for what time brings."""

    _name = "hcrm.complaint.ladder.mixin"
    _description = "Ladder of Cases"

    raise_ids = fields.One2many(
        "hcrm.complaint.raise", "complaint_id", string="Passed up by rules", readonly=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        cases.filtered(lambda case: case._has_fact())._watch_ladder()
        return cases

    def _has_fact(self):
        """True if a rule that judges facts could hold at all: most new cases have none."""
        return self.harm != "0" or any(self[name] for name in FACT_FIELDS - {"harm", "kind"})

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & FACT_FIELDS:
            self._watch_ladder()
        return result

    def _watch_ladder(self):
        """Judge these cases at the end of the transaction, all of them at once.

        Not before: who writes that there was harm still reads what they saved, though the case
        then goes to a desk that is not theirs.
        """
        if not self:
            return
        waiting = self.env.cr.precommit.data
        if WATCHED not in waiting:
            waiting[WATCHED] = set()
            system = self.sudo().with_context(clean_context(self.env.context))
            self.env.cr.precommit.add(system.browse()._climb_watched)
        waiting[WATCHED].update(self.ids)

    def _climb_watched(self):
        ids = self.env.cr.precommit.data.pop(WATCHED, ())
        rules = self.env["hcrm.escalation.rule"].search(
            [("ground", "in", [ground for ground, _label in FACTS])]
        )
        if rules and (cases := self.browse(sorted(ids)).exists()):
            self._climb(rules._find_by_fact(cases))

    @api.model
    def _cron_climb(self):
        """Bring home what lies where nobody works, then pass up what the rules say."""
        self._rescue_orphans()
        found = self.env["hcrm.escalation.rule"]._find_due()
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=len(found))
        for batch in split_every(BATCH, [case.id for case in found], self.browse):
            batch._climb_safely(found)
            if not commit(len(batch)):
                break

    def _climb_safely(self, found):
        """Pass up a batch; what somebody works on at this moment comes with the next run."""
        try:
            with self.env.cr.savepoint():
                free = self.try_lock_for_update()
                free._climb(free._find_still_due(found))
        except SerializationFailure:
            _logger.info("Cases changed while they were passed up: the next run looks again")

    def _find_still_due(self, found):
        """Return {case: rules} of these cases without what ended or was done since it was found:
        another job, or whoever works on the case, may have committed meanwhile.
        """
        still = {
            case: found[case].filtered(
                lambda rule, case=case: case.filtered_domain(rule._get_case_domain())
            )
            for case in self
        }
        return self.env["hcrm.escalation.rule"]._leave_out_done(still)

    # CLIMBING

    @api.model
    def _climb(self, found):
        """Pass up {case: rules}: one rung, however many rules hold. Under sudo.

        What a rule did is written first, once: of two that come at the same moment the second
        fails to serialize, is tried again and finds it done.
        """
        if not found:
            return
        targets = self._find_targets(found)
        self._note_raises(found, targets)
        groups = {}
        for case, rules in found.items():
            key = (rules, case.company_id, bool(targets[case]))
            groups[key] = groups.get(key, self.browse()) | case
        for (rules, company, is_moved), cases in groups.items():
            lang = company.partner_id.lang or self.env.lang
            told, cases = rules.with_context(lang=lang), cases.with_context(lang=lang)  # noqa: PLW2901
            names = ", ".join(told.mapped("name"))
            reason = "; ".join(rule._explain() for rule in told)
            if is_moved:
                cases._pass_up(reason, names, highest=max(rules.mapped("highest")))
                if any(rules.mapped("is_told")):
                    cases._tell_desk(names)
            else:
                cases._tell_nobody_above(names, reason)

    @api.model
    def _find_targets(self, found):
        """Return {case: desk above, or none within the rungs to which its rules may go}."""
        above = self.browse([case.id for case in found])._find_desks_above()
        targets = {}
        for case, rules in found.items():
            highest = max(rules.mapped("highest"))
            targets[case] = above[case].filtered(lambda desk, top=highest: desk.level <= top)
        return targets

    @api.model
    def _note_raises(self, found, targets):
        """Write down which rule acted on which case, in one statement."""
        now = self._now()
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s)",
                case.id,
                case.company_id.id,
                rule.id,
                case.reopened_count,
                now,
                case.desk_id.id,
                targets[case].id or None,
            )
            for case, rules in found.items()
            for rule in rules
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_complaint_raise
                       (complaint_id, company_id, rule_id, turn, raised_at, from_desk_id, desk_id)
                VALUES %s ON CONFLICT DO NOTHING
                """,
                SQL(", ").join(rows),
            )
        )
        self.env["hcrm.complaint.raise"].invalidate_model()
        self.invalidate_model(["raise_ids"], flush=False)

    def _leave_accused_desks(self):
        """Pass up what lies where only those it is about work: nobody else would see it."""
        reason = self.env._("Everybody at the desk is complained about")
        for case in self.filtered(lambda one: one.accused_user_ids and one.is_open):
            desk = case.desk_id
            if desk.is_outside or desk.member_ids - case.accused_user_ids or not case.handover_ids:
                continue
            if not case._pass_up(reason, highest="4"):
                case._tell_nobody_above(reason, reason)

    # TELLING

    def _tell_desk(self, names):
        """Tell everybody at the desk that has the case now: its number and the rule, no more."""
        for case in self:
            partners = (case.desk_id.member_ids - case.accused_user_ids).partner_id
            if partners:
                case.message_notify(
                    partner_ids=partners.ids,
                    subject=self.env._("Passed up to you: %(number)s", number=case.number),
                    body=self.env._(
                        "%(rule)s: this case is now at “%(desk)s”.",
                        rule=names,
                        desk=case.desk_id.name,
                    ),
                )

    def _tell_nobody_above(self, names, reason):
        """Ask somebody to decide about cases for which the ladder has no rung left."""
        for case in self:
            decider = case._find_decider()
            if not decider:
                _logger.warning("Nobody is there to decide about case %s", case.intake_number)
                continue
            case.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=decider.id,
                summary=self.env._("%(rule)s: nobody sits above", rule=names),
                note=self.env._(
                    "%(reason)s. Give the case to somebody who can decide, and name a desk "
                    "above in “Desks and ladder”.",
                    reason=reason,
                ),
            )

    def _find_decider(self):
        """Return a service manager whom the case is not about; else an officer."""
        managers = self.env.ref("hcrm_base.group_service_manager").all_user_ids
        here = managers.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        ).sorted("id")
        office = self.env["hcrm.complaint.desk"]._find_offices(self.company_id)[self.company_id]
        return ((here | office.member_ids) - self.accused_user_ids)[:1]
