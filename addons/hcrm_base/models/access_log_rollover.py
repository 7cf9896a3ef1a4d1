"""How the access log grows old: a function for whoever runs the database, not for Odoo's users."""

#: ``SELECT hcrm_access_log_rollover()`` puts the table aside under a dated name, begins a new one,
#: and makes the old one its child: everything is read as before, and the child may later be
#: detached, dumped and dropped by its owner (docs/OPERATION.md).
ROLLOVER = """
CREATE OR REPLACE FUNCTION hcrm_access_log_rollover() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    aside text := 'hcrm_access_log_until_'
                  || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS');
    found record;
    again text[] := '{}';
BEGIN
    LOCK TABLE hcrm_access_log IN ACCESS EXCLUSIVE MODE;
    FOR found IN SELECT conname AS name FROM pg_constraint
                  WHERE conrelid = 'hcrm_access_log'::regclass AND contype IN ('p', 'u', 'c') LOOP
        EXECUTE format('ALTER TABLE hcrm_access_log RENAME CONSTRAINT %I TO %I', found.name,
                       left(found.name, 40) || right(aside, 16));
    END LOOP;
    FOR found IN SELECT index.relname AS name, pg_get_indexdef(index.oid) AS definition,
                        obj_description(index.oid) AS comment
                   FROM pg_index JOIN pg_class index ON index.oid = indexrelid
                  WHERE indrelid = 'hcrm_access_log'::regclass AND NOT indisprimary LOOP
        again := again || found.definition;
        IF found.comment IS NOT NULL THEN
            again := again || format('COMMENT ON INDEX %I IS %L', found.name, found.comment);
        END IF;
        EXECUTE format('ALTER INDEX %I RENAME TO %I', found.name,
                       left(found.name, 40) || right(aside, 16));
    END LOOP;
    FOR found IN SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger
                  WHERE tgrelid = 'hcrm_access_log'::regclass AND NOT tgisinternal LOOP
        again := again || found.definition;
    END LOOP;
    EXECUTE format('ALTER TABLE hcrm_access_log RENAME TO %I', aside);
    EXECUTE format('CREATE TABLE hcrm_access_log (LIKE %I INCLUDING DEFAULTS INCLUDING COMMENTS)',
                   aside);
    ALTER TABLE hcrm_access_log ADD PRIMARY KEY (id);
    ALTER SEQUENCE hcrm_access_log_id_seq OWNED BY hcrm_access_log.id;
    FOR place IN 1 .. COALESCE(array_length(again, 1), 0) LOOP
        EXECUTE again[place];
    END LOOP;
    EXECUTE format('ALTER TABLE %I INHERIT hcrm_access_log', aside);
    RETURN aside;
END
$$
"""
