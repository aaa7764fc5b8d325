//! A database of every earlier version, with rows in all of its tables, is brought to this one: nothing of
//! it is lost, and the work goes on.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row as _};

use super::*;
use crate::store::audit;
use crate::store::database::Dialect;
use crate::store::invariants::{self, Asked as Checking};
use crate::store::migrate::{MIGRATIONS, Migration, VERSIONS, carry_out};

/// What each version brought to keep, in the words of that version: they are written into a database that
/// has had the migrations up to it. A migration that makes a table has a row of it here.
static ROWS: &[(usize, Migration)] = &[
    (1, Migration::Common(include_str!("rows/0001.sql"))),
    (
        2,
        Migration::Each {
            sqlite: include_str!("rows/0002.sqlite.sql"),
            postgres: include_str!("rows/0002.postgres.sql"),
        },
    ),
    (3, Migration::Common(include_str!("rows/0003.sql"))),
    (4, Migration::Common(include_str!("rows/0004.sql"))),
    (5, Migration::Common(include_str!("rows/0005.sql"))),
    (6, Migration::Common(include_str!("rows/0006.sql"))),
    (7, Migration::Common(include_str!("rows/0007.sql"))),
    (8, Migration::Common(include_str!("rows/0008.sql"))),
    (9, Migration::Common(include_str!("rows/0009.sql"))),
    (10, Migration::Common(include_str!("rows/0010.sql"))),
    (11, Migration::Common(include_str!("rows/0011.sql"))),
    (12, Migration::Common(include_str!("rows/0012.sql"))),
    (13, Migration::Common(include_str!("rows/0013.sql"))),
    (14, Migration::Common(include_str!("rows/0014.sql"))),
    (15, Migration::Common(include_str!("rows/0015.sql"))),
    (17, Migration::Common(include_str!("rows/0017.sql"))),
];

/// The columns of each table.
type Columns = BTreeMap<String, Vec<String>>;

/// Makes a database as the program of a version left it.
async fn of_version(version: usize, folder: &TempDir) -> Database {
    let database = match std::env::var("SILEX_TEST_POSTGRES") {
        Ok(server) => create(&server, "template0").await.0,
        Err(_) => folder.path().join(format!("{version}.db")).into(),
    };
    let mut db = database.connect().await.unwrap();
    let dialect = Dialect::of(&db);
    sqlx::raw_sql(VERSIONS).execute(&mut db).await.unwrap();
    for (number, migration) in (1..).zip(&MIGRATIONS[..version]) {
        carry_out(&mut db, number, migration, 0).await.unwrap();
        for (_, rows) in ROWS.iter().filter(|(of, _)| *of as i64 == number) {
            let rows = AssertSqlSafe(rows.sql(dialect));
            sqlx::raw_sql(rows).execute(&mut db).await.unwrap();
        }
    }
    db.close().await.unwrap();
    database
}

/// The words that are searched are in a form of the database's own, which only finds.
async fn columns(db: &mut Connection) -> Columns {
    let asked = match Dialect::of(db) {
        Dialect::Sqlite => {
            "select tables.name as owner, columns.name as name
               from sqlite_master tables join pragma_table_info(tables.name) columns
              where tables.type = 'table' and tables.name <> 'schema_version'
                and tables.name not like 'sqlite_%' and tables.name not like 'entity_search%'"
        }
        Dialect::Postgres => {
            "select cast(table_name as text) as owner, cast(column_name as text) as name
               from information_schema.columns
              where table_schema = current_schema() and table_name <> 'schema_version'"
        }
    };
    let mut columns = Columns::new();
    for row in sqlx::query(asked).fetch_all(db).await.unwrap() {
        let owner = columns.entry(row.try_get("owner").unwrap()).or_default();
        owner.push(row.try_get("name").unwrap());
    }
    columns
}

/// All that stands in these columns, row by row.
async fn contents(
    db: &mut Connection,
    columns: &Columns,
) -> BTreeMap<String, Vec<Vec<Option<String>>>> {
    let mut contents = BTreeMap::new();
    for (owner, names) in columns {
        let texts = names.iter().map(|name| format!("cast({name} as text)"));
        let texts = texts.collect::<Vec<_>>().join(", ");
        let all = AssertSqlSafe(format!("select {texts} from {owner}"));
        let rows = sqlx::query(all).fetch_all(&mut *db).await.unwrap();
        let values = |row: &crate::store::Row| {
            let places = 0..names.len();
            places.map(|place| row.try_get(place).unwrap()).collect()
        };
        let mut rows: Vec<Vec<Option<String>>> = rows.iter().map(values).collect();
        rows.sort();
        contents.insert(owner.clone(), rows);
    }
    contents
}

