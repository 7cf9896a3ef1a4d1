"""Templates and arrivals of the demonstration hospital."""

from odoo.tools import SQL

#: code, name, purpose, topic, ((channel, language, subject, text), …)
TEMPLATES = (
    (
        "appointment_reminder",
        "预约提醒",
        "care",
        "appointment",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{person.title|您好}，您预约了{appointment.date}{appointment.time}到院，"
                "请带好证件提前15分钟到达。改期或取消请致电{hospital.phone|医院客服}。",
            ),
            (
                "sms",
                "en_US",
                False,
                "{hospital.name}: you have an appointment on {appointment.date} at "
                "{appointment.time}. Please bring your ID. To change it, call "
                "{hospital.phone|us}.",
            ),
            (
                "wechat",
                "zh_CN",
                False,
                "就诊人：{person.short}\n就诊时间：{appointment.moment}\n"
                "温馨提示：请带好证件，提前15分钟到达",
            ),
            (
                "email",
                "zh_CN",
                "预约提醒",
                "{person.title|您好}：\n\n您预约了{appointment.date}{appointment.time}到院，请带好证件"
                "提前15分钟到达。\n改期或取消请致电{hospital.phone|医院客服}。\n\n{hospital.name}",
            ),
        ),
    ),
    (
        "discharge_call",
        "出院回访预告",
        "care",
        "follow_up",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{person.title|您好}，您出院后我们将在近日电话回访，了解恢复情况。"
                "如有不适请及时就诊，咨询请致电{hospital.phone|医院客服}。",
            ),
        ),
    ),
    (
        "result_ready",
        "报告已出",
        "care",
        "result",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{person.title|您好}，您在我院的报告已出，请凭证件到院领取，"
                "或点击安全链接查看：{value.link|（请致电客服）}",
            ),
        ),
    ),
    (
        "satisfaction",
        "满意度调查",
        "survey",
        "satisfaction",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{person.title|您好}，感谢您到院就诊。您对这次服务满意吗？"
                "请回复5（很满意）至1（很不满意），您的意见只用于改进服务。",
            ),
        ),
    ),
    (
        "complaint_receipt",
        "投诉受理回执",
        "service",
        "complaint",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{person.title|您好}，您反映的情况已受理，编号{value.number|见来信}。"
                "我们会在承诺时间内答复您。咨询请致电{hospital.phone|医院客服}。",
            ),
        ),
    ),
    (
        "birthday",
        "生日祝福",
        "marketing",
        "greeting",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{person.title|您好}，祝您生日快乐，健康平安！{opt_out}",
            ),
        ),
    ),
    (
        "vaccination",
        "接种提醒",
        "care",
        "child",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{recipient.title|您好}，{person.name|孩子}的下一次接种时间快到了，"
                "请在门诊时间带接种证前来。咨询请致电{hospital.phone|医院客服}。",
            ),
        ),
    ),
    (
        "check_up",
        "体检推荐",
        "marketing",
        "check_up",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}{person.title|您好}，本月年度体检预约已开放，周末可约，"
                "详询{hospital.phone|医院客服}。{opt_out}",
            ),
            (
                "email",
                "zh_CN",
                "（AD）年度体检预约已开放",
                "{person.title|您好}：\n\n本月年度体检预约已开放，周末可约，详询{hospital.phone|客服}。"
                "\n\n{hospital.name}\n{hospital.address}\n\n{opt_out}",
            ),
        ),
    ),
    (
        "news",
        "医院动态",
        "marketing",
        "news",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}新门诊楼已启用，停车场入口改在北门，欢迎您来院。{opt_out}",
            ),
        ),
    ),
    (
        "opt_out_done",
        "退订确认",
        "service",
        "account",
        (
            (
                "sms",
                "zh_CN",
                False,
                "{signature}已为您退订推广信息，就诊提醒照常发送。如有疑问请致电"
                "{hospital.phone|医院客服}。",
            ),
        ),
    ),
)

#: whose number ("known": of a patient who got a reminder), text
ARRIVALS = (
    ("known", "我周五来不了，能改到下周一上午吗"),
    ("known", "好的，谢谢"),
    ("known", "退订"),
    ("known", "请问需要空腹吗"),
    ("known", "Ｒ"),
    ("unknown", "我是李老师介绍来的，想给老人约个体检"),
    ("unknown", "你们发错号码了，我不认识这个人"),
    ("unknown", "TD"),
    ("known", "停车场怎么走"),
)


def numbers_sql(company_id):
    """Return SQL of numbers to which something was sent lately."""
    return SQL(
        """
        SELECT address_stored FROM hcrm_communication
         WHERE company_id = %s AND channel = 'sms' AND state = 'delivered'
           AND address_stored LIKE '+861%%'
      GROUP BY address_stored
      ORDER BY max(sent_at) DESC, address_stored
         LIMIT 20
        """,
        company_id,
    )


#: Dialogues of a morning: minutes ago, by which way (``us``: the officer's answer), words.
DIALOGUES = (
    (
        (190, "sms", "您好，请问周六上午口腔科开诊吗？"),
        (176, "us", "您好，周六上午8:00至11:30开诊，可通过公众号或现场取号。"),
        (60, "email", "谢谢。另外想问一下，医保卡忘带了可以用电子凭证吗？附件里是我的预约截图。"),
        (20, "sms", "我周六九点左右到，停车方便吗"),
    ),
    (
        (150, "email", "你们好，我想为父亲预约一次老年人体检，需要提前准备什么？"),
        (120, "us", "您好，体检套餐说明和预约时间我们会电话与您确认，请留意来电。"),
    ),
    ((95, "sms", "缴费发票抬头开错了，能不能重开？"),),
    (
        (80, "sms", "想约下周一上午看中医"),
        (40, "email", "刚才短信里说的预约，最好是九点以后，谢谢！"),
    ),
    ((15, "sms", "病历复印需要本人来吗"),),
)
