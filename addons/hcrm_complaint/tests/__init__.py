from . import test_custody, test_explanation, test_intake, test_today, test_translations
