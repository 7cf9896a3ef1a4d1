"""The inside of ``benchmarks.data``: what runs in Odoo's shell.

Persons come from the demonstration's own generator; their history is that of a demonstration
patient of the same sex and age, copied by SQL: a year for each round, so that season, illness,
waiting times and the heavy tail of charges stay as they are.
"""

from collections import Counter
from contextlib import contextmanager

from odoo.tools import SQL

from odoo.addons.hcrm_base.models.bulk_table import BulkTable, copy_rows
from odoo.addons.hcrm_base.tools import demo, name_search

BLOCK = 20_000
BATCH = 50_000  # customers whose history is copied in one statement
DROP_INDEXES_FROM = 100_000
PARTNER_COLUMNS = (
    "name", "complete_name", "name_words", "is_customer", "is_customer_person", "partner_share",
    "sex", "birth_date", "phone_stored", "phone_sanitized", "phone_other_stored", "email",
    "email_normalized", "street", "area_code", "occupation", "marketing_allowed",
)  # fmt: skip


def fill(env, customers, encounters=0, facts=(), seed=1):
    """Add ``customers`` persons with ``encounters`` visits in all, and ``facts`` of these visits.

    :param facts: models out of ``benchmarks.data.FACTS``
    :return: number of rows added by table
    """
    cr = env.cr
    tables = ["res_partner", "hcrm_partner_kind_rel", "hcrm_identifier"]
    counts = Counter()
    with _without_indexes(cr, tables, customers):
        first = _fill_people(env, customers, seed, counts)
    env["res.partner"].init()  # an index made anew forgets how closely ANALYZE looks at it
    if encounters:
        fact_tables = [env[model]._table for model in facts]
        _make_templates(cr)
        with _without_indexes(cr, ["hcrm_encounter", *fact_tables], encounters):
            _fill_history(cr, first, encounters, fact_tables, counts)
        _serve_departments(cr, first)
        tables += ["hcrm_encounter", "hcrm_partner_department_rel", *fact_tables]
    for table in tables:
        cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all()
    return counts


def _fill_people(env, customers, seed, counts):
    """COPY persons, their kinds and numbers; return the first id."""
    country = env.ref("base.cn").id
    sample = {"name": "x", "country_id": country, "lang": "zh_CN", "employee": False}
    partners = BulkTable(env["res.partner"], sample)
    sample = {"partner_id": env.user.partner_id.id, "system": "HIS", "value": "bench-sample"}
    identifiers = BulkTable(env["hcrm.identifier"], sample)
    first, left = None, customers
    for block in demo.people(seed, env.cr.now().date(), block=min(BLOCK, customers)):
        persons = block.customers[:left]
        rows = (_partner_row(person) for person in persons)
        ids = partners.insert(PARTNER_COLUMNS, rows, ["commercial_partner_id"])
        first = first or ids[0]
        counts["hcrm_partner_kind_rel"] += _fill_kinds(env, persons, ids)
        counts["hcrm_identifier"] += _fill_identifiers(env, identifiers, block, ids)
        left -= len(persons)
        if not left:
            break
    counts["res_partner"] = customers
    return first


def _fill_kinds(env, persons, ids):
    kinds = {kind.code: kind.id for kind in env["hcrm.customer.kind"].search([])}
    rows = ((new, kinds[kind]) for new, row in zip(ids, persons, strict=True) for kind in row.kinds)
    return copy_rows(env.cr, "hcrm_partner_kind_rel", ("partner_id", "kind_id"), rows)


def _fill_identifiers(env, table, block, ids):
    systems = {row.code: row.id for row in env["hcrm.identifier.system"].search([])}
    numbers = [row for row in block.identifiers if row.person < len(ids)]
    table.insert(
        ("partner_id", "system_id", "system", "value_stored", "value_key", "use"),
        (
            (ids[row.person], systems[row.system], row.system, row.value, row.value, row.use)
            for row in numbers
        ),
    )
    return len(numbers)


def _partner_row(row):
    words = " ".join(name_search.tokens(row.name))
    return (
        row.name, row.name, words, True, True, True, row.sex, row.birth_date, row.phone, row.phone,
        row.phone_other, row.email, row.email, row.street, row.area_code, row.occupation,
        row.marketing_allowed,
    )  # fmt: skip


def _make_templates(cr):
    """Number the patients of the demonstration within their sex and decade of age."""
    cr.execute(
        """
        CREATE TEMP TABLE bench_template ON COMMIT DROP AS
        SELECT p.id AS partner_id, p.sex, date_part('year', age(p.birth_date))::int / 10 AS decade,
               row_number() OVER team - 1 AS number, count(*) OVER (
                   PARTITION BY p.sex, date_part('year', age(p.birth_date))::int / 10
               ) AS size
          FROM res_partner p
         WHERE p.is_customer_person
           AND p.id IN (SELECT partner_id FROM hcrm_encounter)
        WINDOW team AS (
               PARTITION BY p.sex, date_part('year', age(p.birth_date))::int / 10 ORDER BY p.id
               );
        CREATE TEMP TABLE bench_map (
               id int, template int, partner_id int, shift interval
               ) ON COMMIT DROP;
        ANALYZE bench_template;
        """
    )


