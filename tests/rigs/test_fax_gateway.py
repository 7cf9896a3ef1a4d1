"""The product's fax adapter against a real Asterisk and real fax machines."""

import io
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.support.asterisk import HOSPITAL, SECRET
from tests.support.rig import eventually
from tests.test_doctests import load

TOOLS = "odoo.addons.hcrm_communication.tools"
ADAPTER = load(f"{TOOLS}.asterisk_fax_gateway")
AsteriskFaxGateway, Manager = ADAPTER.AsteriskFaxGateway, ADAPTER.Manager
ManagerError = ADAPTER.ManagerError
make_tiff = load(f"{TOOLS}.fax.pages").make_tiff
GATEWAY = load(f"{TOOLS}.gateway")
Handed, Outgoing, Settings = GATEWAY.Handed, GATEWAY.Outgoing, GATEWAY.Settings

HEADER = "Renai 2026-11-22 {page}/{pages}"


def pdf(count):
    """A document of so many pages."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(1, count + 1):
        canvas.drawString(72, 700, f"prescription, page {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def adapter(telephones):
    """One session."""
    side = telephones.hospital
    host, port = side.ami
    made = AsteriskFaxGateway(
        Settings(
            url=f"{host}:{port}",
            user="hcrm",
            secret=SECRET,
            sender=HOSPITAL,
            timeout=10,
            options={"folder": str(side.folder / "fax"), "header": HEADER},
        )
    )
    yield made
    made.close()


def send(adapter, number, ref, count=1, attempt=1):
    """Hand one over."""
    files = (("a.pdf", "application/pdf", pdf(count)),)
    message = Outgoing(1, ref, number, "", files=files, attempt=attempt)
    outcome = adapter.send(message)
    assert (outcome.status, outcome.code) == ("accepted", ""), outcome
    return outcome


def handed(ref, attempt=1, age=timedelta(0)):
    """A try, as the outbox knows it."""
    return Handed(ref, "", datetime.now(UTC).replace(tzinfo=None) - age, attempt)


def ask(adapter, ref, attempt=1):
    """What became of one try; None: nobody knows."""
    return adapter.ask_about([handed(ref, attempt)]).get(ref)


def ends(adapter, ref, attempt=1):
    """Its end, once there is one."""
    told = adapter.reports([handed(ref, attempt)])
    return [one for one in told if (one.ref, one.attempt) == (ref, attempt)]


def end(adapter, ref, attempt=1, seconds=120):
    """How it ended."""
    return eventually(lambda: ends(adapter, ref, attempt), f"the end of {ref}", seconds)[0]


def documents(telephones, ref):
    """What lies in the folder of a fax."""
    return list((telephones.hospital.folder / "fax/out").glob(f"{ref}-*"))


def test_tiff():
    """Pages, width, resolution and compression are what T.4 wants."""
    tiff, count = make_tiff(pdf(3), HEADER)
    with Image.open(io.BytesIO(tiff)) as image:
        assert (count, image.n_frames, image.width) == (3, 3, 1728)
        assert image.info["compression"] == "group4" and image.info["dpi"] == (204, 196)
        assert image.height >= 2292


def test_delivered(telephones, adapter):
    """Acknowledged page by page; remembered until the outbox has written it down."""
    assert adapter.check().status == "accepted"
    began = time.monotonic()
    send(adapter, "+862155550777", "whole", 2)
    told = end(adapter, "whole")
    print(f"2 pages in {time.monotonic() - began:.0f} s: {told.detail}")
    assert (told.kind, told.attempt) == ("delivered", 1) and told.detail.startswith("2 pages")
    assert len(telephones.public.faxes()) == 1
    # asked by others, and again: still there
    adapter.reports([])
    assert ends(adapter, "whole") and ask(adapter, "whole").status == "accepted"
    adapter.forget([told])
    assert not ends(adapter, "whole")
    assert not documents(telephones, "whole")


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        ("02155550009", "retry", "fax_busy"),
        ("02155550404", "undelivered", "fax_no_number"),
        ("02155550007", "retry", "fax_no_machine"),
        ("02155550008", "retry", "fax_no_answer"),
    ],
)
def test_not_delivered(telephones, adapter, number, kind, code):
    """Why is told; nothing arrived."""
    send(adapter, number, f"no-{number}")
    told = end(adapter, f"no-{number}")
    assert (told.kind, told.code) == (kind, code), told
    assert not telephones.public.faxes()


def test_torn(telephones, adapter):
    """A machine that hangs up in the middle: partial, or nothing, never delivered."""
    send(adapter, "02155550776", "torn", 3)
    told = end(adapter, "torn")
    assert told.kind == "retry" and told.code in ("fax_partial", "fax_no_machine"), told


def test_killed_while_it_rings_and_while_it_faxes(telephones, adapter):
    """Asterisk dies: the try counts as broken off, and whole faxes at the far end are one."""
    hospital = telephones.hospital
    send(adapter, "02155550777", "dies", 2)
    eventually(lambda: telephones.public.calls("02155550777"))
    eventually(
        lambda: any(
            "SendFAX" in line
            for line in hospital.command("core show channels verbose").splitlines()
        ),
        "a fax under way",
    )
    time.sleep(6)
    assert ask(adapter, "dies").status == "accepted"
    hospital.kill()
    hospital.restart()
    adapter.close()
    told = end(adapter, "dies")
    assert (told.kind, told.code) == ("retry", "fax_broken")
    telephones.public.wait_idle(90)
    assert not telephones.public.faxes()
    send(adapter, "02155550777", "dies", 2, attempt=2)
    assert end(adapter, "dies", 2).kind == "delivered"
    assert len(telephones.public.faxes()) == 1


def test_a_try_that_never_came(telephones, adapter):
    """An earlier try says nothing about it; and it does not begin late."""
    send(adapter, "02155550009", "second", attempt=1)
    assert end(adapter, "second", 1).code == "fax_busy"
    assert ask(adapter, "second", 1).status == "accepted"
    assert ask(adapter, "second", 2).code == "never_left"
    # its order was still on the way
    rang = len(telephones.public.calls("02155550777"))
    send(adapter, "02155550777", "second", attempt=2)
    time.sleep(5)
    assert len(telephones.public.calls("02155550777")) == rang
    assert end(adapter, "second", 2).code == "never_left"
    send(adapter, "02155550777", "second", attempt=3)
    assert ask(adapter, "second", 3).status == "accepted"
    assert end(adapter, "second", 3).kind == "delivered"
    assert len(telephones.public.faxes()) == 1


def test_asterisk_forgot_it(telephones, adapter):
    """It writes to the disk a second late: what was handed over then broke off with it."""
    assert not ends(adapter, "forgotten")
    told = adapter.reports([handed("forgotten", age=timedelta(minutes=6))])
    assert [(one.ref, one.kind, one.code) for one in told if one.ref == "forgotten"] == [
        ("forgotten", "retry", "fax_broken")
    ]


def test_documents_do_not_stay(telephones, adapter):
    """Refused, in doubt and never gone, or left by a crash a day ago: nothing lies there."""

    def refuse(*_arguments):
        raise ManagerError("Originate failed")

    def hang_up(*_arguments):
        raise ConnectionError("Asterisk hung up")

    files = (("a.pdf", "application/pdf", pdf(1)),)
    for answer, status in ((refuse, "later"), (hang_up, "unknown")):
        assert adapter.check().status == "accepted"
        adapter._open()
        adapter.session.ask = answer
        outcome = adapter.send(Outgoing(1, "lies", "02155550777", "", files=files, attempt=1))
        assert outcome.status == status
        adapter.close()
    assert documents(telephones, "lies")
    assert ask(adapter, "lies").code == "never_left"
    assert not documents(telephones, "lies")
    old = telephones.hospital.folder / "fax/out/0a1b2c-17.tif"
    old.write_bytes(b"x")
    adapter.reports([])
    assert old.exists()
    os.utime(old, (0, 0))
    adapter.reports([])
    assert not old.exists()


def test_who_may_not_ask_is_told(telephones, adapter):
    """Given a login that may not read what became of faxes, it is said."""
    conf = telephones.hospital.folder / "manager.conf"
    text = conf.read_text()
    conf.write_text(text.replace("write = originate,call,reporting,system", "write = originate"))
    telephones.hospital.command("manager reload")
    try:
        assert adapter.check().code == "gateway_setup"
        with pytest.raises(ManagerError):
            ask(adapter, "any")
        with pytest.raises(ManagerError):
            adapter.reports([])
    finally:
        conf.write_text(text)
        telephones.hospital.command("manager reload")
        adapter.close()


def test_asterisk_is_away(telephones, adapter):
    """Nothing was handed over: it may go later."""
    telephones.hospital.stop()
    try:
        message = Outgoing(1, "r", "1", "", files=(("a", "application/pdf", pdf(1)),), attempt=1)
        outcome = adapter.send(message)
        assert (outcome.status, outcome.code, outcome.of_gateway) == ("later", "gateway_away", True)
        assert adapter.reports([handed("r")]) == [] and ask(adapter, "r") is None
    finally:
        telephones.hospital.start()


def test_wrong_password(adapter):
    """It is the gateway's trouble, and says so."""
    adapter.settings = Settings(url=adapter.settings.url, user="hcrm", secret="no", timeout=5)
    assert adapter.check().code == "gateway_login"
