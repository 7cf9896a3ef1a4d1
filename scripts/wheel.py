"""A wheel of metadata only: tells pip that `odoo` is installed and where its code lies."""

import base64
import hashlib
import re
import zipfile

from scripts.shellout import fresh_folder

NAME = "odoo-19.0-py3-none-any.whl"
BARE = "Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n"
# psycopg2 would be compiled; PyPDF2 3 breaks printing, and Odoo prefers it when it is there
REPLACED = {"psycopg2": "psycopg2-binary", "PyPDF2": "pypdf"}


def metadata(python_path):
    """Odoo's own metadata where the package brings it, with replaced requirements."""
    found = sorted(python_path.glob("odoo-19.0*.egg-info/PKG-INFO"))
    if not found:
        return BARE
    head = found[0].read_text().split("\n\n")[0]
    for name, instead in REPLACED.items():
        head = re.sub(rf"(?m)^Requires-Dist: {name}\b.*$", f"Requires-Dist: {instead}", head)
    head = re.sub(r"(?m)^Version: .*$", "Version: 19.0", head)
    dropped = ("License-File", "Dynamic")
    return "\n".join(row for row in head.split("\n") if not row.startswith(dropped)) + "\n"


def build(python_path, folder):
    """Write the wheel; a .pth file in it leads to Odoo, nothing is copied."""
    fresh_folder(folder)
    info = "odoo-19.0.dist-info"
    files = {
        "odoo-19-path.pth": f"{python_path}\n",
        f"{info}/METADATA": metadata(python_path),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hcrm\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nodoo = odoo.cli:main\n",
    }
    record = ""
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record += f"{name},sha256={digest.rstrip(b'=').decode()},{len(text.encode())}\n"
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return folder / NAME
