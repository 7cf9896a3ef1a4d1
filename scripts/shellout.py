"""Runs other programs: output goes to a log, failure becomes one readable line."""

import ctypes
import os
import shutil
import signal
import subprocess

from scripts.say import Trouble

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """Ask the kernel for SIGTERM when the parent is gone, so that kill -9 leaves no orphans."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def last_words(text):
    """The line of an output that most likely names the cause.

    >>> last_words("Traceback\\n  x\\nValueError: bad\\n\\n")
    'ValueError: bad'
    >>> last_words("E: Unable to locate package x\\nsome noise")
    'E: Unable to locate package x'
    >>> last_words("")
    'no output'
    """
    lines = [part.strip() for part in text.splitlines() if part.strip()]
    told = [part for part in lines if part.startswith(("E: ", "error: ", "ERROR: "))]
    if "No space left on device" in text:
        return "No space left on device"
    return (told or lines or ["no output"])[-1 if not told else 0][:300]


def run(settings, what, command, **options):
    """Run to the end, append the output to setup.log and return it; Trouble on failure."""
    options.setdefault("stdin", subprocess.DEVNULL)
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=die_with_parent,
            **options,
        )
    except FileNotFoundError as error:
        raise Trouble(f"{what}: the program {error.filename} is not on this machine") from None
    log = write_log(settings, what, command, done.stdout)
    if done.returncode:
        raise Trouble(f"{what} failed: {last_words(done.stdout)} (whole output: {log})")
    return done.stdout


def follow(command, env, **options):
    """Run a program that speaks to the screen itself and ends with us; returns its code."""
    process = subprocess.Popen(command, env=env, preexec_fn=die_with_parent, **options)
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def write_log(settings, what, command, output):
    """Keep what was hidden from the screen."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    path = settings.logs / "setup.log"
    with path.open("a", encoding="utf-8") as log:
        log.write(f"=== {what}: {' '.join(map(str, command))}\n{output}\n")
    return path


def replace_folder(new, final):
    """Put a finished folder in its place; a kill in between leaves either none or a whole one."""
    old = final.with_name(final.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if os.path.lexists(final):
        final.rename(old)
    new.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def fresh_folder(path):
    """An empty folder, whatever an interrupted run left there."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def write_atomically(path, text, mode=0o644):
    """A reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    new.chmod(mode)
    new.replace(path)
