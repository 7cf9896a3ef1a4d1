"""WeChat's Official Account service and WeCom's customer contact, as their documents describe them:
a real HTTP server with tokens that end, followers, a clock of 48 hours, errors; and the callbacks
that it signs and encrypts by code of its own.
"""

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

APP, SECRET = "wx5823bf96d3bd56c7", "lion-secret"
TOKEN, KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
DAY = 86_400
#: All else is a POST.
BY_GET = {
    "/cgi-bin/gettoken",
    "/cgi-bin/get_current_selfmenu_info",
    "/cgi-bin/externalcontact/get_follow_user_list",
}


class WechatSimulator(ThreadingHTTPServer):
    """``followers``: {openid: when the person spoke last}; ``phones``: what arrived, as (openid,
    words). ``mood``: "" normal, "code:N" that errcode for everything, "garbage", "slow", "hang".
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answering)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.followers, self.refusers, self.templates = {}, set(), {}
        self.phones, self.links, self.asked, self.jobs = [], [], [], {}
        self.token, self.token_ends, self.tokens, self.lifetime = "", 0.0, 0, 7200
        self.mood, self.late, self.scenes = "", 3.0, []
        self.lock = threading.Lock()

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

    # WHAT IT IS ASKED

    def take(self, path, query, values):
        """Return the answer to one request."""
        if path == "/cgi-bin/stable_token":
            return self._give_token(values["appid"], values["secret"], values["force_refresh"])
        if path == "/cgi-bin/gettoken":
            return self._give_token(query["corpid"], query["corpsecret"], False)
        if query.get("access_token") != self.token or time.time() > self.token_ends:
            return _error(42001 if query.get("access_token") == self.token else 40001)
        if self.mood.startswith("code:"):
            return _error(int(self.mood[5:]))
        name = path.removeprefix("/cgi-bin/").replace("/", "_")
        return getattr(self, f"_{name}")(values)

    def _give_token(self, app, secret, force):
        with self.lock:
            if (app, secret) != (APP, SECRET):
                return _error(40125)
            if force or not self.token or time.time() > self.token_ends:
                time.sleep(0.2)
                self.token, self.tokens = secrets.token_hex(16), self.tokens + 1
                self.token_ends = time.time() + self.lifetime
            return {"access_token": self.token, "expires_in": self.lifetime}

    def end_token(self):
        """Somebody else made a new one: ours is worth nothing."""
        self.token, self.token_ends = secrets.token_hex(16), time.time() + self.lifetime

    def _message_template_send(self, values):
        if fault := self._find_fault(values["touser"]):
            return _error(fault)
        if values["template_id"] not in self.templates:
            return _error(40037)
        words = self.templates[values["template_id"]]
        told = {name: one["value"] for name, one in values["data"].items()}
        for name in re.findall(r"\{\{(\w+)\.DATA\}\}", words):
            if name not in told or (name.startswith("thing") and len(told[name]) > 20):
                return _error(47003)
        key = values.get("client_msg_id")
        if key not in self.jobs:
            filled = re.sub(r"\{\{(\w+)\.DATA\}\}", lambda found: told[found[1]], words)
            self.phones.append((values["touser"], filled))
            self.links.append(values.get("url"))
            self.jobs[key] = 200_228_332 + len(self.jobs)
        return {"errcode": 0, "errmsg": "ok", "msgid": self.jobs[key]}

    def _message_subscribe_bizsend(self, values):
        if values["touser"] in self.refusers:
            return _error(43101)
        return self._message_template_send(values | {"client_msg_id": secrets.token_hex(8)}) | {
            "msgid": None
        }

    def _message_custom_send(self, values):
        if fault := self._find_fault(values["touser"]):
            return _error(fault)
        if time.time() - self.followers[values["touser"]] > 2 * DAY:
            return _error(45015)
        self.phones.append((values["touser"], values["text"]["content"]))
        return {"errcode": 0, "errmsg": "ok"}

    def _find_fault(self, openid):
        if not openid.startswith("o"):
            return 40003
        return 0 if openid in self.followers else 43004

    def _qrcode_create(self, values):
        scene = values["action_info"]["scene"]["scene_str"]
        self.scenes.append(scene)
        return {"ticket": "gQH47joAAA", "expire_seconds": values["expire_seconds"], "url": scene}

    def _get_current_selfmenu_info(self, _values):
        return {"is_menu_open": 1, "selfmenu_info": {}}

    def _externalcontact_add_msg_template(self, values):
        [openid] = values["external_userid"]
        if openid not in self.followers:
            return {"errcode": 0, "errmsg": "ok", "fail_list": [openid], "msgid": "m0"}
        self.phones.append((openid, values["text"]["content"]))
        return {"errcode": 0, "errmsg": "ok", "fail_list": [], "msgid": f"m{len(self.phones)}"}

    def _externalcontact_get_follow_user_list(self, _values):
        return {"errcode": 0, "errmsg": "ok", "follow_user": ["zhangsan"]}

    def _externalcontact_add_contact_way(self, values):
        self.scenes.append(values["state"])
        return {"errcode": 0, "errmsg": "ok", "config_id": "1", "qr_code": values["state"]}


def question(echo, *, sealed=False):
    """Return the query by which the platform asks whether the address is ours."""
    stamp, nonce = str(int(time.time())), secrets.token_hex(5)
    if sealed:
        echo = seal(echo)
        told = {"msg_signature": _sign(TOKEN, stamp, nonce, echo)}
    else:
        told = {"signature": _sign(TOKEN, stamp, nonce)}
    return told | {"timestamp": stamp, "nonce": nonce, "echostr": echo}


def callback(values, *, token=TOKEN, key=KEY, app=APP, age=0):
    """Return (query, body) of a message or event as the platform pushes it."""
    stamp, nonce = str(int(time.time() - age)), secrets.token_hex(5)
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())
    cipher = seal(f"<xml>{inner}</xml>", key, app)
    query = {
        "timestamp": stamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": _sign(token, stamp, nonce, cipher),
    }
    return query, f"<xml><ToUserName>gh</ToUserName><Encrypt>{cipher}</Encrypt></xml>".encode()


def seal(text, key=KEY, app=APP):
    """Return a text encrypted as the documents say."""
    secret = base64.b64decode(key + "=")
    body = text.encode()
    plain = secrets.token_bytes(16) + len(body).to_bytes(4, "big") + body + app.encode()
    padder = padding.PKCS7(256).padder()
    worker = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    plain = padder.update(plain) + padder.finalize()
    return base64.b64encode(worker.update(plain) + worker.finalize()).decode()


def _sign(*parts):
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


def _error(code):
    return {"errcode": code, "errmsg": f"error {code}"}


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802
        self.do_POST()

    def do_POST(self):  # noqa: N802
        size = int(self.headers.get("Content-Length") or 0)
        values = json.loads(self.rfile.read(size) or b"{}")
        url = urlsplit(self.path)
        query = {name: one for name, [one] in parse_qs(url.query).items()}
        self.server.asked.append((url.path, values))
        answer = self.server.take(url.path, query, values)
        if (self.command == "GET") != (url.path in BY_GET):
            answer = _error(43001 if url.path in BY_GET else 43002)
        is_sending = "send" in url.path or "add_msg" in url.path
        mood = self.server.mood if is_sending else ""
        if mood == "slow":
            time.sleep(self.server.late)
        if mood == "hang":
            self.close_connection = True
            return
        body = b"<html>" if mood == "garbage" else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Nobody reads it."""
