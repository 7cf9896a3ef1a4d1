"""Segments of the demonstration hospital."""

from typing import NamedTuple


class Segment(NamedTuple):
    """``history``: since when members are in it, see ``models/segment_demo.py``."""

    owner: str
    name: str
    purpose: str
    rule: str = ""
    department: str = ""
    cadence: str = "daily"
    public_name: str = ""
    history: str = "start"


SEGMENTS = (
    Segment(
        owner="service_manager",
        name="团检客户员工",
        purpose="团检单位员工：体检季前两周发送预约提醒，报告出具后回访满意度。",
        rule="[('employer', '!=', False), ('is_deceased', '=', False)]",
        cadence="weekly",
    ),
    Segment(
        owner="service_manager",
        name="半年未就诊客户",
        purpose="以前来过、近半年没有就诊的客户：关怀回访，了解是否转往他院。",
        rule="[('days_without_visit', '>', 180), ('is_deceased', '=', False)]",
        department="CSD",
        history="gap",
    ),
    Segment(
        owner="community_worker",
        name="65岁以上居民",
        purpose="国家基本公共卫生服务：每年一次老年人健康体检和健康管理。",
        rule=(
            "[('kind_ids.code', '=', 'resident'), ('age', '>=', 65), ('is_deceased', '=', False)]"
        ),
        department="COMM",
        history="birthday",
    ),
    Segment(
        owner="nurse",
        name="高血压随访人群",
        purpose="诊断过高血压的患者：每季度电话随访一次，血压控制不佳者转诊。",
        rule=(
            "[('encounter_ids.diagnosis_ids.code', 'ilike', 'I10'), ('is_deceased', '=', False)]"
        ),
        department="W-CARD",
        public_name="健康关怀人群甲",
        history="diagnosis:I10",
    ),
    Segment(
        owner="nurse",
        name="2型糖尿病随访人群",
        purpose="诊断过2型糖尿病的患者：糖化血红蛋白复查提醒。",
        rule=(
            "[('encounter_ids.diagnosis_ids.code', 'ilike', 'E11'), ('is_deceased', '=', False)]"
        ),
        department="W-CARD",
        history="diagnosis:E11",
    ),
    Segment(
        owner="service_manager",
        name="学龄前儿童",
        purpose="7岁以下儿童：疫苗接种提醒、儿保门诊通知，发给监护人。",
        rule="[('age', '<', 7), ('is_deceased', '=', False)]",
        cadence="weekly",
    ),
    Segment(
        owner="analyst",
        name="30至45岁女性",
        purpose="两癌筛查项目的人群规模测算，不含个人信息。",
        rule=(
            "[('sex', '=', 'female'), ('age', '>=', 30), ('age', '<=', 45), "
            "('is_deceased', '=', False)]"
        ),
        cadence="monthly",
    ),
    Segment(
        owner="vip_desk",
        name="贵宾座谈会邀请名单",
        purpose="季度贵宾座谈会，由客户经理逐一电话邀请。",
        department="VIP",
        cadence="manual",
        history="invited",
    ),
)
#: What is asked for by a rule that was written when the field was still there.
REMOVED_FIELD = "x_old_card"
REFUSED = Segment(
    owner="service_manager",
    name="旧会员卡客户",
    purpose="旧会员卡系统已停用，规则需要改写。",
    rule=f"[('{REMOVED_FIELD}', '!=', False)]",
)
INVITED = 14
