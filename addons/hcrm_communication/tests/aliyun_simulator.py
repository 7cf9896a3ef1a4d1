"""The template SMS service of a large cloud, as its documents describe it: a real HTTP server that
checks signatures, clock, nonces, templates and gaps by code of its own, and keeps what phones show.
"""

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote

KEY_ID, SECRET = "LTAI-test", "tiger-secret"
SIGN = "仁爱医院"


class AliyunSimulator(ThreadingHTTPServer):
    """``phones``: what arrived, as (number, words); ``codes``: {number: code} of refusals.

    ``mood``: "" normal, "hang" takes the message and hangs up, "slow" takes it and answers too
    late, "garbage" answers a page, "code:X" answers X to everything.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answering)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.mood, self.codes, self.a_minute = "", {}, 100
        self.templates, self.signs = {}, {SIGN: 1}
        self.phones, self.sent, self.nonces, self.asked = [], [], set(), []
        self.late = 3.0

    def start(self):
        """Listen."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def stop(self):
        """The end."""
        self.shutdown()
        self.server_close()

    def handle_error(self, _request, _client_address):
        """Who hangs up on us had patience enough."""

    def take(self, values):
        """Return (HTTP status, answer) to one signed request."""
        self.asked.append(values)
        if trouble := self._check_signature(values):
            return 400, {"Code": trouble, "Message": "Specified signature is not matched."}
        if self.mood.startswith("code:"):
            return 200, {"Code": self.mood[5:], "Message": "told so"}
        return 200, getattr(self, f"_{values['Action']}")(values)

    def _check_signature(self, values):
        values = dict(values)
        told = values.pop("Signature", "")
        if values.get("AccessKeyId") != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        pairs = [f"{_pct(name)}={_pct(values[name])}" for name in sorted(values)]
        text = "POST&" + _pct("/") + "&" + _pct("&".join(pairs))
        made = hmac.new((SECRET + "&").encode(), text.encode(), hashlib.sha1).digest()
        if base64.b64encode(made).decode() != told:
            return "SignatureDoesNotMatch"
        at = datetime.strptime(values["Timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - at) > timedelta(minutes=15):
            return "InvalidTimeStamp.Expired"
        if values["SignatureNonce"] in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(values["SignatureNonce"])
        return ""

    def _SendSms(self, values):  # noqa: N802
        number = values["PhoneNumbers"]
        code = self.codes.get(number) or self._find_fault(values)
        if not code:
            last = [one for one in self.sent if one["PhoneNum"] == number]
            code = "isv.BUSINESS_LIMIT_CONTROL" if len(last) >= self.a_minute else ""
        if code:
            return {"Code": code, "Message": f"{code} {number}"}
        words = self._fill(values)
        self.phones.append((number, words))
        self.sent.append(
            {
                "PhoneNum": number,
                "OutId": values.get("OutId", ""),
                "SendStatus": 1,
                "Content": words,
                "day": (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y%m%d"),
            }
        )
        return {"Code": "OK", "Message": "OK", "BizId": f"{len(self.sent)}^0"}

    def _find_fault(self, values):
        if not re.fullmatch(r"1[3-9]\d{9}", values["PhoneNumbers"]):
            return "isv.MOBILE_NUMBER_ILLEGAL"
        if self.signs.get(values["SignName"]) != 1:
            return "isv.SMS_SIGNATURE_ILLEGAL"
        words, state = self.templates.get(values["TemplateCode"], ("", 0))
        if state != 1:
            return "isv.SMS_TEMPLATE_ILLEGAL"
        told = json.loads(values.get("TemplateParam") or "{}")
        if set(re.findall(r"\$\{(\w+)\}", words)) - told.keys():
            return "isv.TEMPLATE_MISSING_PARAMETERS"
        if any(len(one) > 35 for one in told.values()):
            return "isv.PARAM_LENGTH_LIMIT"
        if any(re.search("https?:|www", one) for one in told.values()):
            return "isv.PARAM_NOT_SUPPORT_URL"
        return ""

    def _fill(self, values):
        words = self.templates[values["TemplateCode"]][0]
        told = json.loads(values.get("TemplateParam") or "{}")
        filled = re.sub(r"\$\{(\w+)\}", lambda found: told[found[1]], words)
        return f"【{values['SignName']}】{filled}"

    def _QuerySendDetails(self, values):  # noqa: N802
        rows = [
            row
            for row in self.sent
            if (row["PhoneNum"], row["day"]) == (values["PhoneNumber"], values["SendDate"])
        ]
        size, page = int(values["PageSize"]), int(values["CurrentPage"])
        listed = rows[size * (page - 1) : size * page]
        return {
            "Code": "OK",
            "TotalCount": len(rows),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": listed},
        }

    def _QuerySmsSign(self, values):  # noqa: N802
        state = self.signs.get(values["SignName"], 2)
        return {"Code": "OK", "SignStatus": state, "Reason": "" if state == 1 else "资质过期"}

    def _QuerySmsTemplate(self, values):  # noqa: N802
        if values["TemplateCode"] not in self.templates:
            return {"Code": "isv.SMS_TEMPLATE_ILLEGAL", "Message": "no such template"}
        words, state = self.templates[values["TemplateCode"]]
        reason = "变量过多" if state == 2 else ""
        return {"Code": "OK", "TemplateStatus": state, "TemplateContent": words, "Reason": reason}


def _pct(text):
    return quote(text, safe="-_.~")


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802
        size = int(self.headers.get("Content-Length") or 0)
        values = dict(parse_qsl(self.rfile.read(size).decode(), keep_blank_values=True))
        mood = self.server.mood
        status, answer = self.server.take(values)
        if mood == "slow":
            time.sleep(self.server.late)
        if mood == "hang":
            self.close_connection = True
            return
        body = b"<html>It works!" if mood == "garbage" else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Nobody reads it."""
