from . import test_index
