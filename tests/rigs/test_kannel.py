"""Kannel as a hospital runs it, between plain HTTP and the SMS centre."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.kannel import Kannel
from tests.support.rig import eventually
from tests.support.rig_fixtures import INBOUND
from tests.support.smsc import Smsc

CHINESE = "您的预约已确认：明天上午八点，门诊三楼内分泌科，请空腹并携带医保卡。退订请回 TD 👍"
LONG = "".join(f"第{number}条：{CHINESE}" for number in range(1, 9))


def reports_url(provider):
    """`%d` is the kind of report, `%A` the centre's words."""
    return f"{provider.url}/dlr?id=42&type=%d&answer=%A"


def kinds(provider):
    """Kinds of the reports that came."""
    return [int(request["query"]["type"]) for request in provider.requests("/dlr")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Your visit is at 8:00 @ 5 € [1]", 1),
        (CHINESE, 1),
        (LONG, 6),
        ("GSM, quite long. " * 30, 4),
    ],
)
def test_text_arrives_identical(kannel, smsc, text, parts):
    """GSM letters, Chinese, an emoji, and long texts in parts."""
    assert kannel.send("13800138000", text) == (202, "0: Accepted for delivery")
    (found,) = smsc.wait_messages(1)
    assert found.text == text
    assert found.total == parts
    assert (found.source, found.destination) == ("10690001", "13800138000")


@pytest.mark.parametrize(
    ("act", "expected"),
    [("deliver", [8, 1]), ("undeliverable", [8, 2]), ("expire", [8, 34]), ("refuse", [8, 2])],
)
def test_reports(kannel, smsc, http_provider, act, expected):
    """8: the centre took it; then 1 delivered, or 2 not."""
    smsc.rule("0000$", act)
    kannel.send("13800000000", "确认", reports=reports_url(http_provider))
    eventually(lambda: sorted(kinds(http_provider)) == sorted(expected), f"reports {expected}")
    assert {request["query"]["id"] for request in http_provider.requests("/dlr")} == {"42"}


def test_report_of_refusal(kannel, smsc, http_provider):
    """16: the centre does not want it, with its code in the answer."""
    smsc.rule("0004$", "reject", status="invalid_destination")
    kannel.send("13800000004", "确认", reports=reports_url(http_provider))
    (report,) = http_provider.wait_requests(1, "/dlr")
    assert report["query"]["type"] == "16"
    assert "11" in report["query"]["answer"] or "b" in report["query"]["answer"].lower()


def test_mask_chooses_reports(kannel, http_provider):
    """Only what was asked for."""
    kannel.send("13800138000", "Hi", reports=reports_url(http_provider), mask=3)
    http_provider.wait_requests(1, "/dlr")
    assert kinds(http_provider) == [1]


@pytest.mark.parametrize("text", ["YES", "确认 TD", "ＴＤ　退订", "Ｙ", LONG])
def test_patients_answer(kannel, smsc, http_provider, text):
    """What a patient writes arrives as UTF-8, long texts part by part."""
    smsc.mo("13800138000", "10690001", text)
    (first, *_) = http_provider.wait_requests(1, "/inbound")
    assert first["query"]["from"] == "13800138000" and first["query"]["to"] == "10690001"

    def whole():
        told = [request["query"]["text"] for request in http_provider.requests("/inbound")]
        return sorted("".join(told)) == sorted(text)

    eventually(whole, "the whole text")


def test_strangers_are_refused(kannel, smsc):
    """A wrong password, and no text at all."""
    assert kannel.send("13800138000", "Hi", password="wrong")[0] == 403
    assert kannel.send("", "Hi")[0] == 400
    assert smsc.parts() == []


def test_status(kannel, smsc):
    """Counters and states are read."""
    before = kannel.status()
    kannel.send("13800138000", "Hi")
    smsc.wait_messages(1)
    eventually(lambda: kannel.status().sent == before.sent + 1)
    assert before.text.startswith("running") and before.boxes == ["smsbox"]
    assert list(before.centres) == ["CENTRE"]


def test_thousand_messages(kannel, smsc, http_provider):
    """Eight connections; every message reaches the centre once and is reported once."""
    url = reports_url(http_provider)

    def send(number):
        return kannel.send(f"138{number:08}", f"第{number}号", reports=url, mask=3)[0]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(1000))) == {202}
    found = smsc.wait_messages(1000)
    assert Counter(one.text for one in found) == Counter(f"第{n}号" for n in range(1000))
    http_provider.wait_requests(1000, "/dlr")
    assert kinds(http_provider) == [1] * 1000


def test_centre_hangs_up(kannel, smsc):
    """Kannel binds again and what was waiting goes out."""
    assert smsc.disconnect() >= 1
    assert kannel.send("13800138000", "after")[0] == 202
    assert smsc.wait_messages(1)[0].text == "after"


