from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.demo import access_tables as tables
from ..tools.demo.department_tables import PORTAL_LOGIN
from ..tools.demo.showcase import PROTECTED_PERSON
from .access_log_writer import COLUMNS

ROADS = {"fhir": "/fhir/R4/Patient", "api": "/json/2/hcrm.encounter/search_read"}
SCREEN = "/web/dataset/call_kw/%s/web_search_read"


class HcrmDemoAccessMixin(models.AbstractModel):
    """Some weeks of looking at files in the demonstration hospital, and what a leader reviews.

    Lines are only ever added to the log: so are these, a statement for each habit.
    """

    _name = "hcrm.demo.access.mixin"
    _description = "Demonstration Access Log"

    @api.model
    def _create_access_log(self):
        users = self._access_users()
        self.env.cr.execute(
            "CREATE TEMPORARY TABLE hcrm_demo_log (LIKE hcrm_access_log) ON COMMIT DROP;"
            "ALTER TABLE hcrm_demo_log ALTER COLUMN id DROP NOT NULL"
        )
        for login, *habit in tables.READERS:
            self._look_regularly(users[login], *habit)
        for login, model_name, question in tables.QUESTIONS:
            self._search_regularly(users[login], model_name, question)
        portal = self.env["res.users"].search([("login", "=", PORTAL_LOGIN)], limit=1)
        for login, model_name, days, kind in tables.LOOKS:
            self._add_looks(users[login], model_name, kind, self._ago(days, 2), portal.partner_id)
        self._look_at_night(users)
        self._export(users)
        self._break_some_glass(users)
        self._write_in_order()
        self._review_some(users)

    def _write_in_order(self):
        """The log is read by the order in which it was written."""
        columns = SQL(", ").join(map(SQL.identifier, COLUMNS))
        self.env.cr.execute(
            SQL(
                "INSERT INTO hcrm_access_log (%s) SELECT %s FROM hcrm_demo_log ORDER BY at; "
                "DROP TABLE hcrm_demo_log",
                columns,
                columns,
            )
        )
        self.env.invalidate_all()

    def _add(self, lines):
        """Add lines given as dictionaries."""
        for line in lines:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO hcrm_demo_log (%s) VALUES (%s)",
                    SQL(", ").join(map(SQL.identifier, line)),
                    SQL(", ").join(SQL("%s", value) for value in line.values()),
                )
            )

    @api.model
    def _create_retention(self):
        """Put one person on hold, and tell what the rules would take today."""
        manager = self.env["res.users"].search([("login", "=", "service_manager")], limit=1)
        person = self.env["res.partner"].search(
            [("is_customer_person", "=", True), ("encounter_ids", "!=", False)], limit=1, order="id"
        )
        reference, reason = tables.HOLD
        self.env["hcrm.retention.hold"].with_user(manager).create(
            {"partner_id": person.id, "reference": reference, "reason": reason}
        )
        admin = self.env["res.users"].search([("login", "=", "hcrm_admin")], limit=1)
        rules = self.env["hcrm.retention.rule"].search([("kind", "!=", "forever")])
        self.env["hcrm.retention.run"].with_user(admin)._try(rules.with_user(admin))

    def _access_users(self):
        logins = {row[0] for row in tables.READERS} | {"leader"}
        found = self.env["res.users"].search([("login", "in", sorted(logins))])
        return {user.login: user for user in found}

    @api.model
    def _ago(self, days, hour):
        """Return a moment some days ago, at an hour of UTC."""
        day = fields.Datetime.now().replace(hour=hour, minute=12, second=0)
        return day - timedelta(days=days)

    def _look_regularly(self, user, model_name, date, group, kind, one_in, is_own):
        """Add a line for one record in some, or for each day's list, soon after it happened."""
        model, day = self.env[model_name], SQL.identifier(date)
        place = SQL("TRUE")
        if is_own:
            place = SQL("department_id = ANY(%s)", user.hcrm_department_ids.ids)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_demo_log (user_id, company_id, at, kind, path, session_hash,
                       address_hash, res_model, record_count, res_ids, partner_ids)
                SELECT %(user)s, min(company_id), least(
                           min(%(day)s) + make_interval(
                               mins => 5 + abs(hashtext(min(id) || %(salt)s)) %% 170,
                               secs => abs(hashtext(min(id) || %(kind)s)) %% 60),
                           now() AT TIME ZONE 'UTC' - interval '3 minutes'),
                       %(kind)s, %(path)s, left(md5(%(salt)s || min(%(day)s)::date), 16),
                       left(md5(%(salt)s), 16), %(model)s, count(*), array_agg(id),
                       array_agg(DISTINCT partner_id)
                  FROM (SELECT id, company_id, partner_id, %(day)s FROM %(table)s
                         WHERE %(day)s >= now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)
                           AND %(day)s < now() AT TIME ZONE 'UTC' AND %(place)s
                           AND abs(hashtext(id || %(salt)s)) %% %(one_in)s = 0) fact
                 GROUP BY %(group)s
                """,
                user=user.id,
                day=day,
                salt=f"{user.login}:{model_name}",
                kind=kind,
                path=ROADS.get(kind, SCREEN % model_name),
                model=model_name,
                table=SQL.identifier(model._table),
                days=tables.DAYS,
                place=place,
                one_in=one_in,
                group=SQL("%s::date", day) if group == "day" else SQL("id"),
            )
        )

    def _search_regularly(self, user, model_name, question):
        """Add a search every third day; it tells a reviewer what was asked, not about whom."""
        self._add(
            [
                {
                    **self._line(user, model_name, "list", self._ago(days, 1)),
                    "domain_text": question,
                    "record_count": days % 7 + 1,
                    "partner_ids": self._some_persons(days % 7 + 1, days),
                }
                for days in range(1, tables.DAYS, 3)
            ]
        )

    @api.model
    def _line(self, user, model_name, kind, moment):
        return {
            "user_id": user.id,
            "company_id": self.env.company.id,
            "at": moment,
            "kind": kind,
            "path": ROADS.get(kind, SCREEN % model_name),
            "res_model": model_name,
        }

    @api.model
    def _some_persons(self, number, offset=0):
        domain = [("is_customer_person", "=", True)]
        return self.env["res.partner"].search(domain, limit=number, offset=offset, order="id").ids

    def _add_looks(self, user, model_name, kind, moment, partner):
        rows = self.env[model_name].search([("partner_id", "=", partner.id)], limit=3).ids
        self._add(
            [
                {
                    **self._line(user, model_name, kind, moment),
                    "record_count": len(rows),
                    "res_ids": rows,
                    "partner_ids": partner.ids,
                }
            ]
        )

    def _look_at_night(self, users):
        """Somebody opened many files of other departments, a minute each."""
        login, days, hour, number = tables.NIGHT
        user, moment = users[login], self._ago(days, hour)
        encounters = self.env["hcrm.encounter"].search(
            [("department_id", "not in", user.hcrm_department_ids.ids)], limit=number, order="id"
        )
        self._add(
            [
                {
                    **self._line(user, "hcrm.encounter", "view", moment + timedelta(minutes=place)),
                    "record_count": 1,
                    "res_ids": encounter.ids,
                    "partner_ids": encounter.partner_id.ids,
                }
                for place, encounter in enumerate(encounters)
            ]
        )

    def _export(self, users):
        self._add(
            [
                {
                    **self._line(users[login], model_name, "export", self._ago(days, hour)),
                    "path": "/web/export/xlsx",
                    "record_count": number,
                    "field_names": "partner_id,started_at,department_id",
                    "partner_ids": self._some_persons(number),
                }
                for login, model_name, days, hour, number in tables.EXPORTS
            ]
        )

    def _break_some_glass(self, users):
        """Open the protected file: once judged, once waiting."""
        partner = self.env["res.partner"].search([("name", "=", PROTECTED_PERSON)], limit=1)
        for login, days, hour, reason, verdict in tables.OPENINGS if partner else ():
            user, moment = users[login], self._ago(days, hour)
            opening = self.env["hcrm.break.glass"].create(
                {
                    "user_id": user.id,
                    "company_id": self.env.company.id,
                    "res_model": "res.partner",
                    "res_id": partner.id,
                    "partner_id": partner.id,
                    "reason": reason,
                    "granted_at": moment,
                    "expires_at": moment + timedelta(minutes=60),
                }
            )
            self._add_looks(user, "hcrm.encounter", "break_glass", moment, partner)
            for place, name in enumerate(("hcrm.encounter", "hcrm.prescription"), start=2):
                self._add_looks(user, name, "list", moment + timedelta(minutes=place), partner)
            opening._ask_for_review()
            if verdict:
                judged = opening.with_user(users["leader"])
                judged.review_note = verdict
                judged.action_justified()

    def _review_some(self, users):
        """The nightly job finds the exports; a leader judged one and put the night under review."""
        self.env["hcrm.access.review"]._cron_request()
        reviews = self.env["hcrm.access.review"].with_user(users["leader"])
        judged = reviews.search([("user_id", "=", users[tables.JUDGED].id)])
        judged.review_note = tables.VERDICT
        judged.action_justified()
        login, days, hour, _number = tables.NIGHT
        odd = self.env["hcrm.access.log"].search(
            [
                ("user_id", "=", users[login].id),
                ("at", ">=", self._ago(days, hour)),
                ("is_outside", "=", True),
            ],
            order="at",
            limit=1,
        )
        if odd:
            odd.with_user(users["leader"]).action_review()
