"""Messages by a WeChat Official Account, and by WeCom to customers who added a member of staff.

``settings.connect(stale)`` gives the access token that all workers share; ``stale`` is one that the
platform did not take. A text goes as template message if it is a registered one, filled; else as
plain text, which the platform takes for 48 hours after the person's last word only.
"""

import re
from urllib.parse import quote

from ..gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register
from . import registered
from .web import TroubleError, WebLine

OFFICIAL, WECOM = "https://api.weixin.qq.com", "https://qyapi.weixin.qq.com"
#: The token is over, or somebody else has made a new one.
STALE = frozenset((40001, 40014, 42001, 41001))
_LAST_LINK = re.compile(r"\s+(https?://\S+)\s*$")

#: errcode: (status, our code, is it the gateway's trouble)
CODES = {
    -1: (LATER, "gateway_busy", True),
    40001: (LATER, "gateway_login", True),
    40013: (LATER, "gateway_login", True),
    40014: (LATER, "gateway_login", True),
    40125: (LATER, "gateway_login", True),
    40164: (LATER, "gateway_login", True),
    40243: (LATER, "gateway_login", True),
    41001: (LATER, "gateway_login", True),
    42001: (LATER, "gateway_login", True),
    50002: (LATER, "gateway_credit", True),
    48001: (LATER, "gateway_relay", True),
    48002: (LATER, "gateway_relay", True),
    48004: (LATER, "gateway_relay", True),
    60020: (LATER, "gateway_login", True),
    45009: (LATER, "gateway_busy", True),
    45011: (LATER, "gateway_busy", True),
    45033: (LATER, "gateway_busy", True),
    40003: (REFUSED, "bad_address", False),
    40096: (REFUSED, "bad_address", False),
    84061: (REFUSED, "not_following", False),
    43004: (REFUSED, "not_following", False),
    43101: (REFUSED, "person_refuses", False),
    45015: (REFUSED, "out_of_window", False),
    45047: (REFUSED, "out_of_window", False),
    41048: (REFUSED, "number_limit", False),
    40037: (REFUSED, "not_registered", False),
    47001: (REFUSED, "parameter_forbidden", False),
    47003: (REFUSED, "parameter_forbidden", False),
    45002: (REFUSED, "rejected", False),
    87014: (REFUSED, "rejected", False),
}


class _PlatformGateway(Gateway):
    """What both platforms share: one token for all workers, answers with ``errcode``."""

    channel = "wechat"
    address = ""

    def __init__(self, settings):
        super().__init__(settings)
        self.line = WebLine(settings.url or self.address, settings.timeout)

    def check(self):
        """Get a token, and ask something harmless with it."""
        try:
            return read(self._call(self.question))
        except TroubleError as trouble:
            return trouble.outcome

    def _call(self, path, values=None):
        """Ask with the token; once more with a new one, where this one was over.

        What has values is a POST, the rest a GET: the platform takes no other (43001, 43002).

        A refused token carried nothing, so that a second time is no repetition.
        """
        token = self.settings.connect(None)
        answer = self._ask(path, token, values)
        if answer.get("errcode") in STALE:
            token = self.settings.connect(token)
            answer = self._ask(path, token, values)
        return answer

    def _ask(self, path, token, values):
        path = f"{path}?access_token={quote(token)}"
        return self.line.get_json(path) if values is None else self.line.ask_json(path, values)

    def _try(self, path, values):
        try:
            return read(self._call(path, values))
        except TroubleError as trouble:
            return trouble.outcome

    def close(self):
        """Hang up."""
        self.line.close()


