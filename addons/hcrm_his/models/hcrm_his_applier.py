from odoo import api, models

from ..tools.hl7_reader import Hl7Error
from ..tools.working_set import Outcome, WorkingSet

#: What no bulk path of Odoo's contacts may do for a message.
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "no_vat_validation": True,
    "active_test": False,
    "hcrm_typed": False,  # what is written now was told by a system
}


class HcrmHisApplier(models.AbstractModel):
    """Applies canonical events to customers, visits and facts.

    A batch costs a handful of queries whatever its size: everything it names is loaded, changed in
    memory in the order of the messages, and written once.
    """

    _name = "hcrm.his.applier"
    _description = "Application of Messages"
    _inherit = [
        "hcrm.his.applier.hospital.mixin",
        "hcrm.his.applier.erased.mixin",
        "hcrm.his.applier.person.mixin",
        "hcrm.his.applier.visit.mixin",
        "hcrm.his.applier.fact.mixin",
    ]

    @api.model
    def _apply_sudo(self, items):
        """Apply ``(message id, event)`` pairs in order, with the rights of the system.

        What one of them may not tell raises Hl7Error with its ``message_id``: all or nothing.

        :return: list of :class:`Outcome`, in the order of the items
        """
        allowed, outcomes, refused = self._set_apart_sudo(items)
        for message_id, error in refused:
            error.message_id = message_id
            raise error
        outcomes += self._apply_runs_sudo(allowed)
        order = {message_id: number for number, (message_id, _event) in enumerate(items)}
        return sorted(outcomes, key=lambda outcome: order[outcome.message_id])

    @api.model
    def _apply_allowed_sudo(self, items):
        """Apply what may be told; return (outcomes, [(message id, why it is refused)])."""
        allowed, outcomes, refused = self._set_apart_sudo(items)
        return outcomes + self._apply_runs_sudo(allowed), refused

    @api.model
    def _set_apart_sudo(self, items):
        """Return (items to apply, outcomes of those about the erased, those refused)."""
        applier_sudo = self.sudo().with_context(**QUIET)
        items, forgotten = applier_sudo._set_aside_erased(items)
        items, refused = applier_sudo._sift_numbers(items)
        applier_sudo._leave_out_erased(items)
        return items, forgotten, refused

    @api.model
    def _apply_runs_sudo(self, items):
        applier_sudo = self.sudo().with_context(**QUIET)
        outcomes = []
        for has_merges, run in _runs(items):
            apply = applier_sudo._apply_merges if has_merges else applier_sudo._apply_run
            outcomes += apply(run)
        self.env.flush_all()
        return outcomes

    @api.model
    def _apply_run(self, items):
        working = self._load(items)
        outcomes = []
        for message_id, event in items:
            outcome = Outcome(message_id, warnings=list(event.warnings))
            try:
                self._tell(working, event, outcome)
            except Hl7Error as error:
                error.message_id = message_id
                raise
            outcomes.append(outcome)
        self._write(working)
        return outcomes

    @api.model
    def _tell(self, working, event, outcome):
        outcome.person = self._tell_patient(working, event, outcome)
        outcome.visit = self._tell_visit(working, event, outcome.person, outcome)
        self._tell_facts(working, event, outcome.person, outcome.visit, outcome)
        outcome.known = _known(outcome)

    @api.model
    def _load(self, items):
        working = WorkingSet()
        events = [event for _message_id, event in items]
        self._load_persons(working, events)
        self._load_visits(working, events)
        self._load_facts(working, events)
        return working

    @api.model
    def _write(self, working):
        self._write_persons(working)
        self._write_visits(working)
        self._write_facts(working)

    @api.model
    def _apply_merges(self, items):
        """Merges change who is who: each is applied by itself."""
        return [self._apply_merge(message_id, event) for message_id, event in items]

    @api.model
    def _apply_merge(self, message_id, event):
        outcome = Outcome(message_id, warnings=list(event.warnings))
        for merge in event.merges:
            working = WorkingSet()
            self._load_persons(working, [event])
            survivor = self._tell_person(working, merge.survivor, event, outcome, kind="patient")
            retired = [working.numbers.get(self._number_key(one)) for one in merge.retired]
            unknown = [
                one for one, state in zip(merge.retired, retired, strict=True) if state is None
            ]
            self._tell_numbers(working, survivor, unknown, outcome, use="old")
            self._write_persons(working)
            known = [state for state in retired if state]
            self._merge_persons(survivor, known, event.source, outcome)
            outcome.person = survivor
        return outcome

    @api.model
    def _merge_persons(self, survivor, retired, source, outcome):
        """Merge the retired persons into the survivor; one and the same is passed over."""
        for state in retired:
            self._check_known_in(state, source)
        partners = self.env["res.partner"]
        absorbed = partners.browse({one.partner_id for one in retired if one is not survivor})
        if absorbed:
            self._check_absorbed(absorbed, source)
            partner = partners.browse(survivor.partner_id)
            partner._hcrm_merge(absorbed, reason=f"HL7 A40 #{outcome.message_id}", force=True)


def _known(outcome):
    """Return which of the things told about there were before: the person, the visit, the facts."""
    visit = outcome.visit
    facts = [bool(state.row_id) for state in outcome.facts]
    return (bool(outcome.person.partner_id), bool(visit and visit.encounter_id), *facts)


def _runs(items):
    """Yield (has merges, consecutive items) so that merges stand alone.

    >>> from types import SimpleNamespace as Event
    >>> merge, plain = Event(merges=[1]), Event(merges=[])
    >>> [(flag, len(run)) for flag, run in _runs([(1, plain), (2, plain), (3, merge), (4, plain)])]
    [(False, 2), (True, 1), (False, 1)]
    """
    run, flag = [], False
    for item in items:
        has_merges = bool(item[1].merges)
        if run and has_merges != flag:
            yield flag, run
            run = []
        flag = has_merges
        run.append(item)
    if run:
        yield flag, run
