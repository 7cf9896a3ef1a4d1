import itertools

from odoo import fields, models

CHUNK = 500


class HcrmHisLoadRowsMixin(models.AbstractModel):
    """CSV files of a feed: rows are stored in chunks together with the position."""

    _name = "hcrm.his.load.rows.mixin"
    _description = "Loads of Rows"

    feed_id = fields.Many2one(
        "hcrm.his.feed", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _get_work_name(self):
        """Return the name of the file while it is read and afterwards: no two are the same."""
        return f"{self.id}-{self.file_name}"

    def _load_rows(self, reader):
        """Yield the number of rows of each chunk, for the caller to commit."""
        self.ensure_one()
        feed = self.feed_id
        rows = itertools.islice(reader, self.position, None)
        while chunk := list(itertools.islice(rows, CHUNK)):
            found = feed._prepare_rows(chunk, self.file_name[-199:])
            counts = feed._store_rows(found, self.id)
            stored, known, refused = counts
            self.write(
                {
                    "position": self.position + len(chunk),
                    "current_file": self.file_name,
                    "stored_count": self.stored_count + stored,
                    "known_count": self.known_count + known,
                    "refused_count": self.refused_count + refused,
                }
            )
            feed.write(feed._count_rows(counts))
            yield len(chunk)

    def _get_report(self):
        """Return what became of a file, in words for the people at the source."""
        lines = [
            self.env._("File: %(name)s", name=self.file_name),
            self.env._("Rows read: %(count)s", count=self.position),
            self.env._("Stored: %(count)s", count=self.stored_count),
            self.env._("Known before: %(count)s", count=self.known_count),
            self.env._("Refused, see the dead letters: %(count)s", count=self.refused_count),
        ]
        if self.reason:
            lines.append(self.env._("Stopped: %(reason)s", reason=self.reason))
        return "\n".join(lines) + "\n"
