"""Which addons there are, what they need, and whether their code changed."""

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

from scripts.say import Trouble

# what never needs an upgrade of the database
IGNORED = {"__pycache__", "tests", "static", "README.md"}


@dataclass(frozen=True)
class Addon:
    """A folder with a manifest."""

    name: str
    path: Path
    depends: tuple
    auto_install: bool

    def fingerprint(self):
        """Digest of all files that an upgrade would read."""
        digest = hashlib.sha256()
        for path in sorted(self.path.rglob("*")):
            inner = path.relative_to(self.path)
            is_hidden = any(part.startswith(".") for part in inner.parts)
            if path.is_file() and not is_hidden and not IGNORED & set(inner.parts):
                digest.update(str(inner).encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]


def read(path):
    """The addon in a folder; None when its manifest says it cannot be installed."""
    manifest = path / "__manifest__.py"
    try:
        told = ast.literal_eval(manifest.read_text(encoding="utf-8"))
    except (ValueError, SyntaxError) as error:
        raise Trouble(f"{manifest} is not a valid manifest: {error}") from None
    if not told.get("installable", True):
        return None
    auto = told.get("auto_install", False)
    return Addon(path.name, path, tuple(told.get("depends", ["base"])), bool(auto))


class Addons:
    """Our addons that can be installed beside the given Odoo's."""

    def __init__(self, folder, core_paths):
        self.folder = folder
        self.core = {
            entry.parent.name
            for core_path in core_paths
            for entry in core_path.glob("*/__manifest__.py")
        }
        manifests = sorted(folder.glob("*/__manifest__.py"))
        found = [read(manifest.parent) for manifest in manifests]
        self.all = {addon.name: addon for addon in found if addon}

    def installable(self, only=None):
        """Names to install: ours whose needs can be met, optionally one and what is under it."""
        names = [only] if only else sorted(self.all)
        if only and only not in self.all:
            raise Trouble(f"ADDON={only}: there is no such addon in {self.folder}")
        wanted = set()
        for name in names:
            closure = self._closure(name)
            if closure is not None and (only or self.all[name].auto_install is False):
                wanted |= closure
        if not only:
            wanted |= self._bridges(wanted)
        return sorted(wanted)

    def _closure(self, name, seen=()):
        """Our addons under a name, itself included; None when something is missing."""
        if name in self.core or name in seen:
            return set()
        if name not in self.all:
            return None
        result = {name}
        for needed in self.all[name].depends:
            under = self._closure(needed, (*seen, name))
            if under is None:
                return None
            result |= under
        return result

    def _bridges(self, wanted):
        """Addons that install themselves because everything they join is there."""
        base = wanted | set(self.core_needs(wanted))
        return {
            addon.name
            for addon in self.all.values()
            if addon.auto_install and all(name in base for name in addon.depends)
        }

    def core_needs(self, names):
        """Odoo's addons that ours need directly."""
        needed = {need for name in names for need in self.all[name].depends}
        return sorted(needed - set(self.all) | {"base"})

    def unmet(self):
        """Addons left out because something they need is not there; bridges may well be."""
        return sorted(
            name
            for name, addon in self.all.items()
            if not addon.auto_install and self._closure(name) is None
        )

    def bridges_to_others(self):
        """Bridges to addons that are neither ours nor Odoo's: {name: what those are}."""
        needs = {
            name: set(addon.depends) - set(self.all) - self.core
            for name, addon in self.all.items()
            if addon.auto_install
        }
        return {name: sorted(others) for name, others in needs.items() if others}

    def fingerprints(self, names):
        """Digest per addon."""
        return {name: self.all[name].fingerprint() for name in names}
