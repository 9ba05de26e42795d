-- One table per kind of document: a key and a JSON text.
CREATE TABLE devices (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) WITHOUT ROWID;

CREATE TABLE pairing_requests (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) WITHOUT ROWID;

CREATE TABLE setup_codes (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) WITHOUT ROWID;

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) WITHOUT ROWID;

-- What happened, oldest first.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail))
);

-- Strangers can cause audit entries (refused pairing), so the table is bounded:
-- the newest 50,000 stay.
CREATE TRIGGER audit_is_bounded AFTER INSERT ON audit WHEN NEW.id % 1000 = 0
BEGIN
    DELETE FROM audit WHERE id <= NEW.id - 50000;
END;
