from odoo import Command, api, fields, models


class HcrmPromiseVersionMixin(models.AbstractModel):
    """What people were told never changes: a change is a new version, and the old one stays.

    Each version has its own terms and its own figures. A version that replaces another counts the
    cases that began since it was published, the one before those that began until then: no case
    counts twice, no rate mixes two limits.
    """

    _name = "hcrm.promise.version.mixin"
    _description = "Versions of a Promise"

    version = fields.Integer(default=1, required=True, readonly=True, copy=False, aggregator=None)
    previous_id = fields.Many2one(
        "hcrm.promise",
        string="Replaces",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    next_ids = fields.One2many("hcrm.promise", "previous_id", string="Next version")
    superseded_at = fields.Datetime(string="Replaced on", readonly=True, copy=False)
    is_frozen = fields.Boolean(compute="_compute_is_frozen", export_string_translation=False)

    @api.depends("state", "published_at")
    def _compute_is_frozen(self):
        """What leaders decide on, or people were told, stays as it is."""
        for promise in self:
            promise.is_frozen = bool(promise.published_at) or promise.state in (
                "review",
                "approved",
                "published",
                "superseded",
            )

    @api.depends("name", "version")
    def _compute_display_name(self):
        """Versions of one promise have one name: say which it is."""
        for promise in self:
            promise.display_name = promise.name
            if promise.version > 1:
                promise.display_name = self.env._(
                    "%(promise)s (version %(number)s)",
                    promise=promise.name,
                    number=promise.version,
                )

    def action_new_version(self):
        """Open the next version: a draft with the same words, which replaces this one when told."""
        self.ensure_one()
        self.check_access("write")
        self.browse().check_access("create")
        self._require_state("published", "withdrawn")
        versions = self.with_context(active_test=False)
        draft = versions.search(
            [("previous_id", "=", self.id), ("state", "!=", "withdrawn")], limit=1
        )
        if not draft:
            promise = self.sudo()  # the segments are not for everybody's eyes
            draft = promise.copy(
                {
                    "previous_id": promise.id,
                    "version": promise.version + 1,
                    "segment_ids": [Command.set(promise.segment_ids.ids)],
                }
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def _supersede(self, now):
        """Take the version before out of force; what was measured of it stays."""
        old = self.previous_id.filtered(lambda promise: promise.state == "published")
        old.write({"state": "superseded", "superseded_at": now})
        old.activity_ids.filtered("automated").action_feedback()

    def _force_span(self, now):
        """Return (since, until): cases count that begin then, in UTC; since None: all before.

        A first version is also measured on the time before it was told, so that it can be told
        with a rate.
        """
        since = (self.published_at or now) if self.previous_id else None
        return since, min(now, self.superseded_at or now)
