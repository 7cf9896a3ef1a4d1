"""Rows of two small systems of the demonstration hospital that speak no HL7; plain Python."""

from datetime import timedelta

#: code of the source, name, way, sender, feed (code, name, kind, keys, {field: column}, codes)
SOURCES = (
    (
        "tijian",
        "体检系统",
        "http",
        "PEIS|RENAI",
        {"code": "results", "name": "体检结果", "kind": "observation", "key_columns": "id"},
        {
            "patient.number": "patient.no",
            "patient.name": "patient.name",
            "fact.code": "item",
            "fact.name": "item_name",
            "fact.value": "value",
            "fact.unit": "unit",
            "fact.abnormal_flag": "flag",
            "fact.observed_at": "检查时间",
        },
    ),
    (
        "fangyi",
        "预防接种门诊",
        "file",
        "EPI|RENAI",
        {"code": "doses", "name": "接种记录", "kind": "immunization", "key_columns": "流水号"},
        {
            "patient.number": "病历号",
            "patient.name": "姓名",
            "fact.vaccine_code": "疫苗代码",
            "fact.vaccine_name": "疫苗名称",
            "fact.dose_number": "剂次",
            "fact.given_on": "接种日期",
            "fact.lot_number": "批号",
            "fact.status": "状态",
        },
    ),
    (
        "shoufei",
        "收费系统视图",
        "sql",
        "FEEDB|RENAI",
        {"code": "charges", "name": "收费明细", "kind": "charge", "key_columns": "fee_id"},
        {
            "patient.number": "patient_id",
            "visit.number": "visit_no",
            "fact.item_code": "item_code",
            "fact.item_name": "item_name",
            "fact.quantity": "qty",
            "fact.unit_price": "price",
            "fact.charged_at": "charge_time",
        },
    ),
)
VACCINES = (("0501", "流感疫苗"), ("0602", "23价肺炎疫苗"), ("0301", "带状疱疹疫苗"))
RESULTS = (("GLU", "空腹血糖", "5.2", "mmol/L", "N"), ("UA", "尿酸", "468", "umol/L", "H"))


def json_rows(patients, now):
    """Return rows of the check-up system, the last of them with a date that is none.

    >>> from datetime import datetime
    >>> from .demo_feed import Patient
    >>> rows = json_rows([Patient("7", "李福根", None, "male")], datetime(2026, 3, 1))
    >>> [(row["id"], row["检查时间"]) for row in rows]
    [('T0000-GLU', '2026-02-28 09:00'), ('T0000-UA', '昨天')]
    """
    day = f"{now - timedelta(days=1):%Y-%m-%d} 09:00"
    rows = [
        {
            "id": f"T{number:04}-{code}",
            "patient": {"no": patient.number, "name": patient.name},
            "item": code,
            "item_name": name,
            "value": value,
            "unit": unit,
            "flag": flag,
            "检查时间": day,
        }
        for number, patient in enumerate(patients)
        for code, name, value, unit, flag in RESULTS
    ]
    if rows:
        rows[-1]["检查时间"] = "昨天"
    return rows


def csv_text(patients, now):
    """Return a file of the vaccination clinic, one line of it damaged.

    >>> from datetime import datetime
    >>> from .demo_feed import Patient
    >>> csv_text([Patient("7", "李福根", None, "male")] * 2, datetime(2026, 3, 1)).splitlines()[1:]
    ['E0000,7,李福根,0501,流感疫苗,1,2026/03/01,A7,已接种', 'E0001,7,李福根,0602']
    """
    lines = ["流水号,病历号,姓名,疫苗代码,疫苗名称,剂次,接种日期,批号,状态"]
    for number, patient in enumerate(patients):
        code, name = VACCINES[number % len(VACCINES)]
        cells = (f"E{number:04}", patient.number, patient.name, code, name, "1")
        lines.append(",".join((*cells, f"{now:%Y/%m/%d}", "A7", "已接种")))
    if len(lines) > 2:
        lines[-1] = ",".join(lines[-1].split(",")[:4])
    return "\n".join(lines) + "\n"
