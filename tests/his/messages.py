"""The builders of the addon's own tests, loaded without loading the addon."""

import importlib.util

from scripts.settings import ROOT

_PATH = ROOT / "addons" / "hcrm_his" / "tests" / "messages.py"
_SPEC = importlib.util.spec_from_file_location("hcrm_his_messages", _PATH)
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)

header, segment, message = _MODULE.header, _MODULE.segment, _MODULE.message
patient, visit, adt, a40 = _MODULE.patient, _MODULE.visit, _MODULE.adt, _MODULE.a40
registration = _MODULE.registration
