"""One person's day over all channels: real telephones, fax machines, mailboxes and SMS centre."""

import json
import time
import urllib.request
from functools import partial
from urllib.parse import urlencode

import pytest

from tests.communication.test_conversation import Desk
from tests.support.asterisk import HOSPITAL, SECRET
from tests.support.rig import eventually
from tests.test_doctests import load

simulator = load("odoo.addons.hcrm_communication.tests.wechat_simulator")

NUMBER = "13911110001"  # picks up and presses 1
FAX = "02155550777"
OPENID = "oChenXiuYing_0123456789abcde"
SET_UP = """
import json
env["hcrm.contact.rule"].search([("code", "in", ("quiet_hours", "consent_unknown"))]).effect = (
    "allow")
officer = env["res.users"].search([("login", "=", "officer")])
company = officer.company_id
shared = {{"company_id": company.id, "sandbox": False, "rate": 50, "burst": 50, "timeout": 5}}
made = env["hcrm.gateway"].create([
    {{**shared, "name": "voice", "channel": "voice", "kind": "asterisk", "url": "{ari}",
      "user": "hcrm", "new_secret": "{secret}", "sender": "{hospital}", "lines": 5,
      "calls_a_day": 20, "ring_seconds": 8, "call_from": 0, "call_to": 24}},
    {{**shared, "name": "fax", "channel": "fax", "kind": "asterisk_fax", "url": "{ami}",
      "user": "hcrm", "new_secret": "{secret}", "sender": "{hospital}", "fax_folder": "{folder}",
      "timeout": 10}},
    {{**shared, "name": "wechat", "channel": "wechat", "kind": "wechat_oa", "url": "{wechat}",
      "user": "{app}", "new_secret": "{app_secret}", "new_callback_token": "{token}",
      "new_callback_key": "{key}", "sender": "zhangsan"}},
    {{**shared, "name": "letters", "channel": "letter", "kind": "print"}},
    {{**shared, "name": "portal", "channel": "portal", "kind": "portal"}},
])
person = env["res.partner"].create({{
    "name": "陈秀英", "phone": "{number}", "fax": "{fax}", "birth_date": "1958-05-01",
    "street": "仁爱路88号", "city": "上海市", "zip": "200010",
    "kind_ids": [(4, env.ref("hcrm_base.kind_patient").id)]}})
person.email = f"p{{person.id}}@patients.test"
person._hcrm_confirm_fax("{fax}")
env["res.users"].with_context(no_reset_password=True).create({{
    "login": person.email, "partner_id": person.id, "company_id": company.id,
    "company_ids": [(6, 0, company.ids)],
    "group_ids": [(6, 0, env.ref("base.group_portal").ids)]}})
env["hcrm.platform.account"]._bind(made[2], "{openid}", person, "scan", env.cr.now())
env["hcrm.agent"].search([("user_id", "=", officer.id)]).unlink()
env["hcrm.agent"].create({{"user_id": officer.id, "endpoint": "PJSIP/desk1",
                          "company_id": company.id}})
env["hcrm.ivr.menu"].search([("is_entry", "=", True)]).active = False
env["hcrm.ivr.menu"].create({{
    "name": "day", "is_entry": True, "company_id": company.id, "lang": "zh_CN",
    "greeting": "您好，这里是仁爱医院", "emergency": False, "calendar_id": False,
    "option_ids": [(0, 0, {{"key": "0", "name": "人工服务", "action": "person"}})],
}}).action_publish()
env.cr.commit()
print("MADE " + json.dumps([person.id, made[2].token]))
"""
ASK = """
company = env["res.users"].search([("login", "=", "officer")]).company_id
env["hcrm.communication"]._ask([{{
    "recipient_id": {person}, "company_id": company.id, "purpose": "{purpose}",
    "channels": ["{channel}"], "key": "day/{channel}", "subject_line": "{subject}",
    "body": "{body}"}}])
env.cr.commit()
"""
TAKE = """
officer = env["res.users"].search([("login", "=", "officer")])
call = env["hcrm.call"].search([("state", "=", "queued"), ("partner_id", "=", {person})])
seat = env["hcrm.seat"].with_user(officer)
seat.set_state("available")
seat.accept(call.id)
env.cr.commit()
"""
WRAP_UP = """
officer = env["res.users"].search([("login", "=", "officer")])
call = env["hcrm.call"].search([("partner_id", "=", {person}), ("program", "=", "menu")])
env["hcrm.seat"].with_user(officer).wrap_up(
    call.id, {{"reason": env["hcrm.call.reason"].search([], limit=1).id, "note": "问发票怎么开"}})
env.cr.commit()
"""
PRINT = """
nurse = env["res.users"].search([("login", "=", "nurse")])
wizard = env["hcrm.letter.print"].with_user(nurse).create({})
wizard.action_print()
env.cr.commit()
"""
TELL = """
import json
nurse = env["res.users"].search([("login", "=", "nurse")])
officer = env["res.users"].search([("login", "=", "officer")])
env["hcrm.call"]._link_calls()
lang = {{"lang": "zh_CN", "tz": "Asia/Shanghai"}}
person = env["res.partner"].with_user(nurse).with_context(**lang).browse({person})
lines = person.get_timeline()["lines"]
talks = env["hcrm.conversation"].search([("partner_id", "=", person.id)], order="id")
entries = [talk.with_user(officer).with_context(**lang).get_thread()["entries"] for talk in talks]
print("TOLD " + json.dumps([lines[::-1], entries], default=str))
"""


