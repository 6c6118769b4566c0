-- The journal, the tracks and the quarantine only grow: triggers refuse UPDATE and DELETE.
-- INSERT OR REPLACE deletes without firing delete triggers, so inserts are guarded as well.

CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,   -- microseconds UTC
    origin TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,             -- canonical JSON, as it was hashed
    raw BLOB NOT NULL,
    hash BLOB NOT NULL              -- SHA-256 over the previous hash and this record
) STRICT;

CREATE TRIGGER records_dense BEFORE INSERT ON records
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM records)
BEGIN SELECT RAISE(ABORT, 'a record takes the next number'); END;
CREATE TRIGGER records_once BEFORE INSERT ON records
WHEN EXISTS (SELECT 1 FROM records WHERE key = NEW.key)
BEGIN SELECT RAISE(ABORT, 'the key has a record already'); END;
CREATE TRIGGER records_no_update BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'records are never changed'); END;
CREATE TRIGGER records_no_delete BEFORE DELETE ON records
BEGIN SELECT RAISE(ABORT, 'records are never deleted'); END;

-- Devices, origins and car numbers of the fixes, each written once.
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TRIGGER names_once BEFORE INSERT ON names
WHEN EXISTS (SELECT 1 FROM names WHERE id = NEW.id OR text = NEW.text)
BEGIN SELECT RAISE(ABORT, 'names are never replaced'); END;
CREATE TRIGGER names_no_update BEFORE UPDATE ON names
BEGIN SELECT RAISE(ABORT, 'names are never changed'); END;
CREATE TRIGGER names_no_delete BEFORE DELETE ON names
BEGIN SELECT RAISE(ABORT, 'names are never deleted'); END;

CREATE TABLE fixes (
    seq INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,   -- microseconds UTC
    origin INTEGER NOT NULL REFERENCES names (id),
    car INTEGER REFERENCES names (id),
    device INTEGER NOT NULL REFERENCES names (id),
    at INTEGER NOT NULL,            -- microseconds UTC
    lat REAL NOT NULL,              -- whole floats, so that a replay finds the same crossings
    lon REAL NOT NULL,
    speed REAL,                     -- m/s
    course REAL,                    -- degrees from true north
    accuracy REAL,                  -- m
    altitude REAL,                  -- m
    battery INTEGER,                -- percent
    boot INTEGER,
    n INTEGER,
    retained INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX fixes_once ON fixes (device, at, lat, lon);

CREATE TRIGGER fixes_no_replace BEFORE INSERT ON fixes
WHEN EXISTS (SELECT 1 FROM fixes WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'fixes are never replaced'); END;
CREATE TRIGGER fixes_known BEFORE INSERT ON fixes
WHEN EXISTS (
    SELECT 1 FROM fixes
    WHERE device = NEW.device AND at = NEW.at AND lat = NEW.lat AND lon = NEW.lon
)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER fixes_no_update BEFORE UPDATE ON fixes
BEGIN SELECT RAISE(ABORT, 'fixes are never changed'); END;
CREATE TRIGGER fixes_no_delete BEFORE DELETE ON fixes
BEGIN SELECT RAISE(ABORT, 'fixes are never deleted'); END;

CREATE TABLE quarantine (
    seq INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,   -- microseconds UTC
    origin TEXT NOT NULL,
    device TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    suggestion TEXT NOT NULL,
    raw BLOB NOT NULL
) STRICT;

CREATE TRIGGER quarantine_no_replace BEFORE INSERT ON quarantine
WHEN EXISTS (SELECT 1 FROM quarantine WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'refused messages are never replaced'); END;
CREATE TRIGGER quarantine_no_update BEFORE UPDATE ON quarantine
BEGIN SELECT RAISE(ABORT, 'refused messages are never changed'); END;
CREATE TRIGGER quarantine_no_delete BEFORE DELETE ON quarantine
BEGIN SELECT RAISE(ABORT, 'refused messages are never deleted'); END;

-- Derived state that saves time at a start; the only table whose rows are replaced.
CREATE TABLE checkpoints (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
