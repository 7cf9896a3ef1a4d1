"""Builds databases in stages that are kept: Odoo's addons, ours with the demonstration, yours."""

import json
import os
import shutil

from scripts import say
from scripts.say import Trouble
from scripts.stamps import fingerprint

RECIPE = 1
LANGUAGE = "zh_CN"
DEMO_CUSTOMERS = 2000
DEMO_SEED = 20260101
DEMO_DONE = "hcrm-demo-done"
DEMO_SCRIPT = f"""
if "hcrm.demo" in env:
    env["hcrm.demo"]._generate(customers={DEMO_CUSTOMERS}, seed={DEMO_SEED})
    env["hcrm.demo"]._open_desks()
    env.cr.commit()
    print("{DEMO_DONE}")
else:
    print("{DEMO_DONE} (no generator)")
"""


class Databases:
    """A stage is built under a name of its own and renamed when whole, so names mean finished."""

    def __init__(self, settings, postgres, odoo, addons, stamps):
        self.settings = settings
        self.postgres = postgres
        self.odoo = odoo
        self.addons = addons
        self.stamps = stamps
        self.names = addons.installable()

    # names -----------------------------------------------------------------------------------

    def _tag(self):
        return (RECIPE, LANGUAGE, self.odoo.tree.version(), self.odoo.tree.python_path)

    def deps_name(self):
        """Odoo's own addons that ours need."""
        needs = self.addons.core_needs(self.names)
        return f"{self.settings.db}__deps_{fingerprint(*self._tag(), *needs)[:8]}"

    def bare_name(self):
        """All our addons, empty."""
        parts = (self.deps_name(), self.addons.fingerprints(self.names))
        return f"{self.settings.db}__bare_{fingerprint(*parts)[:8]}"

    def demo_name(self):
        """All our addons and the demonstration hospital."""
        parts = (self.bare_name(), DEMO_SCRIPT)
        return f"{self.settings.db}__demo_{fingerprint(*parts)[:8]}"

    # files -----------------------------------------------------------------------------------

    def filestore(self, db):
        """Odoo's attachments of a database."""
        return self.settings.data_dir / "filestore" / db

    def drop(self, db):
        """Database and files; whatever is missing already is fine."""
        self.postgres.drop(db)
        shutil.rmtree(self.filestore(db), ignore_errors=True)

    def clone(self, source, target):
        """Files first: when the database is there, everything is. Files never change, so link."""
        self.drop(target)
        self.copy_files(source, target)
        self.postgres.clone(source, target)

    def copy_files(self, source, target):
        """Attachments of one database for another."""
        if self.filestore(source).is_dir():
            shutil.copytree(
                self.filestore(source), self.filestore(target), copy_function=_link_or_copy
            )

    def _finish(self, building, final):
        shutil.rmtree(self.filestore(final), ignore_errors=True)
        if self.filestore(building).is_dir():
            self.filestore(building).rename(self.filestore(final))
        self.postgres.rename(building, final)

    def _drop_old(self, stage, keep):
        for db in self.postgres.databases(f"{self.settings.db}\\_\\_{stage}\\_%") - {keep}:
            self.drop(db)

    # stages ----------------------------------------------------------------------------------

    def ensure_deps(self):
        """Odoo with the addons ours lean on, in English and Chinese."""
        final = self.deps_name()
        if self.postgres.exists(final):
            return final
        building = f"{self.settings.db}__setup"
        needs = self.addons.core_needs(self.names)
        with say.step(f"Database: {len(needs)} Odoo addons, {LANGUAGE}") as ticker:
            self._drop_old("deps", keep=None)
            self.drop(building)
            log = self.settings.logs / "setup-deps.log"
            options = ("-i", ",".join(needs), "--load-language", LANGUAGE)
            self.odoo.update("Installing Odoo's addons", building, log, *options, ticker=ticker)
            self._finish(building, final)
            ticker.detail = ""
        self.stamps.note("deps", ticker.seconds)
        return final

    def ensure_bare(self):
        """All our addons without a single customer."""
        final = self.bare_name()
        if self.postgres.exists(final):
            return final
        deps = self.ensure_deps()
        building = f"{self.settings.db}__setup"
        with say.step(f"Database: {len(self.names)} HCRM addons") as ticker:
            self._drop_old("bare", keep=None)
            self.clone(deps, building)
            if self.names:
                log = self.settings.logs / "setup-hcrm.log"
                options = ("-i", ",".join(self.names))
                self.odoo.update("Installing HCRM", building, log, *options, ticker=ticker)
            self._finish(building, final)
            ticker.detail = ""
        self.stamps.note("bare", ticker.seconds)
        return final

    def ensure_demo(self):
        """A living hospital on top."""
        final = self.demo_name()
        if self.postgres.exists(final):
            return final
        bare = self.ensure_bare()
        building = f"{self.settings.db}__setup"
        with say.step("Database: demonstration hospital") as ticker:
            self._drop_old("demo", keep=None)
            self.clone(bare, building)
            self._load_demo(building)
            self._finish(building, final)
        self.stamps.note("demo", ticker.seconds)
        return final

    def _load_demo(self, db):
        told = self.odoo.shell(db, DEMO_SCRIPT, log=self.settings.logs / "setup-demo.log")
        if DEMO_DONE not in told:
            raise Trouble(
                "the demonstration hospital could not be made (whole log: "
                f"{self.settings.logs / 'setup-demo.log'})"
            )

    # the person's own database -----------------------------------------------------------------

    def ensure_main(self):
        """Make it from the demonstration, or upgrade what changed since it was made."""
        db = self.settings.db
        if not self.postgres.exists(db):
            demo = self.ensure_demo()
            with say.step(f"Database {db}"):
                self.clone(demo, db)
                self.postgres.note(db, self._note(self.names))
            return
        self._upgrade_main(db)

    def _note(self, names):
        return json.dumps(
            {
                "hcrm": RECIPE,
                "odoo": str(self.odoo.tree.version()),
                "addons": self.addons.fingerprints(names),
            }
        )

    def _upgrade_main(self, db):
        try:
            known = json.loads(self.postgres.noted(db) or "{}").get("addons", {})
        except (ValueError, AttributeError):
            known = {}
        installed = self._installed(db)
        now = self.addons.fingerprints(self.names)
        changed = [name for name in now if name in installed and known.get(name) != now[name]]
        new = [name for name in now if name not in installed]
        if not changed and not new:
            return
        with say.step(f"Upgrading {db}: {', '.join(changed + new)}") as ticker:
            options = ["-u", ",".join(changed)] if changed else []
            options += ["-i", ",".join(new)] if new else []
            log = self.settings.logs / "upgrade.log"
            self.odoo.update("Upgrading", db, log, *options, ticker=ticker)
            self.postgres.note(db, self._note(self.names))
            ticker.detail = ""
        self.stamps.note("upgrade", ticker.seconds)

    def _installed(self, db):
        """Installed addons; Trouble when the database is nobody's we know."""
        try:
            rows = self.postgres.sql(
                "SELECT name FROM ir_module_module "
                "WHERE state IN ('installed', 'to upgrade', 'to install')",
                db=db,
            )
        except Trouble:
            rows = []
        if "base" not in rows:
            raise Trouble(
                f"the database {db} exists but is not HCRM's: choose another name, make run "
                f"HCRM_DB={db}2"
            )
        return set(rows)


def _link_or_copy(source, target):
    """Attachments are named by their content and never rewritten."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
