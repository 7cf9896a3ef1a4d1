from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

SCHEMES = [("hcat", "HCAT"), ("own", "Hospital's own")]


class HcrmComplaintCategory(models.Model):
    """A node of a tree by which problems are coded.

    ``hcat``: the Healthcare Complaints Analysis Tool (Gillespie and Reader 2016), 3 domains, 7
    categories, 36 sub-categories; ``own``: the tree of the hospital.
    """

    _name = "hcrm.complaint.category"
    _description = "Category of Problems"
    _order = "scheme, parent_path, sequence, id"
    _parent_store = True
    _rec_names_search = ["name", "code"]
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    scheme = fields.Selection(selection=SCHEMES, required=True, default="own", index=True)
    parent_id = fields.Many2one(
        "hcrm.complaint.category",
        string="Belongs to",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('scheme', '=', scheme), ('id', '!=', id)]",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("hcrm.complaint.category", "parent_id", string="Below it")
    level = fields.Integer(
        compute="_compute_level",
        store=True,
        recursive=True,
        aggregator=None,
        help="1 domain, 2 category, 3 sub-category.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE (scheme, code)", "This code is already used by another category of this tree."
    )

    @api.depends("parent_id.level")
    def _compute_level(self):
        for category in self:
            category.level = category.parent_id.level + 1

    @api.depends("name", "parent_id.name", "level", "scheme")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """As coders say it: a category with the one above, without the domain."""
        for category in self:
            is_below = category.level > (2 if category.scheme == "hcat" else 1)
            names = (is_below and category.parent_id.name, category.name)
            category.display_name = " › ".join(filter(None, names))

    @api.constrains("parent_id", "scheme")
    def _check_tree(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A category cannot stand below itself."))
        for category in self:
            if category.parent_id and category.parent_id.scheme != category.scheme:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” belongs to another tree than what it stands below.",
                        name=category.name,
                    )
                )
