import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.reason_words import ReasonWords
from ..tools.bulk import SourceError
from ..tools.hl7_reader import Hl7Error
from ..tools.inbox import utc_now
from ..tools.rows import entries, targets
from ..tools.rows.event_words import EventWords
from ..tools.rows.mapping import plain_row, to_event
from ..tools.rows.outside_db import OutsideDb


class HcrmHisFeedTry(models.TransientModel):
    """Shows what a row would say; nothing is stored. The row is typed, not taken from a patient."""

    _name = "hcrm.his.feed.try"
    _description = "Trial of a Feed"
    _hcrm = Governance(data_class="wizard")

    feed_id = fields.Many2one("hcrm.his.feed", required=True)
    way = fields.Selection(related="feed_id.way")
    row = fields.Text(
        string="Example row",
        compute="_compute_row",
        store=True,
        readonly=False,
        help="As JSON: names and values. Invent the patient.",
    )
    result = fields.Text(string="It says", compute="_compute_result")
    trouble = fields.Text(string="What is wrong", compute="_compute_result")

    @api.depends("feed_id")
    def _compute_row(self):
        for trial in self.filtered("feed_id"):
            names = trial.feed_id._get_column_names()
            trial.row = json.dumps(dict.fromkeys(names, ""), ensure_ascii=False, indent=1)

    @api.depends("row", "feed_id")
    @api.depends_context("lang")
    def _compute_result(self):
        for trial in self:
            trial.result, trial.trouble = trial._read_row()

    def _read_row(self):
        """Return (what the row says, what is wrong with it), in words."""
        try:
            row = json.loads(self.row or "{}")
            if not isinstance(row, dict):
                raise ValueError
        except ValueError:
            return False, self.env._('This is no JSON object: {"name": "value", …}')
        if not any(row.values()):
            return False, False
        feed = self.feed_id
        try:
            plain = entries.checked(plain_row(row))
            mapping, source = feed._get_mapping(), feed.sender_id._get_source()
            event = to_event(plain, mapping, source, utc_now())
        except Hl7Error as error:
            return False, ReasonWords(self.env, [error.reason]).say(error.reason)
        words = ReasonWords(self.env, event.warnings)
        warned = "\n".join(words.say(reason) for reason in event.warnings)
        return "\n".join(EventWords(self.env, mapping).lines(event)), warned or False

    def action_propose(self):
        """Fill in columns of usual names, those of the database or those of the example row."""
        self.ensure_one()
        feed = self.feed_id
        feed.check_access("write")
        found = targets.propose(feed.kind, self._get_offered())
        for line in feed.line_ids.filtered(lambda line: not line.columns and not line.fixed_value):
            line.columns = found.get(line.target)
        return self._reopen()

    def _get_offered(self):
        """Return the names of columns; of a database names only, no row is shown."""
        feed = self.feed_id
        if feed.way == "sql" and feed.relation and feed.source_id._is_connected():
            try:
                with OutsideDb(feed.source_id._get_address()) as outside:
                    feed._check_outside(outside)
                    return outside.columns(feed.relation)
            except SourceError as error:
                words = ReasonWords(self.env, [error.reason]).say(error.reason)
                detail = f"\n\n{error.__cause__}" if error.__cause__ else ""
                raise UserError(words + detail) from None
        try:
            return list(json.loads(self.row or "{}"))
        except (ValueError, TypeError):
            raise UserError(self.env._('This is no JSON object: {"name": "value", …}')) from None

    def action_check(self):
        """Read the example once more."""
        self.ensure_one()
        return self._reopen()

    def _reopen(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("hcrm_his.hcrm_his_feed_try_action")
        return action | {"res_id": self.id}
