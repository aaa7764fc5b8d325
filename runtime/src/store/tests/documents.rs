//! Entities, their versions and their full text.

use super::*;

fn order(key: &str, owner: &str, text: &str) -> NewEntity {
    NewEntity {
        kind: "aleik.Order".to_owned(),
        key: key.to_owned(),
        owner: Some(Owner {
            kind: "aleik.Subscriber".to_owned(),
            key: owner.to_owned(),
        }),
        value: json!({ "title": text, "tags": ["Kapitel", 7] }),
    }
}

async fn check_search(words: &str, expected: &[&str]) {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let words = words.to_owned();
    let found = write!(store, |tx| {
        entities::save(
            tx,
            &order("a", "mia", "A chapter about the sea"),
            None,
            &Evidence::of("x"),
            1,
        )
        .await?;
        entities::save(
            tx,
            &order("b", "eve", "A chapter about the sea"),
            None,
            &Evidence::of("x"),
            1,
        )
        .await?;
        entities::save(
            tx,
            &order("c", "mia", "Über den Wald"),
            None,
            &Evidence::of("x"),
            1,
        )
        .await?;
        let mia = Owner {
            kind: "aleik.Subscriber".to_owned(),
            key: "mia".to_owned(),
        };
        entities::search(tx, "aleik.Order", Some(&mia), &words, 10).await
    });
    let keys: Vec<_> = found.iter().map(|entity| entity.key.as_str()).collect();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_search_sees_only_what_the_owner_has() {
    check_search("sea", &["a"]).await;
}

#[tokio::test]
async fn a_search_finds_beginnings_and_letters_without_their_marks() {
    check_search("chapt", &["a"]).await;
    check_search("uber", &["c"]).await;
}

#[tokio::test]
async fn signs_and_operators_are_only_words() {
    check_search("sea\" OR body : * NEAR(", &["a"]).await;
    check_search("\"*()^", &[]).await;
    check_search("wald NOT sea", &["c", "a"]).await;
}

#[tokio::test]
async fn an_older_text_is_found_no_more() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let (old, new) = write!(store, |tx| {
        entities::save(
            tx,
            &order("a", "mia", "the sea"),
            None,
            &Evidence::of("x"),
            1,
        )
        .await?;
        entities::save(
            tx,
            &order("a", "mia", "the forest"),
            None,
            &Evidence::of("x"),
            2,
        )
        .await?;
        Ok((
            entities::search(tx, "aleik.Order", None, "sea", 9)
                .await?
                .len(),
            entities::search(tx, "aleik.Order", None, "forest", 9)
                .await?
                .len(),
        ))
    });
    assert_eq!((old, new), (0, 1));
}

#[tokio::test]
async fn a_write_names_the_version_that_it_read_and_keeps_the_owner() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let absent = entities::save(
            tx,
            &order("a", "mia", "one"),
            Some(1),
            &Evidence::of("x"),
            1,
        )
        .await;
        assert!(matches!(absent, Err(StoreError::Conflict(_))));
        assert_eq!(
            entities::save(
                tx,
                &order("a", "mia", "one"),
                Some(0),
                &Evidence::of("x"),
                1
            )
            .await?,
            1
        );
        assert!(
            entities::save(
                tx,
                &order("a", "mia", "two"),
                Some(0),
                &Evidence::of("x"),
                1
            )
            .await
            .is_err()
        );
        assert_eq!(
            entities::save(
                tx,
                &order("a", "mia", "two"),
                Some(1),
                &Evidence::of("y"),
                2
            )
            .await?,
            2
        );
        assert!(
            entities::save(tx, &order("a", "eve", "mine"), None, &Evidence::of("z"), 3)
                .await
                .is_err()
        );
        let id = entities::find(tx, "aleik.Order", "a").await?.unwrap().id;
        let history: Vec<_> = entities::history(tx, id)
            .await?
            .into_iter()
            .map(|one| format!("{} {} {}", one.version, one.value["title"], one.evidence.by))
            .collect();
        assert_eq!(history, ["1 \"one\" x", "2 \"two\" y"]);
        Ok(())
    });
}
