"""What a feed can tell: the canonical fields of each kind of record, in the order of the screen.

A target's code is ``part.field``; the parts are those of :mod:`..canonical`.
"""

from typing import NamedTuple

from odoo.tools.translate import LazyGettext, LazyTranslate

from ..locations import LOCATIONS
from . import tables

_lt = LazyTranslate(__name__)


class Target(NamedTuple):
    """A canonical field: its type, the words of its codes, and the usual names of its column."""

    code: str
    label: LazyGettext
    type: str = "text"
    table: dict | None = None
    names: str = ""
    is_needed: bool = False

    @property
    def part(self):
        """patient, visit, fact, relative, merge or row."""
        return self.code.partition(".")[0]

    @property
    def field(self):
        """The name within the part."""
        return self.code.partition(".")[2]


WHEN = Target(
    "row.told_at",
    _lt("Known to the source since"),
    "moment",
    names="update_time updated_at 更新时间",
)
NUMBERS = (
    Target("patient.number", _lt("Record number"), names="patient_id patient_no mrn 病历号 病人ID"),
    Target("patient.card_number", _lt("Card or inpatient number"), names="card_no 就诊卡号 住院号"),
    Target("patient.national_id", _lt("Resident ID"), names="id_card id_no idcard 身份证号 证件号"),
)
CORE = (
    Target("patient.name", _lt("Patient's name"), names="name patient_name 姓名 患者姓名"),
    Target("patient.sex", _lt("Patient's sex"), "code", tables.SEX, "sex gender 性别"),
    Target("patient.birth_date", _lt("Patient's birth date"), "birth", None, "birthday 出生日期"),
    Target("patient.phone", _lt("Patient's phone"), names="phone mobile tel 电话 手机号 联系电话"),
)
PERSON = (
    *NUMBERS,
    Target("patient.passport", _lt("Passport number"), names="passport 护照号"),
    Target("patient.insurance", _lt("Insurance card number"), names="insurance_no 医保卡号"),
    Target("patient.health_record", _lt("Health record number"), names="健康档案号"),
    *CORE,
    Target("patient.phone_other", _lt("Second phone"), names="phone2 其他电话"),
    Target("patient.email", _lt("Patient's e-mail"), names="email 邮箱"),
    Target("patient.street", _lt("Street and number"), names="address street 住址 地址"),
    Target("patient.street2", _lt("Rest of the address"), names="street2"),
    Target("patient.city", _lt("Patient's city"), names="city 城市"),
    Target("patient.zip", _lt("Postal code"), names="zip postcode 邮编"),
    Target("patient.country", _lt("Country code"), names="country 国家"),
    Target("patient.area_code", _lt("Administrative area code"), names="area_code 行政区划代码"),
    Target("patient.is_deceased", _lt("Has died"), "flag", tables.FLAG, "is_dead 是否死亡"),
    Target("patient.death_date", _lt("Died on"), "day", names="death_date 死亡日期"),
)
PLACE = (
    Target("fact.department", _lt("Department code"), names="dept_code department 科室代码"),
    Target("fact.doctor", _lt("Staff number of the doctor"), names="doctor_code doctor 医生工号"),
)
SHORT = (*NUMBERS, *CORE)
VISIT_OF = (Target("visit.number", _lt("Visit number"), names="visit_no visit_id 就诊号"),)
ENCOUNTER = (
    Target("visit.number", _lt("Visit number"), names="visit_no visit_id 就诊号", is_needed=True),
    Target("visit.encounter_class", _lt("Kind of visit"), "code", tables.VISIT_CLASS, "就诊类型"),
    Target("visit.state", _lt("State of the visit"), "code", tables.VISIT_STATE, "就诊状态"),
    Target("visit.started_at", _lt("Begin of the visit"), "moment", names="start_time 就诊时间"),
    Target("visit.ended_at", _lt("End of the visit"), "moment", names="end_time 出院时间"),
    Target("visit.department", _lt("Department code"), names="dept_code department 科室代码"),
    Target("visit.campus", _lt("Campus code"), names="campus 院区代码"),
    Target("visit.doctor", _lt("Staff number of the doctor"), names="doctor_code doctor 医生工号"),
    Target("visit.location", _lt("Ward, room and bed"), names="ward bed 床号"),
    Target("visit.reason", _lt("Reason for the visit"), "long", names="reason 主诉"),
    Target("visit.payer", _lt("Payer of the visit"), names="payer 费别"),
    Target("visit.disposition", _lt("Where to after the visit"), names="离院方式"),
    Target("visit.booked_at", _lt("Time of booking"), "moment", names="挂号时间"),
    Target("visit.checked_in_at", _lt("Time of check-in"), "moment", names="报到时间"),
    Target("visit.called_at", _lt("Time of the call"), "moment", names="叫号时间"),
    Target("visit.seen_at", _lt("Time with the doctor"), "moment", names="接诊时间"),
    Target("visit.left_at", _lt("Time of leaving"), "moment", names="离开时间"),
)
DIAGNOSIS = (
    Target("fact.code", _lt("Diagnosis code"), names="icd_code diag_code 诊断编码"),
    Target("fact.name", _lt("Diagnosis in words"), names="diag_name 诊断名称"),
    Target("fact.kind", _lt("Kind of diagnosis"), "code", tables.DIAGNOSIS_KIND, "诊断类型"),
    Target("fact.is_main", _lt("Is the main diagnosis"), "flag", tables.FLAG, "是否主诊断"),
    Target("fact.recorded_at", _lt("Time of the diagnosis"), "moment", names="诊断时间"),
    Target("fact.coding_system", _lt("Coding system")),
)
OBSERVATION = (
    Target("fact.code", _lt("Code of the result"), names="item_code 项目代码"),
    Target("fact.name", _lt("Name of the result"), names="item_name 项目名称"),
    Target("fact.value", _lt("Value of the result"), "long", names="result value 结果"),
    Target("fact.unit", _lt("Unit of the result"), names="unit 单位"),
    Target("fact.reference_range", _lt("Reference range of the result"), names="参考范围"),
    Target("fact.abnormal_flag", _lt("Abnormal flag (H, L, N)"), names="flag 异常标志"),
    Target("fact.status", _lt("Status of the result"), "code", tables.RESULT_STATUS, "报告状态"),
    Target("fact.observed_at", _lt("Time of the sample"), "moment", names="test_time 检验时间"),
    Target("fact.issued_at", _lt("Time of the report"), "moment", names="report_time 报告时间"),
    Target("fact.code_system", _lt("Coding system")),
)
CHARGE = (
    Target("fact.item_code", _lt("Code of the item"), names="item_code 收费项目代码"),
    Target("fact.item_name", _lt("Name of the item"), names="item_name 收费项目名称"),
    Target("fact.kind", _lt("Kind of charge line"), "code", tables.CHARGE_KIND, "收费类型"),
    Target("fact.category", _lt("Category of the item"), names="category 费用类别"),
    Target("fact.charged_at", _lt("Time of charging"), "moment", names="charge_time 收费时间"),
    Target("fact.quantity", _lt("Number of items"), "number", names="quantity qty 数量"),
    Target("fact.unit_price", _lt("Price of one item"), "number", names="price unit_price 单价"),
    Target("fact.list_amount", _lt("Amount before discount"), "number", names="amount 金额"),
    Target("fact.discount_amount", _lt("Discount granted"), "number", names="discount 优惠金额"),
    Target("fact.paid_amount", _lt("Amount paid"), "number", names="paid 实付金额"),
    Target("fact.cost_amount", _lt("Cost to the hospital"), "number", names="成本"),
    Target("fact.payer", _lt("Payer of the charge"), names="payer 费别"),
)
PRESCRIPTION = (
    Target("fact.drug_code", _lt("Drug code"), names="drug_code 药品代码"),
    Target("fact.drug_name", _lt("Drug name"), names="drug_name 药品名称"),
    Target("fact.dose", _lt("Size of one dose"), "number", names="dose 单次剂量"),
    Target("fact.dose_unit", _lt("Unit of the dose"), names="dose_unit 剂量单位"),
    Target("fact.route", _lt("Route of administration"), names="route 给药途径"),
    Target("fact.frequency", _lt("How often it is taken"), names="frequency 频次"),
    Target("fact.quantity", _lt("Number dispensed"), "number", names="quantity 数量"),
    Target("fact.quantity_unit", _lt("Unit of what is dispensed"), names="quantity_unit 单位"),
    Target("fact.days_supply", _lt("Lasts for days"), "integer", names="days 用药天数"),
    Target("fact.start_date", _lt("First day of the drug"), "day", names="start_date 开始日期"),
    Target(
        "fact.state",
        _lt("State of the prescription"),
        "code",
        tables.PRESCRIPTION_STATE,
        "处方状态",
    ),
)
APPOINTMENT = (
    Target("fact.starts_at", _lt("Begin of the appointment"), "moment", names="预约时间"),
    Target("fact.ends_at", _lt("End of the appointment"), "moment", names="预约结束时间"),
    Target("fact.minutes", _lt("Minutes it takes"), "integer", names="minutes 时长"),
    Target("fact.service", _lt("What is booked"), names="service 预约项目"),
    Target(
        "fact.state", _lt("State of the appointment"), "code", tables.APPOINTMENT_STATE, "预约状态"
    ),
    Target("fact.reason", _lt("Reason for the appointment"), "long", names="预约原因"),
    Target("fact.campus", _lt("Campus code"), names="campus 院区代码"),
)
IMMUNIZATION = (
    Target("fact.vaccine_code", _lt("Vaccine code"), names="vaccine_code 疫苗代码"),
    Target("fact.vaccine_name", _lt("Vaccine name"), names="vaccine_name 疫苗名称"),
    Target("fact.dose_number", _lt("Which dose it is"), "integer", names="dose_no 剂次"),
    Target("fact.given_on", _lt("Day of vaccination"), "day", names="接种日期"),
    Target("fact.lot_number", _lt("Lot of the vaccine"), names="lot 批号"),
    Target("fact.site", _lt("Site of injection"), names="接种部位"),
    Target("fact.status", _lt("Status of vaccination"), "code", tables.DOSE_STATUS, "接种状态"),
)
RELATION = (
    Target(
        "relative.name", _lt("Relative's name"), names="contact_name 联系人姓名", is_needed=True
    ),
    Target(
        "relative.relation",
        _lt("Relative's relation to the patient"),
        "code",
        tables.RELATION,
        "关系",
    ),
    Target("relative.phone", _lt("Relative's phone"), names="contact_phone 联系人电话"),
    Target("relative.national_id", _lt("Relative's resident ID"), names="联系人身份证号"),
)
MERGE = (
    Target(
        "merge.number",
        _lt("Record number that is given up"),
        names="old_id 旧病历号",
        is_needed=True,
    ),
)

