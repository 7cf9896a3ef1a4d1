"""The demonstration hospital: invented people with a year of history, from a seed and a day.

No ORM here: ``hospital(...)`` returns plain rows, which ``models/hcrm_demo.py`` and the benchmarks
load. The same arguments give the same hospital, byte by byte. All persons are invented; the numbers
are valid in form only.
"""

from .generate import hospital, people

__all__ = ["hospital", "people"]
