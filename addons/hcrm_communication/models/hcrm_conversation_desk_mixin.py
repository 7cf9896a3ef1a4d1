from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.purposes import CHANNELS

#: Conversations of a page of the list.
PAGE = 40
VIEWS = ("mine", "queue", "overdue", "waiting", "snoozed", "all", "closed")


class HcrmConversationDeskMixin(models.AbstractModel):
    """What the desk shows: the list with its numbers, and one conversation with all beside it."""

    _name = "hcrm.conversation.desk.mixin"
    _description = "Desk of Conversations"

    @api.model
    def get_desk(self, view="mine", text="", offset=0, limit=PAGE):
        """Return the conversations of a view, and how many there are in each."""
        domain = self._get_view_domain(view) & self._get_text_domain(text)
        limit = max(1, min(int(limit), 200))
        order = {"mine": "unanswered_since, last_at DESC", "queue": "due_at, id"}.get(view)
        order = "due_at, id" if view == "overdue" else order or "last_at DESC, id DESC"
        found = self.search(domain, offset=offset, limit=limit + 1, order=order)
        return {
            "may_begin": self.env["hcrm.conversation.begin"].has_access("create"),
            "counts": self._get_counts(),
            "lines": found[:limit]._get_lines(),
            "more": len(found) > limit,
        }

    @api.model
    def _get_view_domain(self, view):
        """Return the conversations of one view of the desk."""
        is_open = Domain("closed_at", "=", False)
        now = fields.Datetime.now()
        here = Domain("snoozed_until", "=", False) | Domain("snoozed_until", "<=", now)
        mine = Domain("user_id", "=", self.env.uid) | Domain("offered_to_id", "=", self.env.uid)
        late = Domain("unanswered_since", "!=", False) & Domain("due_at", "<", now)
        free = Domain("user_id", "=", False) & self._get_workable_domain()
        return {
            "mine": is_open & mine & here,
            "queue": is_open & free & here & Domain("state", "=", "new"),
            "overdue": is_open & late & (mine | self._get_workable_domain()),
            "waiting": is_open & Domain("state", "=", "waiting") & mine,
            "snoozed": is_open & mine & Domain("snoozed_until", ">", now),
            "closed": ~is_open,
        }.get(view, is_open)

    @api.model
    def _get_workable_domain(self):
        """Return what this user may answer: by role, and by team where one was named."""
        rules = Domain(self.env["ir.rule"]._compute_domain(self._name, "write"))
        if self.env.user.has_group("hcrm_base.group_service_manager"):
            return rules
        teams = self.env.user.sudo().hcrm_department_ids
        return rules & (
            Domain("department_id", "=", False) | Domain("department_id", "in", teams.ids)
        )

    @api.model
    def _get_text_domain(self, text):
        """Return who is looked for: by the customer's name, or by the whole number or address of
        who is not known."""
        text = (text or "").strip()
        if not text:
            return Domain.TRUE
        person = Domain("partner_id", "any", [("display_name", "ilike", text)])
        if "@" not in text and sum(one.isdecimal() for one in text) < 5:
            return person
        channel = "email" if "@" in text else "sms"
        address = self.env["hcrm.inbound"]._normalize_sender(channel, self.env.company, text)
        # all of it or nothing: who may not see a number must not find it out piece by piece
        unknown = self.sudo()._search(
            [
                ("partner_id", "=", False),
                ("company_id", "in", self.env.companies.ids),
                ("channel", "in", list(CHANNELS)),
                ("address_stored", "=", address),
            ]
        )
        return person | Domain("id", "in", unknown)

    @api.model
    def _get_counts(self):
        """Return how many conversations each view has, in one query."""
        query = self._search(Domain("closed_at", "=", False))
        views = ("mine", "queue", "overdue", "waiting", "snoozed")
        columns = [
            SQL("count(*) FILTER (WHERE %s)", self._get_condition(query, view)) for view in views
        ]
        [row] = self.env.execute_query(query.select(*columns))
        return dict(zip(views, row, strict=True))

    @api.model
    def _get_condition(self, query, view):
        domain = self._get_view_domain(view).optimize_full(self)
        return domain._to_sql(self, query.table, query)

    def _get_lines(self):
        """Return what the list shows of each."""
        classes = dict(self._fields["message_class"]._description_selection(self.env))
        # one batch for all: names of customers and colleagues
        this = self.sudo()
        this.partner_id.mapped("name")
        this.user_id.mapped("name")
        return [
            {
                "id": talk.id,
                "name": talk.display_name,
                "channel": talk.channel,
                "preview": talk.preview,
                "message_class": talk.message_class,
                "class_label": classes[talk.message_class],
                "state": talk.state,
                "unread": talk.unread,
                "at": f"{talk.last_at}Z",
                "due_at": talk.due_at and f"{talk.due_at}Z",
                "is_overdue": talk.is_overdue,
                "user": stored.user_id.name or False,
                "is_mine": stored.user_id == self.env.user,
                "is_offered": stored.offered_to_id == self.env.user,
                "is_known": bool(stored.partner_id),
                "has_failed": bool(stored.undelivered_id),
                "is_begun": not stored.last_inbound_id,
            }
            for talk, stored in zip(self, this, strict=True)
        ]

    def get_conversation(self):
        """Return one conversation with the first page of its thread and all that stands beside."""
        self.ensure_one()
        self.check_access("read")
        stored = self.sudo()
        may_write = self.has_access("write")
        person = stored.partner_id.sudo(False)
        may_read = bool(person._filtered_access("read")) if person else False
        line = self._get_lines()[0]
        states = dict(self._fields["state"]._description_selection(self.env))
        return line | {
            "partner_id": person.id if may_read else False,
            "address": self.address,
            "state_label": states[self.state],
            "is_closed": bool(stored.closed_at),
            "is_snoozed": self.is_snoozed,
            "snoozed_until": stored.snoozed_until and f"{stored.snoozed_until}Z",
            "offered_to": stored.offered_to_id.name or False,
            "team": stored.department_id.name or False,
            "merged_into": stored.merged_into_id.id or False,
            "why_failed": stored.undelivered_id.sudo(False).why if may_write else False,
            "may_write": may_write,
            "is_others": self._is_others(),
            "may_lower": self._can_read_text("care") and stored.message_class == "care",
            "channels": self._get_channels() if may_write and stored.partner_id else [],
            "candidates": self._get_candidates() if may_write and not stored.partner_id else [],
            "actions": [
                {
                    "name": one["name"],
                    "label": stored.partner_id and one.get("label_known") or one["label"],
                    "icon": one["icon"],
                }
                for one in self._get_own_actions()
                if stored.partner_id or not one.get("needs_person", True)
                if stored.last_inbound_id or "label_known" not in one
            ],
            "outcomes": self._get_outcomes(),
            "thread": self.get_thread(),
        }

    def _get_candidates(self):
        """Return who has this number or address, as far as the user may read them."""
        last = self.sudo().last_inbound_id
        found = last and last._find_persons().with_env(self.env)._filtered_access("read")
        return [{"id": one.id, "name": one.display_name} for one in found or ()]

    def mark_read(self):
        """Who may answer has seen the new messages."""
        self.check_access("write")
        seen = self.sudo().filtered("unread")
        if seen:
            seen.unread = 0
            seen._notify_desks()
