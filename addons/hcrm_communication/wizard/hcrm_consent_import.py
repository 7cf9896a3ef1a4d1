import base64
import csv
import io
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import consent_file
from ..tools.consent_file import ConsentFileError

_lt = LazyTranslate(__name__)

#: Lines that are shown; the file of what was left out has them all.
SHOWN = 8
CHUNK = 10_000


#: Why a line is left out.
REASONS = {
    "no_person": _lt("nobody here has this number"),
    "person_erased": _lt("the data of this person was erased"),
    "purpose": _lt("the purpose is unknown"),
    "status": _lt("the answer is neither yes nor no"),
    "channel": _lt("the channel is unknown"),
    "topic": _lt("the topic belongs to another purpose"),
    "topic_unknown": _lt("the topic is unknown"),
    "decided_at": _lt("the date of the answer is missing, cannot be read or is in the future"),
    "expires_on": _lt("a refusal has no end"),
    "expires_unread": _lt("the last day cannot be read"),
    "guardian": _lt("under 14 a recorded guardian must have agreed"),
    "guardian_unknown": _lt("nobody here has the guardian's number"),
}
#: Why a table cannot be read at all.
TROUBLES = {
    "empty": _lt("The table is empty."),
    "too_long": _lt("More than %(lines)s lines: split the table."),
    "charset": _lt("The text is neither UTF-8 nor GB18030: save it anew as CSV UTF-8."),
    "unreadable": _lt("This is no CSV or XLSX table that can be read: save it anew."),
    "twice": _lt("Two columns mean the same: %(names)s"),
    "missing": _lt(
        "These columns are missing: %(names)s. Write them into the first line of the table."
    ),
}


