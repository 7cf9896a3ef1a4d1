from datetime import datetime, time

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from odoo.addons.hcrm_base.tools.promise_rate import SMALL, Cell, fold_small

from ..tools import rates

#: Leaders get counts of a fixed window, small ones withheld: two windows would tell a difference.
LEADER_MONTHS = 12
PERIODS = (12, 24, 36)
#: Departments are many: one is called high or low on stricter limits than a single rate.
FUNNEL = 0.998
LEVELS = {
    "domain": "hcat_domain_id",
    "category": "hcat_category_id",
    "problem": "category_id",
    "own": "own_category_id",
}


class HcrmComplaintFocus(models.AbstractModel):
    """Where complaints come from: causes, departments by their encounters, months with limits.

    Whoever works on cases asks under the own rights, so that nobody counts a case that is hidden
    from them. Leaders get counts over all of the hospital, those under ten put together.
    """

    _name = "hcrm.complaint.focus"
    _description = "Focus of Complaints"

    @api.model
    def get_focus(self, options=None):
        """Return what the screen shows; ``options``: months, level, category_id, department_id."""
        reader = self._get_reader()
        if reader == "leader":
            options = {"months": LEADER_MONTHS, "level": "category"}
        asked = self._clean_options(options or {})
        scope = self._get_scope(reader, asked)
        months = self._count_months(scope)
        departments = self._count_departments(scope)
        bars = self._count_causes(scope, asked["level"])
        shown = range(len(months))
        if reader == "leader":
            shown, departments, bars = self._fold(months, departments, bars)
        return {
            "reader": reader,
            "options": asked | self._name_options(asked),
            "period": self._describe_period(scope),
            "total": self._total(scope, reader),
            "bars": self._present_causes(bars, scope, asked["level"]),
            "departments": self._present_departments(departments, scope, reader),
            "chart": self._present_chart(months, scope, shown),
            "actions": self.env["hcrm.complaint.action"]._get_overview(reader),
        }

    @api.model
    def _get_reader(self):
        """Return as whom the user reads; who works on cases reads those, a leader counts."""
        user = self.env.user
        if user._hcrm_is_complaint_office():
            return "office"
        if user.has_group("hcrm_base.group_leader"):
            return "leader"
        if user.has_group("hcrm_base.group_handler"):
            return "department"
        raise AccessError(self.env._("The focus of complaints is for whoever answers for them."))

    @api.model
    def _clean_options(self, options):
        months, level = options.get("months"), options.get("level")
        return {
            "months": months if months in PERIODS else PERIODS[0],
            "level": level if level in LEVELS else "category",
            "category_id": options.get("category_id") or False,
            "department_id": options.get("department_id") or False,
        }

    @api.model
    def _name_options(self, asked):
        category = self.env["hcrm.complaint.category"].browse(asked["category_id"]).exists()
        department = self.env["hr.department"].sudo().browse(asked["department_id"]).exists()
        return {
            "category": category.display_name or "",
            "department": department.display_name or "",
        }

    @api.model
    def _get_scope(self, reader, asked):
        """Return what all figures have in common."""
        company = self.env.company
        zone = pytz.timezone(company._hcrm_zone())
        last = datetime.now(zone).date().replace(day=1)
        first = last - relativedelta(months=asked["months"])
        start, end = _to_utc(zone, first, last)
        departments = self.env["hr.department"]
        if reader == "department":
            departments = self.env.user.sudo().hcrm_department_ids.sudo(False)
        elif asked["department_id"]:
            departments = departments.browse(asked["department_id"]).exists()
        base = Domain("company_id", "=", company.id)
        if departments or reader == "department":
            base &= Domain("department_id", "in", departments.ids)
        received = Domain("received_at", ">=", start) & Domain("received_at", "<", end)
        problems = base & received & Domain("kind", "=", "complaint")
        cases = problems & Domain("active", "in", (True, False))
        if asked["category_id"]:
            problems &= Domain("category_id", "child_of", asked["category_id"])
            cases &= Domain("problem_ids.category_id", "child_of", asked["category_id"])
        return {
            "first": first,
            "last": last,
            "months": asked["months"],
            "cases": cases,
            "problems": problems,
            "encounters": base
            & Domain("started_at", ">=", start)
            & Domain("started_at", "<", end)
            & Domain("state", "in", ("in_progress", "finished")),
            "is_sudo": reader == "leader",
            "zone": zone.zone,
        }

    def _model(self, name, scope):
        """Return a model as this reader counts it: leaders all of it, for counts alone."""
        model = self.env[name].with_context(tz=scope["zone"], active_test=False)
        return model.sudo() if scope["is_sudo"] else model

    def _encounters_sudo(self, scope):
        """Return encounters for counting: a number of visits tells of nobody."""
        return self.env["hcrm.encounter"].sudo().with_context(tz=scope["zone"])

    # COUNTING: ONE STATEMENT EACH

    def _count_causes(self, scope, level):
        """Return [(category, count, severe)], the largest first."""
        field = LEVELS[level]
        groups = self._model("hcrm.complaint.problem", scope)._read_group(
            scope["problems"], [field, "severity"], ["__count"]
        )
        counts = {}
        for category, severity, count in groups:
            all_, severe = counts.get(category, (0, 0))
            counts[category] = (all_ + count, severe + count * (severity == "3"))
        return [(category, *pair) for category, pair in counts.items()]

    def _count_departments(self, scope):
        """Return [(department, cases, encounters)]."""
        cases = self._model("hcrm.complaint", scope)._read_group(
            scope["cases"], ["department_id"], ["__count"]
        )
        visits = dict(
            self._encounters_sudo(scope)._read_group(
                scope["encounters"], ["department_id"], ["__count"]
            )
        )
        return [(department, count, visits.get(department, 0)) for department, count in cases]

    def _count_months(self, scope):
        """Return [(first day, cases, encounters)] of each month, empty ones too."""
        cases = self._by_month(self._model("hcrm.complaint", scope), scope["cases"], "received_at")
        visits = self._by_month(self._encounters_sudo(scope), scope["encounters"], "started_at")
        days = [scope["first"] + relativedelta(months=step) for step in range(scope["months"])]
        return [(day, cases.get(day, 0), visits.get(day, 0)) for day in days]

    def _by_month(self, model, domain, field):
        groups = model._read_group(domain, [f"{field}:month"], ["__count"])
        return {fields.Date.to_date(month): count for month, count in groups}

    def _total(self, scope, reader):
        model = self._model("hcrm.complaint", scope)
        cases = model.search_count(scope["cases"])
        coded = model.search_count(scope["cases"] & Domain("problem_ids", "!=", False))
        visits = self._encounters_sudo(scope).search_count(scope["encounters"])
        if reader == "leader":
            # a difference between two totals would tell a small number as well
            coded = coded if coded >= SMALL and cases - coded in (0, *range(SMALL, cases)) else None
            cases = cases if cases >= SMALL else None
        return {"cases": cases, "coded": coded, "encounters": visits}

    # WHAT LEADERS SEE

    @api.model
    def _fold(self, months, departments, bars):
        """Withhold the small counts, and what they could be computed back from."""
        counts = [count for _day, count, _visits in months]
        shown = {cell.department for cell in fold_small(_cells(counts))}
        departments = [
            (departments[cell.department][0], cell.total, departments[cell.department][2])
            if cell.department is not None
            else (None, cell.total, 0)
            for cell in fold_small(_cells(count for _one, count, _visits in departments))
        ]
        bars = [
            (bars[cell.department][0], cell.total, None)
            if cell.department is not None
            else (None, cell.total, None)
            for cell in fold_small(_cells(count for _one, count, _severe in bars))
        ]
        return shown, departments, bars

    # SHOWING

    def _describe_period(self, scope):
        last = scope["last"] - relativedelta(days=1)
        return self.env._(
            "%(first)s to %(last)s",
            first=format_date(self.env, scope["first"]),
            last=format_date(self.env, last),
        )

    def _present_causes(self, counts, scope, level):
        rows = {place: row for place, row in enumerate(counts)}
        told = []
        for bar in rates.pareto({place: row[1] for place, row in rows.items()}):
            category, count, severe = rows[bar.key]
            told.append(
                {
                    "key": bar.key,
                    "id": category.id if category else False,
                    "name": self._name_of(category),
                    "count": count,
                    "severe": severe,
                    "share": bar.share * 100,
                    "cumulative": bar.cumulative * 100,
                    "is_vital": bar.is_vital,
                    "domain": self._drill(
                        scope,
                        "problems",
                        category is not None and Domain(LEVELS[level], "=", category.id),
                    ),
                }
            )
        return told

    def _name_of(self, record):
        if record is None:
            return self.env._("Others together")
        return record.sudo().display_name if record else self.env._("Not told")

    def _drill(self, scope, kind, more):
        """Return the domain behind a figure, for whoever may read the rows."""
        if scope["is_sudo"] or more is False:
            return False
        return list(scope[kind] & more)

    def _present_departments(self, counts, scope, reader):
        whole = sum(count for _one, count, visits in counts if visits)
        visits_of_all = sum(visits for *_rest, visits in counts)
        hospital = whole / visits_of_all if visits_of_all else None
        told = [
            self._present_department(
                place, row, hospital if reader != "department" else None, scope
            )
            for place, row in enumerate(counts)
        ]
        return sorted(told, key=lambda row: (-(row["rate"] or 0), -row["cases"]))

    def _present_department(self, place, row, hospital, scope):
        department, cases, visits = row
        low, high = rates.interval(cases, visits) if visits else (None, None)
        compared = None
        if visits and hospital:
            strict_low, strict_high = rates.interval(cases, visits, FUNNEL)
            compared = (strict_low > hospital and "high") or (strict_high < hospital and "low")
        per_thousand = [value and value * 1000 for value in (visits and cases / visits, low, high)]
        return {
            "key": place,
            "id": department.id if department else False,
            "name": self._name_of(department),
            "cases": cases,
            "encounters": visits,
            "rate": per_thousand[0] if visits else None,
            "low": per_thousand[1],
            "high": per_thousand[2],
            "compared": compared or None,
            "domain": self._drill(
                scope,
                "cases",
                department is not None and Domain("department_id", "=", department.id),
            ),
        }

    def _present_chart(self, months, scope, shown):
        """Return the months per 1,000 encounters; a withheld month has no point.

        Middle and limits are those of all months; where nothing is shown, they would tell the sum.
        """
        if not shown:
            return []
        told = []
        points = rates.u_chart([(count, visits) for _day, count, visits in months], True)
        for place, ((day, count, visits), point) in enumerate(zip(months, points, strict=True)):
            is_shown = place in shown
            following = day + relativedelta(months=1)
            told.append(
                {
                    "key": fields.Date.to_string(day),
                    "label": format_date(self.env, day, date_format="yyyy-MM"),
                    "cases": count if is_shown else None,
                    "encounters": visits,
                    "rate": point.rate * 1000 if is_shown and visits else None,
                    "center": point.center * 1000,
                    "low": point.low * 1000,
                    "high": point.high * 1000,
                    "signal": point.signal if is_shown else None,
                    "domain": self._drill(scope, "cases", self._in_month(day, following, scope)),
                }
            )
        return told

    def _in_month(self, first, last, scope):
        zone = pytz.timezone(scope["zone"])
        start, end = _to_utc(zone, first, last)
        return Domain("received_at", ">=", fields.Datetime.to_string(start)) & Domain(
            "received_at", "<", fields.Datetime.to_string(end)
        )


def _cells(counts):
    """Return counts as cells, to be put together like those of promises."""
    return [Cell(place, count, count, 0, 0) for place, count in enumerate(counts)]


def _to_utc(zone, *days):
    """Return the beginnings of days of a time zone, as the database knows them."""
    return [
        zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
        for day in days
    ]
