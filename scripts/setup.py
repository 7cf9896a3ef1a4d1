"""The order of set-up: each step is done once and skipped while its inputs stay the same."""

from scripts import checks, locks, say
from scripts.addons import Addons
from scripts.apt import PrivateApt
from scripts.database import Databases
from scripts.desktop import Desktop
from scripts.gateways import Gateways
from scripts.odoo import Odoo
from scripts.odoo_tree import OdooTree
from scripts.postgres import Postgres
from scripts.say import Trouble
from scripts.stamps import Stamps
from scripts.telephony import Speech, Telephony
from scripts.venv import Venv

#: What commands need beyond what runs a hospital: `requirements-NAME.txt`.
TOOLS = {"test": "Test tools", "pictures": "Picture tools", "bench": "Peers of benchmarks"}


class Stack:
    """Everything that set-up provides, for the commands that work with it."""

    def __init__(self, settings):
        self.settings = settings
        self.stamps = Stamps(settings.state)
        self.apt = PrivateApt(settings)
        self.tree = OdooTree(settings)
        self.venv = Venv(settings, self.tree)
        self.desktop = Desktop(settings)
        self.gateways = Gateways(settings)
        self.speech, self.telephony = Speech(settings), Telephony(settings)
        self.postgres = Postgres(settings)
        self.odoo = Odoo(settings, self.tree, self.postgres)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.postgres.close()

    def prepare(self, tests=False):
        """Bring the machine's part in order: Odoo, Python, PDF, PostgreSQL."""
        self._check()
        with self.lock():
            self._programs()
            if tests:
                self._test_programs()
            else:
                self._try_speech()
            self.postgres.open()
        self.odoo.write_conf()
        self.addons = Addons(self.settings.addons, self.tree.addons_paths)
        self.databases = Databases(
            self.settings, self.postgres, self.odoo, self.addons, self.stamps
        )
        for name in self.addons.unmet():
            say.line(f"  ! addon {name} is left out: something it depends on is not here")

    def _check(self):
        checks.check_platform()
        checks.check_state(self.settings.state)
        say.line(f"Setting up HCRM in {self.settings.state}")

    def lock(self):
        """Two set-ups in one state would tread on each other."""
        return locks.only_one(self.settings.state / "setup.lock")

    def _programs(self):
        stamps, apt = self.stamps, self.apt
        cold = not (self.settings.state / "stamps" / "venv.json").exists()
        checks.check_space(self.settings.state, cold)
        if not self.settings.odoo_path:
            work, inputs = lambda ticker: self.tree.build(apt, ticker), self.tree.inputs()
            stamps.step("odoo", "Odoo 19 from Debian", inputs, work, self.tree.present())
        self.tree.check_version()
        if stamps.step(
            "venv",
            "Python environment",
            self.venv.inputs(),
            lambda ticker: self.venv.build(apt, ticker),
            self.venv.present(),
        ):
            for name in TOOLS:
                stamps.forget(name)
        stamps.step(
            "pdf",
            "PDF printing",
            self.desktop.inputs(),
            lambda ticker: self.desktop.add_pdf(apt, ticker),
        )

    def _speech_programs(self):
        self.stamps.step(
            "speech",
            "Speech (espeak-ng)",
            self.speech.inputs(),
            lambda ticker: self.speech.build(self.apt, ticker),
            self.speech.present(),
        )

    def _try_speech(self):
        """A hospital runs without a voice, too."""
        try:
            self._speech_programs()
        except Trouble as error:
            say.line(f"  ! calls cannot speak: {error}")

    def _test_programs(self):
        self.add_tools("test")
        self.stamps.step(
            "browser",
            "Browser for tests",
            self.desktop.inputs(),
            lambda ticker: self.desktop.add_browser(self.apt, ticker),
            self.desktop.browser_present(),
        )
        self._gateway_programs()

    def _gateway_programs(self):
        self._speech_programs()
        self.stamps.step(
            "telephony",
            "Telephone exchange for tests (Asterisk)",
            self.telephony.inputs(),
            lambda ticker: self.telephony.build(self.apt, ticker),
            self.telephony.present(),
        )
        self.stamps.step(
            "gateways",
            "SMS gateway for tests (Kannel)",
            self.gateways.inputs(),
            lambda ticker: self.gateways.build(self.apt, ticker),
            self.gateways.present(),
        )

    def prepare_rigs(self):
        """What the servers need that stand in for the outside world; no database."""
        self._check()
        with self.lock():
            self._programs()
            self.add_tools("test")
            self._gateway_programs()

    def add_tools(self, name):
        """What `requirements-NAME.txt` pins, once."""
        inputs = self.venv.tool_inputs(name)
        self.stamps.step(name, TOOLS[name], inputs, lambda _ticker: self.venv.add_tools(name))

    def main_database(self):
        """The person's database, made or upgraded."""
        with self.lock():
            self.databases.ensure_main()

    def finish(self):
        """Remember how long set-up took; returns the seconds."""
        return self.stamps.save_run(self.settings.state / "setup.json")
