import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.rows import store, targets
from ..tools.rows.csv_file import DELIMITERS
from ..tools.rows.folder import is_folder_name
from ..tools.rows.mapping import Feed

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
RELATION = re.compile(r"[^;'\"\x00-\x1f]{1,128}")
#: What a place in a table means nothing without.
PLACE = {"relation", "mark_column", "key_columns", "flag_column"}


class HcrmHisFeed(models.Model):
    """Rows of one kind out of one table, address or folder, and what their columns mean."""

    _name = "hcrm.his.feed"
    _description = "Feed of a Source"
    _order = "source_id, sequence, id"
    _inherit = [
        "hcrm.guarded.write.mixin",
        "hcrm.his.reason.mixin",
        "hcrm.his.feed.run.mixin",
        "hcrm.his.feed.sql.mixin",
        "hcrm.his.feed.file.mixin",
    ]
    _hcrm = Governance(data_class="setting")

    source_id = fields.Many2one("hcrm.his.source", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    way = fields.Selection(related="source_id.way", store=True)
    sender_id = fields.Many2one(related="source_id.sender_id")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Ends the address for JSON, names the folder for files.")
    kind = fields.Selection(
        selection=[
            ("patient", "Patients"),
            ("relation", "Relatives"),
            ("encounter", "Visits"),
            ("diagnosis", "Diagnoses"),
            ("observation", "Results"),
            ("charge", "Charges"),
            ("prescription", "Prescriptions"),
            ("appointment", "Appointments"),
            ("immunization", "Vaccinations"),
            ("merge", "Merged patients"),
        ],
        string="A row is about",
        required=True,
        default="patient",
    )
    key_columns = fields.Char(
        help="Columns that together tell a row from all others, parted by commas. The same key "
        "told again changes the record, it makes no second one.",
    )
    decimal_comma = fields.Boolean(help="Numbers are written 1.234,50 instead of 1,234.50.")
    line_ids = fields.One2many(
        "hcrm.his.feed.line",
        "feed_id",
        string="Fields",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    problems = fields.Text(compute="_compute_problems")

    # table
    relation = fields.Char(string="Table or view", help="With its schema: his.v_patient.")
    mark_column = fields.Char(
        string="Growing column",
        help="Grows with every new or changed row: a running number or the time of the last "
        "change. Rows without a value in it are not read.",
    )
    overlap = fields.Integer(
        default=600,
        help="Rows are committed late: each run looks so many seconds (running numbers: so many "
        "numbers) back. What is known is not told again.",
    )
    flag_column = fields.Char(
        string='Column for "read"',
        help="Only if the source wants it: written after the row is stored. The database user "
        "must be allowed to change this column.",
    )
    flag_unread = fields.Char(string="Not read yet", help="Empty: the column is empty (NULL).")
    flag_read = fields.Char(string="Has been read", default="1")

    # files
    folder = fields.Char(compute="_compute_folder", store=True, readonly=False)
    folder_path = fields.Char(compute="_compute_folder_path")
    pattern = fields.Char(string="File names", default="*.csv", help="With * and ?: patient_*.csv")
    charset = fields.Char(string="Character set", help="Empty: UTF-8 or GB18030, whichever fits.")
    delimiter = fields.Selection(
        selection=[
            ("comma", "Comma"),
            ("semicolon", "Semicolon"),
            ("tab", "Tabulator"),
            ("pipe", "Vertical bar"),
        ],
        string="Between values",
        help="Empty: what the first line has most of.",
    )
    quote = fields.Char(string="Around values", default='"', size=1)
    settle_seconds = fields.Integer(
        string="Seconds at rest",
        default=30,
        help="A file is taken when nothing about it has changed for so long.",
    )
    needs_ok = fields.Boolean(
        string="Wait for .ok", help="A file is taken once NAME.ok lies beside it."
    )
    url = fields.Char(string="Address", compute="_compute_url")
    message_count = fields.Integer(compute="_compute_message_count", string="Messages")
    dead_count = fields.Integer(compute="_compute_message_count", string="Dead letters")

    _code_uniq = models.Constraint(
        "UNIQUE (source_id, code)", "This source already has a feed with this code."
    )
    _overlap_positive = models.Constraint(
        "CHECK (overlap >= 0 AND settle_seconds >= 0 AND keep_days >= 0)",
        "Seconds and days cannot be negative.",
    )

    def init(self):
        """Add the table of what was told last: hashes only, a row for each row of the source."""
        self.env.cr.execute(store.TABLE)

    @api.depends("kind")
    def _compute_line_ids(self):
        """The fields of the kind, in the order of its screen; columns that were typed stay."""
        for feed in self:
            wanted = {target.code: number for number, target in enumerate(targets.KINDS[feed.kind])}
            known = set(feed.line_ids.mapped("target"))
            stale = feed.line_ids.filtered(lambda line, codes=wanted: line.target not in codes)
            feed.line_ids = [Command.delete(line.id) for line in stale] + [
                Command.create({"target": code, "sequence": number})
                for code, number in wanted.items()
                if code not in known
            ]

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever names some of the fields gets the others, too."""
        feeds = super().create(vals_list)
        told = [bool(vals.get("line_ids")) for vals in vals_list]
        feeds.browse([feed.id for feed, one in zip(feeds, told, strict=True) if one])._add_lines()
        return feeds

    def write(self, vals):
        source_id = vals.get("source_id")
        if source_id and any(feed.source_id.id != source_id for feed in self):
            raise UserError(self.env._("A feed stays with its source: make a new one."))
        # how far another table was read says nothing about this one
        moved = self.filtered(
            lambda feed: any(feed[name] != vals[name] for name in PLACE & {*vals})
        )
        result = super().write(vals)
        moved.sudo()._forget_place()
        return result

    def _forget_place(self):
        """Read from the beginning again; what is known already is not stored twice."""
        for feed in self.filtered(lambda feed: feed.mark or feed.until_mark or feed.resume_keys):
            feed.write(
                {"mark": False, "resume_keys": False, "until_mark": False, "next_mark": False}
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_waited_for(self):
        """Rows that were acknowledged wait for their feed."""
        waiting = Domain("feed_id", "in", self.ids) & Domain("state", "in", ("received", "dead"))
        if self.env["hcrm.his.message"].sudo().search_count(waiting, limit=1):
            raise UserError(
                self.env._("Rows of this feed still wait to be processed or mended: archive it.")
            )

    def _add_lines(self):
        for feed in self:
            order = {target.code: number for number, target in enumerate(targets.KINDS[feed.kind])}
            for line in feed.line_ids:
                line.sequence = order.get(line.target, 99)
        self._compute_line_ids()

    @api.depends("source_id.code", "code")
    def _compute_folder(self):
        for feed in self:
            if not feed.folder and feed.source_id.code and feed.code:
                feed.folder = f"{feed.source_id.code}/{feed.code}"

    @api.depends("folder")
    def _compute_folder_path(self):
        root = self._get_drop_root()
        for feed in self:
            feed.folder_path = f"{root}/{feed.folder}" if feed.folder else False

    @api.depends("source_id.code", "code")
    def _compute_url(self):
        base = self.browse().get_base_url()
        for feed in self:
            feed.url = f"{base}/hcrm/his/{feed.source_id.code}/{feed.code}"

    def _compute_message_count(self):
        self.message_count = self.dead_count = 0
        messages_sudo = self.env["hcrm.his.message"].sudo()
        for feed, state, count in messages_sudo._read_group(
            [("feed_id", "in", self.ids)], ["feed_id", "state"], ["__count"]
        ):
            feed = feed.with_env(self.env)
            feed.message_count += count
            if state == "dead":
                feed.dead_count += count

    @api.constrains("code", "folder", "relation")
    def _check_names(self):
        for feed in self:
            if not CODE.fullmatch(feed.code):
                raise ValidationError(
                    self.env._("A code has small letters, digits, - and _ only: his-tables.")
                )
            if feed.folder and not is_folder_name(feed.folder):
                raise ValidationError(
                    self.env._(
                        "A folder is named below the root: his/patients, without dots first."
                    )
                )
            if feed.relation and not RELATION.fullmatch(feed.relation):
                raise ValidationError(self.env._("Name a table or a view, with its schema."))

    # WHAT IT MEANS

    def _get_mapping(self):
        """Return the :class:`Feed` by which rows are read."""
        self.ensure_one()
        columns = [line._get_column() for line in self.line_ids]
        return Feed(
            id=self.id,
            code=self.code,
            kind=self.kind,
            keys=self._get_keys(),
            columns=tuple(column for column in columns if column),
            zone=self.sender_id.timezone,
            has_comma=self.decimal_comma,
        )

    def _get_keys(self):
        """Return the key columns; of patients and visits the number will do."""
        names = tuple(name.strip() for name in (self.key_columns or "").split(",") if name.strip())
        number = {"patient": "patient.number", "encounter": "visit.number"}.get(self.kind)
        if names or not number:
            return names
        told = self.line_ids.filtered(lambda line: line.target == number).columns
        return tuple(name.strip() for name in (told or "").split("+") if name.strip())

    def _get_column_names(self):
        """Return the columns that the source must have."""
        mapping = self._get_mapping()
        names = [name for column in mapping.columns for name in column.names]
        return tuple(dict.fromkeys((*mapping.keys, *names)))

    @api.depends(
        *("kind", "key_columns", "relation", "mark_column", "folder", "way", "active"),
        *("line_ids.columns", "line_ids.fixed_value", "flag_column", "sender_id.is_allowed"),
        *("source_id.active", "source_id.host", "source_id.database", "source_id.user_name"),
        *("source_id.server", "source_id.encryption"),
    )
    @api.depends_context("lang")
    def _compute_problems(self):
        for feed in self:
            feed.problems = "\n".join(feed._get_problems())

    def _get_problems(self):
        """Return what is missing before rows can be read, in words."""
        found = []
        told = {line.target for line in self.line_ids if line.columns or line.fixed_value}
        if not any(code.startswith("patient.") for code in told & _NUMBERS):
            found.append(self.env._("No column holds a number of the patient."))
        for target in targets.KINDS[self.kind]:
            if target.is_needed and target.code not in told:
                label = self.env._(target.label)
                found.append(self.env._("No column holds: %(field)s.", field=label))
        if not self._get_keys():
            found.append(self.env._("Say which columns tell a row from all others."))
        if not self.sender_id.is_allowed:
            found.append(self.env._("The sender is not admitted."))
        return found + getattr(self, f"_get_{self.way}_problems", list)()

    def _get_sql_problems(self):
        found = []
        if not self.source_id._is_connected():
            found.append(self.env._("The source does not say where its database is."))
        if not self.source_id._is_verifiable():
            found.append(
                self.env._(
                    "The driver of this kind of database cannot verify certificates: choose "
                    "another encryption in the source."
                )
            )
        if not self.relation or not self.mark_column:
            found.append(self.env._("Name the table or view, and its growing column."))
        return found

    def _get_file_problems(self):
        return [] if self.folder else [self.env._("Name the folder.")]

    def _get_delimiter(self):
        return self.delimiter if self.delimiter in DELIMITERS else ""

    # WHAT PEOPLE DO

    def action_view_messages(self):
        """Open the messages of these feeds."""
        action = self.env["ir.actions.act_window"]._for_xml_id("hcrm_his.hcrm_his_message_action")
        return action | {"domain": [("feed_id", "in", self.ids)], "context": {}}

    def action_view_dead(self):
        """Open what could not be used."""
        action = self.action_view_messages()
        return action | {"domain": [*action["domain"], ("state", "=", "dead")]}

    def action_read_again(self):
        """Read everything from the start: every row counts as changed."""
        self.check_access("write")
        feeds_sudo = self.sudo()
        feeds_sudo.write({"mark": False, "resume_keys": False, "until_mark": False})
        for feed in feeds_sudo:
            self.env.cr.execute(store.FORGET, (feed.id,))
        return self.action_run()

    def action_try(self):
        """Open the dialog that shows what a row would say."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hcrm_his.hcrm_his_feed_try_action")
        return action | {"context": {"default_feed_id": self.id}}


_NUMBERS = {target.code for target in targets.PERSON[:6]}
