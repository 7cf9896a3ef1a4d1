"""Why a message did not go: codes; their words are made when somebody reads them."""

import re

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)
#: SMPP receipts end in the first characters of the text.
_REPEATED_TEXT = re.compile(r"\btext:.*", re.IGNORECASE | re.DOTALL)

#: Few were refused and none was taken: nobody knows whose trouble it is.
DOUBTS = "gateway_doubts"

FAILURES = {
    # the gateway's own trouble
    "no_gateway": _lt("no gateway carries this channel and purpose"),
    "gateway_away": _lt("the gateway cannot be reached"),
    "gateway_busy": _lt("the gateway asks for patience"),
    "gateway_login": _lt("the gateway refuses our user or password"),
    "gateway_tls": _lt(
        "no safe connection to the gateway: its certificate or encryption does not fit"
    ),
    "gateway_sender": _lt("the gateway does not let us send under this sender"),
    "gateway_relay": _lt("the gateway does not pass messages on for us"),
    "gateway_path": _lt(
        "at the gateway's address nobody takes messages: look at it letter by letter"
    ),
    "gateway_setup": _lt("the gateway's settings are incomplete or wrong"),
    "gateway_credit": _lt("the provider's account is empty or closed"),
    "gateway_refuses": _lt("the gateway refuses whatever we hand over"),
    DOUBTS: _lt("the gateway refuses the few messages that there are, and took none"),
    "gateway_broke": _lt("the gateway's adapter failed"),
    "gateway_garbage": _lt("the gateway answered something that nobody understands"),
    "gateway_deaf": _lt("nobody would speak: the process hcrm_voice does not run for this gateway"),
    # of calls
    "line_busy": _lt("the number was busy"),
    "not_picked_up": _lt("nobody picked up"),
    "machine": _lt("an answering machine picked up"),
    "turned_away": _lt("the call was turned away"),
    "no_line": _lt("the network made no connection"),
    "hung_up": _lt("was picked up, and hung up before the end"),
    "call_lost": _lt("the telephone system went down during the call: nobody knows what was heard"),
    "number_rests": _lt("this number is being called, or was called often enough for a day"),
    # the message's
    "never_left": _lt("was not handed over: the gateway never got it"),
    "no_answer": _lt("handed over, and no answer came: nobody knows whether it left"),
    "worker_died": _lt("the program that was sending it died: nobody knows whether it left"),
    "not_repeated": _lt("perhaps sent: messages of this purpose are not repeated"),
    "bad_address": _lt("the far end does not know this number or address"),
    "rejected": _lt("the far end refuses this message"),
    "not_registered": _lt(
        "these words are no text that the provider has approved: register the template with it"
    ),
    "parameter_forbidden": _lt(
        "what stands in a gap of the registered text is not allowed there by the provider"
    ),
    "wrong_signature": _lt("the text does not begin with the signature registered there"),
    "not_following": _lt("the person does not follow the hospital's account any more"),
    "person_refuses": _lt("the person refuses such messages on the platform"),
    "out_of_window": _lt(
        "the platform takes free words only within 48 hours of the person's last message"
    ),
    "platform_forbids": _lt("the platform forbids advertising by registered texts"),
    "number_limit": _lt("the provider lets no more messages go to this number for now"),
    "undelivered": _lt("accepted, then reported as not delivered"),
    "too_many_attempts": _lt("given up after %(attempts)s attempts"),
    "bad_text": _lt("the text cannot be made: %(why)s"),
    "belongs_to_customer": _lt(
        "was asked for as a message to nobody's number, which is a customer's by now"
    ),
    "bad_document": _lt("no document could be made of it"),
    "fax_busy": _lt("the fax number is busy"),
    "fax_no_answer": _lt("the fax number does not answer"),
    "fax_no_line": _lt("no line to the fax number is free"),
    "fax_no_machine": _lt("no fax machine answers at this number"),
    "fax_no_number": _lt("this fax number does not exist"),
    "fax_partial": _lt("the fax machine did not acknowledge every page"),
    "fax_broken": _lt("the fax broke off: the telephone exchange stopped"),
    "no_address": _lt("no usable number or address on any channel that was asked for"),
}

#: Troubles of a gateway that do not pass by themselves: a person must mend a setting.
SETTINGS = frozenset(
    "gateway_" + name
    for name in ("login", "tls", "sender", "relay", "path", "setup", "credit", "refuses")
)


def readable(detail, address):
    """Return the far end's words as PostgreSQL can keep them, without the address in any of its
    spellings and without what SMS receipts repeat of the text.

    >>> readable("550 <li@x.org> un\\0known", "li@x.org")
    '550 <…> unknown'
    >>> readable("to 8613800138001: no, +8613800138001", "+8613800138001")
    'to …: no, …'
    >>> readable("<LI@x.org>", "li@x.org"), readable("0086 or 13800138001", "+8613800138001")
    ('<…>', '0086 or …')
    >>> readable("id:01 stat:UNDELIV err:000 Text:HIV test", "+8613800138001")
    'id:01 stat:UNDELIV err:000'
    """
    if not detail:  # nearly always; an expression for each address takes its time
        return ""
    text = _REPEATED_TEXT.sub("", detail.replace("\0", ""))
    if address:
        is_number = address.startswith("+") and address[1:].isdigit()
        form = r"\+?\d*" + address[-8:] if is_number else re.escape(address)
        text = re.sub(form, "…", text, flags=re.IGNORECASE)
    return text[:200].strip()