@pytest.fixture
def wechat():
    """The platform, which this person follows."""
    running = simulator.WechatSimulator().start()
    running.followers[OPENID] = time.time()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def day(voice_hospital, programs, tmp_path, telephones, smtp_sink, wechat):
    """A hospital on all channels."""
    hospital = voice_hospital
    desk = Desk(hospital, programs, tmp_path)
    asterisk = telephones.hospital
    told = hospital.shell(
        SET_UP.format(
            ari=asterisk.ari_url,
            ami="{}:{}".format(*asterisk.ami),
            folder=asterisk.folder / "fax",
            secret=SECRET,
            hospital=HOSPITAL,
            wechat=wechat.url,
            app=simulator.APP,
            app_secret=simulator.SECRET,
            token=simulator.TOKEN,
            key=simulator.KEY,
            number=NUMBER,
            fax=FAX,
            openid=OPENID,
        )
    )
    line = next(line for line in told.splitlines() if line.startswith("MADE "))
    desk.person, token = json.loads(line.removeprefix("MADE "))
    desk.wechat_path = f"/hcrm/gateway/{token}/wechat"
    try:
        desk.start()
        hospital.start_voice()
        hospital.wait_heard()
        yield desk
    finally:
        hospital.stop_voice()
        desk.stop()


def _ask(desk, channel, body, purpose="care", subject=""):
    """The hospital asks for a message on one channel."""
    values = {"channel": channel, "body": body, "purpose": purpose, "subject": subject}
    desk.hospital.shell(ASK.format(person=desk.person, **values))


def _state(desk, channel):
    rows = desk.hospital.sql(
        "SELECT state, COALESCE(failure_code, ''), COALESCE(reasons::text, '') "
        f"FROM hcrm_communication WHERE idempotency_key = 'day/{channel}'"
    )
    return tuple(rows[0].split("|")) if rows and rows[0] else ()


def _is(desk, channel, *states):
    eventually(lambda: _state(desk, channel)[0] in states, lambda: _state(desk, channel), 120)


def _call_state(desk, state):
    return desk.hospital.calls(
        f"partner_id = {desk.person} AND program = 'menu' AND state = '{state}'"
    )


