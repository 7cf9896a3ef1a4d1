"""Fax through Asterisk: handed over by its manager interface, talked by its own T.30 and T.38.

Asterisk's database says what became of each try (``data/asterisk/extensions.conf``): it is written
before a call is made, when it is answered, and when it ended, and outlives both programs. No word
has to reach us in time.
"""

import re
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .fax import results
from .fax.manager import LoginError, Manager, ManagerError, split_address
from .fax.pages import NoDocument, make_tiff
from .gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, Report, register

FAMILY = "hcrm-fax"
WRONG_ADDRESS = "this is no host:port of Asterisk's manager interface"
NO_FOLDER = "the fax folder that Asterisk and HCRM share cannot be written"
NO_DIAL_PLAN = "Asterisk does not have HCRM's dial plan, or does not let us see it"
#: Seconds for a call that was ordered to say that it begins, on a machine that is busy.
BEGINNING = 2
#: What was handed over before, and Asterisk knows nothing of, it forgot when it died.
FORGOTTEN = timedelta(minutes=5)
#: No fax is under way for so long: a document that lies there still is left from a crash.
LEFT_OVER = 86_400
_OURS = re.compile(r"[0-9a-f-]+-\d+\.tif")
#: Answered, and Asterisk died before the end was known.
BROKEN = results.FaxEnd(results.RETRY, "fax_broken", "")


def key_of(one):
    """Return under which name Asterisk knows a try."""
    return f"{one.ref}/{one.attempt}"


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
        key = key_of(message)
        try:
            self._file(key).write_bytes(tiff)
        except OSError as error:
            detail = f"{NO_FOLDER}: {error.strerror}"
            return Outcome(LATER, "gateway_setup", detail, of_gateway=True)
        if trouble := self._open():
            self._remove(key)
            return trouble
        return self._originate(message, key, pages)

    def _originate(self, message, key, pages):
        try:
            self.session.ask("Originate", *self._order(message, key, pages))
        except ManagerError as error:
            self._remove(key)
            return Outcome(LATER, "gateway_busy", str(error), of_gateway=True)
        except OSError as error:  # it was on its way
            self.close()
            return Outcome(UNKNOWN, "no_answer", str(error), of_gateway=True)
        return Outcome(ACCEPTED, detail=f"{pages} pages")

    def _order(self, message, key, pages):
        number = re.sub(r"[^+0-9]", "", message.to)
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
            "__HCRM_FILE": self._file(key).name,
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

    def _file(self, key):
        return self._folder() / f"{key.replace('/', '-')}.tif"

    def _remove(self, key):
        with suppress(OSError):  # a folder that is away now is swept later
            self._file(key).unlink(missing_ok=True)

    def check(self):
        """Log in, look at the folder, ask whether Asterisk has our dial plan and lets us read what
        became of faxes."""
        if trouble := self._open():
            return trouble
        try:
            probe = self._folder() / "hcrm-check"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            detail = f"{NO_FOLDER}: {error.strerror}"
            return Outcome(LATER, "gateway_setup", detail, of_gateway=True)
        try:
            self._known()
            self.session.ask("ShowDialPlan", {"Context": "hcrm-fax-call"})
        except ManagerError as error:
            detail = f"{NO_DIAL_PLAN}: {error}"
            return Outcome(LATER, "gateway_setup", detail, of_gateway=True)
        finally:
            self.close()  # what a list still says is nobody's
        return Outcome(ACCEPTED)

    def ask_about(self, handed):
        """What Asterisk knows of, it took. What it does not know is forbidden to begin: an order
        may still wait in its ear. Who began at the same moment has said so a little later.
        """
        if self._open():
            return {}
        keys = {one.ref: key_of(one) for one in handed}
        known, alive = self._known(), self._alive()
        strange = [key for key in keys.values() if key not in known and key not in alive]
        for key in strange:
            self.session.ask("DBPut", {"Family": FAMILY, "Key": key, "Val": results.VOID})
        if strange:
            time.sleep(BEGINNING)
            known, alive = self._known(), self._alive()
        answers = {}
        for ref, key in keys.items():
            if known.get(key) != results.VOID:
                answers[ref] = Outcome(ACCEPTED)
            elif key not in alive:
                self._remove(key)
                answers[ref] = Outcome(LATER, "never_left")
        return answers

    def reports(self, handed):
        """Return the ends of tries, those of other gateways and hospitals on this Asterisk, too:
        it is for the outbox to know its own, and to say when they may be forgotten.
        """
        if self._open():
            return []
        self._sweep()
        found = []
        for key, end in self._ends(handed).items():
            ref, _, attempt = key.partition("/")
            if attempt.isdigit():
                found.append(Report(ref, int(attempt), end.kind, end.code, end.detail))
        return found

    def forget(self, reports):
        """Erase what Asterisk remembers of these tries, and their documents."""
        if self._open():
            return
        for report in reports:
            key = key_of(report)
            with suppress(ManagerError):  # it is gone already
                self.session.ask("DBDel", {"Family": FAMILY, "Key": key})
            self._remove(key)

    def _sweep(self):
        """Remove documents that a crash left behind."""
        with suppress(OSError):
            for path in self._folder().iterdir():
                if _OURS.fullmatch(path.name) and time.time() - path.stat().st_mtime > LEFT_OVER:
                    path.unlink(missing_ok=True)

    def _ends(self, handed):
        """Return {ref/try: how it ended}.

        A call that is not on the line any more and of which no end is written down broke off with
        Asterisk itself. Its end is looked for once more after the line: it may just have come.
        Asterisk writes to the disk a second late: what it took and does not know it took then.
        """
        begun = self._known()
        alive = self._alive()
        ends = {}
        known = self._known()
        for key, told in known.items():
            end = results.read(told)
            if end is None and key in begun and key not in alive:
                end = BROKEN
            if end is not None:
                ends[key] = end
        before = datetime.now(UTC).replace(tzinfo=None) - FORGOTTEN
        old = {key_of(one) for one in handed if one.at < before}
        return ends | dict.fromkeys(old - known.keys() - alive, BROKEN)

    def _known(self):
        """Return {ref/try: what is written down}."""
        try:
            rows = self.session.ask_list(
                "DBGetTree", {"Family": FAMILY}, "DBGetTreeResponse", "DBGetTreeComplete"
            )
        except ManagerError as error:
            if "not found" in str(error) or "not exist" in str(error):  # none yet
                return {}
            raise  # we may not ask: nobody knows
        return {row["Key"].removeprefix(f"/{FAMILY}/"): row.get("Val", "") for row in rows}

    def _alive(self):
        """Return the tries whose calls are on the line."""
        rows = self.session.ask_list(
            "CoreShowChannels", {}, "CoreShowChannel", "CoreShowChannelsComplete"
        )
        return {row.get("AccountCode", "") for row in rows}

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
