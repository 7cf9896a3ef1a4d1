import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, json_default, ormcache

from ..tools import merging, resident_id
from . import merge_catalogue

#: Never taken over from the absorbed person.
KEPT_FIELDS = frozenset(
    ("active", "canonical_id", "lang", "name", "parent_id", "signup_type", "type", "tz")
)
FILLED_TYPES = frozenset(("char", "text", "html", "date", "datetime", "selection", "many2one"))
RECORD_NUMBERS = ("MR", "PI")


class HcrmMergeMixin(models.AbstractModel):
    """Two contacts that are one person become one; nothing is deleted and all of it can be undone.

    Every row that points to the absorbed person is moved to the survivor by one statement per table
    (see ``merge_links``), rows that would break a constraint stay where they are, ledgers stay as
    written. ``hcrm.merge.log`` keeps which rows and values went where.
    """

    _name = "hcrm.merge.mixin"
    _description = "Merging of Persons"
    _inherit = ["hcrm.comparison.mixin"]

    def init(self):
        """Index what points to contacts in core's tables: a merge asks each of them."""
        if not self._abstract:
            merge_catalogue.create_missing_indexes(self.env)
        return super().init()

    def action_propose_duplicates(self):
        """Ask the service manager whether these contacts are one person."""
        pairs = self.env["hcrm.duplicate"]._propose(self)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("hcrm_base.hcrm_duplicate_action"),
            "domain": [("id", "in", pairs.ids)],
            "context": {},
        }

    def _hcrm_merge(self, absorbed, reason, force=False):
        """Merge ``absorbed`` into this person; what is already merged is passed over.

        :param absorbed: recordset of one or more contacts
        :param reason: text for the log
        :param force: the sender answers for it (HL7 A40) or a person confirmed it: contradicting
            resident IDs are no obstacle
        :return: the new ``hcrm.merge.log`` records, one per person really absorbed
        """
        self.ensure_one()
        survivor = self._hcrm_canonical()
        absorbed = absorbed._hcrm_canonical() - survivor
        logs = self.env["hcrm.merge.log"]
        if not absorbed:
            return logs
        (survivor | absorbed).check_access("write")
        self.env.flush_all()
        (survivor | absorbed)._hcrm_lock()
        for partner in absorbed:
            survivor._hcrm_check_merge(partner, force)
            logs |= survivor.sudo()._hcrm_absorb(partner.sudo(), reason)
        logs._sweep_after_commit()
        return logs

    def _hcrm_best_survivor(self):
        """Return the contact to suggest: staff, then a login, a resident ID, the longest known."""
        partners_sudo = self.sudo()
        best_first = partners_sudo.sorted(
            lambda partner: (
                not partner._hcrm_is_staff(),
                not partner.with_context(active_test=False).user_ids,
                not partner._hcrm_national_ids(),
                partner.id,
            )
        )
        return best_first[:1].with_env(self.env)

    def _hcrm_lock(self):
        """Lock the persons in one order; who adds a fact about them waits or is awaited.

        Under repeatable read a person merged since this transaction began raises a serialization
        failure here, and the whole call is tried again by Odoo.
        """
        self.env.cr.execute(
            SQL("SELECT id FROM res_partner WHERE id = ANY(%s) ORDER BY id FOR UPDATE", self.ids)
        )

    # WHAT MAY NOT BE MERGED

    def _hcrm_check_merge(self, absorbed, force):
        """Raise UserError when ``absorbed`` cannot be merged into this person."""
        refusal = self.sudo()._hcrm_why_not(absorbed.sudo())
        if not refusal and not force and self._hcrm_national_ids_conflict(absorbed):
            refusal = self.env._(
                "They have different valid resident IDs: "
                "check both cards, then confirm that they are one person."
            )
        if refusal:
            raise UserError(
                self.env._(
                    "%(absorbed)s cannot be merged into %(survivor)s. %(why)s",
                    absorbed=absorbed.display_name,
                    survivor=self.display_name,
                    why=refusal,
                )
            )

    def _hcrm_why_not(self, absorbed):
        """Return what forbids the merge whoever asks for it, or nothing."""
        if self._hcrm_is_organisation() != absorbed._hcrm_is_organisation():
            return self.env._("One is a person, the other an organisation.")
        if absorbed._hcrm_is_staff():
            return self.env._(
                "It belongs to a user, an employee or a hospital of this system: "
                "keep that contact and merge the other one into it."
            )
        if self.is_erased or absorbed.is_erased:
            return self.env._("One of them was erased.")
        if self in absorbed._hcrm_family() | absorbed.parent_id:
            return self.env._("One is a contact of the other: separate them first.")
        return None

    def _hcrm_is_organisation(self):
        return self.is_company or (self.is_customer and not self.is_customer_person)

    def _hcrm_is_staff(self):
        """True for contacts that the system itself stands on: only portal users may be moved."""
        users = self.with_context(active_test=False).user_ids
        employees = self.env["hr.employee"].with_context(active_test=False)
        return bool(
            any(not user._is_portal() for user in users)
            or employees.search_count([("work_contact_id", "=", self.id)], limit=1)
            or self.env["res.company"].search_count([("partner_id", "=", self.id)], limit=1)
        )

    def _hcrm_family(self):
        return self.with_context(active_test=False).search([("id", "child_of", self.ids)]) - self

    def _hcrm_national_ids_conflict(self, other):
        """True when both have valid resident IDs and none in common."""
        mine, theirs = self._hcrm_national_ids(), other._hcrm_national_ids()
        return bool(mine and theirs and not mine & theirs)

    def _hcrm_national_ids(self):
        """Return the valid resident IDs of these persons in their 18-digit form."""
        national = self.sudo().identifier_ids.filtered(lambda number: number.type_code == "NNCHN")
        return {
            number.value_key for number in national if resident_id.is_valid(number.value_key or "")
        }

    # THE MERGE

    def _hcrm_absorb(self, absorbed, reason):
        """Move everything from one locked person to this one; return the log."""
        values = {"survivor_id": self.id, "absorbed_id": absorbed.id, "reason": reason}
        before = self._hcrm_scalars(), absorbed._hcrm_scalars()
        uses = self._hcrm_retire_numbers(absorbed)
        moved = self._hcrm_move_links(absorbed, self)
        if uses:
            moved["hcrm_identifier"] = {**moved.get("hcrm_identifier", {}), "use": uses}
        taken = merging.merged_values(*before)
        self._hcrm_write_quietly(taken)
        leaving = {"active": False, "canonical_id": self.id, "marketing_allowed": False}
        leaving = {name: new for name, new in leaving.items() if bool(before[1][name]) != bool(new)}
        absorbed._hcrm_write_quietly(leaving)
        log = self.env["hcrm.merge.log"].create(
            {
                **values,
                "moved": moved,
                "changes": {
                    "survivor": {name: [before[0][name], new] for name, new in taken.items()},
                    "absorbed": {name: [before[1][name], new] for name, new in leaving.items()},
                },
            }
        )
        log._call_hooks("_hcrm_after_merge")
        return log

    def _hcrm_write_quietly(self, values):
        """Write without notes in the chatter: the log tells it, and nobody typed it."""
        if values:
            quiet = {"tracking_disable": True, "mail_notrack": True, "hcrm_typed": False}
            self.with_context(**quiet).write(values)

    def _hcrm_scalars(self):
        """Return what a merge may change on this person, as JSON values."""
        values = self.read(self._hcrm_filled_fields(), load=None)[0]
        values.pop("id", None)
        return json.loads(json.dumps(values, default=json_default))

    @api.model
    def _hcrm_filled_fields(self):
        return [
            name
            for name, field in self._fields.items()
            if name in merging.RULED
            or name in ("active", "canonical_id")
            or (
                field.store
                and field.type in FILLED_TYPES
                and name not in KEPT_FIELDS
                and not field.company_dependent
                and not (field.compute and field.readonly)
                and name not in models.MAGIC_COLUMNS
            )
        ]

    def _hcrm_retire_numbers(self, absorbed):
        """Make record numbers old where the survivor has a current one of that system.

        Return {identifier id: use before}. A number of a system in which the survivor has none is
        still the number by which that system knows the person.
        """
        numbers = (self | absorbed).identifier_ids.filtered(
            lambda number: number.type_code in RECORD_NUMBERS and number.use != "old"
        )
        current = numbers.filtered(lambda number: number.partner_id == self).system_id
        retired = numbers.filtered(
            lambda number: number.partner_id == absorbed and number.system_id in current
        )
        uses = {str(number.id): number.use for number in retired}
        retired.use = "old"
        return uses

    # ROWS THAT POINT TO A PERSON

    @api.model
    @ormcache()
    def _hcrm_links(self):
        """Return every link of this database; see :func:`merge_catalogue.find_links`."""
        return merge_catalogue.find_links(self.env)

    @api.model
    def _hcrm_linked(self, partner):
        """Return the links by which rows point to the person, found in one statement."""
        links = self._hcrm_links()
        probes = [
            SQL(
                "SELECT %s WHERE EXISTS (SELECT 1 FROM %s WHERE %s)",
                index,
                SQL.identifier(link.table),
                link.points_to(partner.id),
            )
            for index, link in enumerate(links)
        ]
        found = self.env.execute_query(SQL(" UNION ALL ").join(probes))
        return [links[index] for (index,) in sorted(found)]

    @api.model
    def _hcrm_move_links(self, source, target, is_late=False):
        """Point every row to ``target`` that may; return {table: {column: moved keys}}.

        :param is_late: the persons were merged before; their own lists (kinds, departments) stay
        """
        self.env.flush_all()
        moved = {}
        for link in self._hcrm_linked(source):
            if link.is_copied and is_late:
                continue
            take = link.copy_rows if link.is_copied else link.move_rows
            if keys := take(self.env, source.id, target.id):
                moved.setdefault(link.table, {})[link.name] = keys
            if link.is_archived and (kept := link.archive_rows(self.env, source.id)):
                moved.setdefault(link.table, {})[f"active/{link.name}"] = kept
        if moved:
            self._hcrm_after_move(moved, source | target)
        return moved

    @api.model
    def _hcrm_after_move(self, moved, partners):
        """Tell the ORM what SQL did: caches, stored computes, record rules of portal users."""
        self.env.invalidate_all()
        for link in self._hcrm_links():
            keys = moved.get(link.table, {}).get(link.name)
            if keys and link.model and link.field and self._hcrm_has_dependents(link):
                records = self.env[link.model].browse(link.expand(self.env, keys))
                records.modified([link.field])
        partners.modified(["kind_ids", "served_department_ids", "child_ids", "user_ids"])
        self.env.flush_all()
        if moved.keys() & {"res_users", "ir_model_data"}:
            self.env.registry.clear_cache()

    @api.model
    def _hcrm_has_dependents(self, link):
        """True when a stored field is computed from the link: rare, so rows are seldom read."""
        field = self.env[link.model]._fields[link.field]
        return any(dependent.store for dependent in self.env.registry.get_dependent_fields(field))

    @api.model
    def _hcrm_redirect(self, partner_ids):
        """Return {absorbed id: survivor id} for those of ``partner_ids`` that were merged."""
        wanted = [partner_id for partner_id in set(partner_ids) if partner_id]
        if not wanted:
            return {}
        self.env["res.partner"].flush_model(["canonical_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE chain(id, target, depth) AS (
                    SELECT id, canonical_id, 1
                      FROM res_partner
                     WHERE id = ANY(%s) AND canonical_id IS NOT NULL
                     UNION ALL
                    SELECT chain.id, next.canonical_id, depth + 1
                      FROM chain
                      JOIN res_partner next ON next.id = chain.target
                     WHERE next.canonical_id IS NOT NULL AND depth < 100
                )
                SELECT DISTINCT ON (id) id, target FROM chain ORDER BY id, depth DESC
                """,
                wanted,
            )
        )
        return dict(rows)
