"""`make lint`: ruff, pylint-odoo, and the lint tests that Odoo runs on its own code."""

import subprocess

from scripts import say
from scripts.odoo_log import OdooLog
from scripts.settings import ROOT
from scripts.setup import Stack

# the lint tests of core that make sense for addons outside it
CORE_LINT = (
    "/test_lint:TestNaming",
    "/hcrm_lint:TestIndex",
    "/hcrm_lint:TestManifests",
    "/test_lint:TestOnchangeDomains",
    "/test_lint:TestTestHoles",
    "/test_lint:RoutesLinter",
    "/test_lint:TestLintOverrideSignatures",
)
#: An addon of lint tests that know what Odoo's own do not.
LINT_ADDONS = ROOT / "scripts" / "lint_addons"
CODE = ("scripts", "addons", "tests", "benchmarks")


def run_lint(config):
    """Run every linter even when the first complains; 0 when all are content."""
    with Stack(config) as stack:
        stack.prepare(tests=True)
        folders = [name for name in CODE if (ROOT / name).is_dir()]
        checks = [
            ("ruff check", ["ruff", "check", "--output-format=concise", *folders]),
            ("ruff format", ["ruff", "format", "--check", "--output-format=concise", *folders]),
            *pylint(stack),
        ]
        good = [tool(stack, title, command) for title, command in checks]
        good.append(core_lint(stack))
    say.line()
    say.line("lint: all good" if all(good) else "lint: see above")
    return int(not all(good))


def pylint(stack):
    """pylint-odoo looks at addons only."""
    paths = [str(addon.path) for addon in stack.addons.all.values()]
    command = ["pylint", f"--rcfile={ROOT / '.pylintrc'}", "-j", "0", *paths]
    return [("pylint-odoo", command)] if paths else []


def tool(stack, title, command):
    """Show a linter's words only when it has something to say."""
    program = stack.settings.state / "venv" / "bin" / command[0]
    done = subprocess.run(
        [str(program), *command[1:]],
        cwd=ROOT,
        env=stack.odoo.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    say.line(f"  {'✗' if done.returncode else '✓'} {title}")
    if done.returncode:
        say.line(done.stdout + done.stderr)
    return done.returncode == 0


def core_lint(stack):
    """Odoo's test_lint on a database with our addons."""
    db = f"{stack.settings.db}__lint"
    file = stack.settings.logs / "lint-odoo.log"
    log = OdooLog()
    with stack.lock():
        stack.databases.clone(stack.databases.ensure_bare(), db)
    with say.step("Odoo's lint tests") as ticker:
        paths = (*stack.odoo.tree.addons_paths, stack.settings.addons, LINT_ADDONS)
        options = ("-c", stack.odoo.conf, "-d", db, "-i", "hcrm_lint")
        command = stack.odoo.command(
            *options,
            f"--addons-path={','.join(map(str, paths))}",
            *("--test-tags", ",".join(CORE_LINT), "--stop-after-init", "--no-http"),
        )
        code = stack.odoo.watch(command, file, ticker, on_line=log.feed)
        ticker.detail = f"{len(log.started)} tests"
    stack.databases.drop(db)
    result = log.result()
    for text in result.trouble:
        say.line(text)
    if code and not result.failed:
        say.line(f"Odoo ended with code {code} (log: {file})")
    return not code and not result.failed and bool(log.started)