def _fill_history(cr, first, encounters, fact_tables, counts):
    """Copy years of history until there are ``encounters`` visits."""
    cr.execute("SELECT max(id) FROM res_partner")
    last = cr.fetchone()[0]
    left, year = encounters, 0
    columns = {table: _columns(cr, table) for table in ["hcrm_encounter", *fact_tables]}
    while left:
        before = left
        for start in range(first, last + 1, BATCH):
            left -= _map_visits(cr, start, min(start + BATCH - 1, last), year, left)
            for table, names in columns.items():
                counts[table] += _copy_mapped(cr, table, names)
            if not left:
                return
        if left == before:
            raise ValueError("No visits to copy: make the demonstration hospital first.")
        year += 1


def _map_visits(cr, start, end, year, limit):
    """Say which visit of the demonstration becomes which new one; 52 weeks keep the weekday."""
    cr.execute("TRUNCATE bench_map")
    cr.execute(
        """
        INSERT INTO bench_map
        SELECT nextval('hcrm_encounter_id_seq'), found.id, found.partner_id, %(shift)s::interval
          FROM (SELECT e.id, p.id AS partner_id
                  FROM res_partner p
                  JOIN bench_template t
                    ON t.sex = p.sex
                   AND t.decade = date_part('year', age(p.birth_date))::int / 10
                   AND t.number = (p.id + 7 * %(year)s) %% t.size
                  JOIN hcrm_encounter e ON e.partner_id = t.partner_id
                 WHERE p.id BETWEEN %(start)s AND %(end)s
                   AND e.started_at - %(shift)s::interval >= p.birth_date
                   AND (%(year)s = 0 OR e.ended_at IS NOT NULL)
                 LIMIT %(limit)s) found
        """,
        {"start": start, "end": end, "year": year, "shift": f"{364 * year} days", "limit": limit},
    )
    count = cr.rowcount
    cr.execute("ANALYZE bench_map")
    return count


def _columns(cr, table):
    cr.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = current_schema() AND column_name <> 'id'",
        (table,),
    )
    return cr.fetchall()


def _copy_mapped(cr, table, columns):
    """Copy the rows of the mapped visits; return how many."""
    is_visit = table == "hcrm_encounter"
    names = [SQL.identifier(name) for name, _kind in columns]
    values = [_value(name, kind) for name, kind in columns]
    if is_visit:
        names, values = [SQL.identifier("id"), *names], [SQL("m.id"), *values]
    cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM bench_map m JOIN %s f ON %s = m.template",
            SQL.identifier(table),
            SQL(", ").join(names),
            SQL(", ").join(values),
            SQL.identifier(table),
            SQL("f.id") if is_visit else SQL("f.encounter_id"),
        )
    )
    return cr.rowcount


def _value(name, kind):
    """Return the SQL of a column of the copy."""
    own = {
        "partner_id": SQL("m.partner_id"),
        "encounter_id": SQL("m.id"),
        "visit_number": SQL("'B' || m.id"),
        "external_key": SQL("NULL"),
    }
    if name in own:
        return own[name]
    column = SQL.identifier("f", name)
    if kind == "date":
        return SQL("(%s - m.shift)::date", column)
    if kind.startswith("timestamp") and name not in ("create_date", "write_date"):
        return SQL("%s - m.shift", column)
    return column


def _serve_departments(cr, first):
    cr.execute(
        """
        INSERT INTO hcrm_partner_department_rel (partner_id, department_id)
        SELECT DISTINCT partner_id, department_id
          FROM hcrm_encounter
         WHERE partner_id >= %s AND department_id IS NOT NULL
            ON CONFLICT DO NOTHING
        """,
        (first,),
    )


@contextmanager
def _without_indexes(cr, tables, rows):
    """Build plain indexes and check foreign keys after a large load, as one does in practice."""
    if rows < DROP_INDEXES_FROM:
        yield
        return
    indexes, keys = _plain_indexes(cr, tables), _foreign_keys(cr, tables)
    for name, _definition in indexes:
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    for table, name, _definition in keys:
        named = SQL.identifier(table), SQL.identifier(name)
        cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", *named))
    yield
    for _name, definition in indexes:
        cr.execute(SQL(definition.replace("%", "%%")))
    for table, name, definition in keys:
        named = SQL.identifier(table), SQL.identifier(name)
        cr.execute(SQL("ALTER TABLE %s ADD CONSTRAINT %s %s", *named, SQL(definition)))


def _plain_indexes(cr, tables):
    """Return (name, definition) of the indexes that guard nothing and are not needed to read."""
    cr.execute(
        """
        SELECT c.relname, pg_get_indexdef(i.indexrelid)
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = ANY (%s::regclass[])
           AND NOT i.indisunique
           AND c.relname NOT LIKE '%%encounter\\_id%%'
        """,
        (list(tables),),
    )
    return cr.fetchall()


def _foreign_keys(cr, tables):
    """Return (table, name, definition)."""
    cr.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
          FROM pg_constraint
         WHERE contype = 'f' AND conrelid = ANY (%s::regclass[])
        """,
        (list(tables),),
    )
    return cr.fetchall()
