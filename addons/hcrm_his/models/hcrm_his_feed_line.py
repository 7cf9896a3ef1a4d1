import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.rows import targets, values
from ..tools.rows.mapping import Column

_SIGN = re.compile(r"\s*(?:=|→|->)\s*")


class HcrmHisFeedLine(models.Model):
    """Where one field of HCRM stands in the rows of a feed."""

    _name = "hcrm.his.feed.line"
    _description = "Field of a Feed"
    _order = "feed_id, sequence, id"
    _rec_name = "target"
    _inherit = ["hcrm.guarded.write.mixin"]
    _hcrm = Governance(data_class="setting")

    feed_id = fields.Many2one("hcrm.his.feed", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="feed_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    target = fields.Char(string="Field code", required=True)
    label = fields.Char(string="Field of HCRM", compute="_compute_label")
    type = fields.Char(compute="_compute_label")
    columns = fields.Char(
        string="Column of the source",
        help="Its name in the table, the file or the JSON; nested JSON with dots (patient.name). "
        "Date and time in two columns: day + time. Empty: the source does not tell it.",
    )
    fixed_value = fields.Char(help="Taken where the column is empty or there is none.")
    code_map = fields.Text(
        string="Codes",
        help="What the source writes and what it means here, a line each: 01 = outpatient. "
        "* = outpatient takes whatever is not listed. Usual words are known without it.",
    )
    codes_known = fields.Char(string="Codes of HCRM", compute="_compute_label")
    date_form = fields.Char(
        string="Date written as",
        help="Usual ways are known. Else: DD.MM.YYYY HH:mm:ss, epoch or epoch ms.",
    )
    is_required = fields.Boolean(string="Required", help="A row without it is a dead letter.")
    deletes = fields.Boolean(
        string="Empty deletes", help="An empty value takes away what is known here."
    )

    _once = models.UniqueIndex("(feed_id, target)", "This field is already listed for this feed.")

    def write(self, vals):
        feed_id = vals.get("feed_id")
        if feed_id and any(line.feed_id.id != feed_id for line in self):
            raise UserError(self.env._("A field stays with its feed."))
        return super().write(vals)

    @api.depends("target", "feed_id.kind")
    @api.depends_context("lang")
    def _compute_label(self):
        for line in self:
            found = targets.find(line.feed_id.kind, line.target)
            line.label = self.env._(found.label) if found else line.target
            line.type = found.type if found else False
            words = dict.fromkeys((found.table or {}).values()) if found else ()
            line.codes_known = ", ".join(str(word) for word in words if not isinstance(word, bool))

    @api.constrains("target", "code_map", "date_form")
    def _check_line(self):
        for line in self:
            found = targets.find(line.feed_id.kind, line.target)
            if not found:
                raise ValidationError(
                    self.env._("This kind of record has no field %(field)s.", field=line.target)
                )
            if line.date_form and not values.is_form(line.date_form):
                raise ValidationError(
                    self.env._(
                        "%(form)s is no way to write a date: use YYYY, MM, DD, HH, mm, ss.",
                        form=line.date_form,
                    )
                )
            line._check_codes(found)

    def _check_codes(self, target):
        """What is mapped to must be a code of ours; free texts may be mapped to anything."""
        known = set(target.table.values()) if target.table else None
        for theirs, ours in self._get_codes().items():
            if not theirs or (known is not None and ours not in known):
                raise ValidationError(
                    self.env._(
                        "%(field)s, codes: write a line each as 01 = %(example)s. Possible are: "
                        "%(codes)s.",
                        field=self.label,
                        example=next(iter(known), "…") if known else "…",
                        codes=self.codes_known or self.env._("any text"),
                    )
                )

    def _get_codes(self):
        """Return {what they write: our code}."""
        found = {}
        is_flag = self.type == "flag"
        for line in (self.code_map or "").splitlines():
            if line.strip():
                theirs, _sign, ours = _split(line.strip())
                found[theirs] = {"1": True, "0": False}.get(ours, ours) if is_flag else ours
        return found

    def _get_column(self):
        """Return the :class:`Column`, None where the source does not tell this field."""
        names = tuple(name.strip() for name in (self.columns or "").split("+") if name.strip())
        target = targets.find(self.feed_id.kind, self.target)
        if not target or not (names or self.fixed_value):
            return None
        return Column(
            target,
            names,
            self.fixed_value or "",
            self._get_codes() or None,
            self.date_form or "",
            self.is_required or target.is_needed,
            self.deletes,
        )


def _split(line):
    """Return (theirs, sign, ours) of a line of codes.

    >>> _split("01 = outpatient"), _split("M→male")
    (('01', '=', 'outpatient'), ('M', '=', 'male'))
    >>> _split("01")
    ('', '', '01')
    """
    parts = _SIGN.split(line, maxsplit=1)
    return (parts[0], "=", parts[1]) if len(parts) == 2 else ("", "", line)
