//! Passwords: what they must be, how they are kept (Argon2id), and how they are compared.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use futures_util::FutureExt;
use serde_json::json;
use tokio::sync::Semaphore;

use super::session::{self, Begun};
use super::{NotSignedIn, Person, pace, token};
use crate::agent::{Deployment, event};
use crate::store::{events, sessions, transaction};

/// Characters of the shortest password.
const SHORTEST: usize = 10;
/// Bytes of the longest: each is calculated with.
const LONGEST: usize = 1000;

/// A calculation takes 19 MiB and some 50 ms of a processor: more than two at a time would be felt.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What nobody's password is compared with, so that it takes as long as with somebody's: of the same
/// costs as [`Argon2::default`].
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
    bm8gcGVyc29uIGhhcyBpdA$JzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA";

/// Signs in whoever has this name or address and this password.
///
/// # Errors
/// [`NotSignedIn::Wrong`] when there is nobody like that, after the same time as if there was;
/// [`NotSignedIn::TooMany`] after too many tries.
pub async fn sign_in(
    deployment: &Deployment,
    said: &str,
    password: String,
) -> Result<Begun, NotSignedIn> {
    pace::admit(deployment, said).await?;
    let mut reader = deployment.store().read().await?;
    let account = sessions::account(&mut reader, said).await?;
    drop(reader);
    let kept = account.as_ref().and_then(|it| it.password.clone());
    let is_theirs = is_of(password, kept).await?;
    let Some(account) = account.filter(|_| is_theirs) else {
        return Err(NotSignedIn::Wrong);
    };
    let (drawn, ours) = (token::draw()?, deployment.clone());
    let work = transaction(move |tx| {
        async move { session::begin(tx, &ours, drawn, (&account.name, "password")).await }.boxed()
    });
    Ok(deployment.store().write("", work).await?)
}

/// Gives a person a password, and ends their other sessions. Whoever has one says the old one first: a
/// session that somebody left open is not to be kept for good.
///
/// # Errors
/// [`NotSignedIn::Wrong`] when the old one is not right; [`NotSignedIn::Refused`] when the new one
/// cannot be.
pub async fn change(
    deployment: &Deployment,
    person: &Person,
    old: String,
    new: String,
) -> Result<(), NotSignedIn> {
    if let Some(problem) = problem(&new, person) {
        return Err(NotSignedIn::Refused(problem));
    }
    pace::admit(deployment, &person.name).await?;
    let mut reader = deployment.store().read().await?;
    let account = sessions::account(&mut reader, &person.name).await?;
    drop(reader);
    let kept = account.and_then(|account| account.password);
    if kept.is_some() && !is_of(old, kept).await? {
        return Err(NotSignedIn::Wrong);
    }
    let hash = hash(new).await?;
    let (person, now) = (person.clone(), deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            sessions::set_password(tx, &person.name, &hash).await?;
            sessions::end_all(tx, &person.name, person.session.as_deref()).await?;
            let told = event("reviewer.password", &person.name, None, None, json!({}));
            events::append(tx, &told, now).await?;
            Ok(())
        }
        .boxed()
    });
    Ok(deployment.store().write("", work).await?)
}

/// Why it cannot be somebody's password, if it cannot.
fn problem(password: &str, person: &Person) -> Option<String> {
    if password.chars().count() < SHORTEST {
        return Some(format!(
            "a password has at least {SHORTEST} characters; a few words are easy to keep in mind"
        ));
    }
    if password.len() > LONGEST {
        return Some(format!("a password has at most {LONGEST} bytes"));
    }
    let same = |c: char| password.starts_with(c) && password.chars().all(|other| other == c);
    let is_name = password
        .to_lowercase()
        .contains(&person.name.to_lowercase());
    if password.chars().next().is_some_and(same) || (is_name && password.len() < 20) {
        return Some("that would be the first thing that is guessed".to_owned());
    }
    None
}

/// Whether it is the password that was kept. Without one it is none, after the same time.
async fn is_of(password: String, kept: Option<String>) -> Result<bool, NotSignedIn> {
    calculate(move || {
        let hash = kept.as_deref().unwrap_or(NOBODYS);
        let same = password.len() <= LONGEST
            && Argon2::default()
                .verify_password(password.as_bytes(), hash)
                .is_ok();
        same && kept.is_some()
    })
    .await
}

async fn hash(password: String) -> Result<String, NotSignedIn> {
    let salt = token::random::<16>()?;
    let hashed = calculate(move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
    });
    hashed
        .await?
        .map_err(|error| NotSignedIn::System(error.to_string()))
}

async fn calculate<T: Send + 'static>(
    calculation: impl FnOnce() -> T + Send + 'static,
) -> Result<T, NotSignedIn> {
    let failed = |error: &dyn std::fmt::Display| NotSignedIn::System(error.to_string());
    let _turn = AT_ONCE.acquire().await.map_err(|error| failed(&error))?;
    let done = tokio::task::spawn_blocking(calculation).await;
    done.map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let kept = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(!kept.contains("horse"));
        let again = hash("correct horse battery".to_owned()).await.unwrap();
        assert_ne!(kept, again, "each has its salt");
        let is = async |said: &str, kept: Option<&str>| {
            is_of(said.to_owned(), kept.map(str::to_owned))
                .await
                .unwrap()
        };
        assert!(is("correct horse battery", Some(&kept)).await);
        assert!(!is("correct horse batterY", Some(&kept)).await);
        assert!(!is("", Some(&kept)).await);
        assert!(!is("correct horse battery", None).await);
        assert!(!is("no person has it", None).await);
    }

    #[test]
    fn nobody_s_password_costs_what_anybody_s_does() {
        let verified = Argon2::default().verify_password(b"any", NOBODYS);
        // Anything but this would mean that nothing was calculated.
        assert_eq!(verified, Err(argon2::password_hash::Error::PasswordInvalid));
    }

    #[test]
    fn a_password_is_not_short_and_not_the_name() {
        let person = Person {
            name: "rosa".to_owned(),
            ..Person::at_this_machine()
        };
        for bad in ["short", "aaaaaaaaaaaa", "rosarosa2026", &"x".repeat(1001)] {
            assert!(problem(bad, &person).is_some(), "{bad}");
        }
        assert_eq!(problem("vier blaue Pferde", &person), None);
    }
}
