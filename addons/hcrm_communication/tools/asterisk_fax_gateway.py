"""Fax through Asterisk: handed over by its manager interface, talked by its own T.30 and T.38.

Asterisk's database says what became of each try (``data/asterisk/extensions.conf``): it is written
before a call is made, when it is answered, and when it ended, and outlives both programs. No word
has to reach us in time.
"""

import re
from pathlib import Path

from .fax import results
from .fax.manager import LoginError, Manager, ManagerError, split_address
from .fax.pages import NoDocument, make_tiff
from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, Report, register

FAMILY = "hcrm-fax"
WRONG_ADDRESS = "this is no host:port of Asterisk's manager interface"
NO_FOLDER = "the fax folder that Asterisk and HCRM share cannot be written"
#: Answered, and Asterisk died before the end was known.
BROKEN = results.FaxEnd(results.RETRY, "fax_broken", "")


@register
class AsteriskFaxGateway(Gateway):
    """One session of the manager interface."""

    code = "asterisk_fax"
    channel = "fax"

    def __init__(self, settings):
        super().__init__(settings)
        self.session = None

    def send(self, message):
        """Hand over one document."""
        try:
            tiff, pages = self._prepare(message)
        except NoDocument as error:
            return Outcome(REFUSED, "bad_document", str(error))
        name = f"{message.ref}-{message.attempt}.tif"
        try:
            path = self._folder() / name
            path.write_bytes(tiff)
        except OSError as error:
            detail = f"{NO_FOLDER}: {error.strerror}"
            return Outcome(LATER, "gateway_setup", detail, of_gateway=True)
        if trouble := self._open():
            path.unlink(missing_ok=True)
            return trouble
        return self._originate(message, name, pages)

    def _originate(self, message, name, pages):
        try:
            self.session.ask("Originate", *self._order(message, name, pages))
        except ManagerError as error:
            return Outcome(LATER, "gateway_busy", str(error), of_gateway=True)
        except OSError as error:  # it was on its way
            self.close()
            return Outcome(UNKNOWN, "no_answer", str(error), of_gateway=True)
        return Outcome(ACCEPTED, detail=f"{pages} pages")

    def _order(self, message, name, pages):
        number = re.sub(r"[^+0-9]", "", message.to)
        key = f"{message.ref}/{message.attempt}"
        values = {
            "Channel": f"Local/{number}@hcrm-fax-call/n",
            "ChannelId": f"hcrm-fax-{message.ref}-{message.attempt}",
            "Context": "hcrm-fax-out",
            "Exten": "s",
            "Priority": 1,
            "CallerID": self.settings.sender or message.sender,
            "Account": key,
            "Timeout": 120_000,
            "Async": "true",
        }
        variables = {
            "__HCRM_FAX": key,
            "__HCRM_FILE": name,
            "__HCRM_PAGES": pages,
            "__HCRM_STATION": re.sub(r"[^+0-9 ]", "", self.settings.sender)[:20],
        }
        return values, list(variables.items())

    def _prepare(self, message):
        pdf = next((raw for _name, kind, raw in message.files if kind == "application/pdf"), None)
        if not pdf:
            raise NoDocument("no PDF could be made of it")
        return make_tiff(pdf, self.settings.options.get("header") or "{page}/{pages}")

    def _folder(self):
        folder = Path(self.settings.options.get("folder") or "/nonexistent") / "out"
        folder.mkdir(exist_ok=True)
        return folder

    def check(self):
        """Log in, look at the folder, and ask whether Asterisk has our dial plan."""
        if trouble := self._open():
            return trouble
        try:
            probe = self._folder() / "hcrm-check"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            detail = f"{NO_FOLDER}: {error.strerror}"
            return Outcome(LATER, "gateway_setup", detail, of_gateway=True)
        return Outcome(ACCEPTED)

    def ask(self, refs):
        """What Asterisk knows of, it took; what it does not know never reached it."""
        if self._open():
            return {}
        known = {key.partition("/")[0] for key in self._known()}
        return {
            ref: Outcome(ACCEPTED) if ref in known else Outcome(LATER, "never_left") for ref in refs
        }

    def reports(self, refs):
        """Return the ends of tries; what ended is forgotten once its message is."""
        if self._open():
            return []
        wanted, found = set(refs), []
        for key, end in self._ends().items():
            ref, _, attempt = key.partition("/")
            if ref in wanted and attempt.isdigit():
                found.append(Report(ref, int(attempt), end.kind, end.code, end.detail))
            else:
                self._forget(key)
            (self._folder() / f"{ref}-{attempt}.tif").unlink(missing_ok=True)
        return found

    def _ends(self):
        """Return {ref/try: how it ended}.

        A call that is not on the line any more and of which no end is written down broke off with
        Asterisk itself. Its end is looked for once more after the line: it may just have come.
        """
        begun = self._known()
        alive = self._alive()
        ends = {}
        for key, told in self._known().items():
            end = results.read(told)
            if end is None and key in begun and key not in alive:
                end = BROKEN
            if end is not None:
                ends[key] = end
        return ends

    def _known(self):
        """Return {ref/try: what is written down}."""
        try:
            rows = self.session.ask_list(
                "DBGetTree", {"Family": FAMILY}, "DBGetTreeResponse", "DBGetTreeComplete"
            )
        except ManagerError:  # "Database entry not found": none yet
            return {}
        return {row["Key"].removeprefix(f"/{FAMILY}/"): row.get("Val", "") for row in rows}

    def _alive(self):
        """Return the tries whose calls are on the line."""
        rows = self.session.ask_list(
            "CoreShowChannels", {}, "CoreShowChannel", "CoreShowChannelsComplete"
        )
        return {row.get("AccountCode", "") for row in rows}

    def _forget(self, key):
        try:
            self.session.ask("DBDel", {"Family": FAMILY, "Key": key})
        except ManagerError:
            return

    def _open(self):
        """Connect; return the outcome if that fails: nothing was handed over."""
        if self.session is not None:
            return None
        try:
            host, port = split_address(self.settings.url)
            self.session = Manager(
                host, port, self.settings.user, self.settings.secret, self.settings.timeout
            )
        except ValueError:
            return Outcome(LATER, "gateway_setup", WRONG_ADDRESS, of_gateway=True)
        except LoginError as error:
            return Outcome(LATER, "gateway_login", str(error), of_gateway=True)
        except (ManagerError, OSError) as error:
            return Outcome(LATER, "gateway_away", str(error), of_gateway=True)
        return None

    def close(self):
        """Hang up."""
        if self.session is not None:
            self.session.close()
            self.session = None
