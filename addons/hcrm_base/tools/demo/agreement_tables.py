"""What was agreed with the organisations of the demonstration, and what is known of each kind."""

#: kind of organisation: (kind of agreement, subject, value in CNY, department, days of notice)
AGREEMENTS = {
    "corporate": ("checkup", "员工健康体检服务协议", 180_000, "EXAM", 60),
    "supplier": ("supply", "年度采购协议", 960_000, "PHAR", 90),
    "partner": ("cooperation", "战略合作协议", 0, "ADM", 60),
    "allied": ("referral", "医联体双向转诊协议", 0, "MEDA", 90),
}

#: days from today to the end of the agreement, used in turn: running, running out, run out
ENDS_IN = (210, 35, 320, 120, -12, 400, 18, 260)

#: kind: (what they need, how they choose)
KINDS = {
    "patient": ("看得好、等得短、花费清楚、有人问", "医生口碑、距离、医保、亲友推荐"),
    "relative": ("及时知道病情和流程", "随患者选择"),
    "resident": ("身边的健康指导、慢病管理、预防接种", "离家近、家庭医生"),
    "corporate": ("团检排期、发票、异常随访、健康讲座", "价格、服务、报告质量，多由人事部门决定"),
    "supplier": ("按期结算、计划清楚", "采购中心招标"),
    "partner": ("数据与项目按约推进", "战略一致、口碑"),
    "allied": ("疑难患者能转上来，康复患者能转回去", "专科实力、转诊便利"),
    "competitor": ("", ""),
}

#: how often each reason is heard, by the end of its XML id
LOSSES = {
    "waiting": 9, "price": 5, "insurance": 3, "distance": 4, "skill": 6, "equipment": 3,
    "service": 4, "moved": 3, "recommended": 5, "unknown": 4,
}  # fmt: skip
