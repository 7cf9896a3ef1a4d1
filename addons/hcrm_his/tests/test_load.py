import base64
import gzip
import io
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools import bulk
from .common import HisCommon, adt, patient


def texts(first, last):
    return [adt("A28", f"l{number}", patient(f"P{number}")) for number in range(first, last)]


@tagged("post_install", "-at_install")
class TestLoad(HisCommon):
    """Folders and archives go the way of messages that arrive by wire."""

    def run_load(self, load):
        load.action_start()
        for _count in load._load_chunks():
            self.env.flush_all()
        self.env.invalidate_all()
        return load

    def upload(self, name, data):
        return self.env["hcrm.his.load"].create({"file": base64.b64encode(data), "file_name": name})

    def test_folder_with_batch_files(self):
        with tempfile.TemporaryDirectory() as folder:
            batch = "FHS|^~\\&\rBHS|^~\\&\r" + "".join(texts(0, 3)) + "BTS|3\rFTS|1\r"
            Path(folder, "a.hl7").write_text(batch)
            Path(folder, "b.txt").write_text("\n".join(texts(3, 5)).replace("\r", "\n"))
            Path(folder, "c.pdf").write_bytes(b"MSH|not a message file")
            load = self.env["hcrm.his.load"].create({"name": "x", "path": folder})
            self.run_load(load)
        self.assertEqual((load.state, load.stored_count, load.refused_count), ("done", 5, 0))
        self.process()
        self.assertTrue(self.person("P0") and self.person("P4"))

    def test_archive_twice(self):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("one.hl7", "".join(texts(0, 3)))
            archive.writestr("two.hl7", "MSH|broken\r")
        first = self.run_load(self.upload("x.zip", data.getvalue()))
        self.assertEqual((first.stored_count, first.refused_count), (3, 1))
        self.assertFalse(first.file, "the upload is not kept beside the inbox")
        again = self.run_load(self.upload("x.zip", data.getvalue()))
        self.assertEqual((again.stored_count, again.known_count), (0, 3))

    def test_goes_on_where_it_stopped(self):
        load = self.upload("x.hl7", "".join(texts(0, 10)).encode())
        load.position = 7
        self.run_load(load)
        self.assertEqual((load.position, load.stored_count), (10, 3))

    def test_unreadable_archive(self):
        load = self.run_load(self.upload("x.zip", b"no zip at all"))
        self.assertEqual(load.state, "failed")
        self.assertIn("not a readable zip", load.reason)

    def test_erasure_drops_what_names_the_person(self):
        """A file that failed or was never started names who is erased: it goes, others stay."""
        person = self.env["res.partner"].create({"name": "失加载", "phone": "13987650001"})
        person.kind_ids = self.env.ref("hcrm_base.kind_patient")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
            files.writestr("notes.csv", "x" * bulk.CHUNK + "失加载,1")
        named = self.upload("x.zip", archive.getvalue())
        chinese = self.upload("y.hl7", "PID|1||失加载".encode("gb18030"))
        damaged = self.run_load(self.upload("z.zip", b"no zip at all"))
        other = self.upload("o.hl7", b"PID|1||somebody else")
        person._hcrm_erasure_plan()
        self.assertTrue(named.file, "a plan changes nothing")
        person._hcrm_known_as()._hcrm_erase_rows()
        self.env.invalidate_all()
        found = [bool(load.file) for load in (named, chinese, damaged, other)]
        self.assertEqual(found, [False, False, False, True])

    def test_old_uploads_go(self):
        old, new = self.upload("a.hl7", b"MSH|1"), self.upload("b.hl7", b"MSH|2")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hcrm_his_load SET write_date = write_date - interval '31 days' WHERE id = %s",
            [old.id],
        )
        self.env.invalidate_all()
        self.env["hcrm.his.load"]._gc_files()
        self.assertFalse(old.file)
        self.assertTrue(new.file)

    def test_nothing_chosen(self):
        with self.assertRaises(UserError):
            self.env["hcrm.his.load"].create({}).action_start()

    def zip_of(self, **files):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name.replace("_", "."), content)
        return data.getvalue()

    def test_damaged_inside(self):
        """What was read before the damage is kept; the load says which file to mend."""
        good = "".join(texts(0, 3)).encode()
        packed = bytearray(self.zip_of(a_hl7=good))
        packed[60:64] = b"\xff\xff\xff\xff"
        for name, data in (
            ("x.hl7.gz", gzip.compress(good)[:-30] + b"\xff" * 30),
            ("x.zip", bytes(packed)),
            ("x.tar.xz", b"\xfd7zXZ\x00\xff\xff"),
        ):
            load = self.run_load(self.upload(name, data))
            self.assertEqual(load.state, "failed", name)
            self.assertIn(name, load.reason)

    def test_archives_in_archives(self):
        """Some depth is usual, a bomb is not."""
        inner = self.zip_of(a_hl7="".join(texts(0, 2)))
        load = self.run_load(self.upload("x.zip", self.zip_of(b_zip=inner)))
        self.assertEqual((load.state, load.stored_count), ("done", 2))
        for _depth in range(4):
            inner = self.zip_of(b_zip=inner)
        load = self.run_load(self.upload("x.zip", inner))
        self.assertEqual(load.state, "failed")
        with patch.object(bulk, "MAX_INNER", 1_000_000):
            bomb = self.zip_of(b_zip=self.zip_of(a_hl7=b"0" * 10).ljust(2_000_000, b"\0"))
            load = self.run_load(self.upload("x.zip", bomb))
        self.assertIn("unpack it first", load.reason)

    def test_too_long_a_message(self):
        """A message that was cut while it was read is not applied as if it were whole."""
        text = adt("A28", "l1", patient("P1")) + "NTE|1||" + "x" * bulk.LIMIT + "\r"
        load = self.run_load(self.upload("x.hl7", (text + texts(2, 3)[0]).encode()))
        self.assertEqual((load.stored_count, load.refused_count), (1, 1))

    def test_path_is_for_the_operator(self):
        """Whoever names a path by RPC reads no file of the server: no scheduled action opens it."""
        load = self.env["hcrm.his.load"].create({"path": "/"})
        load.action_start()
        crons = type(self.env["ir.cron"])
        with patch.object(bulk, "iter_source") as opened, patch.object(crons, "_commit_progress"):
            self.env["hcrm.his.load"]._cron_load()
        opened.assert_not_called()
        self.assertEqual(load.state, "running")

    def test_other_hospital(self):
        """A file uploaded for one hospital adds senders there and says nothing for another."""
        other = self.env["res.company"].create({"name": "Other hospital"})
        data = (adt("A28", "o1", patient("P1")) + adt("A28", "o2", sender="NEW")).encode()
        load = self.upload("x.hl7", data)
        load.company_id = other
        self.run_load(load)
        self.assertEqual((load.stored_count, load.refused_count), (1, 1))
        sender = self.env["hcrm.his.sender"].search([("code", "=", "NEW|RENAI")])
        self.assertEqual(sender.company_id, other)
