//! A look at a database from outside, also while a gateway uses it: whether it is
//! whole, and what it consists of. Reads only, and no content.

use std::path::Path;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::{StoreError, open};

/// How long the check of a large file may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// Newest step of the schema.
    pub schema: i64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Statements that would make the tables.
    pub definitions: Vec<String>,
    /// Rows by table.
    pub rows: Vec<(String, i64)>,
}

/// Checks that a database is whole, and looks what it consists of.
///
/// # Errors
/// [`StoreError`], [`StoreError::Corrupt`] when it is damaged.
pub async fn examine(path: &Path) -> Result<DatabaseFacts, StoreError> {
    let told = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    let mut connection = open::settings(path).read_only(true).connect().await.map_err(told)?;
    let looked = tokio::time::timeout(PATIENCE, look(path, &mut connection)).await;
    // What was asked is answered; the file is not touched by closing.
    drop(tokio::time::timeout(Duration::from_secs(1), connection.close()).await);
    looked.unwrap_or(Err(StoreError::Busy))
}

async fn look(path: &Path, connection: &mut SqliteConnection) -> Result<DatabaseFacts, StoreError> {
    let told = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    let findings: Vec<String> =
        sqlx::query_scalar("PRAGMA quick_check(5)").fetch_all(&mut *connection).await.map_err(told)?;
    if findings.iter().any(|finding| finding != "ok") {
        return Err(StoreError::Corrupt { path: path.to_owned(), detail: findings.join("; ") });
    }
    let schema = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations");
    let schema = schema.fetch_one(&mut *connection).await.map_err(told)?;
    let known = open::newest_schema();
    if schema > known {
        return Err(StoreError::Newer { path: path.to_owned(), found: schema, known });
    }
    let tables = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL ORDER BY name";
    let tables: Vec<(String, String)> = sqlx::query_as(tables).fetch_all(&mut *connection).await.map_err(told)?;
    let mut rows = Vec::new();
    for (name, _) in &tables {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\"")));
        rows.push((name.clone(), sqlx::query_scalar(sql).fetch_one(&mut *connection).await.map_err(told)?));
    }
    let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    Ok(DatabaseFacts { schema, bytes, definitions: tables.into_iter().map(|(_, sql)| sql).collect(), rows })
}