/// What was begun is ended, and what waited is done, as the stages do it.
async fn goes_on(store: &Store) {
    write!(store, |tx| {
        let held = claim_one(tx, 50).await?;
        assert_eq!(
            (held.kind.as_str(), &held.args),
            ("receive", &json!({ "raw": 3 }))
        );
        let raw = mails::raw(tx, 3).await?.unwrap();
        assert_eq!(raw.bytes, b"Subject: three");
        let kept = NewMail {
            raw_id: Some(3),
            ..mail(1, "three@example.com")
        };
        let mail = mails::keep(tx, &kept, 51).await?;
        jobs::complete(tx, held.lease, 52).await?;
        mails::screened(tx, mail, 1000).await?;
        mails::handled(tx, mail).await?;
        drafts::approve(tx, &decision(2, 2), 60).await?;
        let approved = NewEvent {
            draft_id: Some(2),
            data: json!({ "revision": 2 }),
            ..NewEvent::new("draft.approved", "ann")
        };
        events::append(tx, &approved, 60).await?;
        let letter = NewDelivery {
            intent: "reply-2-2-0f".to_owned(),
            purpose: Purpose::Reply,
            agent: Some("aleik.mail".to_owned()),
            thread_id: Some(2),
            draft_id: Some(2),
            revision: Some(2),
            sender: "Aleik <aleik@example.net>".to_owned(),
            recipient: "ben@example.com".to_owned(),
            message_id: "second@example.net".to_owned(),
            raw: b"Subject: Re: Chapter two".to_vec(),
        };
        let Intended::Send(delivery) = deliveries::intend(tx, &letter, 61).await? else {
            panic!("it was never sent")
        };
        deliveries::accepted(tx, delivery.id, "ses-2", None, 62).await?;
        assert!(drafts::delivered(tx, 2, 2).await?);
        let again = NewDelivery {
            intent: "reply-1-1-0f".to_owned(),
            ..letter
        };
        let again = deliveries::intend(tx, &again, 63).await?;
        assert!(matches!(again, Intended::Before(_)), "it was sent long ago");
        Ok(())
    });
    let mut db = store.read().await.unwrap();
    let listed = inbox::page(&mut db, &Asked::default(), 9).await.unwrap();
    let mut mails: Vec<_> = listed.iter().map(|it| (it.thread.id, it.mails)).collect();
    mails.sort_unstable();
    assert_eq!(mails, [(1, 3), (2, 1)]);
    let history = entities::history(&mut db, 1).await.unwrap();
    assert_eq!(history.len(), 2);
    assert!(reviewers::find(&mut db, "ann", 70).await.unwrap().is_some());
    assert_eq!(audit::verify(&mut db).await.unwrap().wrong, [""; 0]);
    drop(db);
    let checked = invariants::check(store, Checking::at_rest()).await.unwrap();
    let broken: Vec<_> = checked.into_iter().flat_map(|it| it.breaches).collect();
    assert_eq!(broken, [""; 0]);
}

#[tokio::test]
async fn a_database_of_any_earlier_version_keeps_all_it_has_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for version in 1..=MIGRATIONS.len() {
        let database = of_version(version, &folder).await;
        let mut db = database.connect().await.unwrap();
        let columns = columns(&mut db).await;
        let before = contents(&mut db, &columns).await;
        for (owner, rows) in &before {
            assert!(!rows.is_empty(), "version {version} has no row in {owner}");
        }
        db.close().await.unwrap();

        let store = Store::open(&database, Access::Own, 40).await.unwrap();
        let mut db = store.read().await.unwrap();
        assert_eq!(
            contents(&mut db, &columns).await,
            before,
            "version {version}"
        );
        let found = entities::search(&mut db, "aleik.Writer", None, "mia", 9);
        let found = found.await.unwrap().len();
        assert_eq!(
            found,
            usize::from(version > 1),
            "it is found since version 2"
        );
        drop(db);
        goes_on(&store).await;
        store.close().await;
    }
}