#: Kind of record → what a feed of it can tell.
KINDS = {
    "patient": (*PERSON, WHEN),
    "relation": (*SHORT, *RELATION, WHEN),
    "encounter": (*SHORT, *ENCOUNTER, WHEN),
    "diagnosis": (*SHORT, *VISIT_OF, *DIAGNOSIS, PLACE[1], WHEN),
    "observation": (*SHORT, *VISIT_OF, *OBSERVATION, *PLACE, WHEN),
    "charge": (*SHORT, *VISIT_OF, *CHARGE, *PLACE, WHEN),
    "prescription": (*SHORT, *VISIT_OF, *PRESCRIPTION, *PLACE, WHEN),
    "appointment": (*SHORT, *APPOINTMENT, *PLACE, WHEN),
    "immunization": (*SHORT, *VISIT_OF, *IMMUNIZATION, PLACE[1], WHEN),
    "merge": (*NUMBERS[:1], *MERGE, WHEN),
}
#: Kinds whose rows are facts: a row is known again by its key.
FACTS = {
    kind: f"hcrm.{kind}"
    for kind in (
        "diagnosis",
        "observation",
        "charge",
        "prescription",
        "appointment",
        "immunization",
    )
}
LOCATIONS.update({target.code: target.label for each in KINDS.values() for target in each})


def find(kind, code):
    """Return the :class:`Target` with a code, None for an unknown one."""
    return next((one for one in KINDS.get(kind, ()) if one.code == code), None)


def propose(kind, columns):
    """Return {target code: column} for columns of usual names; each column is used once.

    >>> propose("patient", ["PATIENT_ID", "姓名", "sex", "remark"])
    {'patient.number': 'PATIENT_ID', 'patient.name': '姓名', 'patient.sex': 'sex'}
    """
    known = {column.strip().casefold(): column for column in columns}
    found = {}
    for target in KINDS.get(kind, ()):
        for name in (target.field, *target.names.casefold().split()):
            if name in known:
                found[target.code] = known.pop(name)
                break
    return found
