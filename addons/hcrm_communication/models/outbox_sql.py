from odoo.tools import SQL

#: The clock of the outbox: PostgreSQL's, one for all workers and hosts; naive UTC as Odoo stores.
NOW = SQL("statement_timestamp() AT TIME ZONE 'UTC'")

#: First halves of the advisory locks. One for each claim: whoever can take it knows that the worker
#: is no more. One for each hospital: who holds it may count caps.
CLAIM_LOCK = 0x48434F31
CAP_LOCK = 0x48434F32
