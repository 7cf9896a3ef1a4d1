"""What people come with: ICD-10 codes (WHO, four characters), who has it, when, and what they say.

Ages are bands: 0-2, 3-6, 7-17, 18-39, 40-59, 60-74, 75 and more. A weight is the relative number of
episodes in a year in each band, summed over both sexes.
"""

from typing import NamedTuple

BANDS = (3, 7, 18, 40, 60, 75)

#: Weight of January to December.
SEASONS = {
    "flat": (1,) * 12,
    "winter": (2.2, 1.9, 1.4, 1.0, 0.7, 0.5, 0.4, 0.4, 0.6, 0.9, 1.4, 2.0),
    "flu": (3.0, 1.8, 0.9, 0.4, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 1.6, 3.2),
    "summer": (0.6, 0.6, 0.7, 0.9, 1.2, 1.7, 2.1, 2.1, 1.5, 1.0, 0.6, 0.6),
    "spring": (0.6, 0.8, 1.7, 2.1, 1.7, 0.9, 0.6, 0.7, 1.3, 1.2, 0.6, 0.5),
    "enterovirus": (0.2, 0.2, 0.5, 1.2, 2.3, 2.8, 2.0, 0.9, 0.8, 0.8, 0.4, 0.2),
    "cold": (1.4, 1.4, 1.2, 1.0, 0.9, 0.8, 0.7, 0.7, 0.8, 1.0, 1.2, 1.4),
    "holidays": (1.0, 1.6, 0.7, 0.8, 0.9, 0.9, 1.9, 2.0, 0.7, 0.9, 0.8, 0.8),
}


class Disease(NamedTuple):
    """``classes``: chances of (emergency, inpatient), else outpatient; ``stay`` in days."""

    code: str
    name: str
    department: str
    season: str
    weights: tuple
    reasons: tuple
    drugs: str = ""
    panels: str = ""
    imaging: str = ""
    sex: str = ""
    classes: tuple = (0.03, 0.0)
    stay: int = 6
    surgery: str = ""
    fever: float = 0.0


