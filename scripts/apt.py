"""A private apt: reads Debian's archive into the state folder and leaves the system alone."""

import re
import shutil

from scripts import shellout
from scripts.say import Trouble
from scripts.sources import find_mirror

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

    def download(self, packages):
        """Fetch packages into the cache; returns their files."""
        self.update()
        new = shellout.fresh_folder(self.settings.state / "debs.new")
        # what is installed here must not decide which version is fetched
        nothing = self.folder / "nothing-installed"
        nothing.touch()
        what = f"Fetching {' '.join(packages)[:60]}"
        options = ("-o", f"Dir::State::status={nothing}")
        self._apt(what, *options, "download", *packages, cwd=new)
        self.debs.mkdir(parents=True, exist_ok=True)
        files = []
        for deb in sorted(new.glob("*.deb")):
            files.append(shutil.move(deb, self.debs / deb.name))
        shutil.rmtree(new)
        return files

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

    def unpack(self, files, root):
        """Lay packages over a folder that stands for the system's root."""
        for deb in files:
            shellout.run(self.settings, f"Unpacking {deb}", ["dpkg-deb", "-x", deb, root])