@register
class OfficialAccountGateway(_PlatformGateway):
    """公众号: registered texts at any time, any text within 48 hours of the person's last word."""

    code = "wechat_oa"
    address = OFFICIAL
    question = "/cgi-bin/get_current_selfmenu_info"

    def send(self, message):
        """Hand over one message."""
        templates = self.settings.options.get("templates") or ()
        text, link = _cut_link(message.text, self.settings.options.get("base") or "")
        one, fit = registered.find(templates, text, registered.wechat_limit)
        if fit.values is not None and message.purpose != "marketing":
            return self._send_filled(message, one, fit.values, link)
        outcome = self._send_text(message)
        if outcome.code == "out_of_window" and message.purpose == "marketing":
            return Outcome(REFUSED, "platform_forbids", outcome.detail)
        if outcome.code == "out_of_window" and one is not None:
            return Outcome(REFUSED, "parameter_forbidden", f"{one.code} {fit.gap}: {fit.why}")
        return outcome

    def _send_filled(self, message, one, values, link):
        data = {name: {"value": value} for name, value in values.items()}
        asked = {"touser": message.to, "template_id": one.code, "data": data}
        if one.way == "subscribe":
            asked |= {"page": link} if link else {}
            return self._try("/cgi-bin/message/subscribe/bizsend", asked)
        # of two with one client_msg_id within ten minutes the platform sends one
        asked |= {"url": link, "client_msg_id": message.ref[:32]}
        return self._try("/cgi-bin/message/template/send", asked)

    def _send_text(self, message):
        asked = {"touser": message.to, "msgtype": "text", "text": {"content": message.text}}
        return self._try("/cgi-bin/message/custom/send", asked)

    def make_code(self, scene, seconds):
        """Return the address of a QR code that brings who scans it to us with ``scene``.

        :raises TroubleError: the platform does not give one
        """
        asked = {
            "expire_seconds": seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        answer = self._call("/cgi-bin/qrcode/create", asked)
        if not answer.get("url"):
            raise TroubleError(read(answer))
        return answer["url"]

    def ask_token(self, user, secret, is_stale):
        """Return (token, seconds) from the platform.

        :raises TroubleError: it gives none
        """
        asked = {"grant_type": "client_credential", "appid": user, "secret": secret}
        return _token(
            self.line.ask_json("/cgi-bin/stable_token", asked | {"force_refresh": is_stale})
        )


@register
class WecomGateway(_PlatformGateway):
    """企业微信: a text to a customer, passed on by the member of staff who added the customer."""

    code = "wecom"
    address = WECOM
    question = "/cgi-bin/externalcontact/get_follow_user_list"

    def send(self, message):
        """Hand over one message."""
        asked = {
            "chat_type": "single",
            "external_userid": [message.to],
            "text": {"content": message.text},
        }
        if sender := self.settings.sender:
            asked["sender"] = sender
        try:
            answer = self._call("/cgi-bin/externalcontact/add_msg_template", asked)
        except TroubleError as trouble:
            return trouble.outcome
        if message.to in (answer.get("fail_list") or ()):
            return Outcome(REFUSED, "not_following", "fail_list")
        return read(answer)

    def make_code(self, scene, _seconds):
        """Return the address of a QR code that adds the member of staff, with ``scene``.

        :raises TroubleError: the platform does not give one
        """
        asked = {"type": 1, "scene": 2, "state": scene, "user": [self.settings.sender]}
        answer = self._call("/cgi-bin/externalcontact/add_contact_way", asked)
        if not answer.get("qr_code"):
            raise TroubleError(read(answer))
        return answer["qr_code"]

    def ask_token(self, user, secret, _is_stale):
        """Return (token, seconds) from the platform.

        :raises TroubleError: it gives none
        """
        path = f"/cgi-bin/gettoken?corpid={quote(user)}&corpsecret={quote(secret)}"
        return _token(self.line.get_json(path))


def _token(answer):
    token = answer.get("access_token")
    if not token:
        outcome = read(answer)
        known = outcome if outcome.status == LATER else None
        raise TroubleError(
            known or Outcome(LATER, "gateway_login", outcome.detail, of_gateway=True)
        )
    return str(token), int(answer.get("expires_in") or 0)


def _cut_link(text, base):
    """Return (text, link): a link to our own pages at the very end becomes what a touch opens.

    >>> _cut_link("时间：周一\\nhttps://h.cn/s/1", "https://h.cn"), _cut_link("好", "https://h.cn")
    (('时间：周一', 'https://h.cn/s/1'), ('好', ''))
    """
    found = _LAST_LINK.search(text)
    if base and found and found[1].startswith(base):
        return text[: found.start()].rstrip(), found[1]
    return text, ""


def read(answer):
    """Return the outcome that an answer tells.

    >>> def told(code):
    ...     outcome = read({"errcode": code, "errmsg": "m"})
    ...     whose = "gateway" if outcome.of_gateway else "unclear" if outcome.unclear else "message"
    ...     return outcome.status, outcome.code, whose
    >>> read({"errcode": 0, "msgid": 20}).provider_ref, read({"is_menu_open": 1}).status
    ('20', 'accepted')
    >>> told(43004), told(45015), told(45009)
    (('refused', 'not_following', 'message'), ('refused', 'out_of_window', 'message'), \
('later', 'gateway_busy', 'gateway'))
    >>> told(48001), told(99999), read({"hm": 1}).code
    (('later', 'gateway_relay', 'gateway'), ('refused', 'rejected', 'unclear'), 'gateway_garbage')
    """
    code = answer.get("errcode")
    if code == 0 or (
        code is None and {"is_menu_open", "access_token", "follow_user"} & set(answer)
    ):
        return Outcome(ACCEPTED, provider_ref=str(answer.get("msgid") or ""))
    if not isinstance(code, int):
        return Outcome(UNKNOWN, "gateway_garbage", str(answer)[:100], of_gateway=True)
    detail = f"{code} {answer.get('errmsg') or ''}"[:200]
    if code in CODES:
        status, ours, of_gateway = CODES[code]
        return Outcome(status, ours, detail, of_gateway=of_gateway)
    return Outcome(REFUSED, "rejected", detail, unclear=True)