ACUTE = (
    Disease(
        "J06.9", "急性上呼吸道感染", "RESP", "winter", (60, 55, 40, 24, 20, 16, 12),
        ("咳嗽流鼻涕三天", "喉咙痛，有点发烧", "鼻塞、打喷嚏，浑身没力气", "孩子反复低烧"),
        "ibuprofen ambroxol", "cbc", fever=0.5, classes=(0.14, 0.0),
    ),
    Disease(
        "J20.9", "急性支气管炎", "RESP", "winter", (22, 20, 12, 8, 10, 12, 10),
        ("咳嗽一个多星期，有痰", "夜里咳得睡不着", "咳嗽有黄痰"),
        "azithromycin ambroxol", "cbc", "chest", fever=0.3, classes=(0.08, 0.0),
    ),
    Disease(
        "J18.9", "肺炎", "RESP", "winter", (9, 8, 4, 2, 3, 6, 10),
        ("高烧不退，咳嗽厉害", "发烧四天，喘不上气", "咳嗽发热，胸口疼"),
        "cefuroxime ambroxol", "cbc crp", "ct_chest", fever=0.9, classes=(0.18, 0.45), stay=8,
    ),
    Disease(
        "J11.1", "流行性感冒伴有其他呼吸道表现", "RESP", "flu", (18, 26, 26, 12, 9, 7, 6),
        ("突然高烧，全身酸痛", "班里好几个同学得了流感，也发烧了", "发烧39度，头痛"),
        "oseltamivir ibuprofen", "cbc crp", fever=0.95, classes=(0.25, 0.02), stay=5,
    ),
    Disease(
        "A09.9", "未特指病因的胃肠炎和结肠炎", "GAST", "summer", (16, 14, 10, 14, 10, 8, 7),
        ("拉肚子一天七八次", "吃了烧烤以后上吐下泻", "肚子痛、腹泻两天"),
        "smecta", "cbc", fever=0.25, classes=(0.30, 0.03), stay=3,
    ),
    Disease(
        "B08.4", "肠病毒性水疱性口炎伴疹（手足口病）", "PEDI", "enterovirus",
        (20, 18, 2, 0, 0, 0, 0),
        ("手上脚上起疹子，嘴里有泡", "幼儿园有手足口，孩子不肯吃饭"),
        "ibuprofen", "cbc", fever=0.6, classes=(0.12, 0.04), stay=4,
    ),
    Disease(
        "K29.5", "慢性胃炎", "GAST", "flat", (0, 0, 1, 12, 16, 13, 8),
        ("胃胀，吃一点就饱", "空腹时胃痛", "反酸、嗳气半年"),
        "omeprazole", "hp", "gastroscopy",
    ),
    Disease(
        "K21.0", "胃食管反流病伴有食管炎", "GAST", "flat", (0, 0, 0, 7, 9, 6, 4),
        ("烧心，晚上躺下更明显", "嗓子总有异物感"), "omeprazole", "", "gastroscopy",
    ),
    Disease(
        "K35.8", "急性阑尾炎", "GSUR", "summer", (0, 1, 2, 1.6, 1, 0.5, 0.3),
        ("右下腹痛一天", "肚子痛转到右下边，恶心"),
        "cefuroxime", "cbc crp", "ultrasound", classes=(0.1, 0.9), stay=5, surgery="appendectomy",
        fever=0.5,
    ),
    Disease(
        "K80.2", "胆囊结石不伴有胆囊炎", "GSUR", "flat", (0, 0, 0, 2.5, 4, 4, 2.5),
        ("右上腹隐痛，吃油腻后加重", "体检发现胆结石，想手术"),
        "udca", "liver cbc", "ultrasound", classes=(0.06, 0.45), stay=6, surgery="cholecystectomy",
    ),
    Disease(
        "K40.9", "单侧腹股沟疝", "GSUR", "flat", (0.6, 0.5, 0.1, 0.3, 0.8, 1.6, 1.8),
        ("大腿根有个包，站着就鼓出来",), "", "cbc", "ultrasound", "male", (0.02, 0.7), 4, "hernia",
    ),
    Disease(
        "K64.9", "痔", "GSUR", "flat", (0, 0, 0, 6, 6, 4, 2),
        ("大便带血", "痔疮疼得坐不住"), "diosmin", "", classes=(0, 0.1), stay=4, surgery="anal",
    ),
    Disease(
        "N20.1", "输尿管结石", "UROL", "summer", (0, 0, 0, 5, 5, 2.5, 1),
        ("腰突然痛得打滚", "小便带血，腰疼"),
        "tamsulosin ibuprofen", "urine kidney", "ct", classes=(0.45, 0.18), stay=4,
        surgery="lithotripsy",
    ),
    Disease(
        "N39.0", "泌尿道感染", "UROL", "summer", (0.6, 0.6, 0.6, 7, 7, 6, 5),
        ("尿频尿急尿痛", "小便刺痛两天"), "levofloxacin", "urine", sex="female", fever=0.1,
    ),
    Disease(
        "N40", "前列腺增生", "UROL", "cold", (0, 0, 0, 0, 4, 14, 15),
        ("夜里要起来四五次小便", "尿等待、尿线细"),
        "tamsulosin", "psa", "ultrasound", "male", (0.01, 0.06), 7, "turp",
    ),
    Disease(
        "L20.9", "特应性皮炎", "DERM", "cold", (10, 6, 3, 3, 1, 1, 1),
        ("身上起红疹，一直抓", "皮肤干痒反复发作"), "mometasone cetirizine",
    ),
    Disease(
        "L50.9", "荨麻疹", "DERM", "spring", (5, 6, 6, 9, 6, 4, 2),
        ("身上起一片一片的风团，很痒", "吃海鲜后全身痒"), "cetirizine", classes=(0.2, 0.0),
    ),
    Disease(
        "L30.9", "皮炎", "DERM", "summer", (5, 4, 5, 9, 8, 6, 5),
        ("小腿上湿疹反复", "手上脱皮发痒"),
        "mometasone",
    ),
    Disease(
        "B35.3", "足癣", "DERM", "summer", (0, 0, 1, 5, 5, 3, 2), ("脚气又犯了", "脚趾缝烂了"),
        "terbinafine",
    ),
    Disease(
        "H10.9", "结膜炎", "OPHT", "spring", (3, 4, 4, 5, 4, 4, 3), ("眼睛红，分泌物多", "眼睛痒"),
        "levofloxacin_eye",
    ),
    Disease(
        "H52.1", "近视", "OPHT", "holidays", (0, 5, 26, 6, 1, 0, 0),
        ("看黑板不清楚，想配眼镜", "学校筛查说视力下降"), "", "", "refraction", classes=(0, 0),
    ),
    Disease(
        "H25.9", "老年性白内障", "OPHT", "flat", (0, 0, 0, 0, 1, 6, 8),
        ("看东西越来越模糊", "左眼像蒙了一层雾"),
        "levofloxacin_eye", "glucose", "eye", "", (0, 0.42), 2, "cataract",
    ),
    Disease(
        "H66.9", "中耳炎", "ENT", "winter", (5, 6, 3, 1.5, 1, 1, 0.5), ("耳朵痛，哭闹", "耳朵流水"),
        "cefuroxime", fever=0.3, classes=(0.15, 0.0),
    ),
    Disease(
        "J30.4", "变应性鼻炎", "ENT", "spring", (2, 9, 14, 12, 7, 3, 1),
        ("早上起来连打喷嚏", "鼻子痒、流清水鼻涕"), "cetirizine mometasone_nasal",
    ),
    Disease(
        "J35.0", "慢性扁桃体炎", "ENT", "holidays", (0, 2, 2.5, 1.5, 0.4, 0, 0),
        ("扁桃体一年发炎五六次", "睡觉打呼噜，张口呼吸"),
        "cefuroxime", "cbc", "", "", (0, 0.4), 5, "tonsillectomy",
    ),
    Disease(
        "K02.9", "龋齿", "STOM", "holidays", (0.5, 9, 11, 11, 9, 8, 5), ("牙疼", "牙上有个洞"),
        "", "", "dental", classes=(0, 0),
    ),
    Disease(
        "K05.3", "慢性牙周炎", "STOM", "flat", (0, 0, 0, 7, 11, 8, 4), ("刷牙出血", "牙齿松动"),
        "metronidazole", "", "dental", classes=(0, 0),
    ),
    Disease(
        "M54.5", "下背痛", "ORTH", "cold", (0, 0, 1, 11, 13, 11, 8), ("腰疼直不起来", "久坐腰痛"),
        "celecoxib", "", "mri",
    ),
    Disease(
        "M17.9", "膝关节病", "ORTH", "cold", (0, 0, 0, 1, 7, 15, 14),
        ("膝盖疼，下楼梯厉害", "膝盖肿了"),
        "celecoxib glucosamine", "", "xray", "", (0.01, 0.05), 11, "knee",
    ),
    Disease(
        "S82.6", "外踝骨折", "ORTH", "flat", (0, 0.5, 1.4, 1.4, 1.4, 1.4, 1),
        ("下楼扭了脚，肿得厉害", "打球崴脚不能走路"),
        "celecoxib", "cbc", "xray", "", (0.45, 0.42), 8, "fracture",
    ),
    Disease(
        "S52.5", "桡骨下端骨折", "ORTH", "flat", (0, 1, 1.6, 0.8, 1.2, 2, 2.2),
        ("摔倒手撑地，手腕变形",), "celecoxib", "cbc", "xray", "", (0.55, 0.25), 6, "fracture",
    ),
    Disease(
        "S72.0", "股骨颈骨折", "ORTH", "cold", (0, 0, 0, 0.05, 0.2, 1.2, 3.4),
        ("老人摔倒后站不起来", "在家滑倒，大腿根疼"),
        "celecoxib rivaroxaban", "cbc coag kidney", "ct", "", (0.04, 0.95), 13, "hip",
    ),
    Disease(
        "S61.9", "腕和手开放性伤口", "EMER", "summer", (1, 1, 1.5, 3, 2, 1, 0.5),
        ("切菜切到手", "手被玻璃划破"), "cefuroxime", "", classes=(0.95, 0.02), stay=3,
    ),
    Disease(
        "S06.0", "脑震荡", "EMER", "holidays", (1.2, 1.5, 1.5, 1, 0.8, 0.8, 0.8),
        ("从床上摔下来碰到头", "骑电瓶车摔了，头晕想吐"), "", "", "ct", "", (0.85, 0.12), 4,
    ),
    Disease(
        "R07.4", "胸痛", "CARD", "cold", (0, 0, 0.5, 4, 7, 7, 5), ("胸口闷痛", "胸口像压了块石头"),
        "", "cardiac", "ecg", "", (0.5, 0.05), 3,
    ),
    Disease(
        "R51", "头痛", "NEUR", "flat", (0, 0, 2, 7, 8, 6, 4), ("头痛一周", "后脑勺胀痛"),
        "ibuprofen", "", "ct", "", (0.12, 0.0),
    ),
    Disease(
        "G43.9", "偏头痛", "NEUR", "flat", (0, 0, 1, 5, 4, 1, 0), ("偏头痛又犯了，见光就难受",),
        "ibuprofen", sex="female",
    ),
    Disease(
        "H81.1", "良性阵发性眩晕", "ENT", "flat", (0, 0, 0, 2, 5, 6, 5),
        ("一翻身就天旋地转", "头晕恶心"), "betahistine", "", "ecg", classes=(0.4, 0.03), stay=4,
    ),
    Disease(
        "G47.0", "睡眠启动和维持障碍（失眠症）", "PSYC", "flat", (0, 0, 1, 7, 9, 8, 6),
        ("整夜睡不着", "凌晨三点就醒"), "estazolam",
    ),
    Disease(
        "F41.1", "广泛性焦虑障碍", "PSYC", "flat", (0, 0, 2, 7, 6, 3, 1),
        ("总是心慌、紧张", "控制不住地担心"), "escitalopram", classes=(0.02, 0.01),
    ),
    Disease(
        "N76.0", "急性阴道炎", "OBGY", "summer", (0, 0, 0.5, 18, 11, 3, 0.5),
        ("下面痒，白带多", "分泌物有异味"), "metronidazole", "", sex="female", classes=(0, 0),
    ),
    Disease(
        "N92.0", "月经过多或过频，周期规则", "OBGY", "flat", (0, 0, 1.5, 8, 7, 0, 0),
        ("月经量特别多，十天不干净",), "iron", "cbc", "ultrasound", "female",
    ),
    Disease(
        "D25.9", "子宫平滑肌瘤", "OBGY", "flat", (0, 0, 0, 2.5, 5, 0.6, 0.1),
        ("体检B超说有肌瘤", "小肚子坠胀"),
        "", "cbc", "ultrasound", "female", (0.02, 0.28), 7, "myomectomy",
    ),
    Disease(
        "P59.9", "新生儿黄疸", "PEDI", "flat", (3, 0, 0, 0, 0, 0, 0), ("宝宝皮肤发黄",),
        "", "bilirubin", "", "", (0.1, 0.4), 4,
    ),
    Disease(
        "D50.9", "缺铁性贫血", "INT", "flat", (3, 1, 1, 3, 3, 2, 3), ("头晕乏力，脸色差",),
        "iron", "cbc",
    ),
    Disease(
        "I21.9", "急性心肌梗死", "CARD", "cold", (0, 0, 0, 0.08, 0.9, 2.2, 3),
        ("胸口剧痛，出冷汗", "胸痛两小时，喘不过气"),
        "aspirin clopidogrel atorvastatin", "cardiac lipids cbc", "ecg", "", (0.02, 0.97), 9, "pci",
    ),
    Disease(
        "I63.9", "脑梗死", "NEUR", "cold", (0, 0, 0, 0.1, 1.6, 5, 8),
        ("早上起来右手没力气，说话不清", "半边身子发麻"),
        "aspirin atorvastatin", "coag lipids glucose", "mri", "", (0.05, 0.92), 12,
    ),
)  # fmt: skip
