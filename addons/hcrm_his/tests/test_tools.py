import doctest

from odoo.tests import BaseCase, tagged

from ..models import hcrm_his_applier
from ..tools import (
    ack,
    charset,
    demo_feed,
    demo_rows,
    header,
    hl7_reader,
    hl7_time,
    inbox,
    lanes,
    mllp,
    registers,
)
from ..tools.mapping import dft, oru, person, values
from ..tools.rows import (
    csv_file,
    driver_words,
    entries,
    facts,
    folder,
    http_body,
    mapping,
    outside_cells,
    outside_link,
    store,
    tables,
    targets,
)
from ..tools.rows import values as row_values

ROWS = (
    *(csv_file, demo_rows, driver_words, entries, facts, folder, http_body, mapping),
    *(outside_cells, outside_link, store, tables, targets, row_values),
)
MODULES = (
    *ROWS,
    *(ack, charset, demo_feed, header, hl7_reader, hl7_time, inbox, lanes, mllp, registers),
    *(dft, oru, person, values, hcrm_his_applier),
)


@tagged("post_install", "-at_install")
class TestTools(BaseCase):
    def test_examples(self):
        """The examples in the documentation of the tools are true."""
        for module in MODULES:
            with self.subTest(module=module.__name__):
                self.assertFalse(doctest.testmod(module).failed)
