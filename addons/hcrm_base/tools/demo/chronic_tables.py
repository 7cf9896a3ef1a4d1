"""Long illnesses: how many have them at which age, how often they come, what they take.

``prevalence`` is by the age bands of ``disease_tables``, in per cent of that age and sex.
"""

from typing import NamedTuple


class Chronic(NamedTuple):
    """``interval``: days between visits; ``stays``: stays in hospital a year."""

    code: str
    name: str
    department: str
    prevalence: tuple
    interval: int
    drugs: str
    panels: str
    reasons: tuple
    sex: str = ""
    imaging: str = ""
    stays: float = 0.0
    stay_days: int = 8
    surgery: str = ""
    acute: tuple = ()  # (code, name) written when such a stay is an exacerbation
    home: float = 0.0
    season: str = "flat"


CHRONIC = (
    Chronic(
        "I10", "特发性（原发性）高血压", "CARD", (0, 0, 0, 3, 20, 42, 52), 45,
        "amlodipine valsartan", "pressure kidney lipids",
        ("来配降压药", "血压最近有点高", "头晕，想看看血压药要不要调", "复查，配药"), home=0.05,
        stays=0.02, season="cold",
    ),
    Chronic(
        "E11.9", "2型糖尿病不伴有并发症", "ENDO", (0, 0, 0.1, 1.5, 9, 18, 18), 42,
        "metformin empagliflozin", "glucose hba1c kidney lipids",
        ("来配降糖药", "血糖控制不好", "复查糖化", "口干，空腹血糖偏高"), stays=0.07, home=0.03,
    ),
    Chronic(
        "I25.1", "动脉硬化性心脏病", "CARD", (0, 0, 0, 0.1, 3, 11, 18), 45,
        "aspirin atorvastatin metoprolol", "lipids cardiac",
        ("复查，配药", "走快了胸闷", "支架术后复诊"), "", "ecg", 0.20, 7, "pci", season="cold",
    ),
    Chronic(
        "I48.9", "心房颤动和心房扑动", "CARD", (0, 0, 0, 0, 0.7, 3, 7), 40,
        "rivaroxaban metoprolol", "coag", ("心慌，心跳不齐", "复查凝血"), "", "ecg", 0.15, 6,
    ),
    Chronic(
        "I50.9", "心力衰竭", "CARD", (0, 0, 0, 0, 0.5, 2.5, 6), 30,
        "furosemide valsartan metoprolol", "bnp kidney",
        ("晚上躺不平，脚肿", "气急加重", "复诊配药"), "", "ecg", 0.75, 9, season="cold",
    ),
    Chronic(
        "J44.9", "慢性阻塞性肺病", "RESP", (0, 0, 0, 0.1, 2, 8, 11), 45,
        "tiotropium", "spirometry", ("活动后气急", "咳痰喘加重", "来配吸入药"), "", "ct_chest",
        0.45, 9, acute=("J44.1", "慢性阻塞性肺病伴有急性加重"), season="winter",
    ),
    Chronic(
        "J45.9", "哮喘", "RESP", (1, 4, 4, 2, 2, 2, 2), 50,
        "budesonide", "spirometry", ("夜里咳喘", "换季哮喘又发了", "复查肺功能"), stays=0.06,
        stay_days=5, season="spring",
    ),
    Chronic(
        "N18.9", "慢性肾脏病", "NEPH", (0, 0, 0, 0.3, 1.2, 3.5, 6), 40,
        "valsartan ketoacid", "kidney cbc", ("复查肾功能", "脚肿，小便泡沫多"), stays=0.3,
    ),
    Chronic(
        "E78.5", "高脂血症", "CARD", (0, 0, 0, 2, 7, 8, 6), 90,
        "atorvastatin", "lipids liver", ("体检血脂高", "复查血脂"),
    ),
    Chronic(
        "E05.9", "未特指的甲状腺毒症", "ENDO", (0, 0, 0.2, 1.2, 0.8, 0.4, 0.2), 40,
        "methimazole", "thyroid cbc", ("心慌手抖，人瘦了", "复查甲功"),
    ),
    Chronic(
        "E03.9", "甲状腺功能减退症", "ENDO", (0, 0, 0.1, 1, 1.6, 1.4, 1), 80,
        "levothyroxine", "thyroid", ("复查甲功，调药", "怕冷没精神"), "female",
    ),
    Chronic(
        "M10.9", "痛风", "ENDO", (0, 0, 0, 2, 4, 4, 2.5), 60,
        "febuxostat", "uric", ("大脚趾又痛了", "尿酸高，复查"), "male", season="summer",
    ),
    Chronic(
        "B18.1", "慢性乙型病毒性肝炎，不伴有δ因子", "GAST", (0, 0, 0, 1.5, 2.5, 2, 1), 90,
        "entecavir", "liver", ("复查肝功能和病毒量", "来配抗病毒药"), "", "ultrasound",
    ),
    Chronic(
        "M81.9", "骨质疏松", "ORTH", (0, 0, 0, 0, 1.5, 7, 12), 80,
        "calcium alendronate", "", ("骨密度低，来配药", "腰背酸痛"), "female", "xray",
    ),
    Chronic(
        "F32.9", "抑郁发作", "PSYC", (0, 0, 0.8, 2, 1.6, 1.4, 1), 30,
        "escitalopram", "phq", ("情绪低落，什么都不想做", "复诊配药", "睡不好，老想哭"), stays=0.05,
        stay_days=18,
    ),
    Chronic(
        "G20", "帕金森病", "NEUR", (0, 0, 0, 0, 0.1, 1, 2.2), 45,
        "levodopa", "", ("手抖加重", "走路小碎步，来调药"), home=0.2,
    ),
    Chronic(
        "F03", "未特指的痴呆", "NEUR", (0, 0, 0, 0, 0, 1.5, 6), 60,
        "donepezil", "", ("老人最近不认人", "记性越来越差"), home=0.4,
    ),
    Chronic(
        "K74.6", "肝硬化", "GAST", (0, 0, 0, 0.05, 0.4, 0.6, 0.5), 35,
        "propranolol furosemide", "liver coag", ("肚子胀，脚肿", "复查"), "", "ultrasound", 0.8, 10,
    ),
    Chronic(
        "C34.9", "支气管或肺的恶性肿瘤", "ONCO", (0, 0, 0, 0.03, 0.35, 1.1, 1.3), 32,
        "gefitinib", "tumour cbc liver", ("化疗后复查", "咳嗽痰里带血丝"), "", "ct_chest", 1.8, 8,
        "lung", ("Z51.1", "为肿瘤化学治疗疗程"),
    ),
    Chronic(
        "C50.9", "乳房恶性肿瘤", "ONCO", (0, 0, 0, 0.15, 1.1, 1.0, 0.7), 40,
        "letrozole", "tumour cbc liver", ("术后复查", "来配内分泌药"), "female", "ultrasound", 1.1,
        7, "breast", ("Z51.1", "为肿瘤化学治疗疗程"),
    ),
    Chronic(
        "C18.9", "结肠恶性肿瘤", "ONCO", (0, 0, 0, 0.02, 0.25, 0.8, 1.0), 40,
        "capecitabine", "tumour cbc liver", ("术后复查", "化疗后乏力"), "", "ct", 1.5, 9, "colon",
        ("Z51.1", "为肿瘤化学治疗疗程"),
    ),
    Chronic(
        "C16.9", "胃恶性肿瘤", "ONCO", (0, 0, 0, 0.02, 0.25, 0.7, 0.8), 40,
        "capecitabine omeprazole", "tumour cbc liver", ("术后复查", "吃不下，人瘦了"), "",
        "gastroscopy", 1.6, 9, "stomach", ("Z51.1", "为肿瘤化学治疗疗程"),
    ),
)  # fmt: skip

#: Visits without an illness: (code, name).
CHECK_UP = ("Z00.0", "一般性医学检查")
CHILD_CHECK = ("Z00.1", "儿童常规健康检查")
PREGNANCY = ("Z34.9", "未特指的正常妊娠监督")
BIRTH = ("O80.9", "单胎顺产")
CAESAREAN = ("O82.0", "经选择性剖宫产术的分娩")
FOLLOW_UP = ("Z09.9", "其他情况治疗后的随诊检查")
AFTER_BIRTH = ("Z39.2", "产后常规随诊")
