from . import promises
