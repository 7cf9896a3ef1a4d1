"""Odoo's code comes in two layouts: Debian's package, all in one folder, and a git checkout."""

from dataclasses import replace

import pytest

from scripts import wheel
from scripts.addons import Addons
from scripts.odoo_tree import OdooTree
from scripts.say import Trouble
from scripts.settings import load


def _addon(folder, name):
    (folder / name).mkdir(parents=True)
    (folder / name / "__manifest__.py").write_text(f"{{'name': '{name}'}}")


@pytest.fixture
def checkout(tmp_path):
    """`odoo/` with `base` in it, `addons/` with the rest beside it."""
    _addon(tmp_path / "odoo" / "addons", "base")
    _addon(tmp_path / "addons", "web")
    release = "version_info = (19, 0, 0, 'final', 0, '')\n"
    (tmp_path / "odoo" / "release.py").write_text(release)
    return tmp_path


def _tree(path):
    return OdooTree(replace(load({}), odoo_path=path))


def test_checkout_has_two_folders_of_addons(checkout):
    """Both are on the path, and what is in either counts as Odoo's."""
    tree = _tree(checkout)
    tree.check_version()
    assert tree.addons_paths == [checkout / "odoo" / "addons", checkout / "addons"]
    (checkout / "ours").mkdir()
    assert Addons(checkout / "ours", tree.addons_paths).core == {"base", "web"}


def test_package_has_one(tmp_path):
    """Debian leaves an empty folder beside the package."""
    _addon(tmp_path / "odoo" / "addons", "base")
    _addon(tmp_path / "odoo" / "addons", "web")
    (tmp_path / "addons").mkdir()
    assert _tree(tmp_path).addons_paths == [tmp_path / "odoo" / "addons"]


def test_checkout_brings_no_metadata(checkout):
    """pip is told a name and a version all the same."""
    assert wheel.metadata(checkout) == wheel.BARE


def test_folder_of_the_package_itself_is_refused(checkout):
    """One level too deep is the usual mistake; the reason names what the folder must hold."""
    with pytest.raises(Trouble, match="`odoo` package in it"):
        _tree(checkout / "odoo").check_version()
