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
        chinese = polib.pofile(file_path("hcrm_fhir/i18n/zh_CN.po"))
        terms = {row[4] for row in TranslationModuleReader(self.env.cr, ["hcrm_fhir"])}
        self.assertEqual(sorted(terms - {entry.msgid for entry in chinese}), [])
        self.assertEqual([entry.msgid for entry in chinese if not entry.msgstr], [])
        for entry in chinese:
            self.assertEqual(sorted(TAG.findall(entry.msgid)), sorted(TAG.findall(entry.msgstr)))

    def test_choices_of_mixins_are_translated(self):
        """Odoo gives a choice to the addon that declares it: a mixin of another has no Chinese."""
        data = self.env["ir.model.data"].search(
            [("module", "=like", "hcrm_%"), ("model", "=", "ir.model.fields.selection")]
        )
        choices = self.env["ir.model.fields.selection"].browse(data.mapped("res_id"))
        modules = dict(zip(choices, data.mapped("module"), strict=True))
        for choice in choices.filtered(lambda c: c.field_id.model.startswith("hcrm.fhir.")):
            self.assertEqual(modules[choice], "hcrm_fhir", choice.display_name)
