from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: How the fields begin by which a copy of all that is known about a person leaves.
PACKAGE = "package_d"
REVIEWERS = "hcrm_base.group_leader,hcrm_base.group_hcrm_admin"
COMPARISONS = {operator: SQL(operator) for operator in ("<", ">", "<=", ">=")}


class HcrmAccessLogScreenMixin(models.AbstractModel):
    """What screens show of a line of the access log beside what was written: all asked anew."""

    _name = "hcrm.access.log.screen.mixin"
    _description = "Access Log on Screen"

    reader_department = fields.Char(
        string="Department of the reader", compute="_compute_reader_department"
    )
    person_ids = fields.Many2many(
        "res.partner",
        string="Persons",
        compute="_compute_person_ids",
        search="_search_person_ids",
        groups="hcrm_base.group_person_all",
    )
    person_count = fields.Integer(
        string="Number of persons",
        compute="_compute_person_count",
        search="_search_person_count",
        groups=REVIEWERS,
    )
    is_about_me = fields.Boolean(
        compute="_compute_is_about_me",
        search="_search_is_about_me",
        export_string_translation=False,
    )
    is_outside = fields.Boolean(
        string="Nobody of the reader's departments",
        compute="_compute_is_outside",
        search="_search_is_outside",
        groups=REVIEWERS,
        help="None of the persons was ever seen in a department of the reader or is assigned to "
        "the reader.",
    )
    break_glass_id = fields.Many2one(
        "hcrm.break.glass",
        string="Behind glass",
        compute="_compute_break_glass_id",
        search="_search_break_glass_id",
        groups=REVIEWERS,
        help="The opening of a protected file under which this was read.",
    )
    break_glass_reason = fields.Text(
        string="Reason for opening", compute="_compute_break_glass_reason"
    )
    review_id = fields.Many2one(
        "hcrm.access.review",
        compute="_compute_review_id",
        search="_search_review_id",
        groups=REVIEWERS,
    )

    @api.depends("user_id")
    def _compute_reader_department(self):
        for log_sudo in self.sudo():
            departments = log_sudo.user_id.employee_ids.department_id
            log_sudo.reader_department = ", ".join(departments.mapped("name")) or False

    @api.depends("partner_ids")
    def _compute_person_ids(self):
        for log in self:
            log.person_ids = self.env["res.partner"].browse(log.sudo().partner_ids or ()).exists()

    def _search_person_ids(self, operator, value):
        """Find by name or id, also what was read under a number that was merged since."""
        self._check_field_access(self._fields["person_ids"], "read")
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # the ORM then negates the positive answer
        partners = self.env["res.partner"].with_context(active_test=False)
        name = "id" if operator == "in" else "display_name"
        if operator == "any":
            found = partners.search(value)
        else:
            found = partners.search([(name, operator, value)], limit=1000)
        return _about(found._hcrm_alias_ids())

    @api.depends("partner_ids")
    def _compute_person_count(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT id, cardinality(partner_ids) FROM hcrm_access_log WHERE id = ANY(%s)",
                self.ids,
            )
        )
        counts = dict(rows)
        for log in self:
            log.person_count = counts.get(log.id, 0)

    def _search_person_count(self, operator, value):
        self._check_field_access(self._fields["person_count"], "read")
        if operator not in COMPARISONS:
            return NotImplemented
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "cardinality(%s) %s %s",
                SQL.identifier(alias, "partner_ids"),
                COMPARISONS[operator],
                int(value),
            )
        )

    @api.depends("partner_ids")
    @api.depends_context("uid")
    def _compute_is_about_me(self):
        about_me = self._filtered_by("is_about_me")
        for log in self:
            log.is_about_me = log in about_me

    def _search_is_about_me(self, operator, _value):
        """Asked anew by every query: a merge may have brought rows about the same person."""
        if operator != "in":
            return NotImplemented
        return _about(self.env.user.partner_id._hcrm_alias_ids())

    @api.depends("user_id", "partner_ids")
    def _compute_is_outside(self):
        outside = self._filtered_by("is_outside")
        for log in self:
            log.is_outside = log in outside

    def _search_is_outside(self, operator, _value):
        self._check_field_access(self._fields["is_outside"], "read")
        if operator != "in":
            return NotImplemented
        return Domain.custom(to_sql=lambda _model, alias, _query: _outside(SQL.identifier(alias)))

    def _prepare_portal_lines(self):
        """Return what the person concerned is told of ``self``: who, when, what, why."""
        said = self._portal_words()
        labels = dict(self._fields["res_model"]._description_selection(self.env))
        return [
            {
                "at": log_sudo.at,
                "who": log_sudo.user_id.name,
                "department": log_sudo.reader_department,
                "did": said[log_sudo.kind],
                "what": labels.get(log_sudo.res_model, ""),
                "reason": log_sudo.break_glass_reason,
            }
            | log_sudo._portal_handover()
            for log_sudo in self.sudo()
        ]

    def _portal_handover(self):
        """Return what is said otherwise of staff who took all data: what it was, the reason."""
        if self.user_id.share or not (self.field_names or "").startswith(PACKAGE):
            return {}
        return {
            "did": self.env._("Took a copy of all your data in hand"),
            "what": "",
            "reason": self.detail,
        }

    @api.model
    def _portal_words(self):
        """Return {kind: what happened, in the words of the person concerned}."""
        program = self.env._("Fetched by a program")
        return {
            "view": self.env._("Looked at"),
            "list": self.env._("Saw you in a list"),
            "search": self.env._("Found you by a search"),
            "aggregate": self.env._("Counted"),
            "export": self.env._("Exported"),
            "report": self.env._("Printed"),
            "api": program,
            "fhir": program,
            "portal": self.env._("Looked at in the portal"),
            "reveal": self.env._("Saw your number in full"),
            "break_glass": self.env._("Opened your protected file"),
            "refused": self.env._("Typed a number that is yours; it was not accepted"),
        }

    def _filtered_by(self, name):
        """Return those of ``self`` for which a searchable boolean holds."""
        return self.browse(self.sudo()._search([("id", "in", self.ids), (name, "=", True)]))

    @api.depends("user_id", "at", "partner_ids")
    def _compute_break_glass_id(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT log.id, max(glass.id) FROM hcrm_access_log log
                     JOIN hcrm_break_glass glass ON %s
                    WHERE log.id = ANY(%s) GROUP BY log.id""",
                _behind_glass(SQL.identifier("log")),
                self.ids,
            )
        )
        found = dict(rows)
        for log in self:
            log.break_glass_id = found.get(log.id)

    def _search_break_glass_id(self, operator, value):
        """Find what was read under some opening, or (False) under none."""
        self._check_field_access(self._fields["break_glass_id"], "read")
        if operator != "in":
            return NotImplemented
        openings = [number for number in value if number]
        wanted = SQL("FALSE") if False not in value else SQL("TRUE")
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """(EXISTS (SELECT 1 FROM hcrm_break_glass glass
                             WHERE %(behind)s AND glass.id = ANY(%(openings)s))
                    OR %(none)s AND NOT EXISTS (SELECT 1 FROM hcrm_break_glass glass
                                                 WHERE %(behind)s))""",
                behind=_behind_glass(SQL.identifier(alias)),
                openings=openings,
                none=wanted,
            )
        )

    @api.depends("break_glass_id")
    def _compute_break_glass_reason(self):
        for log_sudo in self.sudo():
            log_sudo.break_glass_reason = log_sudo.break_glass_id.reason

    def _compute_review_id(self):
        reviews_sudo = self.env["hcrm.access.review"].sudo()
        found = {
            review_sudo.log_id.id: review_sudo.id
            for review_sudo in reviews_sudo.search([("log_id", "in", self.ids)])
        }
        for log in self:
            log.review_id = found.get(log.id, False)

    def _search_review_id(self, operator, value):
        self._check_field_access(self._fields["review_id"], "read")
        if operator != "in":
            return NotImplemented
        reviews_sudo = self.env["hcrm.access.review"].sudo()
        found = Domain("id", "in", reviews_sudo.browse(filter(None, value)).log_id.ids)
        if False in value:
            found |= Domain("id", "not in", reviews_sudo.search(Domain.TRUE).log_id.ids)
        return found


def _about(partner_ids):
    """Return the rows about one of these persons."""
    return array_has("partner_ids", partner_ids)


def array_has(name, ids):
    """Return the rows whose array holds one of these ids; the array itself is closed to all."""
    return Domain.custom(
        to_sql=lambda _model, alias, _query: SQL(
            "%s && %s::int4[]", SQL.identifier(alias, name), list(ids)
        )
    )


def _behind_glass(log):
    """Return the condition that a reading ``log`` was made under an opening ``glass``."""
    return SQL(
        """glass.user_id = %(log)s.user_id AND glass.partner_id = ANY(%(log)s.partner_ids)
           AND %(log)s.at BETWEEN glass.granted_at AND glass.expires_at""",
        log=log,
    )


def _outside(log):
    """Return the condition that no person of ``log`` is the reader's own.

    The departments of a user are those of ``res.users.hcrm_department_ids``: where the employee
    works, what the employee manages, and all below.
    """
    return SQL(
        """
        cardinality(%(log)s.partner_ids) > 0
        AND NOT EXISTS (
            SELECT 1
              FROM hr_employee reader
              JOIN hr_version contract ON contract.id = reader.current_version_id
              JOIN hr_department root ON root.id = contract.department_id
                                      OR root.manager_id = reader.id
              JOIN hr_department below ON below.parent_path LIKE root.parent_path || '%%'
              JOIN hcrm_partner_department_rel served ON served.department_id = below.id
             WHERE reader.user_id = %(log)s.user_id AND reader.active AND below.active
               AND served.partner_id = ANY(%(log)s.partner_ids))
        AND NOT EXISTS (
            SELECT 1 FROM res_partner own
             WHERE own.id = ANY(%(log)s.partner_ids) AND own.user_id = %(log)s.user_id)
        """,
        log=log,
    )
