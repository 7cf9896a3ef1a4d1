from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, LockError, UserError
from odoo.fields import Domain

from .hcrm_complaint_desk import LEVELS
from .hcrm_complaint_handover import GIVING

#: Refused so often, or twice at the same desk: nobody feels responsible.
PING_PONG_DECLINES = 2


class HcrmComplaintCustodyMixin(models.AbstractModel):
    """Who has the case: one desk always, perhaps one handler there; every change is in the ledger.

    An offer moves nothing until it is accepted; passing up moves at once, because who passes up
    has said that they cannot settle it.
    """

    _name = "hcrm.complaint.custody.mixin"
    _description = "Custody of Cases"

    desk_id = fields.Many2one(
        "hcrm.complaint.desk", required=True, readonly=True, index=True,
        ondelete="restrict", copy=False, tracking=True,
        default=lambda self: self._default_desk_id(),
    )  # fmt: skip
    user_id = fields.Many2one(
        "res.users", string="Handler", readonly=True, index="btree_not_null", ondelete="restrict",
        copy=False, tracking=True,
    )  # fmt: skip
    level = fields.Selection(
        selection=LEVELS, string="Rung", readonly=True, copy=False, default="2",
        help="The highest rung that has dealt with it.",
    )  # fmt: skip
    handover_ids = fields.One2many(
        "hcrm.complaint.handover", "complaint_id", string="Custody", readonly=True
    )
    offer_id = fields.Many2one(
        "hcrm.complaint.handover", string="Open offer", readonly=True, copy=False,
        ondelete="restrict",
    )  # fmt: skip
    offered_desk_id = fields.Many2one(
        "hcrm.complaint.desk", string="Offered to", readonly=True, copy=False,
        index="btree_not_null", ondelete="restrict",
    )  # fmt: skip
    offered_user_id = fields.Many2one(
        "res.users", string="Offered to the colleague", readonly=True, copy=False,
        index="btree_not_null", ondelete="restrict",
    )  # fmt: skip
    declined_count = fields.Integer(string="Times declined", readonly=True, copy=False)
    is_ping_pong = fields.Boolean(
        string="Passed back and forth", readonly=True, copy=False,
        help="Declined twice, or back at a desk that had it.",
    )  # fmt: skip
    is_mine = fields.Boolean(compute="_compute_my_part", export_string_translation=False)
    is_at_my_desk = fields.Boolean(
        compute="_compute_my_part", search="_search_is_at_my_desk", export_string_translation=False
    )
    may_move = fields.Boolean(compute="_compute_my_part", export_string_translation=False)
    is_offered_to_me = fields.Boolean(
        compute="_compute_my_part",
        search="_search_is_offered_to_me",
        export_string_translation=False,
    )

    is_at_office = fields.Boolean(related="desk_id.is_office", string="At the complaint office")

    @api.model
    def _default_desk_id(self):
        """Everything begins at the office of the hospital."""
        return self.env["hcrm.complaint.desk"]._find_offices(self.env.company)[self.env.company]

    @api.depends("desk_id", "user_id", "offered_desk_id", "offered_user_id")
    @api.depends_context("uid")
    def _compute_my_part(self):
        desks, user = self.env.user._hcrm_complaint_desks(), self.env.user
        office = user._hcrm_is_complaint_office()
        for case in self:
            case.is_mine = case.user_id == user
            case.is_at_my_desk = case.desk_id in desks
            case.may_move = office or case.is_mine or case.is_at_my_desk
            case.is_offered_to_me = bool(case.offered_desk_id) and (
                case.offered_user_id == user
                or (not case.offered_user_id and case.offered_desk_id in desks)
            )

    def _search_is_at_my_desk(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("desk_id", "in", self.env.user._hcrm_complaint_desks().ids)

    def _search_is_offered_to_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        desks = self.env.user._hcrm_complaint_desks()
        to_desk = Domain("offered_user_id", "=", False) & Domain("offered_desk_id", "in", desks.ids)
        return Domain("offered_user_id", "=", self.env.uid) | to_desk

    # THE LEDGER

    def _log_custody(self, event, reason="", rule_name="", offers=None, to=None):
        """Append one row for each case: where it is now, or ``to`` (desk, user) for an offer.

        :param offers: {case: the offer that this decides}
        """
        now = self._now()
        rows = []
        for case in self:
            desk, user = to or (case.desk_id, case.user_id)
            rows.append(
                {
                    "complaint_id": case.id,
                    "company_id": case.company_id.id,
                    "event": event,
                    "is_giving": event in GIVING,
                    "desk_id": desk.id,
                    "user_id": user.id,
                    "from_desk_id": case.desk_id.id if to else False,
                    "by_user_id": self.env.uid,
                    "level": case.level,
                    "done_at": now,
                    "reason": reason or False,
                    "rule_name": rule_name or False,
                    "offer_id": offers[case].id if offers else False,
                }
            )
        return self.env["hcrm.complaint.handover"].sudo().create(rows)

    def _give(self, event, desk, user=None, **logged):
        """Move the cases to ``desk`` and write it down; open offers end."""
        offers = self.sudo().filtered("offer_id")
        if event not in ("accepted",) and offers:
            offers._end_offers("withdrawn")
        values = {
            "desk_id": desk.id,
            "user_id": user.id if user else False,
            "offer_id": False,
            "offered_desk_id": False,
            "offered_user_id": False,
        }
        cases_sudo = self.sudo()
        for case in cases_sudo:
            case.write({**values, "level": max(case.level or "0", desk.level)})
        rows = cases_sudo._log_custody(event, **logged)
        cases_sudo._flag_ping_pong()
        cases_sudo._on_custody(event)
        return rows

    def _on_custody(self, event):
        """Called after cases changed hands; addons and other mixins extend it."""

    def _flag_ping_pong(self):
        """A case that was declined twice, or came back to a desk, needs somebody to decide."""
        ledger = self.env["hcrm.complaint.handover"]
        came = ledger._read_group(
            [("complaint_id", "in", self.ids), ("event", "in", ("accepted", "raised"))],
            ["complaint_id", "desk_id"],
            ["__count"],
            having=[("__count", ">", 1)],
        )
        back = {case.id for case, _desk, _count in came}
        for case in self:
            flag = case.declined_count >= PING_PONG_DECLINES or case.id in back
            if flag != case.is_ping_pong:
                case.is_ping_pong = flag

    def _lock_cases(self):
        """Lock these cases until the end of the transaction.

        While another worker holds one, Odoo tries the request again: who comes second is told what
        the first one did. Rows that only point to a case do not wait for it, nor it for them.
        """
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise ConcurrencyError("A case is being changed by another worker") from error

    # WHO MAY

    def _check_at_desk(self):
        """Whoever sits at the desk that has the case moves it; the office moves every case."""
        self.check_access("write")
        if self.env.su or self.env.user._hcrm_is_complaint_office():
            return
        if any(not case.is_at_my_desk and not case.is_mine for case in self):
            raise AccessError(
                self.env._("This case is at another desk: who has it decides where it goes.")
            )

    def _check_open(self):
        if any(not case.is_open for case in self):
            raise UserError(self.env._("This case is closed: open it again first."))

    # VERBS

    def action_take(self):
        """Take cases of one's desk into hand."""
        self._check_at_desk()
        self._check_open()
        self.sudo()._lock_cases()
        for case in self:
            if case.user_id and case.user_id != self.env.user and not case._may_take_over():
                raise UserError(
                    self.env._(
                        "%(user)s has this case: ask for it, or let the head assign it.",
                        user=case.user_id.name,
                    )
                )
        for desk, cases in self.filtered(lambda one: not one.is_mine).grouped("desk_id").items():
            cases._give("taken", desk, self.env.user)

    def _may_take_over(self):
        """Who left has nothing in hand; managers may take from everybody."""
        manager = self.env.user.has_group("hcrm_base.group_service_manager")
        return manager or not self.user_id.active

    def _assign(self, user):
        """Give cases to a colleague at the same desk."""
        self._check_at_desk()
        self._check_open()
        for desk, cases in self.grouped("desk_id").items():
            if user not in desk.member_ids:
                raise UserError(
                    self.env._(
                        "%(user)s does not work at “%(desk)s”.", user=user.name, desk=desk.name
                    )
                )
            cases._give("assigned", desk, user)

    def action_release(self):
        """Put cases back on the desk."""
        self._check_at_desk()
        for desk, cases in self.filtered("user_id").grouped("desk_id").items():
            cases._give("released", desk)

    def _offer(self, desk, reason="", user=None):
        """Offer cases to another desk, perhaps to one colleague there: they stay until accepted."""
        self._check_at_desk()
        self._check_open()
        desk._check_manned()
        cases_sudo = self.sudo()
        cases_sudo._lock_cases()
        self._check_may_go(desk, user)
        cases_sudo.filtered("offer_id")._end_offers("withdrawn")
        rows = cases_sudo._log_custody(
            "offered", reason=reason, to=(desk, user or self.env["res.users"])
        )
        for case, row in zip(cases_sudo, rows, strict=True):
            case.write(
                {
                    "offer_id": row.id,
                    "offered_desk_id": desk.id,
                    "offered_user_id": user.id if user else False,
                }
            )
        cases_sudo._on_offered()

    def _on_offered(self):
        """Called after an offer was made; other mixins tell who is asked."""

    def _check_may_go(self, desk, user=None):
        """Refuse a desk where only those complained about would see the case."""
        for case in self:
            if case.desk_id == desk and not user:
                raise UserError(self.env._("The case is at “%(desk)s” already.", desk=desk.name))
            if desk.company_id != case.company_id:
                raise UserError(
                    self.env._(
                        "“%(desk)s” belongs to another hospital than the case.", desk=desk.name
                    )
                )
            accused = case.sudo().accused_user_ids
            others = (user or desk.member_ids) - accused
            if not others and not desk.is_outside:
                raise UserError(
                    self.env._(
                        "At “%(desk)s” the case would be with those it is about only: pass it up.",
                        desk=desk.name,
                    )
                )

    def action_accept_offer(self):
        """Take over what is offered; of two who accept at once the second is told."""
        self._check_offered_to_me()
        cases_sudo = self.sudo()
        offers = {case: case.offer_id for case in cases_sudo}
        for desk, cases in cases_sudo.grouped("offered_desk_id").items():
            cases._give(
                "accepted", desk, self.env.user, offers={case: offers[case] for case in cases}
            )

    def _decline_offer(self, reason):
        """Say no, and why; the case stays where it is."""
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the case is not yours: the next one reads it."))
        self._check_offered_to_me()
        cases_sudo = self.sudo()
        for case in cases_sudo:
            case.declined_count += 1
        cases_sudo._end_offers("declined", reason)
        cases_sudo._flag_ping_pong()

    def action_withdraw_offer(self):
        self._check_at_desk()
        cases_sudo = self.sudo()
        cases_sudo._lock_cases()
        cases_sudo.filtered("offer_id")._end_offers("withdrawn")

    def _check_offered_to_me(self):
        cases_sudo = self.sudo()
        cases_sudo._lock_cases()
        cases_sudo.invalidate_recordset(["offer_id", "offered_desk_id", "offered_user_id"])
        office = self.env.user._hcrm_is_complaint_office()
        for case in self:
            if not case.sudo().offer_id:
                raise UserError(
                    self.env._("This offer is decided already: look where the case is now.")
                )
            if not case.is_offered_to_me and not office:
                raise AccessError(self.env._("This case is offered to another desk."))

    def _end_offers(self, event, reason=""):
        """Write the decision on open offers; called with the rights of the system."""
        offers = {case: case.offer_id for case in self}
        for case in self:
            to = (case.offered_desk_id, case.offered_user_id)
            case._log_custody(event, reason=reason, offers=offers, to=to)
        self.write({"offer_id": False, "offered_desk_id": False, "offered_user_id": False})
        self._on_offer_ended()

    def _on_offer_ended(self):
        """Called after an offer was accepted, declined or taken back."""

    def _pass_up(self, reason, rule_name="", highest="5"):
        """Move cases to the next rung, at once; the top stays where it is.

        :param highest: above this rung nothing is moved: rules stay within the hospital
        :return: the cases that moved
        """
        self._check_at_desk()
        self._check_open()
        cases_sudo = self.sudo()
        cases_sudo._lock_cases()
        above = cases_sudo._find_desks_above()
        moving = cases_sudo.filtered(lambda case: above[case] and above[case].level <= highest)
        for desk, cases in moving.grouped(above.get).items():
            cases._give("raised", desk, reason=reason, rule_name=rule_name)
        return self.browse(moving.ids)

    def _find_desks_above(self):
        """Return {case: the desk above, if any}, asked once for cases that are alike."""
        known = {}
        for case in self:
            key = (case.desk_id, case.accused_user_ids)
            if key not in known:
                known[key] = case._find_desk_above()
        return {case: known[case.desk_id, case.accused_user_ids] for case in self}

    def _find_desk_above(self):
        """Return the next manned desk up, where somebody sits whom the case is not about."""
        desk = self.desk_id
        while desk := desk._get_desk_above():
            if desk.is_outside or desk.member_ids - self.accused_user_ids:
                return desk
        return desk

    def action_return_to_office(self):
        """Give cases back to the complaint office."""
        self._check_at_desk()
        self._check_open()
        offices = self.env["hcrm.complaint.desk"]._find_offices(self.company_id)
        for company, cases in self.grouped("company_id").items():
            cases._give("returned", offices[company])

    # NOBODY LEFT

    @api.model
    def _release_left(self, users):
        """Put back on their desk what users who left had in hand; offers to them go back."""
        cases_sudo = self.env["hcrm.complaint"].sudo()
        held = cases_sudo.search([("user_id", "in", users.ids), ("is_open", "=", True)])
        for desk, cases in held.grouped("desk_id").items():
            cases._give("released", desk)
        offered = cases_sudo.search([("offered_user_id", "in", users.ids)])
        offered._end_offers("withdrawn")

    def _rescue_orphans(self):
        """Bring cases from desks where nobody works any more back to the office."""
        cases_sudo = self.env["hcrm.complaint"].sudo()
        groups = cases_sudo._read_group([("is_open", "=", True)], ["desk_id"], ["id:recordset"])
        empty = [
            (desk, cases)
            for desk, cases in groups
            if not desk.is_office and not desk.is_outside and not desk.member_ids
        ]
        offices = self.env["hcrm.complaint.desk"]._find_offices(
            self.env["res.company"].union(*(desk.company_id for desk, _cases in empty))
        )
        for desk, cases in empty:
            cases._give("returned", offices[desk.company_id], reason=desk.name)
