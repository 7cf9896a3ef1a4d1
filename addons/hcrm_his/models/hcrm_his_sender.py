from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import charset
from ..tools.canonical import Source


class HcrmHisSender(models.Model):
    """A system that sends messages. The listener adds those it sees for the first time."""

    _name = "hcrm.his.sender"
    _description = "HIS Sender"
    _order = "name, id"
    _inherit = ["hcrm.guarded.write.mixin"]
    _rec_names_search = ["name", "code"]
    _check_company_auto = True
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True)
    code = fields.Char(
        required=True, help="MSH-3 and MSH-4, joined by |, as the sender writes them."
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        default=lambda self: self.env.company,
        help="What this sender tells belongs to this hospital.",
    )
    campus_id = fields.Many2one(
        "hcrm.campus",
        check_company=True,
        ondelete="restrict",
        help="Where this sender is: decides which department is meant where two campuses use the "
        "same code and PV1-3.4 does not tell.",
    )
    active = fields.Boolean(default=True)
    is_allowed = fields.Boolean(
        string="Admitted",
        default=True,
        help="Messages of other senders are refused (AR) and kept as dead letters.",
    )
    accepts_test = fields.Boolean(
        string="Takes test messages",
        help="Also take messages marked as training or debugging (MSH-11 is T or D).",
    )

    # reading
    charset = fields.Char(
        string="Character set",
        help="Used where MSH-18 is empty: UTF-8, GB18030, … Empty: what fits.",
    )
    timezone = fields.Selection(
        selection=_tz_get,
        string="Time zone",
        required=True,
        default="Asia/Shanghai",
        help="Zone of times that are sent without an offset.",
    )
    authority = fields.Char(
        string="Default authority",
        help="Issuer of record numbers where PID-3.4 is empty. Empty: the sender's code.",
    )
    authority_ids = fields.One2many(
        "hcrm.his.sender.authority",
        "sender_id",
        string="Number systems",
    )
    message_count = fields.Integer(compute="_compute_message_count", string="Messages")
    dead_count = fields.Integer(compute="_compute_message_count", string="Dead letters")

    _code_uniq = models.Constraint("UNIQUE (code)", "This sender is already listed.")

    def _compute_message_count(self):
        self.message_count = self.dead_count = 0
        for sender, state, count in self.env["hcrm.his.message"]._read_group(
            [("sender_id", "in", self.ids)], ["sender_id", "state"], ["__count"]
        ):
            sender.message_count += count
            if state == "dead":
                sender.dead_count += count

    @api.constrains("charset")
    def _check_charset(self):
        for sender in self.filtered("charset"):
            if not charset.codec_of(sender.charset):
                raise ValidationError(
                    self.env._(
                        "%(charset)s is not supported: choose UTF-8, GB18030, GBK, BIG5 or ASCII.",
                        charset=sender.charset,
                    )
                )

    def _get_source(self):
        """Return how this sender's codes are to be read."""
        self.ensure_one()
        return Source(
            code=self.code,
            zone=self.timezone,
            authority=self.authority or "",
            company_id=self.company_id.id,
            campus_id=self.campus_id.id or 0,
            hospital_ids=self._get_hospital_ids(),
            systems={
                (line.authority or "", line.type_code or ""): line.system_id.code
                for line in self.authority_ids
            },
        )

    def _get_hospital_ids(self):
        """Return the sender's company with those above and below it: these are one hospital."""
        company = self.company_id.sudo()
        return frozenset(
            (company.parent_ids | company.search([("id", "child_of", company.id)])).ids
        )

    @api.model
    def _accepts_unknown(self):
        """Where there are several hospitals, a new sender waits until somebody says whose it is."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        if get_param("hcrm_his.accept_unknown_senders", "True") in ("False", "0", ""):
            return False
        return self.env["res.company"].sudo().search_count([("parent_id", "=", False)]) == 1

    def action_view_messages(self):
        """Open the messages of this sender."""
        action = self.env["ir.actions.act_window"]._for_xml_id("hcrm_his.hcrm_his_message_action")
        return action | {"domain": [("sender_id", "in", self.ids)], "context": {}}
