"""Asterisk for tests: the hospital's, and "the public", which is everybody with a telephone.

Both run from the product's own templates (`addons/hcrm_communication/data/asterisk`) in folders and
on ports of their own. What the public does is decided by the number called:

    … 0 to 5  answers, says a word, presses that key        … 777   a fax machine
    … 6       an answering machine                          … 776   a fax machine that hangs up
    … 7       answers and hangs up in the middle            deskN   a desk's telephone that answers
    … 8       never answers                                 … 9     is busy
    … 404     no such number

`behave` says otherwise for one number. All that happened at the far end is in its book: `calls()`.
"""

import contextlib
import functools
import os
import socket
import subprocess
import time
import wave
from array import array
from dataclasses import dataclass, field

from scripts import checks, settings
from scripts.odoo import wait_until
from scripts.settings import ROOT
from scripts.telephony import Telephony
from tests.support.rig import QuickProcess, eventually

TEMPLATES = ROOT / "addons/hcrm_communication/data/asterisk"
FOLDERS = (
    "db",
    "keys/keys",
    "cache",
    "agi",
    "spool",
    "spool/recording",
    "run",
    "log",
    "fax/in",
    "fax/out",
    "heard",
    "sounds",
)
HOSPITAL, FAX = "95000", "95001"
USER, SECRET = "hcrm", "secret"
HELLO, MACHINE = (
    "喂，你好",
    "您好，我现在不能接电话，请在滴声之后留下您的姓名、电话号码和要说的话，谢谢您",
)

