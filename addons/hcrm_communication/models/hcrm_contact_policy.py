import pytz

from odoo import api, models, tools
from odoo.tools import SQL

from ..tools.contact_policy import Facts
from . import contact_facts_sql, contact_verdict_sql

READ = (
    "hcrm.communication", "hcrm.consent",
    "hcrm.merge.log", "hcrm.relationship", "hcrm.encounter", "hcrm.diagnosis",
    "hcrm.contact.hold", "hcrm.contact.code", "hcrm.dead.address", "hcrm.message.topic",
    "mail.blacklist", "phone.blacklist", "res.partner", "res.users", "hcrm.contact.rule",
    "res.company", "resource.calendar", "hcrm.platform.account", "hcrm.gateway",
)  # fmt: skip
CANDIDATE = {
    "ref": "bigint",
    "company_id": "int",
    "subject_id": "int",
    "recipient_id": "int",
    "purpose": "text",
    "topic_id": "int",
    "channel": "text",
    "urgent": "bool",
    "asked_for": "bool",
    "mined": "bool",
    "exempt_survey": "bool",
    "expires_at": "timestamp",
    "address": "text",
}


class HcrmContactPolicy(models.AbstractModel):
    """May this message go? Decided for any number of candidates by one statement.

    The rules are data (``hcrm.contact.rule``), the decision is a pure function of facts
    (``tools/contact_policy.py``), and SQL that gives the same.
    """

    _name = "hcrm.contact.policy"
    _description = "Contact Policy"
    _inherit = ["hcrm.contact.reason.mixin"]

    @api.model
    def _decide(self, candidates, at, known_at=None, without=()):
        """Return a dictionary for each candidate: ref, verdict, until, recipient_id (a guardian's
        where one stands in), address, reasons (list of [code, values]).

        :param candidates: SQL of (ref, company_id, subject_id, recipient_id, purpose, topic_id,
            channel, urgent, asked_for, mined, exempt_survey, expires_at, address): ``address`` is
            where it goes if not to the usual number or address
        :param at: the moment for which is asked, UTC; past ones are answered as of then
        :param without: codes of reasons that are left out, for who may not learn whether they hold
        """
        return self.env.execute_query_dict(self._decision_sql(candidates, at, known_at, without))

    @api.model
    def _decision_sql(self, candidates, at, known_at=None, without=()):
        """Return SQL with the columns of ``_decide``, to stand in a bigger statement.

        Pending changes are flushed here: run it before others are made. ``at`` may be SQL, of whole
        seconds.
        """
        if not isinstance(at, SQL):
            at = at.replace(microsecond=0)
        rules = self.env["hcrm.contact.rule"]._rules()
        rules = {key: rule for key, rule in rules.items() if key[1] not in without}
        return contact_verdict_sql.decisions(
            self._facts_sql(candidates, at, rules, known_at), rules, at, self._known_zones()
        )

    @api.model
    def _facts_sql(self, candidates, at, rules, known_at=None):
        """Return SQL of the facts on which the decision rests."""
        for name in READ:
            self.env[name].flush_model()
        return contact_facts_sql.facts(
            candidates,
            at,
            rules,
            self.env["hcrm.safety.switch"]._is_test_mode(),
            self._known_zones(),
            known_at,
        )

    @api.model
    @tools.ormcache()
    def _known_zones(self):
        """Return the time zones that PostgreSQL and Python both know, as the text of an array.

        One that PostgreSQL does not know would stop the whole statement, and a gateway with it.
        """
        rows = self.env.execute_query(SQL("SELECT name FROM pg_timezone_names"))
        known = pytz.all_timezones_set.intersection(name for (name,) in rows)
        return f"{{{','.join(sorted(known))}}}"

    @api.model
    def _facts(self, candidates, at):
        """Return the facts as the pure function takes them."""
        at = at.replace(microsecond=0)
        rules = self.env["hcrm.contact.rule"]._rules()
        rows = self.env.execute_query_dict(self._facts_sql(candidates, at, rules))
        return [Facts(**{**row, "sent": tuple(row["sent"] or ())}) for row in rows]

    @api.model
    def _candidates(self, rows):
        """Return SQL of candidates given as dictionaries; what is not given is empty."""
        columns = SQL(", ".join(CANDIDATE))
        values = SQL(", ").join(
            SQL(
                "(%s)",
                SQL(", ").join(
                    SQL(f"%s::{kind}", row.get(name) or None) for name, kind in CANDIDATE.items()
                ),
            )
            for row in rows
        )
        return SQL("SELECT * FROM (VALUES %s) AS candidate (%s)", values, columns)
