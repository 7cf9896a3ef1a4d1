-- A copy must not acknowledge messages of the real hospital: they would be lost to the original.
UPDATE hcrm_his_sender
   SET is_allowed = false;
UPDATE ir_config_parameter
   SET value = 'False'
 WHERE key = 'hcrm_his.accept_unknown_senders';
-- Nor may it read the real tables, mark their rows as read, or take files away.
UPDATE hcrm_his_source
   SET active = false, password_stored = NULL;
UPDATE hcrm_his_source_key
   SET revoked_at = now() AT TIME ZONE 'UTC'
 WHERE revoked_at IS NULL;
