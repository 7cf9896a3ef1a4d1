import logging
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.failures import FAILURES, SETTINGS
from ..tools.gateway import ACCEPTED
from .outbox_clock import rehearsal

_logger = logging.getLogger(__name__)

ACTIVITY = "hcrm_communication.mail_activity_type_gateway"
#: What does not pass by itself after so many troubles in a row (40 minutes) wants a person, too.
MANY = 10


class HcrmGatewayTroubleMixin(models.AbstractModel):
    """A gateway that does not take messages: it rests, says why, and calls an administrator.

    Its messages stay due. It is tried again by itself, more and more rarely, and at once by a
    button, which asks the far end without sending anything.
    """

    _name = "hcrm.gateway.trouble.mixin"
    _description = "Gateway in Trouble"
    _inherit = ["hcrm.quiet.activity.mixin"]

    is_paused = fields.Boolean(compute="_compute_health")
    is_set_up_wrong = fields.Boolean(compute="_compute_health")
    health = fields.Char(string="Trouble", compute="_compute_health")
    health_detail = fields.Char(string="The far end's words", compute="_compute_health")
    paused_until = fields.Datetime(string="Tried again at", compute="_compute_health")

    @api.depends("meter_id.paused_until", "meter_id.trouble", "meter_id.trouble_detail")
    @api.depends_context("lang")
    def _compute_health(self):
        now = fields.Datetime.now()
        for gateway in self:
            meter = gateway.sudo().meter_id[:1]
            gateway.is_paused = bool(meter.paused_until and meter.paused_until > now)
            gateway.paused_until = gateway.is_paused and meter.paused_until
            gateway.is_set_up_wrong = meter.trouble in SETTINGS
            words = FAILURES.get(meter.trouble)
            gateway.health = words and words._translate(self.env.lang or "en_US")
            gateway.health_detail = meter.trouble_detail

    # BUTTONS

    def action_check(self):
        """Ask the far end; if it would take messages, go on at once."""
        self.ensure_one()
        self.check_access("write")
        outcome = self._check_far_end()
        if outcome.status == ACCEPTED:
            self._note_health()
            self.env["hcrm.outbox"]._trigger()
            return self._tell(self.env._("The gateway answers: what waits goes now."), "success")
        self.env["hcrm.gateway.meter"].sudo()._note_health(self)  # what was known before is over
        self._note_trouble(outcome.code or "gateway_garbage", outcome.detail[:200])
        words = FAILURES.get(outcome.code)
        told = words._translate(self.env.lang or "en_US") if words else outcome.code
        return self._tell(f"{told}\n{outcome.detail[:200]}", "danger")

    def action_resume(self):
        """Try again now with the messages that wait."""
        self.check_access("write")
        for gateway in self:
            gateway._note_health()
        self.env["hcrm.outbox"]._trigger()

    @api.model
    def action_stop_all(self):
        """Close the outbox: the stop that an administrator of HCRM finds without the settings."""
        self.env["hcrm.safety.switch"].action_close()
        return {"type": "ir.actions.client", "tag": "reload"}

    def _check_far_end(self):
        """Return the outcome of asking, by the settings as they are, sandbox or not."""
        if self.env["hcrm.safety.switch"]._get_state() == "neutralized":
            raise UserError(self.env._("A neutralised copy speaks to no provider."))
        [connection] = self._open_connections(1, sandbox=False)
        try:
            return connection.check()
        finally:
            connection.close()

    def _tell(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": message,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # NOTES OF THE OUTBOX

    def _note_trouble(self, code, detail):
        """Pause, and call an administrator when that alone will not help."""
        failures = self.env["hcrm.gateway.meter"].sudo()._note_trouble(self, code, detail)
        self.invalidate_recordset(["meter_id"])
        if failures and not rehearsal() and (code in SETTINGS or failures >= MANY):
            with self._aside():
                self._call_administrators(code)

    def _note_health(self):
        """It works: whoever was called need not look any more."""
        if self.env["hcrm.gateway.meter"].sudo()._note_health(self):
            self.invalidate_recordset(["meter_id"])
            with self._aside():
                self.sudo().activity_unlink([ACTIVITY])

    @contextmanager
    def _aside(self):
        """Calling people must not take back what was noted about messages that left."""
        try:
            with self.env.cr.savepoint():
                yield
        except Exception:  # pylint: disable=broad-except
            _logger.exception("The administrators of gateway %s were not told", self.id)

    def _call_administrators(self, code):
        """Put the gateway on the list of each administrator of the hospital, once."""
        gateway = self.sudo().with_context(mail_activity_quick_update=True)
        called = gateway.activity_search([ACTIVITY]).user_id
        for user in gateway._get_administrators() - called:
            words = FAILURES[code]._translate(user.lang or "en_US") if code in FAILURES else code
            summary = gateway.with_context(lang=user.lang).env._(
                "Messages wait: %(why)s", why=words
            )
            gateway.activity_schedule(
                ACTIVITY, fields.Date.context_today(self), summary=summary, user_id=user.id
            )

    def _get_administrators(self):
        """Return who is called: administrators of HCRM, else those of the system who may look."""
        for group in ("hcrm_base.group_hcrm_admin", "base.group_system"):
            users = self.env.ref(group).sudo().all_user_ids
            if found := users.filtered(lambda user: user.active and self._is_seen_by(user)):
                return found
        _logger.error("Gateway %s is in trouble, and there is no administrator", self.id)
        return self.env["res.users"]

    def _is_seen_by(self, user):
        """True for who works for the hospital and may open the gateway."""
        if self.company_id not in user.company_ids:
            return False
        own = self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        return own.has_access("read")