DESKS = """
[desk{n}](hcrm-desk)
aors = desk{n}
[desk{n}]
type = aor
contact = sip:desk{n}@{host}:{port}
"""
PUBLIC = """\
[general]
static = yes
[globals]
BOOK = {folder}/calls.book
HEARD = {folder}/heard
SOUNDS = {folder}/sounds

[hcrm-in]
exten => _desk.,1,Gosub(book,s,1(rang,${{EXTEN}}))
 same => n,GotoIf($["${{DB(behave/${{EXTEN}})}}" = "busy"]?act,busy,1)
 same => n,GotoIf($["${{DB(behave/${{EXTEN}})}}" = "silent"]?act,silent,1)
 same => n,Goto(act,talk,1)
exten => _[+0-9].,1,Gosub(book,s,1(rang,${{EXTEN}}))
 same => n,Set(HOW=${{DB(behave/${{EXTEN}})}})
 same => n,Set(KEYS=${{IF($["${{HOW}}" = "keys"]?${{DB(keys/${{EXTEN}})}}:${{EXTEN:-1}})}})
 same => n,GotoIf($["${{HOW}}" != ""]?act,${{HOW}},1)
 same => n,GotoIf($["${{EXTEN:-3}}" = "777"]?act,fax,1)
 same => n,GotoIf($["${{EXTEN:-3}}" = "776"]?act,torn,1)
 same => n,GotoIf($["${{EXTEN:-3}}" = "404"]?act,unknown,1)
 same => n,GotoIf($["${{EXTEN:-1}}" = "9"]?act,busy,1)
 same => n,GotoIf($["${{EXTEN:-1}}" = "8"]?act,silent,1)
 same => n,GotoIf($["${{EXTEN:-1}}" = "7"]?act,short,1)
 same => n,GotoIf($["${{EXTEN:-1}}" = "6"]?act,machine,1)
 same => n,Goto(act,keys,1)

[act]
; a line is never quite without sound: Playtones(0) sends silence
exten => busy,1,Hangup(17)
exten => unknown,1,Hangup(1)
exten => silent,1,Ringing()
 same => n,Wait(120)
 same => n,Hangup(19)
exten => keys,1,Wait(${{IF($["${{RINGS}}" = ""]?0.3:${{RINGS}})}})
 same => n,Gosub(answer,s,1)
 same => n,Playback(${{SOUNDS}}/hello)
 same => n,Playtones(0/1000)
 same => n,Wait(${{IF($["${{DB(pause/${{NUMBER}})}}" = ""]?2:${{DB(pause/${{NUMBER}})}})}})
 same => n,SendDTMF(${{KEYS}},200,120)
 same => n,Goto(act,listen,1)
exten => quiet,1,Wait(0.3)
 same => n,Gosub(answer,s,1)
 same => n,Playback(${{SOUNDS}}/hello)
 same => n,Playtones(0/1000)
 same => n,Goto(act,listen,1)
exten => short,1,Wait(0.3)
 same => n,Gosub(answer,s,1)
 same => n,Playback(${{SOUNDS}}/hello)
 same => n,Wait(2)
 same => n,Hangup(16)
exten => machine,1,Wait(0.3)
 same => n,Gosub(answer,s,1)
 same => n,Playback(${{SOUNDS}}/machine)
 same => n,Playtones(1000/500)
 same => n,Wait(0.5)
 same => n,StopPlaytones()
 same => n,Wait(60)
 same => n,Hangup(16)
exten => talk,1,Wait(0.3)
 same => n,Gosub(answer,s,1)
 same => n,While(1)
 same => n,Playback(${{SOUNDS}}/hello)
 same => n,Wait(1)
 same => n,EndWhile()
exten => listen,1,Read(DIGITS,,1,,1,120)
 same => n,ExecIf($["${{DIGITS}}" != ""]?Gosub(book,s,1(heard,${{DIGITS}})))
 same => n,GotoIf($["${{READSTATUS}}" = "OK"]?listen,1)
 same => n,Hangup(16)
exten => fax,1,Wait(0.3)
 same => n,Gosub(book,s,1(answered,))
 same => n,Answer()
 same => n,Set(FAXOPT(localstationid)=${{NUMBER}})
 same => n,Set(ISFAX=1)
 same => n,ReceiveFAX({folder}/fax/in/${{UNIQUEID}}.tif,{receive_options})
 same => n,Hangup()
exten => torn,1,Wait(0.3)
 same => n,Gosub(book,s,1(answered,))
 same => n,Answer()
 same => n,Set(FAXOPT(localstationid)=${{NUMBER}})
 same => n,Set(ISFAX=1)
 same => n,Set(TIMEOUT(absolute)=14)
 same => n,ReceiveFAX({folder}/fax/in/${{UNIQUEID}}.tif,{receive_options})
 same => n,Hangup()
exten => h,1,GotoIf($["${{ISFAX}}" = ""]?end)
 same => n,Gosub(book,s,1(fax,${{FAXOPT(status)}} ${{FAXOPT(pages)}} ${{FAXOPT(rate)}} \
${{FAXOPT(remotestationid)}}))
 same => n(end),Gosub(book,s,1(ended,))
exten => T,1,Hangup()

[answer]
exten => s,1,Gosub(book,s,1(answered,))
 same => n,Answer()
 same => n,MixMonitor(${{HEARD}}/${{UNIQUEID}}.wav,r(${{HEARD}}/${{UNIQUEID}}-in.wav))
 same => n,Return()

[book]
exten => s,1,Set(NUMBER=${{IF($["${{ARG1}}" = "rang"]?${{ARG2}}:${{NUMBER}})}})
 same => n,Set(FILE(${{BOOK}},,,al,u)=${{ARG1}}|${{UNIQUEID}}|${{NUMBER}}|${{CALLERID(num)}}|\
${{STRFTIME(${{EPOCH}},,%s)}}|${{ARG2}})
 same => n,Return()

[caller]
; somebody calls the hospital and presses KEYS, w is half a second
exten => s,1,Gosub(book,s,1(rang,${{NUMBER}}))
 same => n,Gosub(answer,s,1)
 same => n,Wait(${{IF($["${{PAUSE}}" = ""]?2:${{PAUSE}})}})
 same => n,ExecIf($["${{KEYS}}" != ""]?SendDTMF(${{KEYS}},250,120))
 same => n,GotoIf($["${{STAYS}}" = ""]?listen)
 same => n,Wait(${{STAYS}})
 same => n,Hangup(16)
 same => n(listen),Read(DIGITS,,1,,1,120)
 same => n,GotoIf($["${{READSTATUS}}" = "OK"]?listen)
 same => n,Hangup(16)
exten => talk,1,Gosub(book,s,1(rang,${{NUMBER}}))
 same => n,Gosub(answer,s,1)
 same => n,Wait(${{IF($["${{PAUSE}}" = ""]?2:${{PAUSE}})}})
 same => n,ExecIf($["${{KEYS}}" != ""]?SendDTMF(${{KEYS}},250,120))
 same => n,Wait(${{IF($["${{STAYS}}" = ""]?2:${{STAYS}})}})
 same => n,Playback(${{SOUNDS}}/machine)
 same => n,Wait(30)
 same => n,Hangup(16)
exten => say,1,Playback(${{SOUNDS}}/machine&${{SOUNDS}}/machine&${{SOUNDS}}/machine)
 same => n,Goto(s,listen)
exten => fax,1,Set(FAXOPT(localstationid)=${{CALLERID(num)}})
 same => n,SendFAX(${{FAXFILE}},{receive_options})
 same => n,Hangup()
exten => failed,1,Gosub(book,s,1(failed,${{REASON}}))
exten => h,1,ExecIf($["${{FAXFILE}}" != ""]?Gosub(book,s,1(sent,${{FAXOPT(status)}} \
${{FAXOPT(pages)}})))
 same => n,Gosub(book,s,1(ended,))
"""


