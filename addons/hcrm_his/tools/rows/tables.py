"""Words that sources write for our codes, understood without any configuration; in upper case.

>>> SEX["女"], VISIT_CLASS["住院"], VISIT_CLASS["INPATIENT"], FLAG["是"]
('female', 'inpatient', 'inpatient', True)
"""

from ..mapping.dft import KINDS
from ..mapping.oru import STATUSES
from ..mapping.person import RELATIONS, SEXES
from ..mapping.siu import STATUSES as BOOKINGS
from ..mapping.visit import CLASSES, DIAGNOSIS_KINDS


def _table(ours, theirs, **words):
    """Return {word: code}: our own codes, those of HL7, and further words of each code."""
    found = {code.upper(): code for code in ours} | theirs
    for code, told in words.items():
        found |= dict.fromkeys((word.upper() for word in told.split()), code)
    return found


SEX = _table(("male", "female", "other", "unknown"), SEXES, unknown="未知 不详", other="其他")
RELATION = _table(
    ("spouse", "parent", "child", "sibling", "grandparent", "grandchild", "guardian", "carer"),
    RELATIONS,
    other="other 其他",
)
VISIT_CLASS = _table(
    ("outpatient", "inpatient", "emergency", "examination", "home"),
    CLASSES,
    outpatient="门诊 普通门诊 专家门诊 OP 1",
    inpatient="住院 IP 2",
    emergency="急诊 ER 3",
    examination="体检 健康体检 4",
    home="家庭病床 上门",
)
VISIT_STATE = _table(
    ("planned", "in_progress", "finished", "cancelled"),
    {},
    planned="预约 待诊 待入院",
    in_progress="就诊中 在院 接诊 入院",
    finished="已结束 完成 出院 离院 已就诊",
    cancelled="取消 作废 退号",
)
DIAGNOSIS_KIND = _table(
    ("admitting", "working", "final"),
    DIAGNOSIS_KINDS,
    admitting="入院诊断 入院",
    working="初步诊断 门诊诊断 门诊",
    final="出院诊断 主要诊断 出院",
)
RESULT_STATUS = _table(
    ("preliminary", "final", "corrected", "cancelled"),
    STATUSES,
    preliminary="初步 待审核",
    final="已审核 报告 已发布",
    corrected="修改 更正",
    cancelled="作废 取消 撤回",
)
CHARGE_KIND = _table(
    ("charge", "credit", "payment", "adjustment"),
    KINDS,
    charge="收费 计费",
    credit="退费 冲销",
    payment="预交金 付款",
    adjustment="调整 减免",
)
PRESCRIPTION_STATE = _table(
    ("draft", "active", "completed", "stopped", "cancelled"),
    {},
    active="有效 已发药 执行",
    completed="完成 已完成",
    stopped="停止 已停",
    cancelled="作废 取消 退药",
)
APPOINTMENT_STATE = _table(
    ("proposed", "booked", "arrived", "fulfilled", "cancelled", "noshow"),
    BOOKINGS,
    booked="已预约 预约",
    arrived="已报到 已签到",
    fulfilled="已就诊 完成",
    cancelled="取消 已取消 退号",
    noshow="爽约 未到",
)
DOSE_STATUS = _table(
    ("completed", "not_done", "entered_in_error"), {}, completed="已接种 完成", not_done="未接种"
)
FLAG = {
    **dict.fromkeys(("1", "Y", "YES", "T", "TRUE", "是", "已"), True),
    **dict.fromkeys(("0", "N", "NO", "F", "FALSE", "否", "未"), False),
}
