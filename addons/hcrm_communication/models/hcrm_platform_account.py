from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Told

from ..tools.consent import GRANTED
from ..tools.purposes import PURPOSES

_lt = LazyTranslate(__name__)

#: What may be sent unless refused: following us again lifts what leaving us refused, of these only.
LIFTED = ("care", "service")


class HcrmPlatformAccount(models.Model):
    """A person's account with a platform, bound to the person by proof; one serves a whole family.

    The number (openid) works with our own account only and is shown to nobody: who wants to write
    to the person does so through the outbox.
    """

    _name = "hcrm.platform.account"
    _description = "Bound WeChat Account"
    _inherit = ["hcrm.canonical.mixin", "hcrm.guarded.write.mixin"]
    _order = "bound_at DESC, id DESC"
    _rec_name = "tail"
    _hcrm = Governance(
        data_class="person",
        merge="dedupe",
        erasure="delete",
        retention="relation",
        dated="bound_at",
        told=Told(
            label=_lt("WeChat accounts"),
            shown=("gateway_id", "bound_at", "proof", "followed_at", "unfollowed_at"),
            also=("openid", "last_inbound_at"),
        ),
        note="an address like a phone number, and no identity number: it says nothing to anybody "
        "but the platform and works only with our own account there",
    )

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    gateway_id = fields.Many2one(
        "hcrm.gateway", string="Account of ours", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="gateway_id.company_id", string="Hospital", store=True, index=True
    )
    openid = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    unionid = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    tail = fields.Char(string="WeChat account", compute="_compute_tail")
    bound_at = fields.Datetime(
        string="Bound on", required=True, readonly=True, default=lambda self: self.env.cr.now()
    )
    proof = fields.Selection(
        string="Proven by",
        selection=[
            ("scan", "QR code shown at the desk"),
            ("code", "Code sent to the known phone"),
        ],
        required=True,
        readonly=True,
    )
    followed_at = fields.Datetime(string="Follows since", readonly=True)
    unfollowed_at = fields.Datetime(string="Left us on", readonly=True)
    last_inbound_at = fields.Datetime(
        string="Last word",
        readonly=True,
        help="For 48 hours after it the platform takes any words.",
    )
    refused_by_leaving = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    active = fields.Boolean(default=True, readonly=True)

    _bound_uniq = models.UniqueIndex(
        "(gateway_id, openid, partner_id) WHERE active", "This account is bound already."
    )
    _openid_idx = models.Index("(gateway_id, openid)")

    @api.depends("openid")
    def _compute_tail(self):
        for account in self:
            account.tail = f"…{(account.sudo().openid or '')[-4:]}"

    # BINDING

    @api.model
    def _bind(self, gateway, openid, partner, proof, at):
        """Bind a proven account to a person; a second time changes nothing but its life."""
        accounts_sudo = self.sudo()
        person = partner.sudo()._hcrm_canonical()
        found = accounts_sudo.search(
            [
                ("gateway_id", "=", gateway.id),
                ("openid", "=", openid),
                ("partner_id", "=", person.id),
            ]
        )
        values = {"bound_at": at, "proof": proof, "last_inbound_at": at}
        if found:
            found._come_back(at)
            found.write(values)
            return found
        values |= {"gateway_id": gateway.id, "openid": openid, "partner_id": person.id}
        return accounts_sudo.create([values | {"followed_at": at}])

    @api.model
    def _of(self, gateway, openid):
        """Return, under sudo, the rows of an account, a person each."""
        return self.sudo().search([("gateway_id", "=", gateway.id), ("openid", "=", openid)])

    def _note_word(self, at):
        """The person said something: the platform's clock begins again."""
        for account in self:
            account.last_inbound_at = max(account.last_inbound_at or at, at)

    def _leave(self, at):
        """The person left us: that is a refusal of this channel, for all purposes, unless another
        account of the person still follows.

        An event told late must not undo a later one.
        """
        for account in self.filtered(lambda one: not one.unfollowed_at):
            if account.followed_at and at < account.followed_at:
                continue
            account.unfollowed_at = at
            if not account._find_siblings().filtered(lambda one: not one.unfollowed_at):
                account.refused_by_leaving = ",".join(account._refuse_channel())

    def _find_siblings(self):
        """Return the other accounts of the person on this channel: a relative's, a second phone."""
        return self.search(
            [
                ("id", "!=", self.id),
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("gateway_id.channel", "=", self.gateway_id.channel),
            ]
        )

    def _refuse_channel(self):
        """Withdraw for each purpose; return those that were not refused before."""
        consents = self.env["hcrm.consent"].with_company(self.company_id)
        text = self.env._("Left the hospital's WeChat account.")
        return [
            purpose
            for purpose in PURPOSES
            if consents._withdraw(
                self.partner_id.ids, purpose, None, self.gateway_id.channel, "wechat", text
            )
        ]

    def _come_back(self, at):
        """The person follows us again: what leaving alone had refused, of care and service, holds
        no more. The rest was never agreed to by following.
        """
        for account in self.filtered("unfollowed_at"):
            if at < account.unfollowed_at:
                continue
            # what the last of them had refused by leaving
            left = account | account._find_siblings()
            refused = ",".join(left.filtered("refused_by_leaving").mapped("refused_by_leaving"))
            lifted = [one for one in LIFTED if one in refused.split(",")]
            left.refused_by_leaving = False
            account.write({"unfollowed_at": False, "followed_at": at})
            self.env["hcrm.consent"].sudo()._record(
                account.partner_id,
                [(one, False, account.gateway_id.channel, GRANTED) for one in lifted],
                company=account.company_id,
                method="wechat",
                evidence=self.env._("Follows the hospital's WeChat account again."),
            )

    def action_unbind(self):
        """Nothing goes to this account about this person any more."""
        self.partner_id.check_access("write")
        if not self.env.user.has_groups(
            "hcrm_base.group_officer,hcrm_base.group_service_manager,hcrm_base.group_nurse,"
            "hcrm_base.group_community_worker,hcrm_base.group_vip_desk"
        ):
            raise UserError(self.env._("Ask the service desk to unbind this account."))
        self.check_access("read")
        self.sudo().active = False

    @api.model
    def _has_openid_sql(self, openid, company):
        """Return the condition for persons to whom an account is bound."""
        return SQL(
            """
            id IN (SELECT partner_id FROM hcrm_platform_account
                    WHERE openid = %s AND company_id = %s AND active)
            """,
            openid,
            company.id,
        )
