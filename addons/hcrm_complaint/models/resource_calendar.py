from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import models
from odoo.exceptions import AccessError

from ..tools import holidays


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _hcrm_zone(self):
        """Return the pytz zone in which days of this calendar begin."""
        return timezone(self.tz or "UTC")

    def action_load_holidays(self):
        """Enter the holidays and say how far deadlines know them."""
        if not self.env.user.has_group("hcrm_base.group_hcrm_admin"):
            raise AccessError(self.env._("Holidays are entered by the HCRM administrator."))
        count = self.sudo()._hcrm_load_holidays()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s holidays entered; those of %(first)s to %(last)s and their made-up "
                    "workdays are known now.",
                    count=count,
                    first=min(holidays.CHINA),
                    last=max(holidays.CHINA),
                ),
            },
        }

    def _hcrm_load_holidays(self):
        """Enter the public holidays of China that these calendars lack, and the made-up workdays.

        Days on which somebody has entered a holiday already are left as they are.

        :return: number of holidays entered
        """
        spans = holidays.days_off()
        leaves = self.env["resource.calendar.leaves"]
        known = leaves.search(
            [("calendar_id", "in", [*self.ids, False]), ("resource_id", "=", False)]
        )
        rows = [
            row
            for calendar in self
            for row in calendar._prepare_holidays(
                spans,
                known.filtered(lambda one, own=calendar: one.calendar_id in (own, own.browse())),
            )
        ]
        leaves.create(rows)
        self._load_makeup_days()
        return len(rows)

    def _prepare_holidays(self, spans, known):
        """Return values of the holidays that no leave of this calendar touches."""
        zone, rows = self._hcrm_zone(), []
        in_chinese = (self.company_id.partner_id.lang or self.env.lang or "").startswith("zh")
        for name, first, last in spans:
            begin, end = (
                zone.localize(datetime.combine(day, time.min)).astimezone(utc).replace(tzinfo=None)
                for day in (first, last + timedelta(days=1))
            )
            if not any(one.date_from < end and one.date_to > begin for one in known):
                rows.append(
                    {
                        "name": holidays.NAMES[name][in_chinese],
                        "calendar_id": self.id,
                        "company_id": self.company_id.id,
                        "date_from": begin,
                        "date_to": end - timedelta(seconds=1),
                    }
                )
        return rows

    def _load_makeup_days(self):
        days = self.env["hcrm.makeup.day"]
        having = set(days.search([]).mapped("date"))  # pylint: disable=no-search-all
        made = days.create(
            [
                {"date": day, "name": holidays.NAMES[name][0]}
                for name, day in holidays.made_up()
                if day not in having
            ]
        )
        if self.env["res.lang"]._lang_get("zh_CN"):
            chinese = dict(holidays.NAMES.values())
            for day in made:
                day.with_context(lang="zh_CN").name = chinese[day.name]
