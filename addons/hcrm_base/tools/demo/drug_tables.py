"""Medicines by short name: ATC code, name, single dose, unit, route, frequency, doses a day, price.

``price`` is CNY for a day; ``days`` the usual supply.
"""

from typing import NamedTuple


class Drug(NamedTuple):
    code: str
    name: str
    dose: float
    unit: str
    route: str
    frequency: str
    per_day: float
    price: float
    days: int
    pack: str = "片"


PO, INH, EXT = "口服", "吸入", "外用"

DRUGS = {
    "amlodipine": Drug("C08CA01", "苯磺酸氨氯地平片", 5, "mg", PO, "qd", 1, 1.2, 28),
    "valsartan": Drug("C09CA03", "缬沙坦胶囊", 80, "mg", PO, "qd", 1, 1.6, 28, "粒"),
    "metoprolol": Drug("C07AB02", "琥珀酸美托洛尔缓释片", 47.5, "mg", PO, "qd", 1, 1.7, 28),
    "propranolol": Drug("C07AA05", "盐酸普萘洛尔片", 10, "mg", PO, "tid", 3, 0.5, 28),
    "furosemide": Drug("C03CA01", "呋塞米片", 20, "mg", PO, "qd", 1, 0.3, 28),
    "aspirin": Drug("B01AC06", "阿司匹林肠溶片", 100, "mg", PO, "qd", 1, 0.5, 30),
    "clopidogrel": Drug("B01AC04", "硫酸氢氯吡格雷片", 75, "mg", PO, "qd", 1, 2.8, 28),
    "rivaroxaban": Drug("B01AF01", "利伐沙班片", 15, "mg", PO, "qd", 1, 9.5, 28),
    "atorvastatin": Drug("C10AA05", "阿托伐他汀钙片", 20, "mg", PO, "qn", 1, 2.1, 28),
    "metformin": Drug("A10BA02", "盐酸二甲双胍缓释片", 500, "mg", PO, "bid", 2, 1.1, 30),
    "empagliflozin": Drug("A10BK03", "恩格列净片", 10, "mg", PO, "qd", 1, 4.2, 30),
    "methimazole": Drug("H03BB02", "甲巯咪唑片", 10, "mg", PO, "qd", 1, 0.6, 30),
    "levothyroxine": Drug("H03AA01", "左甲状腺素钠片", 50, "ug", PO, "qd", 1, 0.4, 60),
    "febuxostat": Drug("M04AA03", "非布司他片", 40, "mg", PO, "qd", 1, 2.4, 28),
    "tiotropium": Drug("R03BB04", "噻托溴铵粉吸入剂", 18, "ug", INH, "qd", 1, 6.2, 30, "粒"),
    "budesonide": Drug(
        "R03AK07", "布地奈德福莫特罗吸入粉雾剂", 1, "吸", INH, "bid", 2, 6.8, 30, "吸"
    ),
    "ketoacid": Drug("V06DD", "复方α-酮酸片", 4, "片", PO, "tid", 12, 9.0, 28),
    "entecavir": Drug("J05AF10", "恩替卡韦分散片", 0.5, "mg", PO, "qn", 1, 1.0, 84),
    "calcium": Drug("A12AX", "碳酸钙D3片", 600, "mg", PO, "qd", 1, 1.3, 60),
    "alendronate": Drug("M05BA04", "阿仑膦酸钠片", 70, "mg", PO, "qw", 0.14, 2.2, 56),
    "escitalopram": Drug("N06AB10", "草酸艾司西酞普兰片", 10, "mg", PO, "qd", 1, 3.1, 28),
    "estazolam": Drug("N05CD04", "艾司唑仑片", 1, "mg", PO, "qn", 1, 0.3, 7),
    "levodopa": Drug("N04BA02", "多巴丝肼片", 125, "mg", PO, "tid", 3, 4.1, 30),
    "donepezil": Drug("N06DA02", "盐酸多奈哌齐片", 5, "mg", PO, "qn", 1, 5.6, 28),
    "gefitinib": Drug("L01EB01", "吉非替尼片", 250, "mg", PO, "qd", 1, 46.0, 30),
    "letrozole": Drug("L02BG04", "来曲唑片", 2.5, "mg", PO, "qd", 1, 6.5, 30),
    "capecitabine": Drug("L01BC06", "卡培他滨片", 1500, "mg", PO, "bid", 6, 38.0, 14),
    "ibuprofen": Drug("M01AE01", "布洛芬缓释胶囊", 300, "mg", PO, "prn", 2, 1.4, 5, "粒"),
    "celecoxib": Drug("M01AH01", "塞来昔布胶囊", 200, "mg", PO, "qd", 1, 4.0, 14, "粒"),
    "glucosamine": Drug("M01AX05", "硫酸氨基葡萄糖胶囊", 250, "mg", PO, "tid", 6, 5.5, 28, "粒"),
    "ambroxol": Drug("R05CB06", "盐酸氨溴索片", 30, "mg", PO, "tid", 3, 1.5, 7),
    "azithromycin": Drug("J01FA10", "阿奇霉素片", 500, "mg", PO, "qd", 2, 7.5, 3),
    "cefuroxime": Drug("J01DC02", "头孢呋辛酯片", 250, "mg", PO, "bid", 2, 4.6, 7),
    "levofloxacin": Drug("J01MA12", "左氧氟沙星片", 500, "mg", PO, "qd", 1, 3.2, 5),
    "metronidazole": Drug("P01AB01", "甲硝唑片", 400, "mg", PO, "bid", 4, 0.7, 7),
    "oseltamivir": Drug("J05AH02", "磷酸奥司他韦胶囊", 75, "mg", PO, "bid", 2, 16.0, 5, "粒"),
    "smecta": Drug("A07BC05", "蒙脱石散", 3, "g", PO, "tid", 3, 3.3, 3, "袋"),
    "omeprazole": Drug("A02BC01", "奥美拉唑肠溶胶囊", 20, "mg", PO, "qd", 1, 1.8, 28, "粒"),
    "udca": Drug("A05AA02", "熊去氧胆酸胶囊", 250, "mg", PO, "bid", 2, 12.5, 28, "粒"),
    "diosmin": Drug("C05CA03", "地奥司明片", 450, "mg", PO, "bid", 2, 4.4, 7),
    "tamsulosin": Drug("G04CA02", "盐酸坦索罗辛缓释胶囊", 0.2, "mg", PO, "qn", 1, 2.3, 28, "粒"),
    "mometasone": Drug("D07AC13", "糠酸莫米松乳膏", 1, "次", EXT, "qd", 0.1, 2.2, 10, "支"),
    "mometasone_nasal": Drug(
        "R01AD09", "糠酸莫米松鼻喷雾剂", 100, "ug", "鼻喷", "qd", 2, 2.4, 28, "揿"
    ),
    "terbinafine": Drug("D01AE15", "盐酸特比萘芬乳膏", 1, "次", EXT, "bid", 0.1, 1.4, 14, "支"),
    "cetirizine": Drug("R06AE07", "盐酸西替利嗪片", 10, "mg", PO, "qn", 1, 1.0, 14),
    "levofloxacin_eye": Drug(
        "S01AE05", "左氧氟沙星滴眼液", 1, "滴", "滴眼", "qid", 0.15, 2.5, 7, "支"
    ),
    "betahistine": Drug("N07CA01", "盐酸倍他司汀片", 6, "mg", PO, "tid", 3, 1.2, 14),
    "iron": Drug("B03AA", "琥珀酸亚铁片", 100, "mg", PO, "bid", 2, 1.1, 28),
    "folate": Drug("B03BB01", "叶酸片", 0.4, "mg", PO, "qd", 1, 0.5, 31),
}
