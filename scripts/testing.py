"""`make test`: Odoo's tests of all addons, then pytest's, then one closing line."""

import os
import re
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

from scripts import aside, checks, say, shellout
from scripts.odoo import reason
from scripts.odoo_log import OdooLog, Result
from scripts.say import Trouble
from scripts.settings import ROOT
from scripts.setup import Stack


class Choice:
    """What ADDON and HCRM_TEST leave to run."""

    def __init__(self, env=os.environ):
        self.addon = env.get("ADDON", "").strip()
        self.pattern = env.get("HCRM_TEST", "").strip()

    @property
    def everything(self):
        """Nothing was narrowed."""
        return not self.addon and not self.pattern

    @property
    def is_file(self):
        """A path names a test of pytest's."""
        return self.pattern.startswith("tests/") or ".py" in self.pattern

    @property
    def is_tags(self):
        """Odoo's own notation, /addon:Class.method, is passed on."""
        return self.pattern.startswith("/")

    def tags(self, names):
        """Odoo's --test-tags; empty when Odoo has nothing to run."""
        if self.is_tags:
            return self.pattern
        if self.is_file:
            return ""
        names = [self.addon] if self.addon else names
        tail = ""
        if self.pattern:
            tail = f".{self.pattern}" if self.pattern.startswith("test_") else f":{self.pattern}"
        return ",".join(f"/{name}{tail}" for name in names)

    def pytest_arguments(self):
        """Arguments for pytest, None when pytest has nothing to run."""
        if self.is_file:
            return [self.pattern]
        if self.is_tags or (self.addon and not self.pattern):
            return None
        return ["tests", *(["-k", self.pattern] if self.pattern else [])]


def run_tests(config):
    """Run, print, and return the exit code."""
    choice = Choice()
    with Stack(config) as stack:
        stack.prepare(tests=True)
        result = OdooTests(stack, choice).run() + BridgeTests(stack, choice).run()
        result += NeighbourTests(stack, choice).run()
        result += run_pytest(stack, choice)
    return close(result, config.ci)


def close(result, ci):
    """Print what went wrong and the closing line."""
    for text in result.trouble:
        say.line("\n" + text)
    total = result.passed + result.failed + result.skipped
    bad = bool(result.failed or not total or (ci and result.skipped))
    if not total:
        say.line("\nHCRM: no test ran")
    elif ci and result.skipped:
        say.line("\nHCRM: in CI nothing may be skipped")
    say.line()
    say.line(result.closing_line())
    return int(bad)


class OdooTests:
    """One Odoo process installs our addons into a prepared database and tests them all."""

    def __init__(self, stack, choice):
        self.stack = stack
        self.choice = choice
        self.log = OdooLog()
        self.file = stack.settings.logs / "test-odoo.log"

    def run(self):
        """Install and test; an addon that cannot be installed is a failure, not a crash."""
        names = self.stack.addons.installable(self._only())
        if not names or not self.choice.tags(names):
            return Result()
        return self._install_and_test(names)

    def _install_and_test(self, names):
        tags = self._tags(names)
        db = f"{self.stack.settings.db}__test"
        with self.stack.lock():
            deps = self.stack.databases.ensure_deps()
            self.stack.databases.clone(deps, db)
        with say.step(f"Odoo tests of {len(names)} addons") as ticker:
            code = self._odoo(db, names, tags, ticker)
            ticker.detail = f"{len(self.log.started)} tests"
        result = self._judge(code, names)
        self._tell(result)
        if not result.failed:
            self.stack.databases.drop(db)
        return result

    def _tags(self, names):
        return self.choice.tags(names)

    def _only(self):
        if self.choice.is_tags:
            found = re.match(r"/(\w+)", self.choice.pattern)
            return found.group(1) if found.group(1) in self.stack.addons.all else None
        return self.choice.addon or None

    def _odoo(self, db, names, tags, ticker):
        def on_line(text):
            self.log.feed(text)
            ticker.detail = self.log.latest()

        options = ("-c", self.stack.odoo.conf, "-d", db, "-i", ",".join(names))
        command = self.stack.odoo.command(
            *options, "--test-tags", tags, "--stop-after-init", "--http-port", checks.free_port()
        )
        return self.stack.odoo.watch(command, self.file, ticker, on_line=on_line, env=self._env())

    def _env(self):
        return {"HCRM_MLLP_PORT": str(checks.free_port())}

    def _judge(self, code, names):
        result = self.log.result()
        if code == -signal.SIGKILL:
            result.fail(f"stuck in {self.log.latest()}: killed (stacks in {self.file})")
        elif code and not result.failed:
            told = reason(self.file.read_text(errors="replace"))
            result.fail(f"Odoo ended with code {code}: {told} (log: {self.file})")
        if self.choice.everything and not result.failed:
            for name in names:
                has_tests = list((self.stack.addons.all[name].path / "tests").glob("test_*.py"))
                if has_tests and not self.log.per_addon()[name]:
                    result.fail(f"{name} has tests but none of them ran (log: {self.file})")
        return result

    def _tell(self, result):
        for name, count in sorted(self.log.per_addon().items()):
            say.line(f"      {name}: {count} tests")
        for (_logger, name), why in self.log.skipped.items():
            say.line(f"      skipped {name}: {why}")
        say.line(f"      Odoo: {result.closing_line()}")