class HcrmConsentImport(models.TransientModel):
    """A table of consents from an older system: looked at first, then taken over."""

    _name = "hcrm.consent.import"
    _description = "Import Consents"
    _hcrm = Governance(data_class="wizard")

    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, default=lambda self: self.env.company
    )
    system_id = fields.Many2one(
        "hcrm.identifier.system",
        string="Numbers of persons",
        required=True,
        default=lambda self: self._default_system_id(),
        domain="[('company_id', 'in', [False, company_id])]",
        help="What kind of number the table names each person by.",
    )
    file = fields.Binary(string="Table", attachment=False, help="CSV (UTF-8, GB18030) or XLSX")
    file_name = fields.Char()
    state = fields.Selection(
        selection=[("draft", "Choose a table"), ("checked", "Looked at"), ("done", "Taken over")],
        required=True,
        readonly=True,
        default="draft",
    )
    line_count = fields.Integer(string="Lines", readonly=True)
    new_count = fields.Integer(string="New answers", readonly=True)
    known_count = fields.Integer(string="Known already", readonly=True)
    wrong_count = fields.Integer(string="Left out", readonly=True)
    problems = fields.Text(string="Why lines are left out", readonly=True)
    refused_file = fields.Binary(
        string="Lines left out", attachment=False, readonly=True, help="Mend it and import it again"
    )
    refused_name = fields.Char(readonly=True)

    def _default_system_id(self):
        systems = self.env["hcrm.identifier.system"]
        of_hospital = [("company_id", "=", self.env.company.id)]
        return systems.search([*of_hospital, ("type_code", "=", "MR")], limit=1)

    @api.onchange("file", "company_id", "system_id")
    def _onchange_file(self):
        self.state = "draft"

    def action_check(self):
        """Say what the table would bring, and change nothing."""
        heading, lines = self._load()
        new, wrong = self.env["hcrm.consent"]._check_rows(self._source_sql())
        return self._show("checked", new, wrong, heading, lines)

    def action_import(self):
        """Take over every line that is right."""
        heading, lines = self._load()
        new, wrong = self.env["hcrm.consent"]._import_rows(self._source_sql())
        return self._show("done", new, wrong, heading, lines)

    def _show(self, state, new, wrong, heading, lines):
        rows = dict(lines)
        lang = self.env.lang or "en_US"
        reasons = {code: text._translate(lang) for code, text in REASONS.items()}
        told = [(number, reasons[code], rows[number]) for number, code in wrong]
        self.write(
            {
                "state": state,
                "line_count": len(lines),
                "new_count": new,
                "known_count": len(lines) - new - len(wrong),
                "wrong_count": len(wrong),
                "problems": "\n".join(
                    self.env._("Line %(number)s: %(reason)s", number=number, reason=reason)
                    for number, reason, _row in told[:SHOWN]
                ),
                "refused_file": told and self._refused_file(heading, told),
                "refused_name": told and self.env._("left-out.csv"),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import consents"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _refused_file(self, heading, told):
        """Return the lines that were left out as a table that can be mended and imported."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow([*heading, self.env._("Why it was left out")])
        writer.writerows([*map(_told_again, row), reason] for _number, reason, row in told)
        return base64.b64encode(text.getvalue().encode("utf-8-sig"))

    # READING THE TABLE

    def _load(self):
        """Bring the table before PostgreSQL; return its heading and lines."""
        self.ensure_one()
        self.env["hcrm.consent"].check_access("create")
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose a hospital that you work for."))
        if not self.file:
            raise UserError(self.env._("Choose a table first."))
        try:
            heading, lines = consent_file.read_table(base64.b64decode(self.file))
            columns = consent_file.find_columns(heading)
        except ConsentFileError as error:
            words = TROUBLES[error.code]._translate(self.env.lang or "en_US")
            told = {"names": error.names, "lines": consent_file.MAX_LINES}
            raise UserError(words % told) from None
        words = self._words()
        self._store([self._read_line(number, row, columns, words) for number, row in lines])
        return heading, lines

    def _words(self):
        """Return {column: {word: code or id}}: codes, and the names people know; and the zone."""
        consents, found = self.env["hcrm.consent"], {"zone": ZoneInfo(self.company_id._hcrm_zone())}
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for name in ("purpose", "channel"):
            found[name] = {}
            for lang in languages:
                field = consents.with_context(lang=lang)._fields[name]
                for code, label in field._description_selection(
                    consents.with_context(lang=lang).env
                ):
                    found[name] |= {_word(code): code, _word(label): code}
        topics = self.env["hcrm.message.topic"].search([("active", "=", True)])
        found["topic"] = {_word(topic.code): topic.id for topic in topics}
        for lang in languages:
            for topic in topics.with_context(lang=lang):
                found["topic"].setdefault(_word(topic.name), topic.id)
        return found

    def _read_line(self, number, row, columns, words):
        """Return one line as ``_store`` wants it; a word that nobody knows becomes ``?``."""
        told = {name: row[at] for name, at in columns.items() if at < len(row)}
        told = {name: cell for name, cell in told.items() if cell not in (None, "")}
        day = consent_file.read_day(told.get("expires_on"))
        topic_id = words["topic"].get(_word(told.get("topic")))
        trouble = None
        if "expires_on" in told and not day:
            trouble = "expires_unread"
        elif "topic" in told and not topic_id:
            trouble = "topic_unknown"
        return (
            number,
            self._number_key(told.get("person")),
            words["purpose"].get(_word(told.get("purpose")), "?"),
            topic_id,
            words["channel"].get(_word(told["channel"]), "?") if "channel" in told else None,
            consent_file.read_answer(told.get("status")),
            consent_file.read_moment(told.get("decided_at"), words["zone"]),
            day,
            self._number_key(told.get("by")),
            _told_again(told.get("evidence")) or None,
            trouble,
        )

    def _number_key(self, cell):
        number = _told_again(cell)
        return self.env["hcrm.identifier"]._key(self.system_id.type_code, number) or None

    def _store(self, rows):
        self.env.cr.execute(
            """
            DROP TABLE IF EXISTS hcrm_consent_file;
            CREATE TEMPORARY TABLE hcrm_consent_file (
                line int, person_key text, purpose text, topic_id int, channel text, status text,
                decided_at timestamp, expires_on date, by_key text, evidence text, trouble text
            ) ON COMMIT DROP
            """
        )
        for start in range(0, len(rows), CHUNK):
            columns = map(list, zip(*rows[start : start + CHUNK], strict=True))
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO hcrm_consent_file SELECT * FROM unnest(
                        %s::int[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[],
                        %s::timestamp[], %s::date[], %s::text[], %s::text[], %s::text[])
                    """,
                    *columns,
                )
            )
        self.env.cr.execute("ANALYZE hcrm_consent_file")

    def _source_sql(self):
        """Return the lines with their persons: those alone whom the reader may see."""
        identifiers = self.env["hcrm.identifier"].sudo()
        identifiers.flush_model(["system_id", "value_key", "partner_id"])
        seen = self.env["res.partner"]._search([("is_customer_person", "=", True)])
        numbers = SQL(
            """
            SELECT number.value_key, number.partner_id FROM hcrm_identifier number
             WHERE number.system_id = %s AND number.partner_id IN %s
            """,
            self.system_id.id,
            seen.subselect(),
        )
        return SQL(
            """
            SELECT told.line, person.partner_id, %(company)s AS company_id, told.purpose,
                   told.topic_id, told.channel, told.status, told.decided_at, told.expires_on,
                   guardian.partner_id AS by_partner_id, told.evidence,
                   CASE WHEN told.by_key IS NOT NULL AND guardian.partner_id IS NULL
                        THEN 'guardian_unknown' ELSE told.trouble END AS trouble
              FROM hcrm_consent_file told
              LEFT JOIN (%(numbers)s) person ON person.value_key = told.person_key
              LEFT JOIN (%(numbers)s) guardian ON guardian.value_key = told.by_key
            """,
            company=self.company_id.id,
            numbers=numbers,
        )


def _word(cell):
    return str(cell if cell is not None else "").strip().casefold()


def _told_again(cell):
    """Return a cell as it was typed: XLSX makes 120045 of a number, or 120045.0."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell if cell is not None else "").strip()
