from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.answer_search import terms
from ..tools.governance import Governance

#: Written by the verbs only.
PROTECTED = frozenset(
    (
        "state",
        "told_name",
        "told_body",
        "approved_by_id",
        "approved_at",
        "version",
        "submitted_by_id",
        "writer_id",
    )
)
#: A change of these makes a new draft; the approved words stay in use meanwhile.
WORDS = frozenset(("name", "body", "is_medical"))
MAX_FOUND = 20


class HcrmAnswer(models.Model):
    """One approved way to answer a question, or to lead a call: the same at every desk.

    ``body`` is what is being written, ``told_body`` what was approved and is used.
    """

    _name = "hcrm.answer"
    _description = "Approved Answer"
    _inherit = ["hcrm.guarded.write.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _hcrm = Governance(data_class="library")

    name = fields.Char(string="Question", required=True, translate=True, tracking=True)
    kind = fields.Selection(
        selection=[("answer", "Answer"), ("script", "Call script")], required=True, default="answer"
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        index="btree_not_null",
        help="Empty: for all hospitals.",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department", index="btree_not_null", ondelete="restrict", help="Who answers for it."
    )
    topic_ids = fields.Many2many("hcrm.answer.topic", string="Topics")
    keywords = fields.Char(
        translate=True, help="Other words people use for it, with spaces between."
    )
    body = fields.Text(string="Wording", required=True, translate=True)
    told_name = fields.Char(string="Approved question", translate=True, copy=False, readonly=True)
    told_body = fields.Text(string="Approved text", translate=True, copy=False, readonly=True)
    is_medical = fields.Boolean(
        string="Medical", help="Only a doctor approves medical advice.", tracking=True
    )

    # life
    state = fields.Selection(
        selection=[("draft", "Draft"), ("review", "For approval"), ("approved", "Approved")],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        group_expand=True,
    )
    submitted_by_id = fields.Many2one("res.users", copy=False, readonly=True)
    writer_id = fields.Many2one(
        "res.users",
        string="Written by",
        copy=False,
        readonly=True,
        default=lambda self: self.env.user,
        help="Who wrote the words last.",
    )
    approved_by_id = fields.Many2one("res.users", copy=False, readonly=True)
    approved_at = fields.Datetime(copy=False, readonly=True)
    version = fields.Integer(string="Version number", copy=False, readonly=True, aggregator=None)
    version_ids = fields.One2many("hcrm.answer.version", "answer_id")
    review_on = fields.Date(
        string="Read again on",
        help="When it must be read again: rules and prices change.",
        default=lambda self: fields.Date.context_today(self) + relativedelta(years=1),
    )
    is_stale = fields.Boolean(
        string="To be read again", compute="_compute_is_stale", search="_search_is_stale"
    )

    _review_idx = models.Index("(review_on) WHERE state = 'approved'")

    @api.depends("review_on", "version")
    def _compute_is_stale(self):
        today = fields.Date.context_today(self)
        for answer in self:
            answer.is_stale = bool(answer.version and answer.review_on and answer.review_on < today)

    def _search_is_stale(self, operator, _value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return Domain("version", ">", 0) & Domain("review_on", "<", today)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name not in PROTECTED}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and not PROTECTED.isdisjoint(vals):
            raise AccessError(self.env._("Answers are approved by their buttons only."))
        if not self.env.su and not vals.get("is_medical", True):
            self._check_not_medical()
        result = super().write(vals)
        self._back_to_draft(vals)
        return result

    @api.model
    def _code_written(self):
        return super()._code_written() | PROTECTED

    def _check_not_medical(self):
        """Else the leave of a doctor is gone round by one click."""
        medical = any(answer.is_medical for answer in self)
        if medical and not self.env.user.has_group("hcrm_base.group_doctor"):
            raise AccessError(self.env._("Only a doctor approves medical advice."))

    def _back_to_draft(self, names):
        """Other words need another approval."""
        if not self.env.su and not WORDS.isdisjoint(names):
            self.sudo().writer_id = self.env.uid
            done = self.sudo().filtered(lambda answer: answer.state != "draft")
            done.state = "draft"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(answer.version for answer in self):
            raise UserError(self.env._("An answer that was in use is archived, not deleted."))

    # verbs
    def action_submit(self):
        """Ask for approval."""
        self.check_access("write")
        self._require_state("draft")
        self.sudo().write({"state": "review", "submitted_by_id": self.env.uid})
        return True

    def action_approve(self):
        """Put the words into use: a doctor for medical ones, another than who wrote them."""
        self.check_access("read")
        self._require_state("review")
        for answer in self:
            answer._check_approver()
        for answer in self.sudo():
            answer._approve()
        return True

    def action_reject(self):
        """Give the words back to the writer."""
        self.check_access("read")
        self._require_state("review")
        for answer in self:
            answer._check_approver(may_be_writer=True)
        self.sudo().state = "draft"
        return True

    def _check_approver(self, may_be_writer=False):
        group, refusal = (
            ("hcrm_base.group_doctor", self.env._("Only a doctor approves medical advice."))
            if self.is_medical
            else (
                "hcrm_base.group_service_manager,hcrm_base.group_doctor",
                self.env._("Only the service manager or a doctor approves answers."),
            )
        )
        if not self.env.user.has_groups(group):
            raise AccessError(refusal)
        if not may_be_writer and self.env.user in self.submitted_by_id | self.writer_id:
            raise AccessError(
                self.env._("Somebody else must approve what you wrote: four eyes see more.")
            )

    def _approve(self):
        """Keep the words of every language as a version and put them into use."""
        now, number = fields.Datetime.now(), self.version + 1
        versions = []
        for code, _name in self.env["res.lang"].get_installed():
            words = self.with_context(lang=code)
            words.write({"told_name": words.name, "told_body": words.body})
            versions.append(
                {
                    "answer_id": self.id,
                    "company_id": self.company_id.id,
                    "department_id": self.department_id.id,
                    "number": number,
                    "name": words.name,
                    "body": words.body,
                    "language": code,
                    "approved_by_id": self.env.uid,
                    "approved_at": now,
                }
            )
        self.env["hcrm.answer.version"].create(versions)
        self.write(
            {
                "state": "approved",
                "version": number,
                "approved_by_id": self.env.uid,
                "approved_at": now,
                "review_on": fields.Date.context_today(self) + relativedelta(years=1),
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _require_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for answer in self:
            if answer.state != state:
                raise UserError(
                    self.env._(
                        "“%(name)s” is “%(state)s”: this step is not for it.",
                        name=answer.name,
                        state=labels[answer.state],
                    )
                )

    # used
    @api.model
    @api.readonly
    def find_answers(self, text="", kind=None, limit=MAX_FOUND):
        """Return approved answers for what somebody asks, best first.

        :param text: a question in the caller's words; empty: the newest answers
        :param kind: ``answer`` or ``script``, None for both
        :return: list of {id, name, body, kind, topics, is_stale}
        """
        domain = Domain("version", ">", 0)
        if kind:
            domain &= Domain("kind", "=", kind)
        words, limit = terms(text), max(1, min(int(limit), 100))
        ids = self._rank(domain, words, limit) if words else self._newest(domain, limit, text)
        return [
            {
                "id": answer.id,
                "name": answer.told_name or answer.name,
                "body": answer.told_body,
                "kind": answer.kind,
                "topics": answer.topic_ids.mapped("name"),
                "is_stale": answer.is_stale,
            }
            for answer in self.browse(ids)
        ]

    @api.model
    def _newest(self, domain, limit, text):
        if (text or "").strip():
            return []  # nothing but signs was typed
        return self.search(domain, order="approved_at DESC, id DESC", limit=limit).ids

    @api.model
    def _rank(self, domain, words, limit):
        """Return ids by how many of the words stand in question, keywords and text."""
        query = self._search(domain)
        places = [
            (weight, SQL("COALESCE(%s, '')", self._field_to_sql(query.table, name, query)))
            for name, weight in (("name", 4), ("keywords", 3), ("told_body", 1))
        ]
        hits = [
            SQL("CASE WHEN %s ILIKE %s THEN %s ELSE 0 END", column, f"%{word}%", weight)
            for word in words
            for weight, column in places
        ]
        score = SQL("(%s)", SQL(" + ").join(hits))
        query.add_where(SQL("%s > 0", score))
        query.order = SQL("%s DESC, %s", score, SQL.identifier(query.table, "id"))
        query.limit = limit
        return [row[0] for row in self.env.execute_query(query.select())]

    # read again
    def _cron_remind(self):
        """Put a task on the desk of who approved an answer that must be read again."""
        stale = self.search([("is_stale", "=", True)]).filtered(
            lambda answer: not answer.activity_ids
        )
        for answer in stale:
            answer.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=(answer.approved_by_id.filtered("active") or self.env.user).id,
                summary=self.env._("Read the answer again"),
            )
