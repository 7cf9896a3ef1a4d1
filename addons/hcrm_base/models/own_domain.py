"""The condition "about one of the user's own persons", in a shape that PostgreSQL answers fast."""

from odoo.fields import Domain
from odoo.tools import SQL

FEW = 2000


def own_persons(user, name):
    """Return a domain true where the many2one (or ``id``) ``name`` is an own person of ``user``.

    Own is who is assigned to the user or was seen in the user's departments. PostgreSQL cannot
    join by such an "or": it reads every row and asks. So the own persons are looked at first. A few
    are named, and an index finds their rows; of many, rows are read in the order wanted and each is
    looked up in both tables.
    """
    user_id, department_ids = user.id, user.hcrm_department_ids.ids

    def to_sql(model, alias, query):
        column = model._field_to_sql(alias, name, query)
        assigned, served = _assigned(model.env, user_id), _served(model.env, department_ids)
        found = model.env.execute_query(SQL("%s UNION ALL %s LIMIT %s", assigned, served, FEW + 1))
        if len(found) <= FEW:
            return SQL("%s = ANY(%s)", column, [row[0] for row in found])
        return SQL(
            "(EXISTS (%s AND own.id = %s) OR EXISTS (%s AND own.partner_id = %s))",
            *(assigned, column, served, column),
        )

    def predicate(record):
        person = record if name == "id" else record[name]
        return bool(person.sudo()._filtered_own(record.env.user))

    return Domain.custom(to_sql=to_sql, predicate=predicate)


def _assigned(env, user_id):
    return SQL(
        "SELECT own.id FROM res_partner own WHERE own.user_id = %s",
        user_id,
        to_flush=env["res.partner"]._fields["user_id"],
    )


def _served(env, department_ids):
    return SQL(
        "SELECT own.partner_id FROM hcrm_partner_department_rel own"
        " WHERE own.department_id = ANY(%s)",
        department_ids,
        to_flush=env["res.partner"]._fields["served_department_ids"],
    )
