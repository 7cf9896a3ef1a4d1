from odoo import api, fields, models

from ..tools.governance import Governance

ACTIONS = [
    ("deleted", "Deleted"),
    ("blanked", "Emptied"),
    ("blacked", "Blacked out"),
    ("mentions", "Blacked out in records of others"),
    ("pseudonymised", "Pseudonymised"),
    ("kept", "Kept under the pseudonym"),
    ("anonymous", "Kept without any name or number"),
]
#: In the order in which a person is shown them.
SHOWN = ("kept", "deleted", "pseudonymised", "blanked", "blacked", "mentions", "anonymous")


class HcrmErasureLine(models.Model):
    """What an erasure did with the rows of one kind; how many, and for what is kept: why."""

    _name = "hcrm.erasure.line"
    _description = "Line of an Erasure"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "log_id, id"
    _hcrm = Governance(
        data_class="privacy_request", retention="log", note="counts; rests on its erasure"
    )

    log_id = fields.Many2one(
        "hcrm.erasure.log", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    model_name = fields.Char(string="Model", required=True, readonly=True)
    label = fields.Char(string="Kind of data", compute="_compute_label")
    action = fields.Selection(
        selection=ACTIONS, string="What was done", required=True, readonly=True
    )
    rows = fields.Integer(required=True, readonly=True)
    rule_id = fields.Many2one(
        "hcrm.retention.rule", string="Kept by", readonly=True, ondelete="restrict"
    )
    kept_until = fields.Date(readonly=True, help="Empty: as long as the rule says.")

    @api.depends("model_name")
    @api.depends_context("lang")
    def _compute_label(self):
        for line in self:
            line.label = self.env["ir.model"]._get(line.model_name).name or line.model_name


def erasure_lines(env, lines):
    """Return lines of an erasure in words; the many tables of core are one line for each action.

    :param lines: dictionaries of ``model_name``, ``action``, ``rows``, ``rule_id``, ``kept_until``
    """
    labels = dict(env["hcrm.erasure.line"]._fields["action"]._description_selection(env))
    found = {}
    for line in lines:
        is_ours = line["model_name"].startswith("hcrm.") or line["model_name"] == "res.partner"
        label = (
            env["ir.model"]._get(line["model_name"]).name
            if is_ours
            else env._("Messages, files, logins and technical traces")
        )
        rule = env["hcrm.retention.rule"].sudo().browse(line.get("rule_id") or ())
        entry = found.setdefault(
            (line["action"], label),
            {
                "label": label,
                "action": labels[line["action"]],
                "rows": 0,
                "law": rule.law or "",
                "kept_until": str(line.get("kept_until") or ""),
                "is_kept": line["action"] == "kept",
            },
        )
        entry["rows"] += line["rows"]
    return [found[key] for key in sorted(found, key=lambda key: (SHOWN.index(key[0]), key[1]))]
