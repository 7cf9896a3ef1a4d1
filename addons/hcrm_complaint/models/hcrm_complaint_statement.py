from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import seal

CONFIRMED = [
    ("own", "Written by the person"),
    ("signature", "Signed on the screen"),
    ("code", "Code from the person's phone"),
    ("recorded", "Recorded voice"),
]


def said_by(partner_ids):
    """Return the condition on rows of cases that these people brought."""
    return SQL(
        """complaint_id IN (SELECT complaint_id FROM hcrm_complaint_complainant
                             WHERE partner_id = ANY(%s))""",
        partner_ids,
    )


class HcrmComplaintStatement(models.Model):
    """What the person said, in their own words, version by version, each sealed by a hash.

    ``digest`` covers the words, the version and the digest before; nothing is rewritten, a
    confirmation is added once.
    """

    _name = "hcrm.complaint.statement"
    _description = "Statement of a Complainant"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "complaint_id, version DESC"
    _rec_name = "version"
    _append_only_except = ("confirmed_by", "confirmed_at", "confirmation_detail")
    _append_only_erasable = ("text",)
    _hcrm = Governance(
        data_class="complainant",
        retention="log",
        dated="made_at",
        expiry="keep",
        note="sealed; an erasure empties the words and leaves the digest",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    text = fields.Text(string="Words", required=True, readonly=True)
    digest = fields.Char(string="Seal (SHA-256)", required=True, readonly=True)
    made_at = fields.Datetime(string="Typed on", required=True, readonly=True)
    author_id = fields.Many2one("res.users", string="Typed by", required=True, readonly=True)
    confirmed_by = fields.Selection(selection=CONFIRMED, string="Confirmed by", readonly=True)
    confirmed_at = fields.Datetime(readonly=True)
    confirmation_detail = fields.Char(
        readonly=True, help="Which number the code went to, which file the signature is."
    )
    is_sealed = fields.Boolean(string="Seal holds", compute="_compute_is_sealed")

    _version_uniq = models.UniqueIndex(
        "(complaint_id, version)", "Somebody changed the statement at the same time: look again."
    )

    @api.depends("text", "digest")
    def _compute_is_sealed(self):
        for statement in self:
            statement.is_sealed = statement.digest == statement._digest()

    def _digest(self):
        before = self.search(
            [
                ("complaint_id", "in", self.complaint_id._origin.ids),
                ("version", "=", self.version - 1),
            ]
        )
        number = self.complaint_id.intake_number
        return seal.digest(number, self.version, self.text, before.digest or "")

    @api.model
    def _append(self, case, text, **values):
        """Append one version; the words of the last one again make none."""
        last = self.search([("complaint_id", "=", case.id)], order="version DESC", limit=1)
        if last.text == text:
            return last
        return self.create([self._prepare(case, text, last, **values)])

    @api.model
    def _prepare(self, case, text, last=None, **values):
        """Return the values of the version after ``last``."""
        version = last.version + 1 if last else 1
        now = fields.Datetime.now()
        return {
            "complaint_id": case.id,
            "company_id": case.company_id.id,
            "version": version,
            "text": text,
            "digest": seal.digest(case.intake_number, version, text, last.digest if last else ""),
            "made_at": now,
            "author_id": self.env.uid,
            "confirmed_at": values.get("confirmed_by") and now,
            **values,
        }

    @api.model
    def _hcrm_on_erase(self, run):
        """Empty the words of an erased person; the seal stays: it proves what was printed or sent.

        Those of others that name the person stay theirs: a sealed text is whole or empty.
        """
        where = said_by(run.ids)
        run.add(self._name, "blanked", run.blank(self, ("text", "confirmation_detail"), where))

    def _is_superseded(self):
        """True if the words were changed since: what is confirmed is the last version only."""
        self.ensure_one()
        later = [("complaint_id", "=", self.complaint_id.id), ("version", ">", self.version)]
        return bool(self.search_count(later, limit=1))

    def _confirm(self, how, detail=""):
        """Note once by what the person confirmed these words. Under sudo.

        :return: False if it was noted before
        :raises UserError: the words were changed meanwhile, or are not what was typed
        """
        self.ensure_one()
        self.complaint_id._lock_cases()
        self.invalidate_recordset()
        if self.confirmed_by:
            return False
        if self._is_superseded():
            raise UserError(self.env._("The words were changed meanwhile: let them be read anew."))
        if not self.is_sealed:
            raise UserError(self.env._("The seal does not hold: these words were changed."))
        self.write(
            {
                "confirmed_by": how,
                "confirmed_at": self.complaint_id._now(),
                "confirmation_detail": detail,
            }
        )
        return True
