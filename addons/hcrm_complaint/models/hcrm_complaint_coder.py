import csv

from odoo import api, fields, models, tools
from odoo.tools import file_open

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import coding

FOLDER = "hcrm_complaint/data/coding"
#: Fewer coded problems than this say nothing about agreement.
ENOUGH = 30
#: The newest coded problems of the hospital from which is learned.
NEWEST = 5000


class HcrmComplaintCoder(models.Model):
    """What suggests codes: learned from invented sentences and from the coded matters of this
    database, with what it is worth.

    It reads the neutral matter of cases, never who complained or their own words, and keeps words
    that stand in three cases at least. Rows are runs of learning; the newest one speaks.
    """

    _name = "hcrm.complaint.coder"
    _description = "Suggestion of Codes"
    _order = "id DESC"
    _rec_name = "learned_at"
    _hcrm = Governance(data_class="reference")

    learned_at = fields.Datetime(string="Learned on", required=True, readonly=True)
    model = fields.Json(groups=".", required=True, readonly=True)
    seed_count = fields.Integer(
        string="Invented sentences and words", readonly=True, aggregator=None
    )
    own_count = fields.Integer(
        string="Coded cases of this hospital", readonly=True, aggregator=None
    )

    # what it is worth, on invented sentences of another style
    probe_count = fields.Integer(string="Sentences judged", readonly=True, aggregator=None)
    kappa = fields.Float(digits=(4, 2), readonly=True, aggregator=None)
    first = fields.Float(string="First right (%)", digits=(4, 1), readonly=True, aggregator=None)
    top3 = fields.Float(
        string="Among three right (%)", digits=(4, 1), readonly=True, aggregator=None
    )
    category_kappa = fields.Float(
        string="Kappa of categories", digits=(4, 2), readonly=True, aggregator=None
    )
    word_kappa = fields.Float(
        string="Kappa of a list of keywords", digits=(4, 2), readonly=True, aggregator=None
    )
    word_top3 = fields.Float(
        string="Among three by keywords (%)", digits=(4, 1), readonly=True, aggregator=None
    )

    # what it was worth here, before each code was chosen
    live_count = fields.Integer(string="Codes chosen here", readonly=True, aggregator=None)
    live_kappa = fields.Float(
        string="Kappa with our coders", digits=(4, 2), readonly=True, aggregator=None
    )
    live_text = fields.Char(string="With our own cases", compute="_compute_live_text")

    @api.depends("live_count", "live_kappa")
    @api.depends_context("lang")
    def _compute_live_text(self):
        for coder in self:
            if coder.live_count < ENOUGH:
                coder.live_text = self.env._(
                    "Too few codes chosen here yet to tell: %(count)s of %(enough)s.",
                    count=coder.live_count,
                    enough=ENOUGH,
                )
            else:
                coder.live_text = self.env._(
                    "Kappa %(kappa)s on %(count)s codes that our staff chose. They saw the "
                    "suggestion, so this is the upper limit.",
                    kappa=f"{coder.live_kappa:.2f}",
                    count=coder.live_count,
                )

    @api.model
    @tools.ormcache("name", cache="stable")
    def _read_texts(self, name):
        """Return the (code, text) pairs of a file of the addon."""
        with file_open(f"{FOLDER}/{name}.csv") as lines:
            return [tuple(row) for row in csv.reader(lines)][1:]

    @api.model
    def _learn(self):
        """Learn anew and judge what was learned."""
        seed, probe, words = map(self._read_texts, ("seed", "probe", "keywords"))
        own = self._get_own_examples()
        model = coding.learn(seed + words, own)
        judged = coding.judge(probe, lambda text: [one.code for one in coding.suggest(model, text)])
        simple = coding.judge(probe, lambda text: coding.by_keywords(words, text))
        live = self._get_live_pairs()
        coder = self.sudo().create(
            {
                "learned_at": fields.Datetime.now(),
                "model": model,
                "seed_count": len(seed) + len(words),
                "own_count": len(own),
                "probe_count": judged["count"],
                "kappa": judged["kappa"],
                "first": judged["first"],
                "top3": judged["top3"],
                "category_kappa": judged["category_kappa"],
                "word_kappa": simple["kappa"],
                "word_top3": simple["top3"],
                "live_count": len(live),
                "live_kappa": coding.kappa(live),
            }
        )
        self.env.registry.clear_cache()
        return coder

    @api.model
    def _get_own_examples(self):
        """Return (code, matter) of the newest coded problems; the matter names nobody."""
        problems_sudo = self.env["hcrm.complaint.problem"].sudo()
        rows = problems_sudo.search(
            [("category_id.level", "=", 3), ("complaint_id.matter", "!=", False)],
            order="id DESC",
            limit=NEWEST,
        )
        return [(row.category_id.code, row.complaint_id.matter) for row in rows]

    @api.model
    def _get_live_pairs(self):
        """Return (code chosen, code suggested first) where both are known."""
        problems_sudo = self.env["hcrm.complaint.problem"].sudo()
        rows = problems_sudo.search(
            [("suggested_category_id", "!=", False), ("category_id.level", "=", 3)],
            order="id DESC",
            limit=NEWEST,
        )
        return [(row.category_id.code, row.suggested_category_id.code) for row in rows]

    @api.model
    @tools.ormcache()
    def _get_model(self):
        coder_sudo = self.sudo().search([], limit=1) or self._learn()
        return coder_sudo.model

    @api.model
    def _suggest(self, text):
        """Return [(category, whether it is clear, words)] for a text, best first."""
        told = coding.suggest(self._get_model(), text or "")
        found = self.env["hcrm.complaint.category"].search(
            [("scheme", "=", "hcat"), ("code", "in", [one.code for one in told])]
        )
        categories = {category.code: category for category in found}
        return [
            (categories[one.code], one.is_clear, one.words)
            for one in told
            if one.code in categories
        ]

    def action_learn(self):
        """Learn now; the screen shows what came out."""
        self.check_access("write")
        coder = self._learn()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": coder.id,
            "view_mode": "form",
        }

    @api.model
    def _cron_learn(self):
        self._learn()
        self.search([], offset=12).unlink()  # pylint: disable=no-search-all
