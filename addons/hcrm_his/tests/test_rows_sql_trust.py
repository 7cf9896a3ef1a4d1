import tempfile
from pathlib import Path

from odoo.exceptions import UserError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from ..tools.bulk import SourceError
from ..tools.rows.outside_link import Address, connect_args
from .rows_sql_common import PASSWORD, READER, RowsSqlCommon
from .tls_front import Authority, TlsFront

MIGRATION = "hcrm_his/migrations/19.0.1.4.0/pre-encryption_says_what_it_proves.py"


@tagged("post_install", "-at_install")
class TestRowsSqlTrust(RowsSqlCommon):
    """Who the other database is, and what its complaints may tell."""

    # WORDS

    def test_a_complaint_quotes_no_row(self):
        self.add_charges(1)
        self.sql("UPDATE his.charge SET item_name = '张伟的诊断'")
        self.sql("""CREATE OR REPLACE VIEW his.broken AS
                    SELECT c.*, (item_name::int)::text AS bad FROM his.charge c""")
        self.sql(f"GRANT SELECT ON his.broken TO {READER}")
        feed = self.charges()
        feed.relation = "his.broken"
        feed.line_ids.filtered(lambda line: line.target == "fact.category").columns = "bad"
        self.assertEqual(self.failed(feed), "sql_failed")
        self.assertIn("22P02", feed.detail)
        self.assertNotIn("张伟", feed.detail)

    def test_a_complaint_about_rights_is_told(self):
        self.sql("CREATE TABLE IF NOT EXISTS his.hidden (LIKE his.charge)")
        feed = self.charges()
        feed.relation = "his.hidden"
        self.assertEqual(self.failed(feed), "sql_failed")
        self.assertIn("permission denied for table hidden", feed.detail)

    def test_no_password_in_a_complaint(self):
        """Whatever is taken for the name of a host: the words about it name no password."""
        self.source.write({"host": f"no-such-host-{PASSWORD}", "password": PASSWORD})
        feed = self.charges()
        self.assertEqual(self.failed(feed), "sql_no_connection")
        self.assertIn("no-such-host-…", feed.detail)
        trial = self.env["hcrm.his.feed.try"].create({"feed_id": feed.id})
        with self.assertRaises(UserError) as caught:
            trial.action_propose()
        self.assertNotIn(PASSWORD, str(caught.exception))

    def test_a_mistake_of_ours_quotes_no_row(self):
        feed = self.charges()
        try:
            raise ValueError("张伟")
        except ValueError as error:
            with mute_logger("odoo.addons.hcrm_his.models.hcrm_his_feed_run_mixin"):
                feed._note_failure(error)
        self.assertEqual(feed.reason_code, "program_error")
        self.assertIn("ValueError", feed.reason)
        self.assertIn("test_rows_sql_trust.py", feed.detail)
        self.assertNotIn("张伟", feed.detail)

    # HCRM ITSELF

    def test_copy_of_hcrm_is_out_of_reach(self):
        """Somewhere else, and yet what is behind HCRM's rights."""
        feed = self.charges()
        self.assertEqual(self.run_feed(feed), 0)
        self.sql("CREATE TABLE his.hcrm_his_feed (id int)")
        self.addCleanup(self.sql, "DROP TABLE his.hcrm_his_feed")
        self.assertEqual(self.failed(feed), "sql_own_database")

    def test_replica_is_ours(self):
        """A replica was started at another time, and has the number of the original's cluster."""
        own = self.env["hcrm.his.feed"]._get_own_fingerprint()
        self.assertTrue(own.cluster)
        replica = own._replace(start="later", is_hcrm=False)
        self.assertTrue(replica.leads_into(own))
        self.assertTrue(replica._replace(database="his").leads_into(own))
        self.assertTrue(replica._replace(user="his").leads_into(own))
        self.assertFalse(replica._replace(database="his", user="his").leads_into(own))
        other = replica._replace(cluster="7")
        self.assertFalse(other.leads_into(own))
        self.assertFalse(other._replace(cluster="").leads_into(own._replace(cluster="")))

    # CERTIFICATES

    def front(self, authority=None, host="localhost"):
        """Put TLS before the other database; return a feed through it."""
        path = None
        if authority:
            folder = self.enterContext(tempfile.TemporaryDirectory())
            path = Path(folder, "server.pem")
            authority.write_server(path, host)
        front = TlsFront((self.source.host, self.source.port or 5432), path)
        self.addCleanup(front.close)
        self.source.write({"host": "localhost", "port": front.port, "password": PASSWORD})
        self.add_charges(1)
        return self.charges()

    def encrypt(self, encryption, authority=None):
        self.source.write(
            {
                "encryption": encryption,
                "certificate_authorities": authority and authority.pem,
                "password": PASSWORD,
            }
        )

    def test_new_sources_verify(self):
        source = self.make_source("sql", code="new", host="db.example.org")
        self.assertEqual(source._get_address().encryption, "verified")

    def test_certificate_is_verified(self):
        authority = Authority()
        feed = self.front(authority)
        self.encrypt("verified", authority)
        self.assertEqual(self.run_feed(feed), 1)

    def test_stranger_is_refused(self):
        feed = self.front(Authority())
        self.encrypt("verified", Authority())
        self.assertEqual(self.failed(feed), "sql_not_verified")
        self.encrypt("verified")
        self.assertEqual(self.failed(feed), "sql_not_verified", "the system does not know it")
        self.assertIn("certificate", feed.detail)

    def test_certificate_of_another_host_is_refused(self):
        authority = Authority()
        feed = self.front(authority, "other.example.org")
        self.encrypt("verified", authority)
        self.assertEqual(self.failed(feed), "sql_not_verified")

    def test_server_without_tls_is_refused(self):
        feed = self.front()
        self.encrypt("verified", Authority())
        self.assertEqual(self.failed(feed), "sql_not_verified")
        self.encrypt("unverified")
        self.assertEqual(self.failed(feed), "sql_no_connection")
        self.encrypt("none")
        self.assertEqual(self.run_feed(feed), 1)

    def test_unverified_is_a_choice(self):
        feed = self.front(Authority(), "other.example.org")
        self.encrypt("unverified")
        self.assertEqual(self.run_feed(feed), 1)

    def test_no_way_to_verify(self):
        """The driver of SQL Server cannot: it is said, and nothing is sent."""
        asked = {"server": "mssql", "host": "db.example.org", "encryption": "verified"}
        self.source.write({**asked, "password": PASSWORD})
        feed = self.charges()
        self.assertIn("cannot verify", feed.problems)
        address = self.source._get_address()
        with self.assertRaisesRegex(SourceError, "cannot be encrypted"), connect_args(address):
            pass
        self.source.write({"encryption": "unverified", "password": PASSWORD})
        self.assertFalse(feed.problems)

    def test_what_other_drivers_are_told(self):
        authority = Authority()
        one = {"host": "db", "port": 0, "database": "his", "user": "reader"}
        with connect_args(Address("mysql", **one, authorities=authority.pem)) as told:
            self.assertEqual(told["ssl"].verify_mode.name, "CERT_REQUIRED")
            self.assertEqual(len(told["ssl"].get_ca_certs()), 1, "no other authority is trusted")
        with connect_args(Address("oracle", **one)) as told:
            self.assertEqual(told["dsn"], "tcps://db:2484/his")
            self.assertTrue(told["ssl_server_dn_match"])
        with connect_args(Address("mssql", **one, encryption="unverified")) as told:
            self.assertEqual(told["encryption"], "require")

    def test_a_weaker_connection_forgets_the_password(self):
        self.source.write({"encryption": "unverified"})
        self.assertFalse(self.source.has_password)
        self.source.password = PASSWORD
        self.source.certificate_authorities = Authority().pem
        self.assertFalse(self.source.has_password)

    def test_authorities_are_certificates(self):
        with self.assertRaises(ValidationError):
            self.source.certificate_authorities = "/etc/ssl/ca.pem"

    def test_older_sources_keep_what_they_had(self):
        others = [self.make_source("sql", code=f"old{number}") for number in range(2)]
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE hcrm_his_source DROP COLUMN encryption")
        self.env.cr.execute("ALTER TABLE hcrm_his_source ADD COLUMN is_encrypted boolean")
        self.env.cr.execute(
            "UPDATE hcrm_his_source SET is_encrypted = true WHERE id = %s", [others[0].id]
        )
        load_script(file_path(MIGRATION), "pre_encryption").migrate(self.env.cr, "19.0.1.3.0")
        self.env.invalidate_all()
        self.assertEqual([source.encryption for source in others], ["unverified", "none"])
