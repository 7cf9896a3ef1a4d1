import re

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader

TAG = re.compile(r"%\(\w+\)s|</?\w+")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """The administrator of a Chinese hospital meets no English word."""

    def test_chinese_is_complete(self):
        chinese = polib.pofile(file_path("hcrm_complaint/i18n/zh_CN.po"))
        terms = {row[4] for row in TranslationModuleReader(self.env.cr, ["hcrm_complaint"])}
        self.assertEqual(sorted(terms - {entry.msgid for entry in chinese}), [])
        self.assertEqual([entry.msgid for entry in chinese if not entry.msgstr], [])
        for entry in chinese:
            self.assertEqual(sorted(TAG.findall(entry.msgid)), sorted(TAG.findall(entry.msgstr)))
