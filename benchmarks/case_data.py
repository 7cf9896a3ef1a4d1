"""A million cases for benchmarks: those of the demonstration over and over, inside Odoo's shell."""

from odoo.tools import SQL

from odoo.addons.hcrm_base.models.bulk_table import copy_rows
from odoo.addons.hcrm_complaint.tools import numbers

#: Of a hundred cases so many are still worked on.
OPEN_SHARE = 0.02
#: The oldest year, and how many are spread over.
FIRST_YEAR, YEARS = 2100, 10
#: Of so many cases the PIN is known.
KNOWN = 200
CHILDREN = ("complainant", "statement", "handover", "clock")
#: Of every so many cases one is about a user.
ABOUT = 5
#: What a copy has of its own.
CASE_OWN = {
    "id": "made.id",
    "intake_number": "made.intake",
    "receipt_number": "CASE WHEN model.receipt_number IS NOT NULL THEN made.receipt END",
    "intake_key": "NULL",
    "access_token": "NULL",
    "offer_id": "NULL",
    "lead_id": "NULL",
    "received_at": "model.received_at - made.years * interval '1 year'",
    "answered_at": "model.answered_at - made.years * interval '1 year'",
    "closed_at": "model.closed_at - made.years * interval '1 year'",
}
CHILD_OWN = {
    "complainant": {
        "partner_id": "CASE WHEN model.partner_id IS NOT NULL THEN made.partner_id END",
        "patient_id": "CASE WHEN model.patient_id IS NOT NULL THEN made.partner_id END",
        "encounter_id": "NULL",
        "conversation_id": "NULL",
        "received_at": "model.received_at - made.years * interval '1 year'",
    },
    "handover": {"offer_id": "NULL", "done_at": "model.done_at - made.years * interval '1 year'"},
    "clock": {
        "started_at": "model.started_at - made.years * interval '1 year'",
        "due_at": "CASE WHEN model.state IN ('running', 'waiting') THEN model.due_at "
        "ELSE model.due_at - made.years * interval '1 year' END",
    },
}


def fill(env, count):
    """Add ``count`` cases; return (intake number, PIN) of some of them."""
    cr = env.cr
    tables = ["hcrm_complaint", *(f"hcrm_complaint_{name}" for name in CHILDREN)]
    cr.execute("SELECT is_open, array_agg(id) FROM hcrm_complaint GROUP BY is_open")
    models = dict(cr.fetchall())
    _plan(env, models, count)
    for table in tables:
        cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
    _copy(cr, "hcrm_complaint", "made.model_id = model.id", CASE_OWN)
    for name in CHILDREN:
        own = {"id": None, "complaint_id": "made.id", **CHILD_OWN.get(name, {})}
        _copy(cr, f"hcrm_complaint_{name}", "made.model_id = model.complaint_id", own)
    for table in tables:
        cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table)))
    cr.execute("SELECT setval('hcrm_complaint_id_seq', (SELECT max(id) FROM hcrm_complaint))")
    cr.execute(
        """INSERT INTO hcrm_complaint_accused_rel (complaint_id, user_id)
           SELECT made.id, staff.ids[1 + made.id %% array_length(staff.ids, 1)]
             FROM made, (SELECT array_agg(id) AS ids FROM res_users WHERE NOT share) staff
            WHERE made.id %% %s = 0""",
        [ABOUT],
    )
    pins = _give_pins(env)
    cr.commit()
    for table in (*tables, "hcrm_complaint_accused_rel"):
        cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all()
    return pins


def _plan(env, models, count):
    """Make a table of the cases to be: id, model, numbers, how long ago, whose."""
    cr = env.cr
    cr.execute("SELECT max(id) FROM hcrm_complaint")
    [(first,)] = cr.fetchall()
    cr.execute("SELECT array_agg(id) FROM res_partner WHERE is_customer_person")
    [(partners,)] = cr.fetchall()
    cr.execute(
        """CREATE TEMPORARY TABLE made (id int, model_id int, intake varchar, receipt varchar,
                                        years int, partner_id int)"""
    )
    every = round(1 / OPEN_SHARE)

    def rows():
        for number in range(1, count + 1):
            year, serial = FIRST_YEAR + number % YEARS, number // YEARS + 1
            is_open = number % every == 0
            known = models[is_open]
            yield (
                first + number,
                known[number // every % len(known) if is_open else number % len(known)],
                numbers.intake_number(year, serial),
                numbers.receipt_number(year, serial),
                0 if is_open else number % YEARS,
                partners[number % len(partners)],
            )

    names = ("id", "model_id", "intake", "receipt", "years", "partner_id")
    copy_rows(cr, "made", names, rows())
    cr.execute("CREATE INDEX ON made (model_id)")
    cr.execute("ANALYZE made")


def _copy(cr, table, on, own):
    """Copy each model row for each case made of it; ``own`` says what differs, None: left out."""
    cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    names = [name for (name,) in cr.fetchall() if own.get(name, "") is not None]
    values = [
        SQL(own[name]) if name in own else SQL("model.%s", SQL.identifier(name)) for name in names
    ]
    cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s model JOIN made ON %s ORDER BY made.id",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(values),
            SQL.identifier(table),
            SQL(on),
        )
    )


def _give_pins(env):
    """Give some cases a PIN that the benchmark knows."""
    env.cr.execute(
        "SELECT id, intake_number FROM hcrm_complaint WHERE intake_number LIKE '0_0%%'"
        " ORDER BY md5(id::text) LIMIT %s",
        [KNOWN],
    )
    known = []
    cases = env["hcrm.complaint"].sudo().with_context(active_test=False, tracking_disable=True)
    for case_id, number in env.cr.fetchall():
        known.append((number, cases.browse(case_id)._renew_pin()))
    env.flush_all()
    return known
