-- A copy must not acknowledge messages of the real hospital: they would be lost to the original.
UPDATE hcrm_his_sender
   SET is_allowed = false;
UPDATE ir_config_parameter
   SET value = 'False'
 WHERE key = 'hcrm_his.accept_unknown_senders';
