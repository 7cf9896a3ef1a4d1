import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from ..tools.bulk import SourceError
from ..tools.rows.folder import DropFolder
from .rows_common import RowsCommon

HEADER = "pid,id_card,name,sex,birthday,phone,updated"


def line(number, name="张伟", sex="男"):
    return f"P{number},,{name},{sex},1990-05-01,,"


@tagged("post_install", "-at_install")
class TestRowsFile(RowsCommon):
    """CSV files in a folder: no row is lost, none is told twice, whatever happens."""

    def setUp(self):
        super().setUp()
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        self.root = Path(root.name, "drop")
        self.env["ir.config_parameter"].set_param("hcrm_his.drop_root", str(self.root))
        self.feed = self.make_feed("file", settle_seconds=0)
        self.folder = self.root / "src" / "patients"
        self.folder.mkdir(parents=True)

    def drop(self, name, *lines, header=HEADER, codec="utf-8"):
        path = self.folder / name
        path.write_bytes("\n".join((header, *lines, "")).encode(codec))
        return path

    def run_feed(self, batches=None):
        steps = self.feed._run_steps()
        try:
            for number, _count in enumerate(steps):
                self.env.flush_all()
                if number == batches:
                    break
        finally:
            steps.close()
        self.env.invalidate_all()
        return self.loads()

    def loads(self):
        return self.env["hcrm.his.load"].search([("feed_id", "=", self.feed.id)], order="id")

    def names(self, place):
        return sorted(os.listdir(self.folder / place))

    def test_file_is_taken(self):
        self.drop("a.csv", line(1), line(2))
        load = self.run_feed()
        self.assertEqual((load.state, load.stored_count, load.position), ("done", 2, 2))
        self.process()
        self.assertTrue(self.person("P1") and self.person("P2"))
        self.assertEqual(self.names("done"), [f"{load.id}-a.csv", f"{load.id}-a.csv.report.txt"])
        self.assertEqual(self.names("work"), [])
        self.assertFalse((self.folder / "a.csv").exists())
        report = (self.folder / "done" / f"{load.id}-a.csv.report.txt").read_text()
        self.assertIn("2", report)

    def test_damaged_lines(self):
        """Good lines around a damaged one arrive."""
        bad = ("P2,,李", 'P3,,"王,女,,,', line(4, sex="雄"), "P5,,\x00x,男,,,")
        self.drop("a.csv", line(1), *bad, line(6), 'P7,,"两\n行",男,,,')
        load = self.run_feed()
        self.assertEqual((load.state, load.stored_count, load.refused_count), ("done", 3, 4))
        self.process()
        self.assertTrue(self.person("P1") and self.person("P6") and self.person("P7"))
        dead = self.messages(self.feed).filtered(lambda one: one.state == "dead")
        self.assertEqual(
            sorted(dead.mapped("reason_code")),
            ["not_in_table", "nul_bytes", "row_columns", "row_columns"],
        )

    def test_damaged_line_is_mended_as_it_stands(self):
        self.drop("a.csv", "P2,,李")
        self.run_feed()
        dead = self.messages(self.feed)
        dead.action_copy_to_correct()
        dead.corrected_text = dead.corrected_text.replace("P2,,李", "P2,,李,男,1990-05-01,")
        dead.action_replay()
        self.assertEqual((dead.state, dead.reason_code), ("dead", "row_columns"))
        dead.corrected_text = dead.corrected_text.replace("1990-05-01,", "1990-05-01,,")
        dead.action_replay()
        self.process()
        self.assertEqual(dead.state, "processed", dead.reason)
        self.assertEqual(self.person("P2").name, "李")

    def test_damaged_bytes(self):
        text = "\n".join((HEADER, line(1), line(2, "李明"), line(3), "")).encode()
        (self.folder / "a.csv").write_bytes(text.replace("李明".encode(), b"\xff\xfe\xfd"))
        load = self.run_feed()
        self.assertEqual((load.stored_count, load.refused_count), (2, 1))

    def test_character_sets_and_separators(self):
        wide = "\ufeff" + "\n".join((HEADER.replace(",", ";"), line(1, "欧阳").replace(",", ";")))
        (self.folder / "a.csv").write_bytes(wide.encode())
        self.drop("b.csv", line(2, "张伟"), codec="gb18030")
        tabbed = "\r\n".join((HEADER.replace(",", "\t"), line(3, "李").replace(",", "\t")))
        (self.folder / "c.csv").write_bytes(b"\xff\xfe" + tabbed.encode("utf-16-le"))
        self.run_feed()
        self.process()
        names = [self.person(f"P{number}").name for number in (1, 2, 3)]
        self.assertEqual(names, ["欧阳", "张伟", "李"])

    def test_files_that_cannot_be_read(self):
        self.drop("a.csv", line(1), header="pid,name")
        self.drop("b.csv", header="pid,pid,name")
        (self.folder / "c.csv").write_bytes(b"")
        self.drop("d.csv", line(4))
        loads = self.run_feed()
        self.assertEqual(loads.mapped("state"), ["failed", "failed", "failed", "done"])
        self.assertEqual(
            loads.mapped("reason_code")[:3],
            ["file_columns_missing", "file_header_twice", "file_no_header"],
        )
        self.assertIn("birthday", loads[0].reason)
        self.assertIn(f"{loads[0].id}-a.csv", self.names("failed"))
        report = self.folder / "failed" / f"{loads[0].id}-a.csv.report.txt"
        self.assertIn("birthday", report.read_text())

    def test_incomplete_files_wait(self):
        self.feed.settle_seconds = 60
        self.drop("a.csv", line(1))
        self.drop("b.csv.part", line(1))
        self.drop(".hidden.csv", line(1))
        self.assertFalse(self.run_feed())
        self.feed.write({"settle_seconds": 0, "needs_ok": True})
        self.assertFalse(self.run_feed())
        (self.folder / "a.csv.ok").touch()
        self.assertEqual(len(self.run_feed()), 1)
        self.assertFalse((self.folder / "a.csv.ok").exists())

    def test_same_file_again(self):
        for _again in range(2):
            self.drop("a.csv", line(1), line(2))
            self.run_feed()
        self.assertEqual(self.loads().mapped("stored_count"), [2, 0])
        self.assertEqual(self.loads().mapped("known_count"), [0, 2])

    def test_goes_on_where_it_was_killed(self):
        """Between any two commits: noted, moved, in the middle, finished but not put away."""
        rows = [line(number) for number in range(1200)]
        for batches in range(6):
            self.drop("a.csv", *(row.replace("张", f"张{batches}") for row in rows))
            self.run_feed(batches=batches)
            self.run_feed()
            load = self.loads()[-1]
            with self.subTest(batches=batches):
                self.assertEqual((load.state, load.position), ("done", 1200))
                self.assertEqual(load.stored_count, 1200)
                self.assertEqual(self.names("work"), [])
                self.assertIn(f"{load.id}-a.csv", self.names("done"))
                self.assertEqual(len(self.messages(self.feed)), 1200 * (batches + 1))
        self.assertEqual(len(self.loads()), 6)

    def test_killed_before_the_move(self):
        """The load was committed, the file is still where it was dropped."""
        self.drop("a.csv", line(1))
        load = self.feed._create_load("a.csv")
        self.run_feed()
        self.assertEqual((load.state, self.loads()), ("done", load))

    def test_file_is_gone(self):
        load = self.feed._create_load("a.csv")
        self.run_feed()
        self.assertEqual((load.state, load.reason_code), ("failed", "file_gone"))

    def test_files_are_not_kept_for_ever(self):
        self.drop("a.csv", line(1))
        self.run_feed()
        self.feed.keep_days = 1
        self.run_feed()
        self.assertEqual(len(self.names("done")), 2)
        later = time.time() + 2 * 86_400
        with patch("odoo.addons.hcrm_his.tools.rows.folder.time") as clock:
            clock.time.return_value = later
            self.run_feed()
        self.assertEqual(self.names("done"), [])

    def test_files_of_another_feed_in_the_folder_are_left_alone(self):
        other = self.make_feed(source=self.feed.source_id, code="others", folder=self.feed.folder)
        name = other._create_load("a.csv")._get_work_name()
        with DropFolder(self.root, "src/patients"):
            (self.folder / "work" / name).write_text("half read")
        self.run_feed()
        self.assertTrue((self.folder / "work" / name).exists())

    def test_unknown_file_in_work(self):
        with DropFolder(self.root, "src/patients"):
            (self.folder / "work" / "x.csv").touch()
        self.run_feed()
        self.assertEqual(self.names("failed"), ["x.csv"])

    def test_no_way_out_of_the_root(self):
        """Links lead nowhere: neither files nor folders, neither soft nor hard."""
        outside = self.root.parent / "secret.csv"
        outside.write_text(f"{HEADER}\n{line(1)}\n")
        os.symlink(outside, self.folder / "a.csv")
        os.link(outside, self.folder / "b.csv")
        os.mkfifo(self.folder / "c.csv")
        os.mkdir(self.folder / "d.csv")
        self.assertFalse(self.run_feed())
        elsewhere = self.root.parent / "elsewhere"
        elsewhere.mkdir()
        for name in ("done", "work", "failed"):
            os.rmdir(self.folder / name)
        os.symlink(elsewhere, self.folder / "work")
        self.drop("e.csv", line(1))
        with self.assertRaises(SourceError):
            self.run_feed()
        self.assertEqual(os.listdir(elsewhere), [])

    def test_load_of_another_name_reads_nothing_else(self):
        """Who makes a load by RPC names no file outside of the folder."""
        load = self.feed._create_load("../../secret.csv")
        (self.root.parent / "secret.csv").write_text(f"{HEADER}\n{line(1)}\n")
        self.run_feed()
        self.assertTrue((self.root.parent / "secret.csv").exists())
        self.assertFalse(self.messages(self.feed))
        self.assertEqual((load.state, load.reason_code), ("failed", "file_gone"))

    def test_bulk_load_leaves_these_alone(self):
        """The scheduled action of uploaded files has no business here."""
        load = self.feed._create_load("a.csv")
        crons = type(self.env["ir.cron"])
        with patch.object(crons, "_commit_progress"):
            self.env["hcrm.his.load"]._cron_load()
        self.assertEqual(load.state, "running")