def _write_wechat(desk, text):
    """The person writes to the hospital's account."""
    known = desk.last()
    query, body = simulator.callback(
        {
            "ToUserName": "gh_1",
            "FromUserName": OPENID,
            "CreateTime": str(int(time.time())),
            "MsgType": "text",
            "Content": text,
            "MsgId": "1",
        }
    )
    url = f"{desk.hospital.url}{desk.wechat_path}?{urlencode(query)}"
    request = urllib.request.Request(url, body, {"Content-Type": "text/xml"})  # noqa: S310
    with urllib.request.urlopen(request) as reply:  # noqa: S310
        assert reply.read() == b"success"
    return desk.wait(OPENID, known)


def _speak_with_a_person(desk, telephones):
    """The person calls, chooses a person, is put through; the desk writes what it was about."""
    telephones.public.call(caller=NUMBER, keys="0", pause="1", stays="25")
    eventually(lambda: _call_state(desk, "queued"), "the caller waits", 60)
    desk.hospital.shell(TAKE.format(person=desk.person))
    eventually(lambda: _call_state(desk, "talking"), "they speak", 60)
    assert telephones.public.calls("desk1")[0].answered
    telephones.public.command("channel request hangup all")
    eventually(lambda: _call_state(desk, "ended"), "it is over", 60)
    desk.hospital.shell(WRAP_UP.format(person=desk.person))


def test_a_day(day, telephones, smtp_sink, wechat):
    """Eight channels, one person, one order; each answer goes back the way the question came."""
    desk = day
    _ask(desk, "voice", "陈女士您好，提醒您明天上午九点复诊，确认请按1。")
    _is(desk, "voice", "delivered")
    assert len(telephones.public.calls(NUMBER)) == 1

    number = f"+86{NUMBER}"
    desk.write(number, "周六口腔科开诊吗", coding="ucs2")
    desk.answer(desk.person, "周六八点到十一点半", "day-0001")
    [text] = eventually(partial(desk.shown, number), "the answer is on the telephone")
    assert text.endswith("周六八点到十一点半")

    desk.receive_mail(desk.person, "另外想问发票怎么开", smtp_sink)
    desk.answer(desk.person, "发票请到一楼窗口办理", "day-0002")
    [mail] = smtp_sink.wait_mails(1)
    assert mail["rcpt_tos"] == [f"p{desk.person}@patients.test"]

    _write_wechat(desk, "需要带身份证吗")
    desk.answer(desk.person, "请带身份证和医保卡", "day-0003")
    eventually(lambda: wechat.phones, "the answer is on WeChat", 60)
    assert wechat.phones == [(OPENID, "请带身份证和医保卡")]

    _speak_with_a_person(desk, telephones)

    _ask(desk, "fax", "处方：氨氯地平 5mg，每日一次", subject="处方")
    _is(desk, "fax", "delivered")
    assert len(telephones.public.faxes()) == 1

    _ask(desk, "letter", "请于下周一上午带好病历本来院复诊。", subject="复诊通知")
    _is(desk, "letter", "sent")
    desk.hospital.shell(PRINT)
    _ask(desk, "portal", "您的检查预约已确认。", purpose="service", subject="预约")
    _is(desk, "portal", "sent", "delivered")

    told = desk.hospital.shell(TELL.format(person=desk.person))
    line = next(line for line in told.splitlines() if line.startswith("TOLD "))
    lines, threads = json.loads(line.removeprefix("TOLD "))
    for one in lines:
        print(one["at"], one["kind"], one["title"], one["subtitle"], sep=" | ")
    [entries] = threads
    for one in entries:
        print(one["at"], one["kind"], one.get("channel", ""), one.get("text", ""), sep=" | ")
    talk = [(one["kind"], one["channel"]) for one in entries if one["kind"] in ("in", "out")]
    assert [one for one in talk if one[1] in ("sms", "email", "wechat")] == [
        ("in", "sms"),
        ("out", "sms"),
        ("in", "email"),
        ("out", "email"),
        ("in", "wechat"),
        ("out", "wechat"),
    ]
    assert [one["kind"] for one in entries].count("call") == 1
    shown = {one["subtitle"].split(" · ")[0] for one in lines}
    assert shown >= {"语音电话", "短信", "电子邮件", "微信", "传真", "信函", "门户消息"}
