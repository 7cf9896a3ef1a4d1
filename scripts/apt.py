"""A private apt: reads Debian's archive into the state folder and leaves the system alone."""

import hashlib
import re
import shutil
import urllib.parse

from scripts import shellout
from scripts.say import Trouble
from scripts.sources import find_mirror

#: What apt-get says of a package that it would download: 'URI' file size algorithm:digest.
OFFERED = re.compile(r"(?m)^'\S+' (\S+\.deb) \d+ (\w+:[0-9a-f]+)$")
HINT = "check the network, or set ODOO_PATH to an Odoo 19 checkout"


class PrivateApt:
    """Package lists of this machine's own release and of sid, for download only."""

    def __init__(self, settings):
        self.settings = settings
        self.folder = settings.state / "apt"
        self.debs = settings.cache / "debs"
        self._ready = False

    def _options(self):
        values = {
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Dir::Log": self.folder,
            # sid's index may be older than it says on a mirror that is a snapshot
            "Acquire::Check-Valid-Until": "false",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "APT::Default-Release": self.codename,
            "APT::Sandbox::User": "root",
            "APT::Install-Recommends": "false",
            "Debug::NoLocking": "true",
        }
        return [part for key, value in values.items() for part in ("-o", f"{key}={value}")]

    def update(self):
        """Fetch the lists once per run; raises Trouble when the mirror is out of reach."""
        if self._ready:
            return
        for program in ("apt-get", "dpkg-deb"):
            if not shutil.which(program):
                raise Trouble(f"{program} is not on this machine: use Debian 12, or set ODOO_PATH")
        mirror = find_mirror()
        self.codename = mirror.codename
        for part in ("lists/partial", "cache/archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        suites = dict.fromkeys((mirror.codename, "sid"))
        lines = "".join(mirror.source_line(suite) + "\n" for suite in suites)
        shellout.write_atomically(self.folder / "sources.list", lines)
        told = self._apt("Reading Debian's package lists", "update")
        if re.search(r"(?m)^(E:|Err:|W: Failed to fetch)", told):
            raise Trouble(f"Debian's archive is out of reach: {HINT}")
        self._ready = True

    def _apt(self, what, *arguments, **options):
        try:
            return shellout.run(
                self.settings, what, ["apt-get", *self._options(), *arguments], **options
            )
        except Trouble as error:
            raise Trouble(f"{error}: {HINT}") from None

    def download(self, packages, release=None):
        """Fetch packages into the cache, those that are not there yet; returns their files."""
        self.update()
        what = f"Fetching {' '.join(packages)[:60]}"
        options = [*self._bare(), "-o", f"APT::Default-Release={release or self.codename}"]
        told = self._apt(what, *options, "download", "--print-uris", *packages)
        offered = OFFERED.findall(told)
        lacking = [name for name, digest in offered if not is_whole(self.debs / name, digest)]
        if lacking:
            self._fetch(what, [*options, "download", *map(exact, lacking)])
        return [self.debs / name for name, _digest in offered]

    def _fetch(self, what, arguments):
        new = shellout.fresh_folder(self.settings.state / "debs.new")
        self._apt(what, *arguments, cwd=new)
        self.debs.mkdir(parents=True, exist_ok=True)
        for deb in sorted(new.glob("*.deb")):
            shutil.move(deb, self.debs / deb.name)
        shutil.rmtree(new)

    def _bare(self):
        """What is installed here must not decide which version is fetched."""
        nothing = self.folder / "nothing-installed"
        nothing.touch()
        return ["-o", f"Dir::State::status={nothing}"]

    def cached(self, package):
        """Newest downloaded file of a package, for a machine that lost its network."""
        files = sorted(self.debs.glob(f"{package}_*.deb"), key=lambda deb: deb.stat().st_mtime)
        return files[-1] if files else None

    def with_dependencies(self, packages):
        """The packages and whatever they need that this machine has not installed."""
        self.update()
        told = self._apt("Looking up dependencies", "--simulate", "install", *packages)
        missing = re.findall(r"(?m)^Inst (\S+)", told)
        return missing or list(packages)

    def whole_tree(self, packages, release):
        """The packages and all they need as if nothing were installed, of another release."""
        self.update()
        options = [*self._bare(), "-o", f"APT::Default-Release={release}"]
        told = self._apt("Looking up dependencies", *options, "--simulate", "install", *packages)
        return re.findall(r"(?m)^Inst (\S+)", told)

    def unpack(self, files, root):
        """Lay packages over a folder that stands for the system's root."""
        for deb in files:
            shellout.run(self.settings, f"Unpacking {deb}", ["dpkg-deb", "-x", deb, root])


def is_whole(deb, digest):
    """Is this file here, and the one that the archive means?"""
    name, _, wanted = digest.partition(":")
    if not deb.exists():
        return False
    return hashlib.new(name.lower(), deb.read_bytes()).hexdigest() == wanted


def exact(deb):
    """The package of a file as apt wants it named.

    >>> exact("asterisk_1%3a22.10.1+dfsg_amd64.deb")
    'asterisk=1:22.10.1+dfsg'
    """
    name, version, _machine = urllib.parse.unquote(deb).split("_")
    return f"{name}={version}"
