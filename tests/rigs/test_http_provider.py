"""The web server that stands for providers, seen by a plain client."""

import http.client
import json
import socket
import time
import urllib.error
import urllib.request

import pytest

from tests.support.http_provider import HttpProvider


def ask(provider, path="/send", data=None, timeout=30):
    """(status, text)."""
    try:
        with urllib.request.urlopen(provider.url + path, data, timeout=timeout) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_requests_are_noted(http_provider):
    """Address, headers and body, decoded, before the answer."""
    assert ask(http_provider, "/send?text=%E7%A1%AE%E8%AE%A4&to=138") == (200, "OK")
    ask(http_provider, "/other", "名=值".encode())
    first, second = http_provider.requests()
    assert first["query"] == {"text": "确认", "to": "138"} and first["method"] == "GET"
    assert second["body"] == "名=值" and "content-type" in second["headers"]
    assert http_provider.requests("/other") == [second]


def test_answers_by_rule(http_provider):
    """The first rule that fits the address or the body decides, as often as it may."""
    http_provider.rule("/send", "answer", status=202, body={"id": "七"}, content_type="text/json")
    http_provider.rule("138", "answer", status=500, body="sorry", times=1)
    assert ask(http_provider, "/send", b"to=138") == (500, "sorry")
    status, text = ask(http_provider, "/send", b"to=138")
    assert (status, json.loads(text)) == (202, {"id": "七"})
    assert ask(http_provider, "/other") == (200, "OK")


def test_a_wrong_rule_is_refused(http_provider):
    """A typing error in a test is told."""
    with pytest.raises(ValueError, match="choose"):
        http_provider.rule("", "anwser")


def test_slow(http_provider):
    """Late but right."""
    http_provider.rule("", "answer", delay=0.3)
    started = time.monotonic()
    assert ask(http_provider) == (200, "OK")
    assert time.monotonic() - started > 0.25


@pytest.mark.parametrize(
    ("act", "error"),
    [
        ("disconnect", ConnectionError),
        ("garbage", http.client.BadStatusLine),
        ("half", http.client.IncompleteRead),
        ("hang", socket.timeout),
    ],
)
def test_faults(http_provider, act, error):
    """The request is noted, the client cannot know."""
    http_provider.rule("", act)
    with pytest.raises(error):
        ask(http_provider, timeout=0.5 if act == "hang" else 30)
    assert http_provider.requests()[0]["act"] == act


def test_many_on_one_connection(http_provider):
    """A connection is kept; a killed server has noted what it answered."""
    link = http.client.HTTPConnection("127.0.0.1", http_provider.port, timeout=30)
    for number in range(200):
        link.request("POST", f"/many/{number}", body=b"x")
        assert link.getresponse().read() == b"OK"
    link.close()
    assert len(http_provider.requests()) == 200


def test_killed(tmp_path):
    """kill -9: nothing that was answered is missing."""
    provider = HttpProvider(tmp_path).start()
    try:
        for number in range(20):
            ask(provider, f"/{number}")
        provider.kill()
        assert len(provider.requests()) == 20
        provider.restart()
        assert ask(provider) == (200, "OK")
        assert len(provider.requests()) == 21
    finally:
        provider.stop()
