"""What is measured: LOINC code, name, UCUM unit, reference range, critical limits, usual values."""

from typing import NamedTuple


class Analyte(NamedTuple):
    """``mean`` and ``spread`` are those of healthy people; ``panic`` the critical (low, high)."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    mean: float
    spread: float
    digits: int = 1
    panic: tuple = (None, None)


ANALYTES = {
    "sbp": Analyte("8480-6", "收缩压", "mm[Hg]", 90, 139, 122, 10, 0, (80, 180)),
    "dbp": Analyte("8462-4", "舒张压", "mm[Hg]", 60, 89, 76, 7, 0, (45, 110)),
    "pulse": Analyte("8867-4", "心率", "/min", 60, 100, 76, 9, 0, (40, 140)),
    "temperature": Analyte("8310-5", "体温", "Cel", 36.0, 37.2, 36.6, 0.25, 1, (35.0, 40.0)),
    "spo2": Analyte("59408-5", "血氧饱和度", "%", 95, 100, 98, 0.8, 0, (90, None)),
    "weight": Analyte("29463-7", "体重", "kg", 45, 80, 64, 9, 1),
    "height": Analyte("8302-2", "身高", "cm", 145, 190, 166, 8, 0),
    "bmi": Analyte("39156-5", "体质指数", "kg/m2", 18.5, 23.9, 23.4, 2.9, 1),
    "waist": Analyte("8280-0", "腰围", "cm", 60, 90, 82, 8, 0),
    "glucose": Analyte("14771-0", "空腹血糖", "mmol/L", 3.9, 6.1, 5.2, 0.45, 1, (2.8, 16.7)),
    "hba1c": Analyte("4548-4", "糖化血红蛋白", "%", 4.0, 6.0, 5.4, 0.3, 1),
    "tc": Analyte("14647-2", "总胆固醇", "mmol/L", 2.8, 5.2, 4.6, 0.7, 2),
    "ldl": Analyte("22748-8", "低密度脂蛋白胆固醇", "mmol/L", 1.0, 3.4, 2.7, 0.5, 2),
    "hdl": Analyte("14646-4", "高密度脂蛋白胆固醇", "mmol/L", 1.0, 2.1, 1.35, 0.2, 2),
    "tg": Analyte("14927-8", "甘油三酯", "mmol/L", 0.3, 1.7, 1.3, 0.4, 2),
    "creatinine": Analyte("14682-9", "肌酐", "umol/L", 41, 104, 68, 12, 0, (None, 650)),
    "egfr": Analyte(
        "98979-8", "估算肾小球滤过率", "mL/min/{1.73_m2}", 90, 130, 104, 9, 0, (15, None)
    ),
    "uacr": Analyte("9318-7", "尿白蛋白/肌酐", "mg/g", 0, 30, 10, 6, 1),
    "k": Analyte("2823-3", "血钾", "mmol/L", 3.5, 5.3, 4.2, 0.32, 2, (2.8, 6.0)),
    "na": Analyte("2951-2", "血钠", "mmol/L", 137, 147, 141, 2, 0, (120, 160)),
    "alt": Analyte("1742-6", "丙氨酸氨基转移酶", "U/L", 7, 45, 21, 8, 0, (None, 500)),
    "ast": Analyte("1920-8", "天门冬氨酸氨基转移酶", "U/L", 13, 40, 22, 6, 0, (None, 500)),
    "bilirubin": Analyte("14631-6", "总胆红素", "umol/L", 3.4, 20.5, 11, 3.5, 1, (None, 340)),
    "hb": Analyte("718-7", "血红蛋白", "g/L", 115, 170, 138, 11, 0, (60, None)),
    "wbc": Analyte("6690-2", "白细胞", "10*9/L", 3.5, 9.5, 6.4, 1.3, 1, (1.0, 30.0)),
    "plt": Analyte("777-3", "血小板", "10*9/L", 125, 350, 228, 42, 0, (30, 1000)),
    "crp": Analyte("1988-5", "C反应蛋白", "mg/L", 0, 10, 3, 2, 1),
    "inr": Analyte("6301-6", "国际标准化比值", "{INR}", 0.8, 1.2, 1.0, 0.07, 2, (None, 5.0)),
    "ntprobnp": Analyte("33762-6", "NT-proBNP", "pg/mL", 0, 300, 90, 50, 0),
    "lvef": Analyte("10230-1", "左室射血分数", "%", 50, 75, 63, 4, 0),
    "fev1": Analyte("20150-9", "第一秒用力呼气容积", "L", 2.0, 4.5, 2.9, 0.4, 2),
    "fev1fvc": Analyte("19926-5", "一秒率", "%", 70, 100, 82, 4, 0),
    "tsh": Analyte("3016-3", "促甲状腺激素", "m[IU]/L", 0.35, 4.94, 2.0, 0.8, 2),
    "ft4": Analyte("14920-3", "游离甲状腺素", "pmol/L", 9.0, 19.1, 13.5, 1.8, 1),
    "urate": Analyte("14933-6", "尿酸", "umol/L", 150, 420, 320, 50, 0),
    "cea": Analyte("2039-6", "癌胚抗原", "ng/mL", 0, 5, 1.9, 0.9, 1),
    "psa": Analyte("2857-1", "前列腺特异性抗原", "ng/mL", 0, 4, 1.4, 0.9, 2),
    "phq9": Analyte("44261-6", "PHQ-9总分", "{score}", 0, 4, 2, 1.4, 0),
}

PANELS = {
    "pressure": ("sbp", "dbp", "pulse"),
    "vitals": ("temperature", "pulse", "sbp", "dbp", "spo2"),
    "body": ("height", "weight", "bmi", "waist"),
    "glucose": ("glucose",),
    "hba1c": ("hba1c",),
    "lipids": ("tc", "ldl", "hdl", "tg"),
    "kidney": ("creatinine", "egfr", "k"),
    "urine": ("uacr",),
    "liver": ("alt", "ast", "bilirubin"),
    "bilirubin": ("bilirubin",),
    "cbc": ("wbc", "hb", "plt"),
    "crp": ("crp",),
    "coag": ("inr",),
    "cardiac": ("lvef",),
    "bnp": ("ntprobnp", "lvef"),
    "spirometry": ("fev1", "fev1fvc"),
    "thyroid": ("tsh", "ft4"),
    "uric": ("urate",),
    "tumour": ("cea",),
    "psa": ("psa",),
    "phq": ("phq9",),
}

#: What an illness does to a value: (mean, spread).
EFFECTS = {
    "I10": {"sbp": (143, 13), "dbp": (87, 9)},
    "E11.9": {"glucose": (8.2, 2.0), "hba1c": (7.5, 1.2), "uacr": (28, 22)},
    "I25.1": {"ldl": (2.2, 0.7), "lvef": (57, 7)},
    "I21.9": {"ldl": (3.6, 0.8), "lvef": (47, 8), "sbp": (112, 18), "spo2": (95, 2)},
    "I48.9": {"pulse": (92, 18), "inr": (1.9, 0.6)},
    "I50.9": {"ntprobnp": (2400, 1500), "lvef": (39, 7), "spo2": (94, 2), "pulse": (90, 12)},
    "I63.9": {"sbp": (152, 17), "ldl": (3.3, 0.7), "glucose": (6.3, 1.2)},
    "J44.9": {"fev1": (1.3, 0.35), "fev1fvc": (55, 7), "spo2": (93, 2.2)},
    "J44.1": {"spo2": (89, 3), "wbc": (11, 2.5), "crp": (45, 25)},
    "J45.9": {"fev1": (2.2, 0.45), "fev1fvc": (69, 6)},
    "J18.9": {"wbc": (13, 3), "crp": (75, 35), "spo2": (94, 2)},
    "J06.9": {"wbc": (8.5, 2.2)},
    "J20.9": {"wbc": (9.2, 2.2)},
    "J11.1": {"wbc": (5.0, 1.3), "crp": (16, 9)},
    "A09.9": {"wbc": (10.2, 2.4)},
    "K35.8": {"wbc": (14, 2.6), "crp": (55, 30)},
    "N18.9": {"creatinine": (205, 90), "egfr": (38, 14), "k": (4.9, 0.5), "hb": (106, 13)},
    "E78.5": {"tc": (6.1, 0.8), "ldl": (3.9, 0.6), "tg": (2.4, 0.9)},
    "E05.9": {"tsh": (0.15, 0.2), "ft4": (27, 8), "pulse": (94, 10)},
    "E03.9": {"tsh": (6.4, 3.0), "ft4": (10, 2)},
    "M10.9": {"urate": (505, 75)},
    "B18.1": {"alt": (46, 24), "ast": (38, 17)},
    "K74.6": {"alt": (58, 24), "ast": (72, 30), "bilirubin": (38, 17), "inr": (1.4, 0.2)},
    "C34.9": {"cea": (21, 17), "hb": (112, 14)},
    "C18.9": {"cea": (17, 14), "hb": (108, 15)},
    "C16.9": {"cea": (11, 9), "hb": (104, 15)},
    "C50.9": {"cea": (4.5, 3), "hb": (117, 12)},
    "D50.9": {"hb": (88, 11)},
    "N92.0": {"hb": (96, 12)},
    "N40": {"psa": (4.3, 2.4)},
    "F32.9": {"phq9": (13, 5)},
    "P59.9": {"bilirubin": (245, 45)},
    "S72.0": {"hb": (104, 12)},
    "Z34.9": {"hb": (117, 9)},
}
