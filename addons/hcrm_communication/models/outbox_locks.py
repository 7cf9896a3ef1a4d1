"""First halves of the advisory locks of the outbox."""

#: One for each claim: whoever can take it knows that the worker is no more.
CLAIM_LOCK = 0x48434F31
#: One for each hospital: who holds it may count caps.
CAP_LOCK = 0x48434F32
#: One for all: who holds it asks people to see to persons whom care did not reach.
PERSON_LOCK = 0x48434F33
#: One for each hospital: who holds it may count lines and calls.
LINES_LOCK = 0x48434F35
