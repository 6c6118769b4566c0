-- The journal, the tracks and the quarantine only grow: triggers refuse UPDATE, DELETE and TRUNCATE.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP;
END $$;

CREATE TABLE records (
    seq bigint PRIMARY KEY,
    received_at bigint NOT NULL,    -- microseconds UTC
    origin text NOT NULL,
    key text NOT NULL UNIQUE,
    kind text NOT NULL,
    body text NOT NULL,             -- canonical JSON, as it was hashed
    raw bytea NOT NULL,
    hash bytea NOT NULL             -- SHA-256 over the previous hash and this record
);

-- Devices, origins and car numbers of the fixes, each written once.
CREATE TABLE names (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL UNIQUE
);

CREATE TABLE fixes (
    seq bigint PRIMARY KEY,
    received_at bigint NOT NULL,    -- microseconds UTC
    origin bigint NOT NULL REFERENCES names (id),
    car bigint REFERENCES names (id),
    device bigint NOT NULL REFERENCES names (id),
    at bigint NOT NULL,             -- microseconds UTC
    lat double precision NOT NULL,  -- whole floats, so that a replay finds the same crossings
    lon double precision NOT NULL,
    speed double precision,         -- m/s
    course double precision,        -- degrees from true north
    accuracy double precision,      -- m
    altitude double precision,      -- m
    battery bigint,                 -- percent
    boot bigint,
    n bigint,
    retained boolean NOT NULL
);

CREATE UNIQUE INDEX fixes_once ON fixes (device, at, lat, lon);

CREATE TABLE quarantine (
    seq bigint PRIMARY KEY,
    received_at bigint NOT NULL,    -- microseconds UTC
    origin text NOT NULL,
    device text,
    reason text NOT NULL,
    detail text NOT NULL,
    suggestion text NOT NULL,
    raw bytea NOT NULL
);

-- Derived state that saves time at a start; the only table whose rows are replaced.
CREATE TABLE checkpoints (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TRIGGER records_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON records
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER names_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON names
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fixes_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON fixes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER quarantine_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON quarantine
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
