"""Cells of POLICY §2 that the letters alone do not explain, each with what it means in code.

Key: (data class, column), or ("*", text) for a wording that means the same wherever it stands.
"""

from typing import NamedTuple


class Meaning(NamedTuple):
    """``rights`` in the grammar of the table; ``own_model``: tested by the addon of the model."""

    rights: str
    note: str
    own_model: bool = False


_METADATA = "rows are readable, the body is a field with groups of its own"
_OWN_KIND = "rows whose kind belongs to the role's desk; the owning addon's tests know the kinds"

SPECIAL = {
    # wordings that mean the same everywhere
    ("*", "agg"): Meaning(
        "–", "no row is readable; counts of ten persons and more come from the warehouse"
    ),
    ("*", "r metadata"): Meaning("r", _METADATA, own_model=True),
    ("*", "pseudonym"): Meaning("–", "pseudonymous tables carry no person; these rows are closed"),
    ("*", "rwc own kind"): Meaning("rwc own", _OWN_KIND, own_model=True),
    ("*", "own explanation when asked"): Meaning(
        "–", "the explanation is a row of its own, opened by the request for it", own_model=True
    ),
    # person
    ("person", "marketing"): Meaning(
        "r consented mask", "only persons with marketing_allowed, numbers masked"
    ),
    ("person", "portal"): Meaning(
        "rw own",
        "writes only the ways to reach the own contact: core would let a writer of more move it "
        "under another company and read that",
    ),
    # identity numbers
    ("identity", "officer"): Meaning(
        "rc mask", "types a new number and sees it masked from then on; may not change one"
    ),
    # charges
    ("charges", "vip_desk"): Meaning(
        "r own",
        "totals of everybody are written by the value run, which is not a reading of charges",
    ),
    # messages
    ("complaint", "service_manager"): Meaning("rwc", "archiving is a write; nobody deletes"),
    ("complaint", "vip_desk"): Meaning(
        "–", "an open-complaint flag on the own customer, no row", own_model=True
    ),
    ("complaint", "leader"): Meaning(
        "–", "rows passed up to the leader are rw; the rest is aggregates", own_model=True
    ),
    ("complaint", "public"): Meaning(
        "–",
        "the public form creates through a controller; status by number and PIN",
        own_model=True,
    ),
    ("complaint", "portal"): Meaning("rc own", "through the portal's pages", own_model=True),
    ("complainant", "department_head"): Meaning("–", "a logged opening shows it", own_model=True),
    ("complainant", "leader"): Meaning("–", "shown on rows passed up", own_model=True),
    ("complainant", "portal"): Meaning("rc own", "through the portal's pages", own_model=True),
    ("complainant", "public"): Meaning("–", "the public form creates it", own_model=True),
    ("template", "marketing"): Meaning(
        "rwc", "templates whose purpose is marketing; the others are closed", own_model=True
    ),
    # pathways, plans
    ("pathway", "nurse"): Meaning("r", "writes drafts only", own_model=True),
    ("pathway", "community_worker"): Meaning("r", "writes drafts only", own_model=True),
    ("pathway", "doctor"): Meaning("rwc", "signing is a method", own_model=True),
    ("plan", "service_manager"): Meaning("rwc", "clinical plans are closed", own_model=True),
    ("plan", "analyst"): Meaning("–", "publishing a finding creates them", own_model=True),
    # scores
    ("value_score", "officer"): Meaning("r", "the tier, not the amounts", own_model=True),
    ("value_score", "service_manager"): Meaning("r", "the tier, not the amounts", own_model=True),
    ("value_score", "nurse"): Meaning("r", "the tier, not the amounts", own_model=True),
    ("value_score", "doctor"): Meaning("r", "the tier, not the amounts", own_model=True),
    ("value_score", "vip_desk"): Meaning("rw", "creates runs, writes overrides", own_model=True),
    ("value_score", "marketing"): Meaning("–", "through segments only", own_model=True),
    ("value_score", "portal"): Meaning("r own", "the tier, not the amounts", own_model=True),
    # segments
    ("segment", "service_manager"): Meaning(
        "rwc",
        "of clinical segments the neutral name and the size in full tens; no change",
        own_model=True,
    ),
    ("segment", "marketing"): Meaning(
        "r",
        "name and size from ten on; of clinical segments those released, their neutral name and "
        "the size in full tens; never members",
        own_model=True,
    ),
    ("segment", "analyst"): Meaning(
        "rwc",
        "rules over fields that tell about nobody, sizes from ten on, members under a code that "
        "holds within one segment; of clinical segments what marketing sees",
        own_model=True,
    ),
    # warehouse
    ("warehouse", "service_manager"): Meaning("–", "own dashboards", own_model=True),
    ("warehouse", "department_head"): Meaning("–", "aggregates of the department", own_model=True),
    ("warehouse", "community_worker"): Meaning("–", "aggregates of own residents", own_model=True),
    # library, promises
    ("library", "doctor"): Meaning("rwc", "approving is a method", own_model=True),
    ("library", "portal"): Meaning("r", "and asks questions on the portal", own_model=True),
    ("library", "public"): Meaning("–", "published articles by the public pages", own_model=True),
    ("promise", "analyst"): Meaning("rc", "creates drafts", own_model=True),
    ("promise", "leader"): Meaning("r", "approving is a method", own_model=True),
    ("promise", "portal"): Meaning("–", "published ones by the public pages", own_model=True),
    ("promise", "public"): Meaning("–", "published ones by the public pages", own_model=True),
    # appointments
    ("appointment", "portal"): Meaning(
        "rwc own",
        "asks for, moves and cancels; state, hospital and source keys belong to the hospital",
    ),
    # contact notes
    ("contact_note", "marketing"): Meaning(
        "c consented",
        "notes about persons who agreed; reads only what marketing's user wrote",
        own_model=True,
    ),
    ("contact_note", "employee"): Meaning(
        "–",
        "types who it was, without looking anybody up; reads only what was typed",
        own_model=True,
    ),
    # entitlements
    ("entitlement", "integration"): Meaning("rw", "redeeming is a method", own_model=True),
    ("entitlement", "portal"): Meaning("r own", "and creates wishes", own_model=True),
    # inbox, log, lists
    ("inbox", "hcrm_admin"): Meaning(
        "r", "metadata and reason; replay is a method, the body needs break-glass", own_model=True
    ),
    ("access_log", "leader"): Meaning("rw", "writes the verdict and its note, nothing else"),
    ("access_log", "hcrm_admin"): Meaning("r", "reading is logged too"),
    ("access_log", "portal"): Meaning("r own", "who looked at the own file"),
    ("reference", "hcrm_admin"): Meaning(
        "r",
        "rwcd on HCRM's own lists; rwc on departments and on what is public of the staff; core's "
        "other lists follow core's rights",
    ),
}

