"""Finds the Debian mirror this machine uses, without knowing any mirror by name."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.say import Trouble

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ETC_APT = Path("/etc/apt")
# what follows the codename in suites that are no full archive
SIDE_SUITES = ("-updates", "-security", "-backports", "-proposed-updates", "/updates", "/")


@dataclass(frozen=True)
class Mirror:
    """A Debian archive and the release this machine takes from it."""

    site: str
    codename: str
    options: str = ""

    def source_line(self, suite):
        """One line of a sources.list."""
        return f"deb {self.options}{' ' if self.options else ''}{self.site} {suite} main"


def find_mirror():
    """Ask apt first; before its first update it knows nothing, then read its sources."""
    try:
        told = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(SITE)|$(CODENAME)|$(LABEL)|$(COMPONENT)"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    except FileNotFoundError:
        raise Trouble(
            "apt-get is not on this machine: use Debian 12, or set ODOO_PATH to an Odoo 19 checkout"
        ) from None
    mirror = from_targets(told) or from_sources(ETC_APT)
    if not mirror:
        raise Trouble(
            "no Debian archive is configured in /etc/apt: add one (see `man sources.list`), or set "
            "ODOO_PATH to an Odoo 19 checkout"
        )
    return mirror


def from_targets(told):
    """The full Debian archive among apt's index targets.

    >>> from_targets("http://m/debian|bookworm-updates|Debian|main\\n"
    ...              "http://m/debian|bookworm|Debian|main").codename
    'bookworm'
    >>> from_targets("")
    """
    for row in told.splitlines():
        site, codename, label, component = (row.split("|") + [""] * 4)[:4]
        if label == "Debian" and component == "main" and not codename.endswith(SIDE_SUITES):
            return Mirror(site, codename, _signed_by(KEYRING))
    return None


def from_sources(etc_apt):
    """The first full archive with a `main` component in the machine's source files."""
    files = [etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*"))]
    for path in files:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        entries = deb822(text) if path.suffix == ".sources" else one_line_style(text)
        for site, suites, components, signed_by in entries:
            for suite in suites:
                if "main" in components and not suite.endswith(SIDE_SUITES):
                    return Mirror(site, suite, _signed_by(signed_by or KEYRING))
    return None


def deb822(text):
    """Entries of a .sources file: (site, suites, components, keyring).

    >>> list(deb822("Types: deb\\nURIs: http://m/debian\\nSuites: bookworm\\nComponents: main\\n"))
    [('http://m/debian', ['bookworm'], ['main'], '')]
    """
    plain = re.sub(r"(?m)^#.*\n?", "", text)
    for block in re.split(r"\n\s*\n", plain):
        fields = dict(re.findall(r"(?m)^([A-Za-z-]+):[ \t]*(.*)$", block))
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes") != "no":
            for site in fields.get("URIs", "").split():
                yield (
                    site,
                    fields.get("Suites", "").split(),
                    fields.get("Components", "").split(),
                    fields.get("Signed-By", ""),
                )


def one_line_style(text):
    """Entries of a sources.list: (site, suites, components, keyring).

    >>> list(one_line_style("deb [signed-by=/k.gpg] http://m/debian bookworm main contrib"))
    [('http://m/debian', ['bookworm'], ['main', 'contrib'], '/k.gpg')]
    """
    for match in re.finditer(r"(?m)^deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$", text):
        options, site, suite, components = match.groups()
        signed_by = re.search(r"signed-by=(\S+)", options or "")
        if not site.startswith("cdrom:"):
            yield (
                site,
                [suite],
                components.split("#")[0].split(),
                signed_by.group(1) if signed_by else "",
            )


def _signed_by(keyring):
    return f"[signed-by={keyring}]" if Path(keyring).is_file() else ""
