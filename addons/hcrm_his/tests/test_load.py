import base64
import io
import tempfile
import zipfile
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged

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
        self.assertIn("not a readable zip", load.error)

    def test_nothing_chosen(self):
        with self.assertRaises(UserError):
            self.env["hcrm.his.load"].create({}).action_start()
