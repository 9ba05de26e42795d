-- Conversations: one document per session, run, agent, and one row per message.
CREATE TABLE sessions (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) WITHOUT ROWID;

CREATE TABLE runs (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) WITHOUT ROWID;

-- Few at any time, however many have ended.
CREATE INDEX runs_unfinished ON runs (json_extract(body, '$.state'))
WHERE json_extract(body, '$.state') IN ('queued', 'running');
CREATE INDEX runs_by_end ON runs (json_extract(body, '$.endedAt'));

CREATE TABLE agents (
    key TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body))
) WITHOUT ROWID;

-- What was said. Rows are only ever added; those of a removed session may go.
CREATE TABLE transcript (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    run_id TEXT,
    ts_ms BIGINT NOT NULL,
    role TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    text TEXT NOT NULL,
    UNIQUE (session_id, seq)
);
CREATE UNIQUE INDEX transcript_by_message ON transcript (session_id, message_id);

CREATE TABLE removed_sessions (session_id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;

CREATE TRIGGER transcript_is_append_only BEFORE UPDATE ON transcript
BEGIN
    SELECT RAISE(ABORT, 'a transcript is never changed');
END;

CREATE TRIGGER transcript_goes_with_its_session BEFORE DELETE ON transcript
WHEN NOT EXISTS (SELECT 1 FROM removed_sessions WHERE session_id = OLD.session_id)
BEGIN
    SELECT RAISE(ABORT, 'only the transcript of a removed session may go');
END;

-- Search over what people and agents said; holds no copy of the text.
CREATE VIRTUAL TABLE transcript_search USING fts5 (text, content = 'transcript', content_rowid = 'id');

CREATE TRIGGER transcript_is_searchable AFTER INSERT ON transcript
WHEN NEW.role IN ('user', 'assistant') AND NEW.text <> ''
BEGIN
    INSERT INTO transcript_search (rowid, text) VALUES (NEW.id, NEW.text);
END;

CREATE TRIGGER transcript_leaves_search AFTER DELETE ON transcript
WHEN OLD.role IN ('user', 'assistant') AND OLD.text <> ''
BEGIN
    INSERT INTO transcript_search (transcript_search, rowid, text) VALUES ('delete', OLD.id, OLD.text);
END;

-- Pictures of messages, by the SHA-256 of their bytes; each session has its own, so that they go with it.
CREATE TABLE media (
    id TEXT NOT NULL,
    session_key TEXT NOT NULL,
    mime TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (id, session_key)
);
CREATE INDEX media_by_session ON media (session_key);

-- One row per answer of a model. Cost is in millionths of a USD; NULL when no price is known.
CREATE TABLE usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts_ms BIGINT NOT NULL,
    day TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    session_key TEXT NOT NULL,
    session_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input BIGINT NOT NULL,
    output BIGINT NOT NULL,
    cache_read BIGINT NOT NULL,
    cache_write BIGINT NOT NULL,
    cost_micro_usd BIGINT
);
CREATE INDEX usage_by_day ON usage (day, agent_id);
CREATE INDEX usage_by_session ON usage (session_key, id);
