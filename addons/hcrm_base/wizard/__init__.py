from . import hcrm_break_glass_wizard
