from datetime import date

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import timeline as rules
from .timeline_arm import TimelineArm

PAGE = 30
LARGEST_PAGE = 100
DAY_ROWS = 200
WORDS_LIMIT = 60


class HcrmTimelineMixin(models.AbstractModel):
    """Everything that happened with a customer, newest first, as far as the reader may know it.

    The lines are found by one query: an arm for each model whose governance entry has a
    ``timeline``, made by ``_search`` under the reader's rights, so that model, record and company
    rules and protected files hold as in any list. What a line says is then read through the ORM,
    one batch per model. A model of another addon takes part by its entry alone.
    """

    _name = "hcrm.timeline.mixin"
    _description = "360° Timeline"

    @api.readonly
    def get_timeline(self, before=None, limit=PAGE, kinds=None, words=""):
        """Return a page of the timeline of this customer.

        :param before: ``key`` of the last line of the page before; None for the first page
        :param kinds: names of models to show; None for all
        :param words: text that the lines must contain
        :return: ``{"lines": […], "more": bool}``, the first page with ``"kinds"``: how many rows
            of each kind there are
        """
        cursor = self._hcrm_parse_cursor(before)
        limit = max(1, min(int(limit), LARGEST_PAGE))
        words = (words or "").strip()[:WORDS_LIMIT]
        arms = self._hcrm_timeline_arms()
        chosen = [arm for arm in arms if kinds is None or arm.kind in kinds]
        if words:
            chosen = [arm for arm in chosen if arm.spec.search]
        rows = self._hcrm_timeline_rows(chosen, cursor, limit + 1, words)
        lines = self._hcrm_timeline_lines(chosen, rows[:limit])
        page = {"lines": lines, "more": len(rows) > limit}
        if cursor is None:
            page["kinds"] = self._hcrm_timeline_kinds(arms)
        return page

    @api.readonly
    def get_timeline_day(self, kind, day, words=""):
        """Return the rows of ``kind`` behind the one line of a day (``YYYY-MM-DD``)."""
        arms = [arm for arm in self._hcrm_timeline_arms() if arm.kind == kind and arm.spec.daily]
        try:
            local_day = date.fromisoformat(day)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%(day)s is no day: reload the page.", day=day)) from error
        zone, words = self._hcrm_zone(), (words or "").strip()[:WORDS_LIMIT]
        selects = [arm.select_day(local_day, DAY_ROWS, zone, words) for arm in arms]
        rows = [
            {"kind": kind, "at": None, "id": row_id, "count": None}
            for select in filter(None, selects)
            for (row_id,) in self.env.execute_query(select)
        ]
        lines = self._hcrm_timeline_lines(arms, rows)
        return sorted(lines, key=lambda line: line["at"], reverse=True)

    def _hcrm_parse_cursor(self, before):
        try:
            return rules.Cursor.parse(before)
        except rules.BadCursor as error:
            raise UserError(
                self.env._("The timeline does not know this place: reload the page.")
            ) from error

    @api.model
    def _hcrm_zone(self):
        """Return the time zone in which the reader's days begin."""
        return pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")

    def _hcrm_timeline_arms(self):
        """Return the arms of what the reader may read about this customer."""
        self.ensure_one()
        self.check_access("read")
        person = self._hcrm_canonical()
        aliases = person._hcrm_alias_ids()
        arms = []
        for name in self._hcrm_timeline_models():
            model = self.env[name]
            if not model.has_access("read") or not self._hcrm_may_place(model):
                continue
            # rows of a ledger stay with the contact under which they were written
            ids = aliases if model._hcrm.merge == "canonical" else person.ids
            links = model._hcrm.partner
            arms += [
                TimelineArm(model, ids, link, links[:number]) for number, link in enumerate(links)
            ]
        return arms

    @api.model
    def _hcrm_timeline_models(self):
        """Return the names of the models that have a timeline entry."""
        return sorted(
            name
            for name, model in self.env.registry.items()
            if not model._abstract
            and getattr(model, "_hcrm", None)
            and model._hcrm.timeline
            and model._hcrm.about_persons
        )

    @api.model
    def _hcrm_may_place(self, model):
        """True if the reader may know whom and when the rows are about."""
        names = (model._hcrm.timeline.date, *model._hcrm.partner)
        return all(model._has_field_access(model._fields[name], "read") for name in names)

    def _hcrm_timeline_rows(self, arms, cursor, limit, words):
        """Return the newest lines of all arms, as dictionaries."""
        zone = self._hcrm_zone()
        selects = [arm.select_lines(cursor, limit, zone, words) for arm in arms]
        selects = [select for select in selects if select]
        if not selects:
            return []
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT *
                  FROM (%s) line (kind, at, id, count, alarms, newest_id)
                 ORDER BY at DESC, kind COLLATE "C" DESC, id DESC
                 LIMIT %s
                """,
                SQL(" UNION ALL ").join(selects),
                limit,
            )
        )

    def _hcrm_timeline_kinds(self, arms):
        """Return the kinds that there are, each with the number of its rows."""
        selects = [select for select in (arm.select_count() for arm in arms) if select]
        if not selects:
            return []
        counts = {}
        for kind, count in self.env.execute_query(SQL(" UNION ALL ").join(selects)):
            counts[kind] = counts.get(kind, 0) + count
        specs = {arm.kind: arm.spec for arm in arms}
        found = [
            {
                "kind": kind,
                "label": self._hcrm_kind_label(kind),
                "icon": specs[kind].icon,
                "color": specs[kind].color,
                "count": count,
            }
            for kind, count in counts.items()
            if count
        ]
        return sorted(found, key=lambda kind: -kind["count"])

    @api.model
    def _hcrm_kind_label(self, kind):
        label = self.env[kind]._hcrm.timeline.label
        return self.env._(label) if label else self.env["ir.model"]._get(kind).sudo().name

    def _hcrm_timeline_lines(self, arms, rows):
        """Return what the client shows of each row; texts are read in one batch per model."""
        models_by_kind = {arm.kind: arm.model for arm in arms}
        shown = {
            kind: self._hcrm_read_lines(
                model, [_single_id(row) for row in rows if row["kind"] == kind and _single_id(row)]
            )
            for kind, model in models_by_kind.items()
        }
        zone = self._hcrm_zone()
        lines = []
        for row in rows:
            row_id = _single_id(row)
            said = (
                shown[row["kind"]].get(row_id)
                if row_id
                else self._hcrm_daily_line(models_by_kind[row["kind"]], row)
            )
            if said:
                lines.append(self._hcrm_place_line(said, row, zone))
        self._hcrm_note_days(models_by_kind, rows)
        return lines

    def _hcrm_place_line(self, said, row, zone):
        """Return a line with its key, time and local day."""
        at = row["at"] or said["at"]
        key = rules.Cursor(at, row["kind"], row["id"]).as_list()
        return {
            **said,
            "key": key,
            "kind": row["kind"],
            "at": fields.Datetime.to_string(at),
            "day": rules.local_day(at, zone).isoformat(),
        }

    @api.model
    def _hcrm_daily_line(self, model, row):
        """Return the one line that stands for a day's rows."""
        spec, count, alarms = model._hcrm.timeline, row["count"], row["alarms"]
        title, alarm = self.env._(spec.daily), spec.daily_alarm and self.env._(spec.daily_alarm)
        alarm = alarm and alarm % {"count": alarms}
        return {
            "id": False,
            "title": title % {"count": count},
            "subtitle": "",
            "badge": {"label": alarm, "level": "danger"} if alarm and alarms else False,
            "alarm": bool(alarms),
            "has_time": False,
            "count": count,
        }

    @api.model
    def _hcrm_read_lines(self, model, ids):
        """Return {id: what is said about the row}, under the reader's rights."""
        if not ids:
            return {}
        spec = model._hcrm.timeline
        names = [
            name
            for name in dict.fromkeys((spec.date, *spec.fields))
            if model._has_field_access(model._fields[name], "read")
        ]
        records = model.with_context(hierarchical_naming=False).browse(ids)
        labels = {
            name: dict(model._fields[name]._description_selection(self.env))
            for name in names
            if model._fields[name].type == "selection"
        }
        return {
            values["id"]: self._hcrm_say(model, values, labels) for values in records.read(names)
        }

    @api.model
    def _hcrm_say(self, model, values, labels):
        """Return the words of one row from what was read of it."""
        spec = model._hcrm.timeline

        def text(name):
            value = values.get(name)
            if isinstance(value, tuple):
                return value[1]
            if name in labels:
                return labels[name].get(value, "")
            return str(value) if value else ""

        level = spec.levels.get(values.get(spec.badge)) if spec.badge else None
        at, has_time = values[spec.date], model._fields[spec.date].type == "datetime"
        return {
            "id": values["id"],
            "at": at if has_time else rules.day_end(at, self._hcrm_zone()),
            "title": text(spec.title) or self._hcrm_kind_label(model._name),
            "subtitle": " · ".join(filter(None, map(text, spec.subtitle))),
            "badge": {"label": text(spec.badge), "level": level} if level else False,
            "alarm": bool(spec.alarm and values.get(spec.alarm)),
            "has_time": has_time,
            "count": 1,
        }

    def _hcrm_note_days(self, models_by_kind, rows):
        """Tell the access log of days that were summed up: no row of theirs was read by the ORM."""
        for kind, model in models_by_kind.items():
            summed = [row for row in rows if row["kind"] == kind and not _single_id(row)]
            if summed and model._hcrm.logs_reads:
                self.env["hcrm.access.log"]._note(
                    kind, [], self._hcrm_canonical().ids, fields=[model._hcrm.timeline.date]
                )


def _single_id(row):
    """Return the id of the one row that a line stands for, None for a line of many."""
    if row["count"] is None:
        return row["id"]
    return row["newest_id"] if row["count"] == 1 else None
