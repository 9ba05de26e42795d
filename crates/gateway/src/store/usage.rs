//! What models took: one row per answer, and sums over them.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Store, StoreError};

/// What one answer of a model took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// Epoch milliseconds.
    pub ts_ms: i64,
    /// Day in UTC, `2026-11-21`.
    pub day: String,
    /// Agent it answered for.
    pub agent_id: String,
    /// Session, by canonical key.
    pub session_key: String,
    /// Session, by id.
    pub session_id: String,
    /// Run.
    pub run_id: String,
    /// Provider of the model.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Tokens read.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
    /// Tokens read from the provider's cache.
    pub cache_read: i64,
    /// Tokens written to it.
    pub cache_write: i64,
    /// Millionths of a USD; `None` when no price is known.
    pub cost_micro_usd: Option<i64>,
}

impl UsageRow {
    pub(super) async fn insert(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO usage (ts_ms, day, agent_id, session_key, session_id, run_id, provider, model, \
                   input, output, cache_read, cache_write, cost_micro_usd) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let query = sqlx::query(sql).bind(self.ts_ms).bind(&self.day).bind(&self.agent_id).bind(&self.session_key);
        let query = query.bind(&self.session_id).bind(&self.run_id).bind(&self.provider).bind(&self.model);
        let query = query.bind(self.input).bind(self.output).bind(self.cache_read).bind(self.cache_write);
        query.bind(self.cost_micro_usd).execute(connection).await.map(drop)
    }
}

/// Which rows count. Empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// First day in UTC.
    pub from_day: Option<String>,
    /// Last day in UTC.
    pub to_day: Option<String>,
    /// Only this agent.
    pub agent_id: Option<String>,
    /// Only this session.
    pub session_key: Option<String>,
}

/// Sums of tokens and cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageTotals {
    /// Answers.
    pub answers: i64,
    /// Tokens read.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
    /// Tokens read from a cache.
    pub cache_read: i64,
    /// Tokens written to a cache.
    pub cache_write: i64,
    /// Millionths of a USD.
    pub cost_micro_usd: i64,
    /// Answers without a known price.
    pub unpriced: i64,
}

/// Sums of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageSum {
    /// Day in UTC.
    pub day: String,
    /// Agent.
    pub agent_id: String,
    /// Session, by canonical key.
    pub session_key: String,
    /// Provider.
    pub provider: String,
    /// Model.
    pub model: String,
    /// The sums.
    pub totals: UsageTotals,
    /// Epoch milliseconds of the last answer.
    pub last_ts_ms: i64,
}

impl UsageSum {
    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            day: row.try_get("day")?,
            agent_id: row.try_get("agent_id")?,
            session_key: row.try_get("session_key")?,
            provider: row.try_get("provider")?,
            model: row.try_get("model")?,
            totals: UsageTotals {
                answers: row.try_get("answers")?,
                input: row.try_get("input")?,
                output: row.try_get("output")?,
                cache_read: row.try_get("cache_read")?,
                cache_write: row.try_get("cache_write")?,
                cost_micro_usd: row.try_get("cost")?,
                unpriced: row.try_get("unpriced")?,
            },
            last_ts_ms: row.try_get("last_ts")?,
        })
    }
}

impl Store {
    /// Sums by day, agent, session, provider and model, oldest day first.
    pub async fn usage_sums(&self, filter: &UsageFilter) -> Result<Vec<UsageSum>, StoreError> {
        let sql = "SELECT day, agent_id, session_key, provider, model, COUNT(*) AS answers, \
                   SUM(input) AS input, SUM(output) AS output, SUM(cache_read) AS cache_read, \
                   SUM(cache_write) AS cache_write, COALESCE(SUM(cost_micro_usd), 0) AS cost, \
                   SUM(cost_micro_usd IS NULL) AS unpriced, MAX(ts_ms) AS last_ts FROM usage \
                   WHERE ($1 IS NULL OR day >= $1) AND ($2 IS NULL OR day <= $2) \
                   AND ($3 IS NULL OR agent_id = $3) AND ($4 IS NULL OR session_key = $4) \
                   GROUP BY day, agent_id, session_key, provider, model ORDER BY day, session_key, model";
        let query = sqlx::query(sql).bind(&filter.from_day).bind(&filter.to_day).bind(&filter.agent_id);
        let rows = query.bind(&filter.session_key).fetch_all(&self.shared.reader).await;
        let rows = rows.map_err(|error| self.failed(&error))?;
        rows.iter().map(UsageSum::read).collect::<Result<_, _>>().map_err(|error| self.failed(&error))
    }

    /// Single answers of one session, newest first.
    pub async fn usage_rows(&self, session_key: &str, limit: u32) -> Result<Vec<UsageRow>, StoreError> {
        let sql = "SELECT * FROM usage WHERE session_key = $1 ORDER BY id DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(session_key).bind(i64::from(limit)).fetch_all(&self.shared.reader).await;
        let rows = rows.map_err(|error| self.failed(&error))?;
        let read = |row: &SqliteRow| {
            Ok(UsageRow {
                ts_ms: row.try_get("ts_ms")?,
                day: row.try_get("day")?,
                agent_id: row.try_get("agent_id")?,
                session_key: row.try_get("session_key")?,
                session_id: row.try_get("session_id")?,
                run_id: row.try_get("run_id")?,
                provider: row.try_get("provider")?,
                model: row.try_get("model")?,
                input: row.try_get("input")?,
                output: row.try_get("output")?,
                cache_read: row.try_get("cache_read")?,
                cache_write: row.try_get("cache_write")?,
                cost_micro_usd: row.try_get("cost_micro_usd")?,
            })
        };
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(|error| self.failed(&error))
    }
}
