"""The counts of `make test` come from Odoo's log: lines as Odoo writes them."""

import subprocess

from scripts.odoo import Watchdog
from scripts.odoo_log import OdooLog
from scripts.testing import Choice, close

HEAD = "2026-11-22 04:26:43,908 13544 {level} db odoo.addons.hcrm_base.tests.test_x: {text}"


def read(*rows):
    """Feed rows of (level, text); a plain string is fed as it is."""
    log = OdooLog()
    for row in rows:
        is_plain = isinstance(row, str)
        log.feed(row if is_plain else HEAD.format(level=row[0], text=row[1]))
    return log


def test_passes_failures_and_skips():
    """Two subtests that fail are one failing test."""
    log = read(
        ("INFO", "Starting TestX.test_a ..."),
        ("INFO", "Starting TestX.test_b ..."),
        ("ERROR", "FAIL: Subtest TestX.test_b (<subtest>)"),
        "Traceback (most recent call last):",
        ("ERROR", "ERROR: Subtest TestX.test_b (<subtest>)"),
        ("INFO", "Starting TestX.test_c ..."),
        ("INFO", "skipped TestX.test_c : no browser"),
    )
    result = log.result()
    assert result.closing_line() == "1 passed, 1 failed, 1 skipped"
    assert "Traceback" in result.trouble[0]
    assert log.per_addon() == {"hcrm_base": 3}


def test_stray_error_fails():
    """An ERROR line that no failing test explains is a failure with its text."""
    log = read(
        ("INFO", "Starting TestX.test_a ..."),
        "2026-11-22 04:26:43,908 1 ERROR db odoo.addons.base.models.ir_cron: job failed",
        "Traceback (most recent call last):",
    )
    result = log.result()
    assert (result.passed, result.failed) == (1, 1)
    assert "job failed" in result.trouble[0]


def test_summary_lines_do_not_count_twice():
    """Odoo repeats failures in a summary at the same level."""
    log = read(
        ("INFO", "Starting TestX.test_a ..."),
        ("ERROR", "FAIL: TestX.test_a"),
        "2026-11-22 04:26:43,9 1 ERROR db odoo.tests.result: 1 failed, 0 error(s) of 1 tests",
    )
    assert log.result().failed == 1


def test_class_that_cannot_start():
    """setUpClass belongs to no test and is a failure by itself."""
    log = read(
        ("ERROR", "ERROR: setUpClass (odoo.addons.hcrm_base.tests.test_x.TestX)"),
        ("ERROR", "ERROR: setUpClass (odoo.addons.hcrm_base.tests.test_x.TestY)"),
    )
    assert (log.result().passed, log.result().failed) == (0, 2)


def test_closing(capsys):
    """No test is a failure; a skip is one in CI only."""
    nothing, skipped = read().result(), read(("INFO", "skipped TestX : why")).result()
    assert close(nothing, ci=False) == 1
    assert capsys.readouterr().out.endswith("\n0 passed, 0 failed, 0 skipped\n")
    assert close(skipped, ci=False) == 0
    assert close(skipped, ci=True) == 1


def test_narrowing():
    """ADDON and HCRM_TEST become Odoo's tags and pytest's arguments."""
    assert Choice({}).tags(["a", "b"]) == "/a,/b"
    assert Choice({"ADDON": "a"}).tags(["a", "b"]) == "/a"
    assert Choice({"ADDON": "a"}).pytest_arguments() is None
    assert Choice({"HCRM_TEST": "TestX"}).tags(["a"]) == "/a:TestX"
    assert Choice({"HCRM_TEST": "test_y"}).tags(["a"]) == "/a.test_y"
    assert Choice({"HCRM_TEST": "test_y"}).pytest_arguments() == ["tests", "-k", "test_y"]
    assert Choice({"HCRM_TEST": "tests/setup"}).tags(["a"]) == ""
    assert Choice({"HCRM_TEST": "/a:TestX.test_y"}).tags(["b"]) == "/a:TestX.test_y"


def test_stuck_process_is_ended():
    """A process that says nothing is killed, so that CI does not wait for ever."""
    process = subprocess.Popen(["sleep", "60"])
    watchdog = Watchdog(process, patience=0)
    assert process.wait(20) < 0
    watchdog.cancel()
