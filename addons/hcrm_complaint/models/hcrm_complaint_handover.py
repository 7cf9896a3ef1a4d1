from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from .hcrm_complaint_desk import LEVELS

EVENTS = [
    ("received", "Received"),
    ("taken", "Taken into hand"),
    ("assigned", "Given to a colleague"),
    ("released", "Put back on the desk"),
    ("offered", "Offered"),
    ("accepted", "Taken over"),
    ("declined", "Declined"),
    ("withdrawn", "Offer taken back"),
    ("raised", "Passed up"),
    ("returned", "Back to the office"),
    ("reopened", "Opened again"),
]
#: After these the case is where the row says: an offer alone moves nothing.
GIVING = ("received", "taken", "assigned", "released", "accepted", "raised", "returned", "reopened")
DECIDING = ("accepted", "declined", "withdrawn")


class HcrmComplaintHandover(models.Model):
    """The custody ledger: who had a case when, never rewritten.

    First-receiver duty: who has a case keeps it until somebody else has accepted it. The database
    itself refuses a case whose desk or handler is not what the ledger says.
    """

    _name = "hcrm.complaint.handover"
    _description = "Custody of a Complaint"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "id"
    _rec_name = "event"
    _append_only_erasable = ("reason",)
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        dated="done_at",
        expiry="keep",
        note="custody rows are never deleted; they name staff, no customer",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint",
        string="Case",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    event = fields.Selection(selection=EVENTS, required=True, readonly=True)
    is_giving = fields.Boolean(readonly=True, help="From here on the case is where the row says.")
    desk_id = fields.Many2one(
        "hcrm.complaint.desk",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Handler", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    from_desk_id = fields.Many2one(
        "hcrm.complaint.desk",
        string="From",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    by_user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    level = fields.Selection(selection=LEVELS, string="Rung", readonly=True)
    done_at = fields.Datetime(string="At", required=True, readonly=True)
    reason = fields.Text(readonly=True, help="For colleagues: no name of who complained.")
    rule_name = fields.Char(string="By rule", readonly=True, help="What passed it up by itself.")
    offer_id = fields.Many2one(
        "hcrm.complaint.handover", string="Decides the offer", readonly=True, ondelete="restrict"
    )

    _decided_once = models.UniqueIndex(
        "(offer_id) WHERE offer_id IS NOT NULL", "This offer is decided already."
    )
    _custody_idx = models.Index("(complaint_id, id DESC) WHERE is_giving")

    def init(self):
        result = super().init()
        watch_custody(self.env.cr, self._table, "INSERT")
        return result


def watch_custody(cr, table, event):
    """Let the database refuse, at the end of a transaction, a case and a ledger that disagree."""
    cr.execute(_CUSTODY_AGREES)
    cr.execute(  # pylint: disable=sql-injection
        f"""
        DROP TRIGGER IF EXISTS {table}_custody ON {table};
        CREATE CONSTRAINT TRIGGER {table}_custody AFTER {event} ON {table}
            DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION hcrm_complaint_custody_agrees();
        """
    )


_CUSTODY_AGREES = """
    CREATE OR REPLACE FUNCTION hcrm_complaint_custody_agrees() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        case_id integer;
        told record;
    BEGIN
        IF TG_TABLE_NAME = 'hcrm_complaint' THEN
            case_id := NEW.id;
        ELSE
            case_id := NEW.complaint_id;
        END IF;
        SELECT ledger.desk_id, ledger.user_id, found.desk_id AS now_desk, found.user_id AS now_user
          INTO told
          FROM hcrm_complaint AS found
     LEFT JOIN LATERAL (
               SELECT desk_id, user_id FROM hcrm_complaint_handover
                WHERE complaint_id = found.id AND is_giving ORDER BY id DESC LIMIT 1) AS ledger
            ON TRUE
         WHERE found.id = case_id;
        IF FOUND AND (told.desk_id IS DISTINCT FROM told.now_desk
                      OR told.user_id IS DISTINCT FROM told.now_user) THEN
            RAISE EXCEPTION 'case % is at desk % with user %, the custody ledger says % and %',
                  case_id, told.now_desk, told.now_user, told.desk_id, told.user_id
                  USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END
    $$
"""
