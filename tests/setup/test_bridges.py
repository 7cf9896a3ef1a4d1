"""Bridges: addons that join ours with addons of others, which may not be there."""

from scripts.addons import Addons


def _addon(folder, name, depends, auto=False):
    (folder / name).mkdir(parents=True)
    told = {"name": name, "depends": depends, "auto_install": auto}
    (folder / name / "__manifest__.py").write_text(repr(told))


def _addons(tmp_path):
    _addon(tmp_path / "core", "base", [])
    _addon(tmp_path / "core", "mail", ["base"])
    _addon(tmp_path / "ours", "hcrm_a", ["base"])
    _addon(tmp_path / "ours", "hcrm_a_mail", ["hcrm_a", "mail"], auto=True)
    _addon(tmp_path / "ours", "hcrm_a_queue", ["hcrm_a", "queue_job"], auto=True)
    return Addons(tmp_path / "ours", [tmp_path / "core"])


def test_bridge_to_others_is_nobodys_business(tmp_path):
    """It is neither installed into a hospital nor missed there; its tests know what it needs."""
    addons = _addons(tmp_path)
    assert "hcrm_a_queue" not in addons.installable()
    assert addons.unmet() == []
    assert addons.bridges_to_others() == {"hcrm_a_queue": ["queue_job"]}


def test_addon_that_misses_something_is_named(tmp_path):
    """Left out, and set-up says so."""
    _addons(tmp_path)
    _addon(tmp_path / "ours", "hcrm_b", ["hcrm_a", "nowhere"])
    addons = Addons(tmp_path / "ours", [tmp_path / "core"])
    assert addons.unmet() == ["hcrm_b"] and "hcrm_b" not in addons.installable()
