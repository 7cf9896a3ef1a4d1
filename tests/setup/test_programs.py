"""What set-up has put together: Odoo's files, PDF printing, and rebuilding after kills."""

import os
import signal
import subprocess
import sys
import time

import pypdf
import pytest

from scripts.odoo_tree import LOST_SCRIPT, broken_links
from scripts.settings import ROOT

PAGE = (
    "<!DOCTYPE html><html><head><meta charset='utf-8'></head><body style='font-family: sans-serif'>"
    "{text}</body></html>"
)
MANIFEST = '{{"name": "{name}", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["base"]}}'


def test_tree_is_whole(stack):
    """No link of Odoo's leads nowhere and the script Debian leaves out is there."""
    if stack.settings.odoo_path:
        assert stack.tree.version() == ("19", 0)
        return
    assert broken_links(stack.tree.python_path) == []
    assert (stack.tree.python_path / "odoo" / LOST_SCRIPT).stat().st_size


def test_pdf_has_header_footer_and_chinese(stack, tmp_path):
    """Only wkhtmltopdf with patched Qt prints headers; Chinese text must be found again."""
    for name, text in (("head", "HEADER"), ("body", "您的预约已确认"), ("foot", "FOOTER")):
        (tmp_path / f"{name}.html").write_text(PAGE.format(text=text), encoding="utf-8")
    options = ["--header-html", "head.html", "--footer-html", "foot.html"]
    options += ["--enable-local-file-access", "--quiet"]
    subprocess.run(
        ["wkhtmltopdf", *options, "body.html", "out.pdf"],
        cwd=tmp_path,
        env=stack.odoo.env(),
        check=True,
        timeout=60,
    )
    text = pypdf.PdfReader(tmp_path / "out.pdf").pages[0].extract_text()
    assert "HEADER" in text and "FOOTER" in text and "您的预约已确认" in text


@pytest.fixture
def small_addons(tmp_path):
    """A folder with one tiny addon, so that a database is built quickly."""
    addon = tmp_path / "addons" / "hcrm_tiny"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text(MANIFEST.format(name="Tiny"))
    (addon / "__init__.py").write_text("")
    return tmp_path / "addons"


def test_killed_set_up_goes_on(stack, small_addons):
    """kill -9 in the middle of building a database, twice; the third run finishes it."""
    env = {**os.environ, "HCRM_ADDONS": str(small_addons), "HCRM_DB": "hcrm_killed"}
    env["HCRM_STATE"] = str(stack.settings.state)
    command = [sys.executable, "-B", "-m", "scripts", "setup"]
    try:
        for seconds in (2, 6):
            process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert not stack.postgres.exists("hcrm_killed")
        subprocess.run(command, cwd=ROOT, env=env, check=True, timeout=300)
        states = stack.postgres.sql(
            "SELECT state FROM ir_module_module WHERE name = 'hcrm_tiny'", db="hcrm_killed"
        )
        assert states == ["installed"]
        (small_addons / "hcrm_tiny" / "data.py").write_text("changed = True\n")
        told = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE)
        assert b"Upgrading hcrm_killed: hcrm_tiny" in told.stdout
        told = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE)
        assert b"Upgrading" not in told.stdout
    finally:
        for db in stack.postgres.databases("hcrm\\_killed%"):
            stack.databases.drop(db)