@dataclass
class Call:
    """One call as its far end saw it."""

    id: str
    number: str
    caller: str
    began: int
    answered: bool = False
    ended: bool = False
    failed: str = ""
    digits: str = ""
    fax: str = ""
    heard: object = None
    said: list = field(default_factory=list)

    @property
    def loudness(self):
        """RMS of what was heard, 0 to 1; 0 is silence. It is written a moment after the end."""
        found = []

        def read():
            with contextlib.suppress(wave.Error, EOFError, OSError):
                found.append(rms(self.heard))
            return found

        wait_until(read, 5)
        return found[0] if found else 0.0


class Asterisk:
    """One Asterisk in a folder of its own; kill -9 and restart keep ports, database and book."""

    def __init__(self, folder, address, *, t38=True, program=None, user=USER, **options):
        self.folder = folder
        self.user = user
        self.address = address
        self.t38 = t38
        config = settings.load()
        self.program = program or config.bin / "asterisk"
        start, udptl = free_range(address), free_range(address)
        self.values = {
            "folder": folder,
            "address": address,
            **Telephony(config).directories(),
            "sip_port": checks.free_port(),
            "ari_port": checks.free_port(),
            "ami_port": checks.free_port(),
            "ari_secret": SECRET,
            "ami_secret": SECRET,
            "hcrm_network": "127.0.0.0/255.0.0.0",
            "rtp_start": start,
            "rtp_end": start + 199,
            "udptl_start": udptl,
            "udptl_end": udptl + 199,
            "t38": "yes" if t38 else "no",
            "fax_number": FAX,
            "fax_folder": folder / "fax",
            "fax_rings": 20,
            "music": folder / "sounds",
            "send_options": "fz" if t38 else "F",
            "receive_options": "f" if t38 else "F",
            **options,
        }
        # -g would make core files; -f stays in the foreground
        command = [str(self.program), "-f", "-C", str(folder / "asterisk.conf")]
        self.process = QuickProcess(command, dict(os.environ), folder / "asterisk.out", self._ready)

    def write(self):
        """The product's templates with this instance's values."""
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for path in sorted(TEMPLATES.glob("*.conf")):
            self._write(path.name, path.read_text().replace(f"[{USER}]", f"[{self.user}]"))
        for name, text in {"hello": HELLO, "machine": MACHINE}.items():
            speak(text, self.folder / f"sounds/{name}.wav")

    def _write(self, name, text):
        for key, value in self.values.items():
            text = text.replace(f"@{key}@", str(value))
        (self.folder / name).write_text(text)

    @property
    def processes(self):
        """What it consists of."""
        return [self.process]

    def start(self):
        """Start it and wait until it has read everything."""
        self.process.start()
        return self

    def stop(self):
        """The polite end."""
        self.process.stop()

    def kill(self):
        """kill -9."""
        self.process.kill()

    def restart(self):
        """On the same ports, with the same database and book."""
        self.process.restart()
        return self

    def _ready(self):
        try:
            with self.manager() as manager:
                return manager.booted
        except (OSError, EOFError):
            return False

    # use ---------------------------------------------------------------------------------------

    @property
    def ari_url(self):
        """Where ARI listens; user hcrm, password `SECRET`."""
        return f"http://{self.address}:{self.values['ari_port']}/ari"

    @property
    def ami(self):
        """(host, port) of the manager interface; user hcrm, password `SECRET`."""
        return self.address, self.values["ami_port"]

    def manager(self):
        """A logged-in session of the manager interface; a context manager."""
        return Manager(*self.ami, self.user, self.values["ami_secret"])

    def command(self, line):
        """What Asterisk's console answers."""
        arguments = ["-C", self.folder / "asterisk.conf", "-rx", line]
        done = subprocess.run(
            [self.program, *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout

    def channels(self):
        """Names of the calls' legs that are alive."""
        lines = self.command("core show channels concise").splitlines()
        return [line.split("!")[0] for line in lines if "!" in line]

    def wait_idle(self, seconds=60):
        """Until nobody talks."""
        eventually(lambda: not self.channels(), "no channel is left", seconds)


class PublicAsterisk(Asterisk):
    """Everybody outside: called, calling, and keeping a book of it."""

    def __init__(self, folder, address="127.0.0.2", **options):
        super().__init__(folder, address, **options)
        self.book = folder / "calls.book"
        self.skipped = 0

    def write(self):
        """As the hospital, with the dial plan of everybody."""
        super().write()
        self.book.touch()
        options = self.values["receive_options"]
        self._write("extensions.conf", PUBLIC.format(folder=self.folder, receive_options=options))

    def begin(self):
        """Whatever happened so far belongs to others."""
        self.skipped = len(self._lines())
        self.forget()

    def _lines(self):
        return self.book.read_text().splitlines() if self.book.exists() else []

    def behave(self, number, how, keys="", pause=None):
        """From now on this number is busy, silent, unknown, short, machine, quiet (answers,
        presses nothing), talk, fax, torn; or presses `keys` (w is half a second) after `pause` s.
        """
        with self.manager() as manager:
            manager.put("behave", number, how)
            if keys:
                manager.put("keys", number, keys)
            if pause is not None:
                manager.put("pause", number, pause)

    def forget(self):
        """Everybody behaves by the last digit again."""
        for family in ("behave", "keys", "pause"):
            self.command(f"database deltree {family}")

    def call(
        self,
        number=HOSPITAL,
        *,
        caller="13900001111",
        keys="",
        pause="",
        stays="",
        fax=None,
        talk=False,
    ):
        """Somebody calls the hospital, presses `keys` after `pause` seconds and hangs up `stays`
        seconds later (without it: when the hospital does). `talk`: says something after the keys
        instead. `fax`: a TIFF to send. Returns at once.
        """
        variables = {"NUMBER": number, "KEYS": keys, "PAUSE": pause, "STAYS": stays}
        if fax:
            variables["FAXFILE"] = fax
        with self.manager() as manager:
            manager.originate(
                f"PJSIP/{number}@trunk",
                "fax" if fax else "talk" if talk else "s",
                "caller",
                caller,
                variables,
            )

    def press(self, keys):
        """The one who is calling now presses `keys`."""
        with self.manager() as manager:
            for key in keys:
                told = manager.ask("PlayDTMF", Channel=self._line(), Digit=key, Duration="150")
                assert told["Response"] == "Success", told
                time.sleep(0.3)

    def say(self):
        """The one who is calling now speaks for half a minute, then listens again."""
        where = {"Context": "caller", "Exten": "say", "Priority": 1}
        with self.manager() as manager:
            told = manager.ask("Redirect", Channel=self._line(), **where)
        assert told["Response"] == "Success", told

    def _line(self):
        [channel] = self.channels()
        return channel

    def calls(self, number=None):
        """What happened since `begin`, in the order in which it rang."""
        found = {}
        for line in self._lines()[self.skipped :]:
            kind, key, called, caller, when, told = line.split("|", 5)
            call = found.setdefault(key, Call(key, called, caller, int(when)))
            self._note(call, kind, told)
        return [call for call in found.values() if number in (None, call.number)]

    def _note(self, call, kind, told):
        call.heard = self.folder / "heard" / f"{call.id}-in.wav"
        if kind == "heard":
            call.digits += told
        elif kind in ("fax", "sent", "failed"):
            setattr(call, "fax" if kind == "sent" else kind, told)
        elif kind in ("answered", "ended"):
            setattr(call, kind, True)

    def faxes(self, number=None):
        """(call, TIFF) of the faxes that arrived whole."""
        whole = [call for call in self.calls(number) if call.fax.startswith("SUCCESS")]
        return [(call, self.folder / "fax/in" / f"{call.id}.tif") for call in whole]


class Manager:
    """Asterisk's manager interface, as much as tests need."""

    def __init__(self, host, port, user=USER, secret=SECRET):
        self.link = socket.create_connection((host, port), timeout=10)
        self.file = self.link.makefile("rb")
        self.file.readline()
        self.booted = False
        self.ask("Login", Username=user, Secret=secret, Events="on")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.link.close()

    def ask(self, action, **values):
        """Send an action and return its answer."""
        rows = {"Action": action, "ActionID": "t"}
        rows |= {name.replace("_", "-"): value for name, value in values.items()}
        variables = rows.pop("Variables", {})
        text = "".join(f"{name}: {value}\r\n" for name, value in rows.items())
        text += "".join(f"Variable: {name}={value}\r\n" for name, value in variables.items())
        self.link.sendall(f"{text}\r\n".encode())
        while True:
            told = self.read()
            if "Response" in told and "Event" not in told:
                if action == "Login":
                    self.booted = self.read().get("Event") == "FullyBooted"
                return told

    def read(self):
        """One message."""
        told = {}
        while True:
            line = self.file.readline()
            if not line:
                raise EOFError("Asterisk hung up")
            line = line.decode().rstrip("\r\n")
            if not line:
                return told
            name, _, value = line.partition(": ")
            told[name] = value

    def put(self, family, key, value):
        """Write a row of Asterisk's own database."""
        told = self.ask("DBPut", Family=family, Key=key, Val=value)
        assert told["Response"] == "Success", told

    def originate(self, channel, exten, context, caller, variables):
        """Make a call."""
        told = self.ask(
            "Originate",
            Channel=channel,
            Context=context,
            Exten=exten,
            Priority=1,
            CallerID=caller,
            Timeout=30000,
            Async="true",
            Variables=variables,
        )
        assert told["Response"] == "Success", told


class Telephones:
    """Both sides, connected to each other."""

    def __init__(self, folder, *, desks=3, hospital=(), public=(), **options):
        options_here, options_there = {**options, **dict(hospital)}, {**options, **dict(public)}
        self.hospital = Asterisk(folder / "hospital", "127.0.0.1", **options_here)
        self.public = PublicAsterisk(folder / "public", **options_there)
        for one, other in (
            (self.hospital, self.public),
            (self.public, self.hospital),
        ):
            one.values |= {"trunk_host": other.address, "trunk_port": other.values["sip_port"]}
            one.write()
        where = {"host": self.public.address, "port": self.public.values["sip_port"]}
        text = "".join(DESKS.format(n=n, **where) for n in range(1, desks + 1))
        (self.hospital.folder / "pjsip_desks.conf").write_text(text)

    @property
    def processes(self):
        """What it consists of."""
        return [self.hospital.process, self.public.process]

    def start(self):
        """Start both."""
        self.public.start()
        self.hospital.start()
        return self

    def stop(self):
        """Stop both."""
        self.hospital.stop()
        self.public.stop()

    def forget(self):
        """The public behaves by the last digit."""
        self.public.forget()

    def begin(self):
        """The book begins here."""
        self.public.begin()


def speak(text, path):
    """Say it into a wave file that Asterisk can play (8 kHz, mono)."""
    if path.exists():
        return
    path.write_bytes(_spoken(text))


@functools.cache
def _spoken(text):
    folder = settings.load().bin
    words = subprocess.run(
        [folder / "espeak-ng", "-v", "cmn", "--stdout", text], capture_output=True, check=True
    )
    # what goes through a pipe says no length of its own
    return subprocess.run(
        [
            folder / "sox",
            "--ignore-length",
            "-t",
            "wav",
            "-",
            "-r",
            "8000",
            "-c",
            "1",
            "-b",
            "16",
            "-t",
            "wav",
            "-",
        ],
        input=words.stdout,
        capture_output=True,
        check=True,
    ).stdout


def rms(path):
    """Root of the mean square of a recording, 0 to 1."""
    with wave.open(str(path)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    if not samples:
        return 0.0
    return (sum(value * value for value in samples) / len(samples)) ** 0.5 / 32768


def free_range(address, size=200):
    """First of so many UDP ports that nobody uses now."""
    while True:
        first = checks.free_port() // 2 * 2
        if first + size < 60000 and first > 10000 and _are_free(address, first, size):
            return first


def _are_free(address, first, size):
    for port in range(first, first + size, 10):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
