//! The floor: the rows that a run of `silexd` left, written once more by plain SQL, with as many
//! commits, and with nothing else to do. No pipeline can be faster on this disk.

use std::time::Instant;

use sqlx::{AssertSqlSafe, Row as _};

use silex_runtime::store::{Access, Connection, Database, Store};
use silex_tests::usage::Usage;

use crate::table::number;

/// How many mails share a commit: about as many as when `silexd` works at its full rate.
const TOGETHER: usize = 5;

/// What the writes alone cost.
pub(crate) struct Floor {
    /// Mails a second.
    pub(crate) a_second: f64,
    /// Processor time for each, milliseconds. That of a database server is not in it.
    pub(crate) cpu_ms: f64,
    /// Rows for each.
    pub(crate) rows: f64,
}

/// Writes what is in a database once more, beside it.
pub(crate) async fn measure(database: &str, mails: usize) -> anyhow::Result<Floor> {
    let mut db = match database.contains("://") {
        true => server(database).await?,
        false => file(database).await?,
    };
    let writes = writes(&mut db, database.contains("://")).await?;
    let of_each = |write: &Write| write.rows.len() * write.sql.len();
    let rows: usize = writes.iter().map(of_each).sum();
    let (cpu, began) = (Usage::of(std::process::id())?.cpu, Instant::now());
    for first in (0..mails).step_by(TOGETHER) {
        sqlx::query("begin").execute(&mut db).await?;
        for write in &writes {
            // Of each table the part that so many mails have in all.
            let part = |mail: usize| write.rows.len() * mail.min(mails) / mails;
            for row in &write.rows[part(first)..part(first + TOGETHER)] {
                for sql in &write.sql {
                    let write = sqlx::query(AssertSqlSafe(sql.as_str())).bind(row);
                    write.execute(&mut db).await?;
                }
            }
        }
        sqlx::query("commit").execute(&mut db).await?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu = (Usage::of(std::process::id())?.cpu - cpu).as_secs_f64();
    Ok(Floor {
        a_second: number(mails) / seconds,
        cpu_ms: cpu * 1000.0 / number(mails),
        rows: number(rows) / number(mails),
    })
}

/// A second file with the same tables, and the first attached to it.
async fn file(database: &str) -> anyhow::Result<Connection> {
    let copy = format!("{database}.floor");
    let tables: Database = copy.parse().map_err(anyhow::Error::msg)?;
    Store::open(&tables, Access::Own, 0).await?.close().await;
    let mut db = tables.connect().await?;
    sqlx::raw_sql(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = off",
    )
    .execute(&mut db)
    .await?;
    sqlx::query("attach database $1 as kept")
        .bind(database)
        .execute(&mut db)
        .await?;
    Ok(db)
}

/// A schema with the same tables.
async fn server(database: &str) -> anyhow::Result<Connection> {
    let server: Database = database.parse().map_err(anyhow::Error::msg)?;
    let mut db = server.connect().await?;
    sqlx::raw_sql(
        "create schema floor;
         do $$ declare name text; begin
           for name in select tablename from pg_tables where schemaname = 'public' loop
             execute format('create table floor.%I (like public.%I including all)', name, name);
           end loop;
         end $$",
    )
    .execute(&mut db)
    .await?;
    Ok(db)
}

/// The rows of a table, and the statements that are made for each, one after the other.
struct Write {
    sql: Vec<String>,
    rows: Vec<String>,
}

/// Each row is inserted; a job is then claimed and ended, before the next of its line.
async fn writes(db: &mut Connection, server: bool) -> anyhow::Result<Vec<Write>> {
    let (tables, kept, copy, row) = match server {
        true => (
            "select cast(tablename as text) from pg_tables where schemaname = 'public'",
            "public",
            "floor",
            "ctid = cast($1 as tid)",
        ),
        false => (
            "select name from kept.sqlite_master
              where type = 'table' and sql like 'create table%' and name not like 'entity_search%'
                and name not like 'sqlite%'",
            "kept",
            "main",
            "rowid = cast($1 as integer)",
        ),
    };
    let mut writes = Vec::new();
    for table in sqlx::query(tables).fetch_all(&mut *db).await? {
        let table: String = table.try_get(0)?;
        if matches!(table.as_str(), "bundle" | "migration" | "entity_search") {
            continue;
        }
        let rows = rows(db, &format!("{kept}.{table}"), server).await?;
        let mut sql = vec![format!(
            "insert into {copy}.{table} select * from {kept}.{table} where {row} on conflict do nothing"
        )];
        if table == "job" {
            // The job that has the place of the row, whichever it is.
            sql.extend(["running", "done"].map(|state| {
                format!(
                    "update {copy}.job set state = '{state}', fence = fence + 1
                      where id = (select id from {kept}.job where {row})"
                )
            }));
        }
        writes.push(Write { sql, rows });
    }
    Ok(writes)
}

async fn rows(db: &mut Connection, table: &str, server: bool) -> anyhow::Result<Vec<String>> {
    let place = match server {
        true => "ctid",
        false => "rowid",
    };
    let sql = format!("select cast({place} as text) from {table} order by {place}");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(db).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?)
}
