from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.test_lint.tests import test_manifests


@tagged("post_install", "-at_install")
class TestManifests(test_manifests.ManifestLinter):
    """Odoo's own test, whose list lacks ``excludes``: Odoo reads it, no addon of core says it."""

    def test_manifests(self):
        known = test_manifests.MANIFEST_KEYS | {"excludes"}
        with patch.object(test_manifests, "MANIFEST_KEYS", known):
            super().test_manifests()
