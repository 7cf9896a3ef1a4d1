"""The hospital: departments (parent first), titles, and who logs in as what."""

#: (code, parent, nature, Chinese name, English name, doctors, nurses, other staff)
DEPARTMENTS = (
    ("ADM", "", "office", "院长办公室", "President's Office", 0, 0, 3),
    ("MEDA", "ADM", "office", "医务部", "Medical Affairs", 0, 0, 2),
    ("NURS", "ADM", "office", "护理部", "Nursing Department", 0, 2, 0),
    ("DISC", "ADM", "office", "纪检监察室", "Discipline Inspection", 0, 0, 1),
    ("FIN", "ADM", "office", "财务部", "Finance", 0, 0, 2),
    ("LOGI", "ADM", "office", "后勤保障部", "General Affairs", 0, 0, 2),
    ("PUBL", "ADM", "office", "宣传与市场部", "Publicity and Marketing", 0, 0, 2),
    ("INFO", "ADM", "office", "信息中心", "Information Centre", 0, 0, 3),
    ("CSD", "", "service", "客户服务部", "Customer Service", 0, 1, 4),
    ("VIP", "CSD", "service", "贵宾服务中心", "VIP Service Centre", 0, 1, 2),
    ("INT", "", "clinical", "大内科", "Internal Medicine", 1, 0, 0),
    ("CARD", "INT", "clinical", "心血管内科", "Cardiology", 4, 1, 0),
    ("ENDO", "INT", "clinical", "内分泌科", "Endocrinology", 3, 1, 0),
    ("RESP", "INT", "clinical", "呼吸与危重症医学科", "Respiratory Medicine", 3, 1, 0),
    ("GAST", "INT", "clinical", "消化内科", "Gastroenterology", 3, 0, 0),
    ("NEUR", "INT", "clinical", "神经内科", "Neurology", 3, 0, 0),
    ("NEPH", "INT", "clinical", "肾内科", "Nephrology", 2, 0, 0),
    ("ONCO", "INT", "clinical", "肿瘤科", "Oncology", 2, 1, 0),
    ("PSYC", "INT", "clinical", "精神心理科", "Psychiatry and Psychology", 2, 0, 0),
    ("SURG", "", "clinical", "大外科", "Surgery", 1, 0, 0),
    ("GSUR", "SURG", "clinical", "普通外科", "General Surgery", 3, 1, 0),
    ("ORTH", "SURG", "clinical", "骨科", "Orthopaedics", 3, 1, 0),
    ("UROL", "SURG", "clinical", "泌尿外科", "Urology", 2, 0, 0),
    ("OBGY", "", "clinical", "妇产科", "Obstetrics and Gynaecology", 3, 1, 0),
    ("PEDI", "", "clinical", "儿科", "Paediatrics", 3, 1, 0),
    ("OPHT", "", "clinical", "眼科", "Ophthalmology", 2, 0, 0),
    ("ENT", "", "clinical", "耳鼻咽喉科", "Otorhinolaryngology", 2, 0, 0),
    ("DERM", "", "clinical", "皮肤科", "Dermatology", 2, 0, 0),
    ("STOM", "", "clinical", "口腔科", "Stomatology", 2, 0, 0),
    ("EMER", "", "clinical", "急诊医学科", "Emergency Medicine", 3, 2, 0),
    ("LAB", "", "technical", "检验科", "Clinical Laboratory", 0, 0, 1),
    ("RAD", "", "technical", "医学影像科", "Medical Imaging", 1, 0, 0),
    ("PHAR", "", "technical", "药剂科", "Pharmacy", 0, 0, 1),
    ("EXAM", "", "technical", "健康体检中心", "Health Examination Centre", 2, 1, 0),
    ("W-CARD", "CARD", "ward", "心血管内科病区", "Cardiology Ward", 0, 2, 0),
    ("W-INT", "INT", "ward", "内科综合病区", "General Medical Ward", 0, 1, 0),
    ("W-SURG", "SURG", "ward", "外科病区", "Surgical Ward", 0, 1, 0),
    ("W-OBGY", "OBGY", "ward", "产科病区", "Maternity Ward", 0, 1, 0),
    ("W-PEDI", "PEDI", "ward", "儿科病区", "Paediatric Ward", 0, 1, 0),
    ("COMM", "", "community", "仁爱社区卫生服务中心", "Ren'ai Community Health Centre", 2, 2, 0),
    ("EAST", "", "office", "东院区管理办公室", "East Campus Office", 0, 0, 1),
    ("E-INT", "EAST", "clinical", "东院区内科", "Internal Medicine, East Campus", 2, 1, 0),
    ("E-PEDI", "EAST", "clinical", "东院区儿科", "Paediatrics, East Campus", 2, 0, 0),
    ("E-EXAM", "EAST", "technical", "东院区体检中心", "Health Examinations, East Campus", 1, 1, 0),
)

#: Clinics that the east campus has too.
EAST_CLINICS = {
    "INT": "E-INT", "RESP": "E-INT", "GAST": "E-INT", "PEDI": "E-PEDI", "EXAM": "E-EXAM",
}  # fmt: skip

WARDS = {
    "CARD": "W-CARD", "ENDO": "W-INT", "RESP": "W-INT", "GAST": "W-INT", "NEUR": "W-INT",
    "NEPH": "W-INT", "ONCO": "W-INT", "PSYC": "W-INT", "INT": "W-INT", "GSUR": "W-SURG",
    "ORTH": "W-SURG", "UROL": "W-SURG", "SURG": "W-SURG", "OPHT": "W-SURG", "ENT": "W-SURG",
    "STOM": "W-SURG", "OBGY": "W-OBGY", "PEDI": "W-PEDI", "EMER": "W-INT",
}  # fmt: skip

DOCTOR_TITLES = ("主任医师", "副主任医师", "主治医师", "住院医师")
NURSE_TITLES = ("主管护师", "护师", "护士")
OTHER_TITLES = {
    "ADM": ("院长", "副院长", "办公室秘书"),
    "MEDA": ("医务部主任", "医务干事"),
    "DISC": ("纪检监察室主任",),
    "FIN": ("财务部主任", "会计"),
    "LOGI": ("后勤保障部主任", "后勤管理员"),
    "PUBL": ("宣传与市场部主任", "市场专员"),
    "INFO": ("信息中心主任", "数据分析师", "系统管理员"),
    "CSD": ("客户服务部主任", "客服专员", "客服专员", "客服专员"),
    "VIP": ("贵宾服务经理", "贵宾服务专员"),
    "LAB": ("主管检验师",),
    "PHAR": ("主管药师",),
    "EAST": ("东院区管理办公室主任",),
}

#: login: (department, which title holds the login: the first match is taken)
LOGINS = {
    "officer": ("CSD", "客服专员"),
    "service_manager": ("CSD", "客户服务部主任"),
    "department_head": ("CARD", "主任医师"),
    "handler": ("GSUR", "主管护师"),
    "nurse": ("W-CARD", "主管护师"),
    "doctor": ("ENDO", "副主任医师"),
    "community_worker": ("COMM", "主管护师"),
    "vip_desk": ("VIP", "贵宾服务专员"),
    "marketing": ("PUBL", "市场专员"),
    "analyst": ("INFO", "数据分析师"),
    "leader": ("ADM", "院长"),
    "hcrm_admin": ("INFO", "信息中心主任"),
    "integration": ("INFO", "系统管理员"),
}
PORTAL_LOGIN = "portal"
