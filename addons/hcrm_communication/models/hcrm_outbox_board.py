from collections import defaultdict
from datetime import timedelta

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, babel_locale_parse

from ..tools.outbox_columns import COLUMNS, RATE_MINUTES, windows
from ..tools.purposes import CHANNELS, PURPOSES, URGENT

QUEUE = ("due", "later")
ENDED = ("claimed", "uncertain", "failed", "refused")
MARKETING = PURPOSES["marketing"].priority
LEVELS = sorted({URGENT, *(purpose.priority for purpose in PURPOSES.values())})


class HcrmOutboxBoard(models.AbstractModel):
    """The outbox at a glance: how many messages are where, by gateway, as of now.

    Asked for every few seconds by whoever looks: one statement whose every arm is bounded by a
    window and walks an index of just these rows. What was sent before today is not looked at,
    however much it is. The reader's record rules are part of each arm.
    """

    _name = "hcrm.outbox.board"
    _description = "Outbox Board"

    @api.model
    @api.readonly
    def get_board(self):
        """Return what the board shows of the messages that the reader may read."""
        self._check_reader()
        gateways = self._get_gateways()
        found = self._find_carriers(self._count(), gateways)
        return {
            "at": fields.Datetime.to_string(fields.Datetime.now()),
            "switch": self.env["hcrm.safety.switch"].get_state(),
            "columns": [
                {"name": name, "label": self.env._(label), "hint": self.env._(hint)}
                for name, (label, hint) in COLUMNS.items()
            ],
            "lines": self._tell_lines(gateways, found),
            "oldest": self._tell_oldest(found),
            "may_set_up": self.env["hcrm.gateway"].has_access("read"),
            "may_switch": self.env.user.has_group("base.group_system"),
        }

    @api.model
    def action_open(self, column, gateway_id=False, channel=False, company_id=False):
        """Return the list of the messages behind a number of the board."""
        self._check_reader()
        gateway = self._get_gateways().filtered(lambda one: one.id == gateway_id)
        channel = gateway.channel or channel
        domain = self._get_windows()[column]
        if column in QUEUE:
            domain &= Domain("company_id", "=", gateway.company_id.id or company_id)
            domain &= Domain("channel", "=", channel)
            domain &= Domain("priority", "in", self._get_levels(gateway, channel, company_id))
        else:
            domain &= Domain("gateway_id", "=", gateway.id)
            if not gateway:
                domain &= Domain([("company_id", "=", company_id), ("channel", "=", channel)])
        return {
            "name": f"{self.env._(COLUMNS[column][0])} · {gateway.name or self._say(channel)}",
            "type": "ir.actions.act_window",
            "res_model": "hcrm.communication",
            "views": [[False, "list"], [False, "kanban"], [False, "form"]],
            "domain": list(domain),
        }

    @api.model
    def _check_reader(self):
        """Staff who read messages see how many there are of those, and of no others."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("The board is for the staff."))
        self.env["hcrm.communication"].check_access("read")

    # COUNTING

    @api.model
    def _get_today(self):
        """Return when the reader's day began, naive UTC."""
        now = fields.Datetime.now().replace(microsecond=0)
        local = fields.Datetime.context_timestamp(self, now)
        midnight = local.replace(hour=0, minute=0, second=0)
        return now - timedelta(seconds=(local - midnight).seconds)

    @api.model
    def _get_windows(self):
        """Return {column: domain}, as of now and of the reader's day."""
        now = fields.Datetime.now().replace(microsecond=0)
        spans = windows(now, self._get_today())
        return {name: Domain(domain) for name, domain in spans.items()}

    @api.model
    def _count(self):
        """Return a dictionary for each column, hospital, channel, gateway and priority."""
        spans = self._get_windows()
        arms = [
            *(self._count_queue(name, spans[name]) for name in QUEUE),
            *(self._count_ended(name, spans[name]) for name in ENDED),
            self._count_left(),
        ]
        return self.env.execute_query_dict(SQL(" UNION ALL ").join(arms))

    @api.model
    def _find(self, window):
        """Return (tables, condition) of the messages of a window which the reader may read.

        The rules are asked for as the reader, the search runs as the superuser: numbers by gateway
        tell of nobody, and a poll is not a reading for the access log.
        """
        messages = self.env["hcrm.communication"]
        allowed = self.env["ir.rule"]._compute_domain(messages._name, "read")
        query = messages.sudo()._search(window & allowed)
        return query.from_clause, query.where_clause

    @api.model
    def _count_queue(self, name, window):
        """Count what waits; as channels and priorities are all named, the queue's own index leads
        to each stretch of it that is due, past all that is not."""
        stretches = Domain([("channel", "in", list(CHANNELS)), ("priority", "in", LEVELS)])
        stretches &= Domain("company_id", "in", self.env.companies.ids)
        tables, where = self._find(stretches & window)
        return SQL(
            """
            SELECT %(name)s AS "column", company_id, channel, NULL::int AS gateway_id, priority,
                   count(*) AS count, min(next_at) AS first_at, NULL::bigint AS recent,
                   NULL::numeric AS cost
              FROM (SELECT hcrm_communication.* FROM %(tables)s WHERE %(where)s) AS message
          GROUP BY company_id, channel, priority
            """,
            name=name,
            tables=tables,
            where=where,
        )

    @api.model
    def _count_ended(self, name, window):
        """Count what is under way, or ended other than well within the window."""
        tables, where = self._find(window)
        return SQL(
            """
            SELECT %(name)s, company_id, channel, gateway_id, NULL::int, count(*),
                   NULL::timestamp, NULL::bigint, NULL::numeric
              FROM (SELECT hcrm_communication.* FROM %(tables)s WHERE %(where)s) AS message
          GROUP BY company_id, channel, gateway_id
            """,
            name=name,
            tables=tables,
            where=where,
        )

    @api.model
    def _count_left(self):
        """Count what left today by whether a receipt came, its speed of late, its cost."""
        today = self._get_today()
        since = fields.Datetime.now() - timedelta(minutes=RATE_MINUTES)
        window = [("state", "in", ("sent", "delivered")), ("sent_at", ">=", min(today, since))]
        tables, where = self._find(Domain(window))
        return SQL(
            """
            SELECT state, company_id, channel, gateway_id, NULL::int,
                   count(*) FILTER (WHERE sent_at >= %(today)s), NULL::timestamp,
                   count(*) FILTER (WHERE sent_at >= %(since)s),
                   sum(cost) FILTER (WHERE sent_at >= %(today)s)
              FROM (SELECT hcrm_communication.* FROM %(tables)s WHERE %(where)s) AS message
          GROUP BY state, company_id, channel, gateway_id
            """,
            today=today,
            since=since,
            tables=tables,
            where=where,
        )

    # WHO CARRIES WHAT

    @api.model
    def _get_gateways(self):
        """Names and health of gateways are for all who see the board, settings are not shown."""
        return (
            self.env["hcrm.gateway"]
            .sudo()
            .with_context(active_test=False)
            .search([("company_id", "in", self.env.companies.ids)])
        )

    @api.model
    def _get_carriers(self, gateways):
        """Return {(hospital, channel, is it marketing): gateway}: the first that carries it."""
        carriers = {}
        for gateway in gateways.filtered("active"):
            for is_marketing, carries in (
                (False, gateway.carries_service),
                (True, gateway.carries_marketing),
            ):
                if carries:
                    key = (gateway.company_id.id, gateway.channel, is_marketing)
                    carriers.setdefault(key, gateway.id)
        return carriers

    @api.model
    def _find_carriers(self, found, gateways):
        """What waits belongs to the gateway that will take it, whichever tried before."""
        carriers, known = self._get_carriers(gateways), set(gateways.ids)
        for row in found:
            if row["column"] in QUEUE:
                key = (row["company_id"], row["channel"], row["priority"] == MARKETING)
                row["gateway_id"] = carriers.get(key)
            elif row["gateway_id"] not in known:
                row["gateway_id"] = None
        return found

    @api.model
    def _get_levels(self, gateway, channel, company_id):
        """Return the priorities of the queue that a gateway serves, or that none does."""
        carriers = self._get_carriers(self._get_gateways())
        company_id = gateway.company_id.id or company_id
        return [
            level
            for level in LEVELS
            if carriers.get((company_id, channel, level == MARKETING), False) == gateway.id
        ]

    # TELLING

    @api.model
    def _tell_lines(self, gateways, found):
        """Return a line for each gateway, and one for each channel that nothing carries."""
        rows = {}
        for row in found:
            nobody = (row["company_id"], row["channel"])
            cells = rows.setdefault(row["gateway_id"] or nobody, defaultdict(float))
            cells[row["column"]] += row["count"]
            cells["recent"] += row["recent"] or 0
            cells["cost"] += float(row["cost"] or 0)
        lines = [
            self._tell_gateway(gateway) | self._tell_cells(gateway.company_id, rows.get(gateway.id))
            for gateway in gateways
            if gateway.active or gateway.id in rows
        ]
        return lines + [
            self._tell_nobody(*key, cells) for key, cells in rows.items() if isinstance(key, tuple)
        ]

    @api.model
    def _tell_nobody(self, company_id, channel, cells):
        """Return the line of a channel that no gateway carries."""
        company = self.env["res.company"].sudo().browse(company_id)
        return {
            "key": f"{company_id}/{channel}",
            "gateway_id": False,
            "name": self.env._("No gateway: %s", self._say(channel)),
            "channel": channel,
            "company_id": company_id,
            "company": company.name,
            "state": "none",
            "why": self.env._("Nothing carries this channel: it waits until it expires."),
        } | self._tell_cells(company, cells)

    @api.model
    def _tell_gateway(self, gateway):
        state, why = self._get_gateway_state(gateway)
        return {
            "key": str(gateway.id),
            "gateway_id": gateway.id,
            "name": gateway.name,
            "channel": gateway.channel,
            "company_id": gateway.company_id.id,
            "company": gateway.company_id.name,
            "state": state,
            "why": why,
        }

    @api.model
    def _get_gateway_state(self, gateway):
        """Return (state, words): open, resting, set up wrong, sandbox or archived."""
        if not gateway.active:
            return "archived", self.env._("Archived: it takes nothing any more.")
        if gateway.is_paused:
            until = fields.Datetime.context_timestamp(self, gateway.paused_until)
            return "wrong" if gateway.is_set_up_wrong else "resting", self.env._(
                "Resting until %(time)s: %(why)s", time=f"{until:%H:%M:%S}", why=gateway.health
            )
        if gateway.sandbox or gateway.kind == "null":
            return "sandbox", self.env._("Sandbox: everything happens but the sending.")
        return "open", gateway.health or ""

    @api.model
    def _tell_cells(self, company, cells):
        cells = cells or {}
        recent, cost = cells.get("recent", 0), cells.get("cost", 0)
        return {
            "counts": {name: int(cells.get(name, 0)) for name in COLUMNS},
            "rate": self.env._("%(rate)s a minute", rate=f"{recent / RATE_MINUTES:.2g}"),
            "cost": cost and self.env._("%(cost)s today", cost=company.currency_id.format(cost)),
        }

    @api.model
    def _tell_oldest(self, found):
        """Return for each priority with due messages how many there are and how old the oldest."""
        due = defaultdict(list)
        for row in found:
            if row["column"] == "due":
                due[row["priority"]].append(row)
        names = self._get_level_names()
        locale = babel_locale_parse(self.env.lang or "en_US")
        now = fields.Datetime.now()
        lines = []
        for level, rows in sorted(due.items()):
            count = sum(row["count"] for row in rows)
            age = max(now - min(row["first_at"] for row in rows), timedelta(0))
            lines.append(
                {
                    "level": level,
                    "name": names[level],
                    "count": count,
                    "told": self.env._("oldest of %(count)s due", count=count),
                    "seconds": int(age.total_seconds()),
                    "age": format_timedelta(age, locale=locale),
                }
            )
        return lines

    @api.model
    def _get_level_names(self):
        field = self.env["hcrm.communication"]._fields["purpose"]
        labels = dict(field._description_selection(self.env))
        names = {purpose.priority: labels[code] for code, purpose in PURPOSES.items()}
        return {URGENT: self.env._("Urgent care"), **names}

    @api.model
    def _say(self, channel):
        field = self.env["hcrm.communication"]._fields["channel"]
        return dict(field._description_selection(self.env)).get(channel, channel)
