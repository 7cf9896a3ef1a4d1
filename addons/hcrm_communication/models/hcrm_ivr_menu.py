from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import inbound_text


class HcrmIvrMenu(models.Model):
    """What a caller hears and may key. Callers hear the version published last.

    A menu that answers calls is published with all menus below it; a call goes on with the version
    it began with, whatever is changed or archived meanwhile.
    """

    _name = "hcrm.ivr.menu"
    _description = "Telephone Menu"
    _inherit = ["hcrm.ivr.script.mixin", "hcrm.ivr.rehearsal.mixin", "hcrm.guarded.write.mixin"]
    _order = "sequence, id"
    _hcrm = Governance(data_class="template")

    name = fields.Char(required=True, help="For colleagues; callers do not hear it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    # which calls
    is_entry = fields.Boolean(
        string="Answers calls", help="Other menus are reached from this one by a key."
    )
    gateway_id = fields.Many2one(
        "hcrm.gateway",
        string="Telephone line",
        domain="[('channel', '=', 'voice'), ('company_id', '=', company_id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: every line of the hospital.",
    )
    numbers = fields.Char(
        string="Numbers called",
        help="Separated by commas; empty: every number. The menu that names the number goes "
        "before one that does not.",
    )

    # what is said
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Spoken first",
        required=True,
        default=lambda self: self.env.company.partner_id.lang or self.env.lang or "en_US",
    )
    greeting = fields.Text(
        string="Words of welcome",
        translate=True,
        help="Said once. The choices follow by themselves, from the list of keys.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening hours",
        domain="[('company_id', 'in', (False, company_id))]",
        default=lambda self: self.env.company.resource_calendar_id,
        ondelete="restrict",
        help="Working hours with their holidays. Empty: around the clock.",
    )
    closed_greeting = fields.Text(
        string="Greeting outside opening hours",
        translate=True,
        help="The greeting of opening hours, if empty.",
    )
    emergency = fields.Char(
        string="In an emergency",
        translate=True,
        default=lambda self: self.env._("In an emergency, hang up and dial 120."),
        help="Said after the greeting.",
    )

    # the keys
    option_ids = fields.One2many("hcrm.ivr.option", "menu_id", string="Choices")
    timeout = fields.Float(
        string="Wait for a key (seconds)", default=6.0, help="After the last word."
    )
    replays = fields.Integer(
        string="Say the choices again",
        default=2,
        help="So often the choices are said again after no key or a wrong one.",
    )
    fallback = fields.Selection(
        selection=[("person", "Put through to a person"), ("hangup", "Say goodbye")],
        string="After that",
        required=True,
        default="person",
        help="Outside opening hours the call ends with a goodbye.",
    )
    queue_id = fields.Many2one(
        "hcrm.call.queue",
        string="Waiting line",
        domain="[('company_id', '=', company_id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Where such a caller waits; the general one, if empty.",
    )

    # what callers hear now
    version_id = fields.Many2one("hcrm.ivr.version", readonly=True, copy=False)
    version_ids = fields.One2many("hcrm.ivr.version", "menu_id", string="Published versions")
    is_changed = fields.Boolean(
        string="Not yet published", compute="_compute_state", help="Callers hear the last version."
    )
    problems = fields.Text(string="To be mended", compute="_compute_state")

    _within_reason = models.Constraint(
        "CHECK (timeout BETWEEN 1 AND 60 AND replays BETWEEN 0 AND 9)",
        "Wait 1 to 60 seconds for a key, and say the choices again 9 times at most.",
    )

    @api.depends(
        "name", "is_entry", "lang", "greeting", "closed_greeting", "emergency", "calendar_id",
        "timeout", "replays", "fallback", "queue_id", "version_id", "option_ids",
        "option_ids.active", "option_ids.key", "option_ids.name", "option_ids.action",
        "option_ids.target_id", "option_ids.text", "option_ids.offered",
    )  # fmt: skip
    def _compute_state(self):
        for menu in self:
            # of a menu that was never saved there is nothing to publish yet
            script = menu.is_entry and bool(menu._origin) and menu._origin._make_script()
            menu.problems = script and "\n".join(menu._describe_problems(script))
            published = menu._origin.version_id.sudo().script
            menu.is_changed = bool(script) and script != published

    @api.constrains("is_entry", "active", "gateway_id", "numbers", "company_id")
    def _check_one_answers(self):
        """Of two menus for the same number nobody could tell which one a caller hears."""
        entries = self.search([("is_entry", "=", True), ("company_id", "in", self.company_id.ids)])
        for menu in self.filtered("is_entry"):
            for other in entries - menu:
                same = other.company_id == menu.company_id and other.gateway_id == menu.gateway_id
                if not same or not menu.active:
                    continue
                mine, theirs = menu._get_numbers(), other._get_numbers()
                if mine & theirs or mine == theirs:
                    raise ValidationError(
                        self.env._(
                            "“%(other)s” answers the same number already: name another number "
                            "or line, or archive one of the two.",
                            other=other.name,
                        )
                    )

    @api.constrains("gateway_id")
    def _check_line(self):
        for menu in self:
            if menu.gateway_id and menu.gateway_id.sudo().channel != "voice":
                raise ValidationError(
                    self.env._(
                        "“%s” carries no calls: choose a line for voice.", menu.gateway_id.name
                    )
                )

    # FINDING

    def _get_numbers(self):
        region = self.company_id.country_id.code or "CN"
        listed = (self.numbers or "").replace("，", ",").replace("、", ",").split(",")
        return {inbound_text.number(one, region) for one in listed if one.strip()}

    @api.model
    def _find_version(self, company, gateway, number):
        """Return the version that answers a call, or nothing: number before line before any."""
        menus = self.sudo().search(
            [
                ("is_entry", "=", True),
                ("company_id", "=", company.id),
                ("version_id", "!=", False),
                ("gateway_id", "in", (False, gateway.id)),
            ]
        )
        called = inbound_text.number(number, company.country_id.code or "CN")
        fitting = [
            ((called in menu._get_numbers(), bool(menu.gateway_id)), menu)
            for menu in menus
            if not menu.numbers or called in menu._get_numbers()
        ]
        best = max(fitting, key=lambda one: one[0], default=(None, menus.browse()))
        return best[1].version_id

    def _is_open(self):
        """True within opening hours."""
        return not self.calendar_id or self.calendar_id._hcrm_is_open(fields.Datetime.now())

    # BUTTONS

    def action_publish(self):
        """Let callers hear the menu as it is now, with all menus below it."""
        for menu in self:
            menu.check_access("write")
            if not menu.is_entry:
                raise UserError(
                    self.env._("Publish the menu that answers calls: this one goes with it.")
                )
            script = menu._make_script()
            if sentences := menu._describe_problems(script):
                raise ValidationError("\n".join(sentences))
            if script != menu.version_id.sudo().script:
                menu.sudo().version_id = self.env["hcrm.ivr.version"]._publish(menu, script)

    def action_withdraw(self):
        """Let no caller hear this menu any more; running calls go on."""
        self.check_access("write")
        self.sudo().version_id = False