class BridgeTests(OdooTests):
    """Bridges to addons of others, in a database of their own that may know those."""

    PINS = ROOT / "requirements-bridges.txt"

    def __init__(self, stack, choice):
        super().__init__(stack, choice)
        self.file = stack.settings.logs / "test-bridges.log"
        self.bridges = stack.addons.bridges_to_others()
        self.others = None

    def run(self):
        """What a bridge leads to may be out of reach: skipped, and CI does not allow that."""
        names = [name for name in sorted(self.bridges) if self._is_wanted(name)]
        if not names or not self.choice.tags(names):
            return Result()
        try:
            with self.stack.lock():
                self.others = aside.install(self.stack, "bridges", self.PINS)
        except Trouble as error:
            for name in names:
                needs = ", ".join(self.bridges[name])
                say.line(f"      skipped {name}: {needs} is not here: {error}")
            return Result(skipped=len(names))
        return self._install_and_test(names)

    def _is_wanted(self, name):
        choice = self.choice
        if choice.is_tags:
            return name in re.findall(r"/(\w+)", choice.pattern)
        tests = (self.stack.addons.all[name].path / "tests").glob("test_*.py")
        has_test = any(choice.pattern in path.read_text(encoding="utf-8") for path in tests)
        return choice.addon in ("", name) and has_test

    def _env(self):
        return {**super()._env(), "PYTHONPATH": str(self.others)}


class NeighbourTests(OdooTests):
    """Odoo's own addons that ours do not need, but may find installed: in a database that has them.

    The tests of them bear a tag instead of "standard".
    """

    TAG = "hcrm_neighbours"
    NEIGHBOURS = {
        "hcrm_communication": (
            "base_automation", "calendar", "event", "event_sms", "mass_mailing",
            "mass_mailing_sms", "rating", "survey",
        ),
    }  # fmt: skip

    def __init__(self, stack, choice):
        super().__init__(stack, choice)
        self.file = stack.settings.logs / "test-neighbours.log"

    def run(self):
        """One more database, for the few tests that need it."""
        names = [name for name in self.NEIGHBOURS if self._is_wanted(name)]
        return self._install_and_test(names) if names else Result()

    def _is_wanted(self, name):
        choice = self.choice
        if choice.is_file or choice.addon not in ("", name):
            return False
        if choice.is_tags and name not in re.findall(r"/(\w+)", choice.pattern):
            return False
        words = re.findall(r"\w+", choice.pattern.replace(f"/{name}", ""))
        tests = (self.stack.addons.all[name].path / "tests").glob("test_*.py")
        texts = [path.read_text(encoding="utf-8") for path in tests]
        return any(self.TAG in text and all(word in text for word in words) for text in texts)

    def _tags(self, names):
        return ",".join(self.TAG + tag for tag in self.choice.tags(names).split(","))

    def _odoo(self, db, names, tags, ticker):
        others = {other for name in names for other in self.NEIGHBOURS[name]}
        return super()._odoo(db, [*names, *sorted(others)], tags, ticker)

    def _judge(self, code, names):
        result = super()._judge(code, names)
        if not self.log.started and not result.failed:
            result.fail(f"none of the tests with neighbours ran (log: {self.file})")
        return result


def run_pytest(stack, choice):
    """Black-box tests; they start servers of their own from the same set-up."""
    arguments = choice.pytest_arguments()
    if arguments is None or not (ROOT / "tests").is_dir():
        return Result()
    if choice.everything:
        with stack.lock():
            stack.databases.ensure_demo()
    report = stack.settings.logs / "pytest.xml"
    report.unlink(missing_ok=True)
    say.line("  … pytest")
    code = pytest(stack, *arguments, f"--junitxml={report}", "-m", "not soak_only")
    return read_report(report, code, narrowed=not choice.everything)


def pytest(stack, *arguments):
    """pytest writes to the screen itself."""
    command = [str(stack.settings.venv_python), "-B", "-m", "pytest", *arguments]
    return shellout.follow(command, stack.odoo.env(), cwd=ROOT)


def read_report(report, code, narrowed):
    """Counts of pytest's own report."""
    if not report.exists():
        return Result(failed=1, trouble=[f"pytest ended with code {code} and no report"])
    suite = ElementTree.parse(report).getroot().find("testsuite")
    number = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    result = Result(
        passed=max(0, number["tests"] - failed - number["skipped"]),
        failed=failed,
        skipped=number["skipped"],
    )
    if code not in (0, 5) and not failed:
        result.fail(f"pytest ended with code {code}")
    if code == 5 and not narrowed:
        result.fail("pytest found no test")
    return result


def run_soak(config):
    """The counts of the issues; each soak test adds its own part to the report."""
    env = os.environ
    env["HCRM_SOAK"] = "1"
    with Stack(config) as stack:
        stack.prepare(tests=True)
        with stack.lock():
            stack.databases.ensure_demo()
        report = stack.settings.logs / "soak.xml"
        report.unlink(missing_ok=True)
        narrow = ["-k", env["HCRM_TEST"]] if env.get("HCRM_TEST") else []
        code = pytest(stack, "tests", "-m", "soak or soak_only", f"--junitxml={report}", *narrow)
        return close(read_report(report, code, narrowed=False), config.ci)


def run_bench(config):
    """The runner lies beside the benchmarks."""
    with Stack(config) as stack:
        stack.prepare(tests=True)
        stack.add_tools("bench")
        stack.finish()
        if not (ROOT / "benchmarks" / "run.py").exists():
            raise Trouble("there are no benchmarks here")
        command = [str(stack.settings.venv_python), "-B", "-m", "benchmarks.run"]
        return subprocess.run(command, cwd=ROOT, env=stack.odoo.env(), check=False).returncode
