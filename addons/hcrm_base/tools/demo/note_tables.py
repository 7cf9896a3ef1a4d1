"""What staff write down after a contact: (way, direction, one line, minutes, what comes next).

No diagnoses: these notes are read at every desk.
"""

#: Who calls the service desk, and why.
DESK = (
    ("phone", "in", "询问住院部探视时间，已告知", 3, None),
    ("phone", "in", "询问专家门诊出诊时间", 4, None),
    ("phone", "in", "想把预约改到下周，已改期", 5, None),
    ("phone", "in", "询问检验报告如何领取，教其用自助机打印", 6, None),
    ("phone", "in", "反映候诊时间太长，已致歉并说明原因", 9, "回复处理情况"),
    ("phone", "in", "询问医保异地报销所需材料", 8, "把材料清单发给客户"),
    ("met", "in", "到服务台补开发票", 5, None),
    ("met", "in", "询问无障碍通道和轮椅借用，已借出轮椅", 4, None),
    ("met", "in", "遗失病历本，登记后补办", 7, "联系客户领取病历本"),
    ("met", "in", "送来锦旗，感谢护理团队", 10, "转达科室"),
    ("message", "in", "留言询问停车收费标准，已回复", 2, None),
    ("phone", "out", "通知检查时间提前半小时，客户同意", 3, None),
    ("phone", "out", "电话无人接听", 1, "再次拨打"),
    ("phone", "out", "核对联系电话和地址，已更新", 4, None),
    ("email", "in", "来信索取费用清单", 5, "寄送费用清单"),
    ("letter", "in", "来信建议增设饮水点，已转后勤", 6, None),
)
#: The manager of the desk speaks when it matters.
MANAGER = (
    ("met", "in", "当面沟通就诊体验，客户对答复表示满意", 25, None),
    ("phone", "out", "就上次反映的问题致电说明整改结果", 15, None),
    ("phone", "out", "邀请参加下月患者座谈会，答应出席", 6, "发送座谈会通知"),
)
#: Nurses after a stay.
NURSE = (
    ("phone", "out", "出院后电话随访，休息和饮食正常，对护理满意", 6, None),
    ("phone", "out", "出院后电话随访，提醒按约复诊，家属记下时间", 5, None),
    ("phone", "out", "出院随访，由女儿接听，希望复诊当天有人引导", 7, "复诊当天安排导诊"),
    ("phone", "out", "随访电话无人接听", 1, "傍晚再打一次"),
    ("phone", "in", "家属来电询问复诊需带哪些资料，已说明", 5, None),
)
DOCTOR = (
    ("met", "in", "与家属面谈后续安排，家属表示理解", 20, None),
    ("phone", "out", "电话提醒复诊，客户要求安排在周末", 4, "协调周末号源"),
)
HEAD = (
    ("met", "in", "病区座谈，家属对护工服务提出建议", 18, "与护工公司沟通"),
    ("met", "out", "床旁看望，听取住院意见，客户满意", 8, None),
)
#: Community workers go to the homes of their residents.
COMMUNITY = (
    ("visit", "out", "上门走访，独居，邻居每日照看，生活可自理", 30, None),
    ("visit", "out", "上门走访，家中地面湿滑，建议加装扶手", 35, "联系居委会申请扶手"),
    ("visit", "out", "上门送体检通知单，答应参加", 15, None),
    ("phone", "out", "电话问候，周末子女来陪同", 6, None),
    ("phone", "out", "提醒带上社保卡参加年度体检", 3, None),
    ("met", "in", "到站咨询家庭医生签约，已签约", 15, None),
)
VIP = (
    ("phone", "out", "安排年度体检，希望排在上午并由专人陪同", 8, "预约体检并安排陪检"),
    ("phone", "in", "询问专家会诊费用，已发送说明", 7, None),
    ("met", "out", "陪同就诊，全程约两小时，客户满意", 120, None),
    ("message", "out", "发送生日问候，客户回复感谢", 2, None),
    ("phone", "in", "希望为父母办理家庭会员", 10, "准备家庭会员方案"),
)
MARKETING = (
    ("phone", "out", "邀请参加健康讲座，答应参加", 4, None),
    ("phone", "out", "邀请参加健康讲座，暂无时间，愿意以后再听", 3, None),
    ("message", "in", "询问开放日活动如何报名，已登记", 2, "发送报名确认"),
)
#: With organisations.
CLIENT = (
    ("met", "out", "拜访人事部，洽谈本年度团检方案", 60, "修改报价后再发"),
    ("phone", "in", "询问团检名单格式，已发模板", 6, None),
    ("email", "out", "发送上年度团检总结报告", 10, None),
    ("phone", "out", "确认团检日期和人数", 8, None),
)
