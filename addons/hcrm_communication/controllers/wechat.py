import time
from datetime import UTC, datetime

from werkzeug.exceptions import Forbidden, NotFound, ServiceUnavailable

from odoo import http
from odoo.http import request

from ..tools.platforms import wechat_crypto
from ..tools.platforms.wechat_crypto import ForgeryError
from .gateway import PLAIN
from .platforms import OPTIONS

KINDS = ("wechat_oa", "wecom")
#: The platform's clock and ours may differ by so much; older calls are replayed ones: seconds.
AHEAD = 600
#: What is said of a message that is no text.
STANDS_FOR = {
    "image": "[图片]",
    "voice": "[语音]",
    "video": "[视频]",
    "shortvideo": "[视频]",
    "location": "[位置]",
    "link": "[链接]",
    "file": "[文件]",
}
DELIVERED = "success"


class WechatController(http.Controller):
    """Where WeChat and WeCom speak to us: signed, encrypted, for our account, and of this moment.

    Stored before "success" is said; the platform asks again after five seconds without it.
    """

    @http.route("/hcrm/gateway/<string:token>/wechat", methods=["GET"], readonly=True, **OPTIONS)
    def prove(self, token, echostr="", **values):
        """Prove that this address is ours: the platform's first question."""
        gateway = self._get_gateway(token, values)
        parts = (gateway.callback_token, values.get("timestamp", ""), values.get("nonce", ""))
        if gateway.kind == "wecom":
            if not wechat_crypto.is_signed(values.get("msg_signature"), *parts, echostr):
                raise Forbidden()
            echostr = self._decrypt(gateway, echostr)
        elif not wechat_crypto.is_signed(values.get("signature"), *parts):
            raise Forbidden()
        return request.make_response(echostr[:512], PLAIN)

    @http.route("/hcrm/gateway/<string:token>/wechat", methods=["POST"], **OPTIONS)
    def take(self, token, **values):
        """Take a message or an event."""
        gateway = self._get_gateway(token, values)
        body = request.httprequest.get_data(cache=False)[: wechat_crypto.LONGEST + 1]
        try:
            sealed = wechat_crypto.read_xml(body).get("Encrypt", "")
            parts = (values.get("timestamp", ""), values.get("nonce", ""), sealed)
            signed = wechat_crypto.is_signed(
                values.get("msg_signature"), gateway.callback_token, *parts
            )
            if not sealed or not signed:
                raise ForgeryError("not signed")
            told = wechat_crypto.read_xml(self._decrypt(gateway, sealed))
        except ForgeryError as error:
            raise Forbidden() from error
        counts = request.env["hcrm.rate.count"]
        if counts._is_too_often("inbound", gateway.id, gateway.inbound_rate, 60):
            raise ServiceUnavailable("try again later", retry_after=60)
        kind = told.get("MsgType", "")
        if kind == "event":
            self._take_event(gateway, told)
        elif told.get("FromUserName"):
            self._take_message(gateway, told, kind)
        return request.make_response("success", PLAIN)

    def _get_gateway(self, token, values):
        """Return the gateway that is called now; whoever is a stranger finds nothing."""
        gateway = request.env["hcrm.gateway"]._find_by_token(token)
        if not gateway or gateway.kind not in KINDS:
            raise NotFound()
        if not gateway.callback_token or not gateway.callback_key:
            raise NotFound()
        if not gateway._is_admitted_address(request.httprequest.remote_addr):
            raise NotFound()
        stamp = values.get("timestamp", "")
        is_number = stamp.isascii() and stamp.isdigit() and len(stamp) < 12
        if not is_number or abs(time.time() - int(stamp)) > AHEAD:
            raise Forbidden()
        return gateway

    @staticmethod
    def _decrypt(gateway, sealed):
        try:
            return wechat_crypto.decrypt(gateway.callback_key, sealed, gateway.user or "")
        except ForgeryError as error:
            raise Forbidden() from error

    # MESSAGES

    def _take_message(self, gateway, told, kind):
        openid, at = told["FromUserName"][:64], _moment(told)
        text = told.get("Content") or told.get("Recognition") or STANDS_FOR.get(kind, "[消息]")
        accounts = request.env["hcrm.platform.account"]._of(gateway, openid)
        accounts._note_word(at)
        invitations = request.env["hcrm.platform.invitation"].sudo()
        inbox = request.env["hcrm.inbound"].sudo()
        is_new = inbox._receive(
            gateway.channel,
            gateway.company_id,
            openid,
            text,
            gateway=gateway,
            provider_key=f"{gateway.user}/{told.get('MsgId') or ''}" if told.get("MsgId") else "",
            told_at=told.get("CreateTime", ""),
            receiver=told.get("ToUserName", ""),
        )
        if is_new and invitations._take_text(gateway, text, openid, at):
            inbox.browse(is_new)._settle_code()

    # EVENTS: told twice they change nothing, told late they undo nothing

    def _take_event(self, gateway, told):
        name = (told.get("Event") or "").lower()
        handler = getattr(self, f"_on_{name}", None)
        if handler:
            handler(gateway, told)

    def _on_subscribe(self, gateway, told):
        openid, at = told.get("FromUserName", "")[:64], _moment(told)
        request.env["hcrm.platform.account"]._of(gateway, openid)._come_back(at)
        self._take_scene(gateway, told.get("EventKey", "").removeprefix("qrscene_"), openid, at)

    def _on_scan(self, gateway, told):
        openid, at = told.get("FromUserName", "")[:64], _moment(told)
        request.env["hcrm.platform.account"]._of(gateway, openid)._note_word(at)
        self._take_scene(gateway, told.get("EventKey", ""), openid, at)

    def _on_unsubscribe(self, gateway, told):
        openid = told.get("FromUserName", "")[:64]
        request.env["hcrm.platform.account"]._of(gateway, openid)._leave(_moment(told))

    def _on_templatesendjobfinish(self, gateway, told):
        if job := told.get("MsgID") or told.get("MsgId"):
            status = told.get("Status", "")
            request.env["hcrm.outbox"].sudo()._take_platform_receipt(
                gateway, job, status == DELIVERED, status
            )

    def _on_change_external_contact(self, gateway, told):
        """WeCom: a customer added a member of staff, or deleted them."""
        openid, at = told.get("ExternalUserID", "")[:64], _moment(told)
        accounts = request.env["hcrm.platform.account"]._of(gateway, openid)
        change = told.get("ChangeType")
        if change == "add_external_contact":
            accounts._come_back(at)
            self._take_scene(gateway, told.get("State", ""), openid, at)
        elif change == "del_follow_user":
            accounts._leave(at)

    def _take_scene(self, gateway, scene, openid, at):
        if scene and openid:
            request.env["hcrm.platform.invitation"].sudo()._take_scene(
                gateway, scene[:64], openid, at
            )


def _moment(told):
    """Return when it happened, naive UTC: the platform's clock, never ahead of ours."""
    stamp, now = told.get("CreateTime", ""), time.time()
    known = stamp.isascii() and stamp.isdigit() and len(stamp) < 12
    at = min(int(stamp), int(now)) if known else int(now)
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
