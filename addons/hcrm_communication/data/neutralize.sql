-- A copy sends nothing, whatever it was told before.
DELETE FROM ir_config_parameter
 WHERE key = 'hcrm_communication.opened_for';
UPDATE hcrm_gateway
   SET sandbox = true, secret = NULL, callback_token = NULL, callback_key = NULL, fax_folder = NULL,
       token = md5(random()::text || id);
DELETE FROM hcrm_platform_token;
