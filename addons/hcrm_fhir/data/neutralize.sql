-- A copy must neither tell nor be told anything by the systems of the real hospital.
UPDATE hcrm_fhir_key
   SET revoked_at = now() AT TIME ZONE 'UTC'
 WHERE revoked_at IS NULL;
