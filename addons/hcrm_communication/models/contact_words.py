"""The words for the reasons of the contact policy, in the reader's language."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: Short names, as in the table of rules.
REASONS = {
    "consent_unknown": "Never asked for consent",
    "consent_withdrawn": "Consent refused",
    "subject_deceased": "The customer has died",
    "recipient_deceased": "The recipient has died",
    "minor": "Recipient under 14",
    "admitted": "In hospital now",
    "loss_topic": "Pregnancy lost: pregnancy, birth, child",
    "loss_greeting": "Pregnancy lost: greetings",
    "complaint": "Open complaint",
    "hold": "Asked to be left alone",
    "shared_phone": "Shared phone: who answered is not clear",
    "quiet_hours": "Quiet hours",
    "cap": "Enough messages for now",
    "blacklist": "Address on the marketing blacklist",
    "profiling": "Built on profiling, which was refused",
    "address_missing": "No address for this channel",
    "address_dead": "Nothing arrives at this address",
    "expired": "Message expired",
    "sandbox": "Copy of the database or test gateway",
}

#: Reasons that tell of illness or a stay, and the group that may read them.
CLINICAL = {
    "admitted": "hcrm_base.group_encounter_reader",
    "loss_topic": "hcrm_base.group_clinical_reader",
    "loss_greeting": "hcrm_base.group_clinical_reader",
}

#: What a reason adds to its short name, by the values it has.
DETAILS = {
    "minor": {
        "guardian": _lt("goes to %(guardian)s"),
        "none": _lt("no guardian is recorded who gets the messages"),
    },
    "quiet_hours": {"until": _lt("until %(until)s")},
    "cap": {"sent": _lt("%(sent)s sent of %(maximum)s in %(days)s days")},
    "loss_topic": {"on": _lt("on %(on)s")},
    "loss_greeting": {"on": _lt("on %(on)s")},
    "address_dead": {"since": _lt("since %(since)s")},
    "expired": {"at": _lt("on %(at)s")},
    "consent_unknown": {"none": _lt("nothing is recorded for this purpose and channel")},
    "consent_withdrawn": {"consent": _lt("answer of %(decided)s")},
}
EFFECTS = {
    "allow": _lt("allowed all the same"),
    "delay": _lt("wait until %(until)s"),
    "next_channel": _lt("another channel"),
    "refuse": _lt("not sent"),
    "guardian": _lt("to the guardian"),
    "sandbox": _lt("to the sandbox only"),
}
