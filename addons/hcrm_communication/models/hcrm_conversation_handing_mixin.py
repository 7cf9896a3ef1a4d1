from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: Roles that answer a class of messages.
ANSWERERS = {
    "care": ("nurse", "doctor", "community_worker"),
    "service": ("officer", "service_manager", "vip_desk"),
    "marketing": ("marketing",),
}


class HcrmConversationHandingMixin(models.AbstractModel):
    """Who has a conversation. Nobody has two owners, none is without a queue."""

    _name = "hcrm.conversation.handing.mixin"
    _description = "Handing Conversations Over"

    def action_take(self):
        """Take it, so that no colleague answers too: of two who press at once, one has it."""
        self.check_access("write")
        self._check_open()
        self.env.flush_all()
        taken = self.env.execute_query(
            SQL(
                """
                UPDATE hcrm_conversation
                   SET user_id = %(uid)s, offered_to_id = NULL,
                       state = CASE WHEN state = 'new' THEN 'open' ELSE state END
                 WHERE id = ANY(%(ids)s) AND closed_at IS NULL
                   AND (user_id IS NULL OR user_id = %(uid)s)
             RETURNING id
                """,
                uid=self.env.uid,
                ids=self.ids,
            )
        )
        self.invalidate_recordset(["user_id", "offered_to_id", "state"])
        missed = self - self.browse(row[0] for row in taken)
        if missed:
            handler = missed[0].sudo().user_id
            raise UserError(self.env._("%s has taken this conversation already.", handler.name))
        self._log_handover("taken", to_user=self.env.user)
        self._notify_desks()

    def action_return(self, note=None):
        """Give it back to the queue."""
        self._check_handled()
        handled = self.sudo()
        handled._log_handover("returned", from_user=handled[:1].user_id, note=note)
        handled.write({"user_id": False, "offered_to_id": False})
        handled._to_queue()
        handled._notify_desks()

    def _offer(self, user, note):
        """Ask a colleague to take over; who has it keeps it until they accept."""
        self._check_handled()
        self.ensure_one()
        offered = self.sudo()
        if not user.active or user.share:
            raise UserError(self.env._("Choose a colleague who works here."))
        if not self._find_answerable(user):
            raise UserError(
                self.env._("%s may not answer this conversation: choose somebody else.", user.name)
            )
        if not offered.user_id:
            offered.user_id = self.env.user
        offered.offered_to_id = user
        offered._log_handover("offered", from_user=offered.user_id, to_user=user, note=note)
        offered._notify_desks()

    def _pass_to_team(self, department, note):
        """Put it into the queue of a team."""
        self._check_handled()
        passed = self.sudo()
        passed._log_handover("team", from_user=passed[:1].user_id, team=department, note=note)
        passed.write({"department_id": department.id, "user_id": False, "offered_to_id": False})
        passed._to_queue()
        passed._notify_desks()

    def action_accept(self):
        """Take over what a colleague offers."""
        offered = self._get_offered()
        offered._log_handover("accepted", from_user=offered.user_id, to_user=self.env.user)
        offered.write({"user_id": self.env.uid, "offered_to_id": False})
        offered._notify_desks()

    def action_decline(self, note=None):
        """Leave it to who offered it."""
        offered = self._get_offered()
        offered._log_handover("declined", from_user=offered.user_id, note=note)
        offered.offered_to_id = False
        offered._notify_desks()

    def _get_offered(self):
        self.ensure_one()
        self.check_access("write")
        self._lock_rows(self.ids)
        self.invalidate_recordset()
        if self.sudo().offered_to_id != self.env.user:
            raise UserError(self.env._("This conversation is not offered to you any more."))
        return self.sudo()

    def _pass_to_desk(self, message_class, note=None):
        """Let nurses and doctors answer, or give back to service what is not about health."""
        self.check_access("write")
        self._check_open()
        passed = self.sudo()
        passed._log_handover(message_class, from_user=passed[:1].user_id, note=note)
        passed.write({"message_class": message_class, "user_id": False, "offered_to_id": False})
        passed._to_queue()
        passed._notify_desks()

    def action_to_care(self, note=None):
        """It is about health: nurses and doctors answer."""
        self._pass_to_desk("care", note)

    def action_to_service(self, note=None):
        """It is not about health: service answers; what was written as care stays closed to it."""
        if not self.env["hcrm.conversation"]._can_read_text("care"):
            raise AccessError(self.env._("Nurses and doctors decide what is not about health."))
        self._pass_to_desk("service", note)

    def action_snooze(self, until):
        """Put it aside for a while; a new message brings it back."""
        self._check_handled()
        moment = fields.Datetime.to_datetime(until)
        if not moment or moment <= fields.Datetime.now():
            raise UserError(self.env._("Choose a time that is still to come."))
        self.sudo().snoozed_until = moment
        self._notify_desks()

    def action_wake(self):
        """Take it up again."""
        self._check_handled()
        self.sudo().snoozed_until = False
        self._notify_desks()

    # RULES

    def _find_answerable(self, user):
        """Return those that the role of somebody answers, in whichever hospitals they work."""
        hospitals = user.sudo().company_ids.ids
        theirs = self.with_user(user).with_context(allowed_company_ids=hospitals)
        return self.browse(theirs._filtered_access("write").ids)

    def _find_unfit(self, name):
        """Return those whose user in that field may not answer them."""
        unfit = self.browse()
        for user, held in self.filtered(name).grouped(name).items():
            unfit |= held - held._find_answerable(user)
        return unfit

    def _release_unfit(self):
        """What became a matter of care goes to who may answer it; so does what somebody has whose
        role was taken away."""
        handled = self.sudo()
        handled._find_unfit("offered_to_id").offered_to_id = False
        lost = handled._find_unfit("user_id")
        for user, held in lost.grouped("user_id").items():
            held._log_handover("released", from_user=user)
        lost.write({"user_id": False, "offered_to_id": False})
        lost._to_queue()
        return lost

    @api.model
    def _release_of_roles(self):
        """Look through all that somebody has: roles change without a word to us."""
        held = Domain("user_id", "!=", False) | Domain("offered_to_id", "!=", False)
        found = self.sudo().search(Domain("closed_at", "=", False) & held)
        found._release_unfit()._notify_desks()

    def _check_open(self):
        if any(one.closed_at for one in self):
            raise UserError(self.env._("This conversation is closed: open it again first."))

    def _check_handled(self):
        """Who may write and has it, or nobody has; a manager may do it for others."""
        self.check_access("write")
        self._check_open()
        for conversation in self.sudo():
            if conversation.sudo(False)._is_others():
                raise UserError(
                    self.env._(
                        "%s handles this conversation: ask for it to be handed over.",
                        conversation.user_id.name,
                    )
                )

    def _is_others(self):
        """True if a colleague has it; a manager does for others what is to be done."""
        handler = self.sudo().user_id
        manager = self.env.user.has_group("hcrm_base.group_service_manager")
        return bool(handler) and handler != self.env.user and not manager

    def _to_queue(self):
        """Unanswered ones are new again for all who may take them."""
        self.filtered(lambda one: one.unanswered_since).state = "new"

    @api.model
    def _release_left(self, users=None):
        """What somebody has who left goes back to the queue, with a line in the log."""
        gone = ("in", users.ids) if users else ("any!", [("active", "=", False)])
        is_open = Domain("closed_at", "=", False)
        left = self.sudo().search(is_open & Domain("user_id", *gone))
        for user, conversations in left.grouped("user_id").items():
            conversations._log_handover("left", from_user=user)
        left.write({"user_id": False, "offered_to_id": False})
        left._to_queue()
        offered = self.sudo().search(is_open & Domain("offered_to_id", *gone))
        offered.write({"offered_to_id": False})
        (left | offered)._notify_desks()

    def _log_handover(self, event, from_user=None, to_user=None, team=None, note=None):
        """Write a line for each of these; append-only."""
        self.env["hcrm.conversation.handover"].sudo().create(
            [
                {
                    "conversation_id": conversation.id,
                    "partner_id": conversation.partner_id.id,
                    "company_id": conversation.company_id.id,
                    "message_class": conversation.message_class,
                    "event": event,
                    "user_id": self.env.uid,
                    "from_user_id": from_user and from_user.id,
                    "to_user_id": to_user and to_user.id,
                    "department_id": team and team.id,
                    "done_at": fields.Datetime.now(),
                    "note_stored": (note or "").strip() or False,
                }
                for conversation in self.sudo()
            ]
        )
