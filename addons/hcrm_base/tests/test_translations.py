import re

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader

PLACEHOLDER = re.compile(r"%\(\w+\)s")
TAG = re.compile(r"</?\w+")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """The staff of a Chinese hospital meets no English word."""

    addon = "hcrm_base"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = polib.pofile(file_path(f"{cls.addon}/i18n/{cls.addon}.pot"))
        cls.chinese = polib.pofile(file_path(f"{cls.addon}/i18n/zh_CN.po"))

    def test_the_template_knows_every_term(self):
        terms = {row[4] for row in TranslationModuleReader(self.env.cr, [self.addon])}
        # what other addons put on our models is theirs to translate
        others = {
            field.string
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field._modules and not any(name.startswith("hcrm_") for name in field._modules)
        }
        self.assertEqual(sorted(terms - others - {entry.msgid for entry in self.template}), [])

    def test_every_term_is_translated(self):
        self.assertEqual([entry.msgid for entry in self.chinese if not entry.msgstr], [])
        self.assertEqual([entry.msgid for entry in self.chinese if entry.fuzzy], [])

    def test_same_terms_as_the_template(self):
        self.assertEqual(
            {entry.msgid for entry in self.chinese}, {entry.msgid for entry in self.template}
        )

    def test_placeholders_and_tags_survive(self):
        for entry in self.chinese:
            with self.subTest(term=entry.msgid):
                for pattern in (PLACEHOLDER, TAG):
                    self.assertEqual(
                        sorted(pattern.findall(entry.msgid)), sorted(pattern.findall(entry.msgstr))
                    )
