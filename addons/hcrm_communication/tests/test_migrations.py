from odoo.modules.migration import load_script
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path


@tagged("post_install", "-at_install")
class TestMigrations(TransactionCase):
    """What older versions left is brought to what newer ones demand."""

    def test_rules_within_reason(self):
        """Given a rule beyond what is allowed now, it is clamped and its constraint holds."""
        rule = self.env["hcrm.contact.rule"].search([("code", "=", "cap")], limit=1)
        rule.sudo().hours = 1
        self.env.flush_all()
        table = "hcrm_contact_rule"
        constraint = f"{table}_within_reason"
        self.env.cr.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        self.env.cr.execute(
            "UPDATE hcrm_contact_rule SET days = 99999, hours = 99999, maximum = 7 WHERE id = %s",
            (rule.id,),
        )
        path = "hcrm_communication/migrations/19.0.1.1.0/pre-rules_within_reason.py"
        load_script(file_path(path), "rules_within_reason").migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual((rule.days, rule.hours, rule.maximum), (1000, 8760, 7))

    def test_arrivals_from_before_conversations(self):
        """Given a message from before conversations, it was written when it arrived."""
        arrived = self.env["hcrm.inbound"].create(
            {
                "company_id": self.env.company.id,
                "channel": "sms",
                "received_at": "2026-01-05 08:00:00",
                "provider_key": "old",
            }
        )
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("ALTER TABLE hcrm_inbound ALTER COLUMN happened_at DROP NOT NULL")
        cr.execute("UPDATE hcrm_inbound SET happened_at = NULL WHERE id = %s", (arrived.id,))
        path = "hcrm_communication/migrations/19.0.1.2.0/pre-conversations.py"
        load_script(file_path(path), "conversations").migrate(cr, "19.0.1.1.0")
        self.env.invalidate_all()
        self.assertEqual(arrived.happened_at, arrived.received_at)

    def test_spare_indexes(self):
        """Given the indexes of an older version, they are gone; those that stand in are there."""
        self.env.cr.execute(
            "CREATE INDEX hcrm_communication__subject_id_index ON hcrm_communication (subject_id)"
        )
        path = "hcrm_communication/migrations/19.0.1.2.0/post-spare_indexes.py"
        load_script(file_path(path), "spare_indexes").migrate(self.env.cr, "19.0.1.1.0")
        self.env.cr.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'hcrm_communication'"
        )
        names = {name for (name,) in self.env.cr.fetchall()}
        self.assertNotIn("hcrm_communication__subject_id_index", names)
        self.assertLessEqual(
            {"hcrm_communication_subject_latest_idx", "hcrm_communication_key_uniq"}, names
        )

    def test_forms_of_the_inbox(self):
        """Given tables of forms that are no more, they go with the words typed into them."""
        self.env.cr.execute("CREATE TABLE hcrm_inbound_reply (id serial, body text)")
        path = "hcrm_communication/migrations/19.0.1.3.0/post-forms_of_the_inbox.py"
        load_script(file_path(path), "forms_of_the_inbox").migrate(self.env.cr, "19.0.1.2.0")
        self.env.cr.execute("SELECT to_regclass('hcrm_inbound_reply'), to_regclass('hcrm_inbound')")
        [(reply, inbound)] = self.env.cr.fetchall()
        self.assertFalse(reply)
        self.assertTrue(inbound)
