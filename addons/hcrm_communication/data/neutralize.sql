-- A copy sends nothing, whatever it was told before.
DELETE FROM ir_config_parameter
 WHERE key = 'hcrm_communication.opened_for';
UPDATE hcrm_gateway
   SET sandbox = true, secret = NULL, token = md5(random()::text || id);
