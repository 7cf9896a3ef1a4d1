"""Words of the demonstration's cases: invented, of nobody."""

import io

from PIL import Image, ImageDraw

#: (kind, channel, topic, department, matter, own words); ``{name}`` is a first name.
CASES = (
    ("complaint", "phone", "waiting", "CARD", "候诊时间过长",
     "我约的是上午九点，等到十一点半才叫到我，中间问了三次都说快了。"),
    ("complaint", "web", "attitude", "RAD", "检查时态度生硬",
     "做CT的时候医生说话很冲，我问了一句就说不做就出去。"),
    ("complaint", "visit", "charges", "FIN", "费用清单看不懂",
     "出院结账多收了两天的护理费，窗口让我自己去找科室，跑了三趟。"),
    ("complaint", "sms", "nursing", "W-CARD", "夜间呼叫无人应答",
     "昨晚我母亲按铃二十多分钟没有人来，最后是隔壁床家属去叫的护士。"),
    ("complaint", "email", "medical", "ORTH", "术后疼痛未重视",
     "手术后第二天疼得厉害，查房的医生看了一眼就走，没有解释也没有处理。"),
    ("complaint", "letter", "environment", "LOGI", "病房卫生间漏水",
     "病房的卫生间一直漏水，地上很滑，老人差点摔倒，报修三天没有人来。"),
    ("complaint", "phone", "medical", "PHAR", "发药与处方不符",
     "药房发的药和处方上的不一样，幸好回家看了一下，打电话来才让我换。"),
    ("complaint", "web", "waiting", "PEDI", "预约取消未通知",
     "带孩子跑了一个多小时来看号，到了才说医生停诊，短信也没有收到。"),
    ("complaint", "box", "attitude", "LAB", "抽血窗口态度",
     "抽血的护士一直在和旁边的人聊天，扎了两次也没有说一句抱歉。"),
    ("complaint", "visit", "medical", "EMER", "急诊等待与告知",
     "急诊等了两个小时才做检查，期间没有人告诉我们要等多久、为什么等。"),
    ("complaint", "phone", "nursing", "W-SURG", "换药不及时",
     "说好上午换药，到晚上才来，纱布都湿透了。"),
    ("complaint", "email", "charges", "STOM", "治疗前未说明费用",
     "补牙之前没有告诉我材料的价格，结账才知道是自费的。"),
    ("suggestion", "box", "environment", "LOGI", "增加充电插座",
     "门诊大厅能不能多装几个充电的地方，现在看病都要用手机。"),
    ("suggestion", "web", "waiting", "INFO", "叫号信息推送到手机",
     "建议叫号快到的时候发一条提醒，不用一直守在门口。"),
    ("suggestion", "sms", "nursing", "W-OBGY", "产科探视时间延长",
     "希望产科晚上的探视时间延长半小时，上班的家属赶不到。"),
    ("praise", "letter", "nursing", "W-CARD", "感谢夜班护士",
     "父亲住院期间，夜班护士一直很耐心，帮他翻身、擦洗，我们全家非常感谢。"),
    ("praise", "web", "medical", "ONCO", "感谢主治医生",
     "医生把病情讲得很清楚，还画了图给我们看，心里踏实多了。"),
    ("inquiry", "phone", "charges", "FIN", "异地医保报销流程",
     "我是外地医保，想问出院后怎么报销，需要哪些材料。"),
    ("misconduct", "letter", "ethics", "GSUR", "反映收受红包",
     "听同病房的人说手术前要给主刀医生包红包，希望医院查一查。"),
)  # fmt: skip

#: Which office answers for which topics: (department, rung, topics).
OFFICES = (
    ("MEDA", "2", ("medical", "waiting")),
    ("NURS", "2", ("nursing",)),
    ("DISC", "2", ("ethics",)),
    ("FIN", "2", ("charges",)),
    ("LOGI", "2", ("environment",)),
)


def draw_signature():
    """Return a picture of a signature that is nobody's.

    >>> draw_signature()[:4]
    b'\\x89PNG'
    """
    picture = Image.new("L", (600, 200), "white")
    strokes = (
        (40, 60, 210, 50), (120, 20, 90, 180), (60, 110, 190, 100), (230, 50, 350, 60),
        (300, 30, 250, 170), (270, 90, 390, 180), (420, 40, 560, 70), (500, 40, 430, 180),
    )  # fmt: skip
    for stroke in strokes:
        ImageDraw.Draw(picture).line(stroke, fill=40, width=5)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()
