from odoo.tests import tagged

from odoo.addons.hcrm_base.tests import test_translations


@tagged("post_install", "-at_install")
class TestHisTranslations(test_translations.TestTranslations):
    """The integration desk of a Chinese hospital meets no English word."""

    addon = "hcrm_his"
