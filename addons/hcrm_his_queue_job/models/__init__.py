from . import hcrm_his_intake
