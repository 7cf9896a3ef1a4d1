"""SMS through a cloud that takes approved templates only: Alibaba Cloud (Dysmsapi 2017-05-25).

Requests are signed as its RPC interface says (HMAC-SHA1, version 1.0) and go as forms, so that no
number stands in an address. ``OutId`` carries our reference, the try and its proof: receipts and
``QuerySendDetails`` give it back, which is how an uncertain message is settled.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from ..gateway import ACCEPTED, LATER, REFUSED, UNKNOWN, Gateway, Outcome, register
from . import registered
from .web import TroubleError, WebLine, parse

ADDRESS = "https://dysmsapi.aliyuncs.com"
PAGE = 50
MOST_PAGES = 20
#: What the provider does not know of after so many minutes it never got.
CERTAIN_AFTER = 5
#: The provider's clock, in which it asks for days.
CHINA = timedelta(hours=8)

#: Beginnings of codes: (status, our code, is it the gateway's trouble).
CODES = {
    "OK": (ACCEPTED, "", False),
    "SignatureDoesNotMatch": (LATER, "gateway_login", True),
    "IncompleteSignature": (LATER, "gateway_login", True),
    "InvalidAccessKey": (LATER, "gateway_login", True),
    "InvalidTimeStamp": (LATER, "gateway_setup", True),
    "SignatureNonceUsed": (LATER, "gateway_busy", True),
    "Forbidden": (LATER, "gateway_login", True),
    "isp.RAM_PERMISSION_DENY": (LATER, "gateway_login", True),
    "Throttling": (LATER, "gateway_busy", True),
    "ServiceUnavailable": (LATER, "gateway_busy", True),
    "isv.DAY_LIMIT_CONTROL": (LATER, "gateway_busy", True),
    "isv.MONTH_LIMIT_CONTROL": (LATER, "gateway_busy", True),
    "isv.AMOUNT_NOT_ENOUGH": (LATER, "gateway_credit", True),
    "isv.OUT_OF_SERVICE": (LATER, "gateway_credit", True),
    "isv.PRODUCT_UN": (LATER, "gateway_credit", True),
    "isv.ACCOUNT_": (LATER, "gateway_credit", True),
    "isv.SMS_SIGN": (LATER, "gateway_sender", True),
    "isv.SIGN_": (LATER, "gateway_sender", True),
    "isv.BUSINESS_LIMIT_CONTROL": (LATER, "number_limit", False),
    "isv.MOBILE_NUMBER_ILLEGAL": (REFUSED, "bad_address", False),
    "isv.SMS_TEMPLATE_ILLEGAL": (REFUSED, "not_registered", False),
    "isv.TEMPLATE_": (REFUSED, "not_registered", False),
    "isv.PARAM_": (REFUSED, "parameter_forbidden", False),
    "isv.INVALID_": (REFUSED, "rejected", False),
    "isv.BLACK_KEY_CONTROL_LIMIT": (REFUSED, "rejected", False),
    "isv.SMS_CONTENT": (REFUSED, "rejected", False),
    "isp.": (UNKNOWN, "no_answer", True),
    "InternalError": (UNKNOWN, "no_answer", True),
}


@register
class AliyunSmsGateway(Gateway):
    """One connection to the service."""

    code = "aliyun"
    channel = "sms"

    def __init__(self, settings):
        super().__init__(settings)
        self.line = WebLine(settings.url or ADDRESS, settings.timeout)

    def send(self, message):
        """Hand over one message whose words are an approved template, filled."""
        values, trouble = self._prepare(message)
        if trouble:
            return trouble
        return self._ask(values)

    def _prepare(self, message):
        """Return (values of SendSms, None), or (None, outcome): then nothing leaves."""
        options = self.settings.options
        templates, sign = options.get("templates") or (), options.get("signature") or ""
        if not templates or not sign:
            detail = "no signature" if templates else "no approved template"
            return None, Outcome(LATER, "gateway_setup", detail, of_gateway=True)
        head = f"【{sign}】"
        if not message.text.startswith(head):
            return None, Outcome(REFUSED, "wrong_signature", head)
        words = message.text.removeprefix(head)
        one, fit = registered.find(templates, words, registered.sms_limit)
        if fit.values is None:
            code = "not_registered" if fit.why == "words" else "parameter_forbidden"
            detail = f"{one.code} ${{{fit.gap}}}: {fit.why}" if one else ""
            return None, Outcome(REFUSED, code, detail)
        return {
            "Action": "SendSms",
            "PhoneNumbers": number(message.to),
            "SignName": sign,
            "TemplateCode": one.code,
            "TemplateParam": json.dumps(fit.values, ensure_ascii=False),
            "OutId": f"{message.ref}.{message.attempt}.{message.signature}",
        }, None

    def _ask(self, values):
        """Sign, ask, and return the outcome that the answer tells."""
        try:
            return read(self._call(values))
        except TroubleError as trouble:
            return trouble.outcome

    def _call(self, values):
        values = sign_request(values, self.settings.user, self.settings.secret)
        body = encode(values).encode()
        kind = "application/x-www-form-urlencoded"
        return parse(*self.line.ask("POST", "/", body, kind))

    def check(self):
        """Ask for the state of the signature: login and sender in one question."""
        sign = self.settings.options.get("signature") or ""
        try:
            answer = self._call({"Action": "QuerySmsSign", "SignName": sign})
        except TroubleError as trouble:
            return trouble.outcome
        outcome = read(answer)
        if outcome.status == ACCEPTED and str(answer.get("SignStatus")) != "1":
            detail = str(answer.get("Reason") or "")[:200]
            return Outcome(LATER, "gateway_sender", detail, of_gateway=True)
        return outcome

    def ask_about(self, handed):
        """Ask by number and day; what it has not heard of after some minutes it never got."""
        found, listed = {}, {}
        for one in handed:
            phone, days = number(one.to), _days(one.at)
            for day in days:
                if (phone, day) not in listed:
                    listed[phone, day] = self._list_sent(phone, day)
            lists = [listed[phone, day] for day in days]
            age = datetime.now(UTC).replace(tzinfo=None) - one.at
            if any(one.ref in (refs or ()) for refs in lists):
                found[one.ref] = Outcome(ACCEPTED)
            elif None not in lists and age > timedelta(minutes=CERTAIN_AFTER):
                found[one.ref] = Outcome(LATER, "never_left")
        return found

    def _list_sent(self, phone, day):
        """Return our names of all that a number got on a day; None where the list is not whole."""
        rows = []
        for page in range(1, MOST_PAGES + 1):
            asked = {"PhoneNumber": phone, "SendDate": day, "PageSize": PAGE, "CurrentPage": page}
            try:
                answer = self._call({"Action": "QuerySendDetails", **asked})
            except TroubleError:
                return None
            if answer.get("Code") != "OK":
                return None
            listed = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            rows += listed
            if len(rows) >= int(answer.get("TotalCount") or 0) or not listed:
                return {(row.get("OutId") or "").partition(".")[0] for row in rows}
        return None

    def ask_template(self, code):
        """Return (state, words, reason) of a template at the provider.

        :raises TroubleError: the provider does not say
        """
        answer = self._call({"Action": "QuerySmsTemplate", "TemplateCode": code})
        outcome = read(answer)
        if outcome.status != ACCEPTED:
            raise TroubleError(outcome)
        states = {"0": "submitted", "1": "approved", "2": "refused"}
        state = states.get(str(answer.get("TemplateStatus")), "submitted")
        return state, answer.get("TemplateContent") or "", answer.get("Reason") or ""

    def close(self):
        """Hang up."""
        self.line.close()


def read(answer):
    """Return the outcome that an answer tells.

    >>> def told(code):
    ...     outcome = read({"Code": code, "Message": "m"})
    ...     whose = "gateway" if outcome.of_gateway else "unclear" if outcome.unclear else "message"
    ...     return outcome.status, outcome.code, whose
    >>> read({"Code": "OK", "BizId": "9^1"}).provider_ref
    '9^1'
    >>> told("isv.BUSINESS_LIMIT_CONTROL"), told("isv.AMOUNT_NOT_ENOUGH")
    (('later', 'number_limit', 'message'), ('later', 'gateway_credit', 'gateway'))
    >>> told("SignatureDoesNotMatch"), told("Throttling.User"), told("isp.SYSTEM_ERROR")
    (('later', 'gateway_login', 'gateway'), ('later', 'gateway_busy', 'gateway'), \
('unknown', 'no_answer', 'gateway'))
    >>> told("isv.SMS_TEMPLATE_ILLEGAL"), told("isv.SOMETHING_NEW"), told("")
    (('refused', 'not_registered', 'message'), ('refused', 'rejected', 'unclear'), \
('unknown', 'gateway_garbage', 'gateway'))
    """
    code = str(answer.get("Code") or "")
    detail = f"{code} {answer.get('Message') or ''}"[:200]
    for start, (status, ours, of_gateway) in CODES.items():
        if code == start or (start != "OK" and code.startswith(start)):
            if status == ACCEPTED:
                return Outcome(ACCEPTED, provider_ref=str(answer.get("BizId") or ""))
            return Outcome(status, ours, detail, of_gateway=of_gateway)
    if code:
        return Outcome(REFUSED, "rejected", detail, unclear=True)
    return Outcome(UNKNOWN, "gateway_garbage", str(answer)[:100], of_gateway=True)


def number(address):
    """Return a number as the provider wants it: eleven digits at home, all digits abroad.

    >>> number("+8613800138001"), number("+85291234567")
    ('13800138001', '85291234567')
    """
    return address.removeprefix("+86") if address.startswith("+86") else address.lstrip("+")


def sign_request(values, key_id, secret, method="POST", **fixed):
    """Return ``values`` with what every request bears, signed.

    :param fixed: time and nonce, where they are not to be new (tests)

    The provider's own example:

    >>> asked = {"Action": "SendSms", "Format": "XML", "OutId": "123", "RegionId": "cn-hangzhou",
    ...     "PhoneNumbers": "15300000001", "SignName": "阿里云短信测试专用",
    ...     "TemplateCode": "SMS_71390007", "TemplateParam": '{"customer":"test"}'}
    >>> sign_request(asked, "testId", "testSecret", "GET", Timestamp="2017-07-12T02:42:19Z",
    ...     SignatureNonce="45e25e9b-0a6f-4070-8c85-2956eda1b466")["Signature"]
    'zJDF+Lrzhj/ThnlvIToysFRq6t4='
    """
    signed = {
        "Format": "JSON",
        "Version": "2017-05-25",
        "AccessKeyId": key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": secrets.token_hex(16),
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **values,
        **fixed,
    }
    return signed | {"Signature": signature(signed, secret, method)}


def signature(values, secret, method):
    """Return the signature of a request's values."""
    text = f"{method}&%2F&{_quote(encode(values))}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def encode(values):
    """Return values as a query, in the order and form in which they are signed."""
    return "&".join(f"{_quote(name)}={_quote(values[name])}" for name in sorted(values))


def _quote(text):
    return quote(str(text), safe="-_.~")


def _days(at):
    """Return the days under which the provider may list what was handed over at a moment: about
    midnight, of its clock, they are two.

    >>> _days(datetime(2026, 11, 22, 15, 58)), _days(datetime(2026, 11, 22, 12))
    (['20261122', '20261123'], ['20261122'])
    """
    around = timedelta(minutes=CERTAIN_AFTER)
    return sorted({(one + CHINA).strftime("%Y%m%d") for one in (at - around, at, at + around)})