def test_uncertain_is_sent_again(kannel, smsc):
    """The centre noted it and hung up: Kannel cannot know, and sends it once more."""
    smsc.rule("0007$", "disconnect", times=1)
    kannel.send("13800000007", "twice")
    smsc.wait_messages(1)
    assert [part["act"] for part in smsc.records("submit")] == ["disconnect", "deliver"]


def test_application_away(kannel, http_provider):
    """A report whose taker answers 503 comes again."""
    http_provider.rule("/dlr", "answer", times=1, status=503)
    kannel.send("13800138000", "Hi", reports=reports_url(http_provider), mask=1)
    http_provider.wait_requests(2, "/dlr")
    assert kinds(http_provider) == [1, 1]


@pytest.fixture
def own_smsc(tmp_path):
    """A centre of the test's own: any gateway that is bound takes the receipts."""
    centre = Smsc(tmp_path / "smsc").start()
    try:
        yield centre
    finally:
        centre.stop()


@pytest.fixture
def own_kannel(programs, own_smsc, http_provider, tmp_path):
    """A gateway that a test may kill."""
    inbound = f"{http_provider.url}/inbound{INBOUND}"
    gateway = Kannel(
        tmp_path / "kannel",
        own_smsc.port,
        programs=programs,
        inbound=inbound,
        post=True,
        wait_ack=2,
        enquire=1,
    )
    try:
        yield gateway
    finally:
        gateway.kill()  # the polite end takes it a second, and `kannel` has that


def test_killed_with_messages(own_kannel, own_smsc, http_provider):
    """kill -9 while the centre is away: what got its 202 arrives after the restart."""
    own_smsc.accept_binds(False)
    try:
        own_kannel.start()
        url = reports_url(http_provider)
        for number in range(100):
            told = own_kannel.send(f"138{number:08}", f"第{number}号", reports=url, mask=3)
            assert told == (202, "3: Queued for later delivery")
        assert own_kannel.status().stored == 100
        own_kannel.kill()
        assert own_smsc.parts() == []
    finally:
        own_smsc.accept_binds()
    own_kannel.start()
    found = own_smsc.wait_messages(100)
    assert Counter(one.text for one in found) == Counter(f"第{n}号" for n in range(100))
    http_provider.wait_requests(100, "/dlr")
    own_kannel.wait_idle()


def test_killed_before_its_reports(own_kannel, own_smsc, http_provider):
    """kill -9 between sending and report: the report still finds its way."""
    own_smsc.rule("", "deliver", receipt_delay=1)
    own_kannel.start().wait_online()
    own_kannel.send("13800138000", "Hi", reports=reports_url(http_provider), mask=3)
    own_smsc.wait_messages(1)
    own_kannel.wait_idle()
    own_kannel.kill()
    own_kannel.start()
    http_provider.wait_requests(1, "/dlr")
    assert kinds(http_provider) == [1]


@pytest.mark.parametrize("act", ["silent", "garbage"])
def test_unanswered_is_sent_again(own_kannel, own_smsc, act):
    """No answer, or nonsense: after `wait_ack` seconds Kannel tries anew."""
    own_smsc.rule("", act, times=1)
    own_kannel.start().wait_online()
    own_kannel.send("13800138000", "Hi")
    own_smsc.wait_messages(1)
    assert [part["act"] for part in own_smsc.records("submit")] == [act, "deliver"]


def test_smsbox_killed(own_kannel, own_smsc):
    """The box that speaks HTTP dies and comes back; bearerbox goes on."""
    own_kannel.start().wait_online()
    own_kannel.smsbox.kill()
    with pytest.raises(OSError):
        own_kannel.send("13800138000", "Hi")
    own_kannel.start()
    assert own_kannel.send("13800138000", "again")[0] == 202
    assert own_smsc.wait_messages(1)[0].text == "again"


def test_patients_answer_by_post(own_kannel, own_smsc, http_provider):
    """`post-url`: the text is the body, in the charset that a header names."""
    own_kannel.start().wait_online()
    own_smsc.mo("+8613800138000", "10690001", "确认 TD")
    (request,) = http_provider.wait_requests(1, "/inbound")
    assert request["method"] == "POST" and request["body"] == "确认 TD"
    assert request["query"]["from"] == "+8613800138000"


def test_patient_writes_while_we_are_away(own_kannel, own_smsc, http_provider):
    """The application is not there; what the patient wrote comes when it is back."""
    own_kannel.start().wait_online()
    http_provider.kill()
    try:
        own_smsc.mo("13800138000", "10690001", "确认")
    finally:
        http_provider.restart()
    (request,) = http_provider.wait_requests(1, "/inbound")
    assert request["body"] == "确认"