#: Models that give less than the cells of their class, and why; none may give more.
NARROWER = {
    "hcrm.complaint": "departments read what the office has accepted or sent them; the portal's "
    "pages show persons their own: hcrm_complaint tests both",
    "hcrm.complaint.handover": "the ledger is written by the verbs of the case",
    "hcrm.complaint.complainant": "one for each case, made with it",
    "hcrm.complaint.statement": "appended by the case, sealed, never changed",
    "hcrm.complaint.confirmation": "written by a button of the case and by the person's answer",
    "hcrm.complaint.staff": "as the case they belong to",
    "hcrm.complaint.opening": "made and ended by buttons of the office",
    "hcrm.complaint.clock": "written by the verbs of the case",
    "hcrm.complaint.problem": "coded by the office; departments read those of their cases",
    "hcrm.complaint.action": "planned by the office; departments work on their own",
    "hcrm.complaint.answer": "begun by a button of the case, approved by another person",
    "hcrm.complaint.status.try": "written by the status page and the telephone, read only",
    "hcrm.complaint.pause": "written by the verbs of the case",
    "hcrm.complaint.raise": "written by the rules of the ladder",
    "hcrm.complaint.explanation": "asked for by a button; read by whoever is asked",
    "hcrm.communication": "asked for by programs and wizards, never made by hand; its rows are "
    "care, service or marketing: hcrm_communication tests the three",
    "hcrm.sending": "who writes to segments writes those of the own kind",
    "hcrm.communication.attempt": "written by the outbox",
    "hcrm.secure.link": "made by programs; staff see that it was opened and take it back by a "
    "button",
    "hcrm.inbound": "arrives by itself; its rows are care, service or marketing: "
    "hcrm_communication tests the three",
    "hcrm.conversation": "begins by itself, answered by its desk; its rows are care, service or "
    "marketing: hcrm_communication tests the three; persons read the messages themselves",
    "hcrm.conversation.handover": "written by the verbs of the conversation",
    "hcrm.conversation.turn": "times of the desk: read by the desks and their manager",
    "hcrm.gateway.meter": "written by the outbox",
    "hcrm.call": "made by the outbox, the telephone system and a click; its rows are care, "
    "service or marketing: hcrm_communication tests the three",
    "hcrm.call.event": "written by the engine of calls",
    "hcrm.ivr.menu": "what callers hear: of no use to marketing",
    "hcrm.ivr.option": "what callers hear: of no use to marketing",
    "hcrm.ivr.version": "written by publishing only, read by who may publish",
    "hcrm.platform.account": "bound by proof and programs only; unbound by a button",
    "hcrm.platform.invitation": "made and used by buttons of those who see an identity card",
    "hcrm.provider.template": "registered with a provider by the service manager or administrator; "
    "of no use to marketing, whose templates they register too",
    "hcrm.consent": "nobody changes a row, what holds now is a new one; persons record theirs on "
    "the portal's page; marketing reads those of persons who agreed",
    "hcrm.contact.hold": "ended, never deleted; of no use to marketing and the portal",
    "hcrm.answer": "words of the desks; what the public reads are articles",
    "hcrm.answer.version": "written by approving only",
    "hcrm.quality.check": "about one member of staff: read by the service manager and that person",
    "hcrm.quality.score": "about one member of staff: read by the service manager and that person",
    "hcrm.kind.income": "money: counted every night, read by leaders and the service manager",
    "hcrm.organisation.name": "read off bills: matched by the service manager, seen by leaders",
    "hcrm.access.review": "the hospital's own verdicts: the person reads the log, not these",
    "hcrm.access.log": "nobody changes it; the leader's verdict is a row of hcrm.access.review",
    "hcrm.promise.result": "written by measuring only",
    "hcrm.duplicate": "proposed and decided by methods; read by those who may propose",
    "hcrm.erasure.log": "written by erasures only; who was erased has no login to look",
    "hcrm.erasure.line": "written by erasures only; who was erased has no login to look",
    "hcrm.erased.key": "hashes for intakes: nobody needs to see them",
    "hcrm.retention.rule": "one rule for each kind of data, shipped; none is added or deleted",
    "hcrm.retention.run": "written by dry runs and by the nightly run only",
    "hcrm.retention.line": "written by dry runs and by the nightly run only",
    "hcrm.retention.hold": "of the hospital's own making: the service manager places and lifts it",
    "hcrm.privacy.step": "written by the buttons of the request",
    "hcrm.merge.log": "written by merging only; what moved is read by those who may undo it",
    "hcrm.segment.member": "written by refreshing and by hand; read by those who read the person",
    "hcrm.segment.refresh": "written by refreshing; analysts and marketing learn of no few persons",
}
