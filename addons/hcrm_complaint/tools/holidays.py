"""Public holidays of China with their made-up workdays, as data; a test compares them with an
independent library. A year that is not here has no notice yet: its deadlines count weekends only.
"""

from datetime import date

#: {year: (days off, weekend days worked for them)} as the State Council's yearly notices have it.
CHINA = {
    2022: (
        [
            ("new_year", date(2022, 1, 1), date(2022, 1, 3)),
            ("spring", date(2022, 1, 31), date(2022, 2, 6)),
            ("tomb", date(2022, 4, 3), date(2022, 4, 5)),
            ("labour", date(2022, 4, 30), date(2022, 5, 4)),
            ("dragon", date(2022, 6, 3), date(2022, 6, 5)),
            ("autumn", date(2022, 9, 10), date(2022, 9, 12)),
            ("national", date(2022, 10, 1), date(2022, 10, 7)),
            ("new_year", date(2022, 12, 31), date(2022, 12, 31)),
        ],
        [
            ("spring", date(2022, 1, 29)),
            ("spring", date(2022, 1, 30)),
            ("tomb", date(2022, 4, 2)),
            ("labour", date(2022, 4, 24)),
            ("labour", date(2022, 5, 7)),
            ("national", date(2022, 10, 8)),
            ("national", date(2022, 10, 9)),
        ],
    ),
    2023: (
        [
            ("new_year", date(2023, 1, 1), date(2023, 1, 2)),
            ("spring", date(2023, 1, 21), date(2023, 1, 27)),
            ("tomb", date(2023, 4, 5), date(2023, 4, 5)),
            ("labour", date(2023, 4, 29), date(2023, 5, 3)),
            ("dragon", date(2023, 6, 22), date(2023, 6, 24)),
            ("national", date(2023, 9, 29), date(2023, 10, 6)),
            ("new_year", date(2023, 12, 30), date(2023, 12, 31)),
        ],
        [
            ("spring", date(2023, 1, 28)),
            ("spring", date(2023, 1, 29)),
            ("labour", date(2023, 4, 23)),
            ("labour", date(2023, 5, 6)),
            ("dragon", date(2023, 6, 25)),
            ("national", date(2023, 10, 7)),
            ("national", date(2023, 10, 8)),
        ],
    ),
    2024: (
        [
            ("new_year", date(2024, 1, 1), date(2024, 1, 1)),
            ("spring", date(2024, 2, 10), date(2024, 2, 17)),
            ("tomb", date(2024, 4, 4), date(2024, 4, 6)),
            ("labour", date(2024, 5, 1), date(2024, 5, 5)),
            ("dragon", date(2024, 6, 10), date(2024, 6, 10)),
            ("autumn", date(2024, 9, 15), date(2024, 9, 17)),
            ("national", date(2024, 10, 1), date(2024, 10, 7)),
        ],
        [
            ("spring", date(2024, 2, 4)),
            ("spring", date(2024, 2, 18)),
            ("tomb", date(2024, 4, 7)),
            ("labour", date(2024, 4, 28)),
            ("labour", date(2024, 5, 11)),
            ("autumn", date(2024, 9, 14)),
            ("national", date(2024, 9, 29)),
            ("national", date(2024, 10, 12)),
        ],
    ),
    2025: (
        [
            ("new_year", date(2025, 1, 1), date(2025, 1, 1)),
            ("spring", date(2025, 1, 28), date(2025, 2, 4)),
            ("tomb", date(2025, 4, 4), date(2025, 4, 6)),
            ("labour", date(2025, 5, 1), date(2025, 5, 5)),
            ("dragon", date(2025, 5, 31), date(2025, 6, 2)),
            ("national", date(2025, 10, 1), date(2025, 10, 8)),
        ],
        [
            ("spring", date(2025, 1, 26)),
            ("spring", date(2025, 2, 8)),
            ("labour", date(2025, 4, 27)),
            ("national", date(2025, 9, 28)),
            ("national", date(2025, 10, 11)),
        ],
    ),
    2026: (
        [
            ("new_year", date(2026, 1, 1), date(2026, 1, 3)),
            ("spring", date(2026, 2, 15), date(2026, 2, 23)),
            ("tomb", date(2026, 4, 4), date(2026, 4, 6)),
            ("labour", date(2026, 5, 1), date(2026, 5, 5)),
            ("dragon", date(2026, 6, 19), date(2026, 6, 21)),
            ("autumn", date(2026, 9, 25), date(2026, 9, 27)),
            ("national", date(2026, 10, 1), date(2026, 10, 7)),
        ],
        [
            ("new_year", date(2026, 1, 4)),
            ("spring", date(2026, 2, 14)),
            ("spring", date(2026, 2, 28)),
            ("labour", date(2026, 5, 9)),
            ("national", date(2026, 9, 20)),
            ("national", date(2026, 10, 10)),
        ],
    ),
}

#: {holiday: (English, Chinese)}
NAMES = {
    "new_year": ("New Year's Day", "元旦"),
    "spring": ("Spring Festival", "春节"),
    "tomb": ("Tomb-sweeping Day", "清明节"),
    "labour": ("Labour Day", "劳动节"),
    "dragon": ("Dragon Boat Festival", "端午节"),
    "autumn": ("Mid-autumn Festival", "中秋节"),
    "national": ("National Day", "国庆节"),
}


def days_off(years=()):
    """Return (holiday, first, last) of these years, of all known ones by default.

    >>> [(name, str(first), str(last)) for name, first, last in days_off([2025])][-1]
    ('national', '2025-10-01', '2025-10-08')
    """
    return [span for year in years or CHINA for span in CHINA.get(year, ((), ()))[0]]


def made_up(years=()):
    """Return (holiday, day) of the weekend days on which is worked.

    >>> [str(day) for name, day in made_up([2025]) if name == "national"]
    ['2025-09-28', '2025-10-11']
    >>> made_up([1999])
    []
    """
    return [pair for year in years or CHINA for pair in CHINA.get(year, ((), ()))[1]]
