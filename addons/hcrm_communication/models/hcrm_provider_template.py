from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import message_lint, template_text
from ..tools.platforms import registered
from ..tools.platforms.web import TroubleError
from ..tools.sms_text import measure

_lt = LazyTranslate(__name__)

#: What is frozen once the provider has it.
WORDS = frozenset(("gateway_id", "text_id", "words", "way"))
#: Places that stand for the same words in every message of a hospital.
CONSTANTS = ("hospital.name", "hospital.phone", "hospital.address")
TROUBLES = {
    "touching": _lt("Two gaps touch: put words between them, or make one gap of both."),
    "twice": _lt("Two gaps have the same name."),
    "brace": _lt("There is a brace that opens no gap: gaps look like ${name}."),
    "signature": _lt("The provider puts the signature before it itself: leave 【】 out."),
}


class HcrmProviderTemplate(models.Model):
    """A text as a provider has it registered, with gaps for values, and whether it approved it.

    A gateway that takes registered texts only lets a message go if its words are one of these.
    """

    _name = "hcrm.provider.template"
    _description = "Text Registered with a Provider"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "gateway_id, state, id"
    _rec_name = "code"
    _hcrm = Governance(data_class="template")

    gateway_id = fields.Many2one(
        "hcrm.gateway",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("kind", "in", ("aliyun", "wechat_oa"))],
    )
    company_id = fields.Many2one(related="gateway_id.company_id", store=True, index=True)
    gateway_kind = fields.Selection(related="gateway_id.kind", string="Provider")
    active = fields.Boolean(default=True)
    text_id = fields.Many2one(
        "hcrm.message.template.text",
        string="Text of ours",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('state', '=', 'approved')]",
        help="The approved text that it registers. Empty for what programs write: codes, replies.",
    )
    way = fields.Selection(
        selection=[("template", "Template message"), ("subscribe", "Subscription message")],
        string="Sent as",
        required=True,
        default="template",
        help="WeChat: a template message, or one that the person subscribed to.",
    )
    code = fields.Char(
        string="Provider's number", help="As the provider's console shows it: SMS_154950909."
    )
    words = fields.Text(
        string="Registered words",
        required=True,
        compute="_compute_words",
        store=True,
        precompute=True,
        readonly=False,
        help="Letter by letter as the provider has them, without the signature; gaps are ${name}.",
    )
    gap_help = fields.Char(string="What fills the gaps", compute="_compute_example")
    example = fields.Text(string="As it arrives", compute="_compute_example")
    size = fields.Char(string="Length", compute="_compute_example")
    differs = fields.Boolean(
        string="Says something else",
        compute="_compute_differs",
        help="Our text in force is worded otherwise: its messages do not go this way.",
    )

    state = fields.Selection(
        selection=[
            ("draft", "Not handed in"),
            ("submitted", "With the provider"),
            ("approved", "Approved there"),
            ("refused", "Refused there"),
        ],
        required=True,
        readonly=True,
        default="draft",
    )
    refusal = fields.Char(string="Why refused")
    decided_at = fields.Datetime(string="State known since", readonly=True)

    _code_uniq = models.UniqueIndex(
        "(gateway_id, code) WHERE code IS NOT NULL",
        "This number of the provider is registered already.",
    )

    @api.depends("text_id", "gateway_id")
    def _compute_words(self):
        """Propose what to hand in; the person may word it as the provider wants it."""
        for one in self:
            one.words = one._propose()[0] if one.text_id else one.words

    def _propose(self):
        """Return (words, {gap: places}) for the text of ours."""
        text = self.text_id
        company = self.gateway_id.company_id or self.env.company
        rows = self.env["hcrm.template.renderer"]._read_companies({company.id})[company.id]
        family = (text.lang or "zh")[:2]
        constants = {name: rows.get(name.partition(".")[2]) or "" for name in CONSTANTS}
        constants = {name: template_text.plain(one) for name, one in constants.items()}
        constants["opt_out"] = message_lint.OPT_OUT.get(family, message_lint.OPT_OUT["en"])
        typed = self.gateway_id.kind == "wechat_oa"
        gap = "{{%s.DATA}}" if typed else "${%s}"
        base = f"{self.get_base_url()}/s/"
        return registered.propose(text.body, constants, base, gap, typed)

    @api.depends("words", "text_id", "gateway_id")
    def _compute_example(self):
        for one in self:
            gaps = registered.parse("", one.words).gaps
            ours = one._propose()[1] if one.text_id else {}
            one.gap_help = ", ".join(
                f"{name}: {one._say_places(ours.get(name)) or '–'}" for name in gaps
            )
            is_sms = one.gateway_id.channel == "sms"
            signature = one.gateway_id.sudo()._get_signature() if is_sms else ""
            filled = registered.parse("", one.words).fill({name: f"〔{name}〕" for name in gaps})
            one.example = f"{signature}{filled}"
            size = measure(one.example)
            one.size = is_sms and self.env._(
                "%(units)s characters, %(parts)s parts", units=size.units, parts=size.parts
            )

    @api.model
    def _say_places(self, places):
        previews = self.env["hcrm.message.template.text"]
        return " + ".join(previews._say_place(name) for name in (places or "").split())

    @api.depends("words", "text_id.body", "text_id.state")
    def _compute_differs(self):
        for one in self:
            one.differs = bool(one.text_id) and (
                one.text_id.state == "replaced" or one._gapless(one.words) != one._gapless()
            )

    def _gapless(self, words=None):
        """Return the words between the gaps, by which two texts are the same."""
        words = self._propose()[0] if words is None else words
        return registered.parse("", words).pieces[::2]

    @api.constrains("words")
    def _check_words(self):
        for one in self:
            if found := registered.trouble(one.words):
                raise ValidationError(TROUBLES[found]._translate(self.env.lang or "en_US"))

    def write(self, vals):
        if not WORDS.isdisjoint(vals) and any(one.state != "draft" for one in self):
            raise UserError(
                self.env._("The provider has these words: register changed ones as a new text.")
            )
        if any(
            one.state == "approved" and (one.code or False) != (vals["code"] or False)
            for one in self
            if "code" in vals
        ):
            raise UserError(
                self.env._("The provider approved it under this number: register a new text.")
            )
        return super().write(vals)

    # LIFE

    def action_submit(self):
        """It was handed in."""
        self._move("submitted", ("draft", "refused"))

    def action_approve(self):
        """The provider approved it: messages go by it from now on."""
        if any(not one.code for one in self):
            raise UserError(self.env._("Write down the provider's number first."))
        self._move("approved", ("draft", "submitted", "refused"))

    def action_refuse(self):
        """The provider refused it, or took its approval back."""
        self._move("refused", ("submitted", "approved"))

    def action_again(self):
        """Word it anew."""
        self._move("draft", ("submitted", "refused"))

    def _move(self, state, before):
        self.check_access("write")
        if any(one.state not in before for one in self):
            raise UserError(self.env._("That does not follow its present state."))
        self.sudo().write({"state": state, "decided_at": fields.Datetime.now()})

    def action_ask_provider(self):
        """Ask the provider what it decided, and whether it has the same words."""
        self.ensure_one()
        self.check_access("write")
        if not self.code:
            raise UserError(self.env._("Write down the provider's number first."))
        self._check_may_ask()
        [connection] = self.gateway_id._open_connections(1, sandbox=False)
        try:
            state, words, reason = connection.ask_template(self.code)
        except TroubleError as trouble:
            raise UserError(self._say_trouble(trouble.outcome)) from trouble
        finally:
            connection.close()
        if words.strip() != (self.words or "").strip():
            raise UserError(
                self.env._(
                    "The provider has other words under this number:\n%(words)s", words=words[:500]
                )
            )
        values = {"state": state, "refusal": reason[:500], "decided_at": fields.Datetime.now()}
        self.sudo().write(values)

    def _check_may_ask(self):
        if self.env["hcrm.safety.switch"]._get_state() == "neutralized":
            raise UserError(self.env._("A neutralised copy speaks to no provider."))

    def _say_trouble(self, outcome):
        words = self.env["hcrm.communication"]._say_reasons(
            {"failure_code": outcome.code, "failure_values": {}}
        )
        return f"{words}\n{outcome.detail}"

    def _get_approved(self):
        """Return the approved texts as the adapters take them."""
        return tuple(
            registered.parse(one.code, one.words, one.way)
            for one in self
            if one.state == "approved" and one.code
        )
