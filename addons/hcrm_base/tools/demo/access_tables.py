"""Who looked at what in the demonstration hospital: readers, their habits, and what stands out.

``READERS``: login, model, column of the time, grouping ("id": one record a look; "day": a list of
the day), what the log calls it, one look in how many records, own departments only.
"""

DAYS = 42

READERS = (
    ("doctor", "hcrm.encounter", "started_at", "id", "view", 2, True),
    ("doctor", "hcrm.diagnosis", "recorded_at", "id", "view", 3, True),
    ("doctor", "hcrm.observation", "observed_at", "day", "list", 1, True),
    ("nurse", "hcrm.encounter", "started_at", "day", "list", 1, True),
    ("nurse", "hcrm.observation", "observed_at", "id", "view", 9, True),
    ("nurse", "hcrm.prescription", "start_date", "id", "view", 7, True),
    ("officer", "hcrm.encounter", "started_at", "day", "list", 2, False),
    ("officer", "hcrm.encounter", "started_at", "id", "view", 5, False),
    ("service_manager", "hcrm.encounter", "started_at", "id", "view", 11, False),
    ("community_worker", "hcrm.immunization", "given_on", "id", "view", 2, False),
    ("vip_desk", "hcrm.charge", "charged_at", "id", "view", 25, False),
    ("integration", "hcrm.observation", "observed_at", "day", "fhir", 1, False),
    ("integration", "hcrm.encounter", "started_at", "day", "api", 1, False),
)

#: What a search was for; a reviewer reads it.
QUESTIONS = (
    ("doctor", "hcrm.diagnosis", "(code =like I21%)"),
    ("doctor", "hcrm.observation", "(is_abnormal in True)"),
    ("nurse", "hcrm.encounter", "(state in in_progress)"),
)

#: Exports: login, model, days ago, hour (UTC), persons.
EXPORTS = (
    ("service_manager", "hcrm.encounter", 24, 2, 148),  # for the quarterly report, in the morning
    ("vip_desk", "hcrm.encounter", 3, 15, 163),  # at eleven in the evening
)
JUDGED = "service_manager"
VERDICT = "季度满意度回访名单，已经主任同意，用后即删。"

#: A night in which somebody looked at persons of other departments, one after the other.
NIGHT = ("nurse", 5, 18, 31)  # login, days ago, hour (UTC): two in the morning; persons

#: Openings of the protected file: login, days ago, hour (UTC), reason, verdict (None: to review).
OPENINGS = (
    (
        "doctor",
        16,
        14,
        "夜间来电诉胸痛，需核对既往用药与过敏史后指导就诊。",
        "值班记录与电话记录相符。",
    ),
    ("nurse", 1, 6, "家属到护士站询问检查结果，需要核对。", None),
)

#: Looks at the record of the person with a portal login: login, model, days ago, kind.
LOOKS = (
    ("doctor", "hcrm.diagnosis", 2, "view"),
    ("nurse", "hcrm.observation", 6, "list"),
    ("officer", "hcrm.appointment", 9, "view"),
    ("service_manager", "hcrm.encounter", 13, "view"),
    ("integration", "hcrm.observation", 20, "fhir"),
)

#: Whose data may not be deleted for now: reference, reason.
HOLD = ("（2026）临民初字第 318 号", "医疗费用纠纷已立案，法院通知保全全部就诊与缴费资料。")
