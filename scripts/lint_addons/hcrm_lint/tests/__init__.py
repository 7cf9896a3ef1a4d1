from . import test_index, test_manifests
