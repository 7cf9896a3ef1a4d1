"""A hospital of its own for the faults of the HL7 interface, with witnesses in its database."""

import pytest

from scripts.odoo import wait_until
from tests.support.hospital import CrashHospital, Process

#: Rows that the interface cannot take back: what is applied twice is seen, keys or no keys.
WITNESSES = """
CREATE TABLE his_witness (what text, id int);
CREATE FUNCTION his_see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO his_witness VALUES (TG_ARGV[0], NEW.id); RETURN NEW; END $$;
CREATE TRIGGER his_see AFTER UPDATE OF state ON hcrm_his_message FOR EACH ROW
  WHEN (OLD.state = 'received' AND NEW.state <> 'received') EXECUTE FUNCTION his_see('message');
CREATE TRIGGER his_see AFTER INSERT ON hcrm_charge FOR EACH ROW EXECUTE FUNCTION his_see('charge');
"""


class HisHospital(CrashHospital):
    """Adds worker processes, which may be killed one by one."""

    def __init__(self, stack, db):
        super().__init__(stack, db)
        self.workers = [self._worker(number) for number in (1, 2)]
        self.sql(WITNESSES)

    def _worker(self, number):
        command = self.odoo.subcommand("hcrm_his_worker", "-c", self.odoo.conf, "-d", self.db)
        return self._process(f"worker-{number}", command, lambda: True)

    def start_interface(self):
        """Start the listener and the workers that do not run."""
        for process in (self.mllp, *self.workers):
            if not process.alive():
                process.start()

    def count(self, condition, table="hcrm_his_message"):
        """Number of rows."""
        return int(self.sql(f"SELECT count(*) FROM {table} WHERE {condition}")[0])

    def wait_until_processed(self, seconds):
        """True once nothing waits any more."""
        return wait_until(lambda: not self.count("state = 'received'"), seconds)

    def close(self):
        for worker in self.workers:
            worker.stop()
        super().close()


@pytest.fixture(scope="package")
def his_hospital(stack):
    """Listener, workers and PostgreSQL that a test may kill; nothing is started."""
    running = HisHospital(stack, f"{stack.settings.db}__his")
    try:
        yield running
    finally:
        running.close()
