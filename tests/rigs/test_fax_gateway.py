"""The product's fax adapter against a real Asterisk and real fax machines."""

import io
import time

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.support.asterisk import HOSPITAL, SECRET
from tests.support.rig import eventually
from tests.test_doctests import load

TOOLS = "odoo.addons.hcrm_communication.tools"
AsteriskFaxGateway = load(f"{TOOLS}.asterisk_fax_gateway").AsteriskFaxGateway
make_tiff = load(f"{TOOLS}.fax.pages").make_tiff
Outgoing, Settings = (getattr(load(f"{TOOLS}.gateway"), name) for name in ("Outgoing", "Settings"))

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


def end(adapter, ref, seconds=120):
    """How it ended."""
    return eventually(lambda: adapter.reports([ref]), f"the end of {ref}", seconds)[0]


def test_tiff():
    """Pages, width, resolution and compression are what T.4 wants."""
    tiff, count = make_tiff(pdf(3), HEADER)
    with Image.open(io.BytesIO(tiff)) as image:
        assert (count, image.n_frames, image.width) == (3, 3, 1728)
        assert image.info["compression"] == "group4" and image.info["dpi"] == (204, 196)
        assert image.height >= 2292


def test_delivered(telephones, adapter):
    """Acknowledged page by page; the file is gone afterwards."""
    assert adapter.check().status == "accepted"
    began = time.monotonic()
    send(adapter, "+862155550777", "whole", 2)
    told = end(adapter, "whole")
    print(f"2 pages in {time.monotonic() - began:.0f} s: {told.detail}")
    assert (told.kind, told.attempt) == ("delivered", 1) and told.detail.startswith("2 pages")
    assert len(telephones.public.faxes()) == 1
    assert not list((telephones.hospital.folder / "fax/out").glob("whole*"))
    # what nobody waits for any more is forgotten
    adapter.reports([])
    assert adapter.ask(["whole"])["whole"].code == "never_left"


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
    assert adapter.ask(["dies"])["dies"].status == "accepted"
    hospital.kill()
    hospital.restart()
    adapter.close()
    told = end(adapter, "dies")
    assert (told.kind, told.code) == ("retry", "fax_broken")
    telephones.public.wait_idle(90)
    assert not telephones.public.faxes()
    send(adapter, "02155550777", "dies", 2, attempt=2)
    told = eventually(
        lambda: [one for one in adapter.reports(["dies"]) if one.attempt == 2], "", 120
    )
    assert told[0].kind == "delivered"
    assert len(telephones.public.faxes()) == 1


def test_asterisk_is_away(telephones, adapter):
    """Nothing was handed over: it may go later."""
    telephones.hospital.stop()
    try:
        message = Outgoing(1, "r", "1", "", files=(("a", "application/pdf", pdf(1)),), attempt=1)
        outcome = adapter.send(message)
        assert (outcome.status, outcome.code, outcome.of_gateway) == ("later", "gateway_away", True)
        assert adapter.reports(["r"]) == [] and adapter.ask(["r"]) == {}
    finally:
        telephones.hospital.start()


def test_wrong_password(adapter):
    """It is the gateway's trouble, and says so."""
    adapter.settings = Settings(url=adapter.settings.url, user="hcrm", secret="no", timeout=5)
    assert adapter.check().code == "gateway_login"
