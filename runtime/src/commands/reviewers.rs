//! `silexd reviewers`: who decides drafts, and who is away.

use clap::Subcommand;
use silex_runtime::agent::Deployment;
use silex_runtime::agent::review::roster::{Change, change, instant};
use silex_runtime::config::Reviewer;
use silex_runtime::hours::Hours;
use silex_runtime::people::{Role, link};
use silex_runtime::store::reviewers;

use super::by::By;
use super::print;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd reviewers list
  silexd reviewers set rosa --address rosa@example.org --hours 'mon-fri 09:00..17:00 in Europe/Berlin'
  silexd reviewers set otto --address otto@example.org --role operator
  silexd reviewers link otto                       a page that signs otto in, once
  silexd reviewers absent rosa --from 2026-12-24 --until 2027-01-02
  silexd reviewers back rosa")]
pub(crate) enum Reviewers {
    /// List the reviewers with what waits for them.
    #[command(after_help = "Example:\n  silexd reviewers list --json")]
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add a reviewer, or change one that the configuration does not name.
    #[command(
        after_help = "Example:\n  silexd reviewers set rosa --address rosa@example.org --cap 5"
    )]
    Set {
        /// A short name.
        name: String,
        /// Where they read mail, and where their answers come from.
        #[arg(long)]
        address: String,
        /// How much they take, compared with the others.
        #[arg(long, default_value = "1")]
        weight: u32,
        /// The most drafts that wait for them at a time.
        #[arg(long)]
        cap: Option<u32>,
        /// When they work, as `mon-fri 09:00..17:00 in Europe/Berlin`.
        #[arg(long)]
        hours: Option<Hours>,
        /// Who gets what they leave overdue.
        #[arg(long)]
        escalates_to: Option<String>,
        /// What they may do on the page: viewer, reviewer or operator.
        #[arg(long, default_value = "reviewer", value_parser = role)]
        role: Role,
        #[command(flatten)]
        by: By,
    },
    /// Print a link that signs a reviewer in on the page, once, within an hour.
    #[command(after_help = "Example:\n  silexd reviewers link otto")]
    Link {
        /// Their name.
        name: String,
        #[command(flatten)]
        by: By,
    },
    /// Take a reviewer out. What waits for them goes to others.
    #[command(after_help = "Example:\n  silexd reviewers remove otto")]
    Remove {
        /// Their name.
        name: String,
        #[command(flatten)]
        by: By,
    },
    /// Note that a reviewer is away. What waits for them goes to others.
    #[command(
        after_help = "Example:\n  silexd reviewers absent rosa --from 2026-12-24 --until 2027-01-02"
    )]
    Absent {
        /// Their name.
        name: String,
        /// From this day or minute on, as 2026-12-24 or 2026-12-24T13:00; from now on without it.
        #[arg(long)]
        from: Option<String>,
        /// Until the end of this day, or this minute; until they are back without it.
        #[arg(long)]
        until: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Note that a reviewer is back.
    #[command(after_help = "Example:\n  silexd reviewers back rosa")]
    Back {
        /// Their name.
        name: String,
        #[command(flatten)]
        by: By,
    },
}

fn role(word: &str) -> Result<Role, String> {
    serde_json::from_value(word.into())
        .map_err(|_| "the roles are viewer, reviewer and operator".to_owned())
}

pub(crate) async fn run(deployment: &Deployment, command: Reviewers) -> anyhow::Result<()> {
    let (wanted, by, said) = match command {
        Reviewers::List { json } => return list(deployment, json).await,
        Reviewers::Link { name, by } => {
            print(&link::print(deployment, &name, &by.by).await?);
            return Ok(());
        }
        Reviewers::Set {
            name,
            address,
            weight,
            cap,
            hours,
            escalates_to,
            role,
            by,
        } => {
            let said = format!("{name} reviews");
            let reviewer = Reviewer {
                weight,
                cap,
                hours,
                escalates_to,
                role,
                ..Reviewer::new(&name, &address)
            };
            (Change::Set(Box::new(reviewer)), by, said)
        }
        Reviewers::Remove { name, by } => {
            let said = format!("{name} reviews no longer");
            (Change::Remove(name), by, said)
        }
        Reviewers::Absent {
            name,
            from,
            until,
            by,
        } => {
            let zone = &deployment.config.timezone;
            let from = from.map(|from| instant(&from, zone, false));
            let until = until.map(|until| instant(&until, zone, true));
            let (from, until) = (from.transpose()?, until.transpose()?);
            let said = format!("{name} is away");
            (Change::Away { name, from, until }, by, said)
        }
        Reviewers::Back { name, by } => {
            let said = format!("{name} is back");
            (Change::Back(name), by, said)
        }
    };
    change(deployment, wanted, by.by).await?;
    print(&said);
    Ok(())
}

async fn list(deployment: &Deployment, json: bool) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    let all = reviewers::list(&mut reader, deployment.clock().now_ms()).await?;
    if json {
        print(&serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    if all.is_empty() {
        print(
            "there are no reviewers: `silexd reviewers set`, or `reviewers` in the configuration",
        );
    }
    for reviewer in all {
        let most = reviewer
            .cap
            .map_or_else(String::new, |cap| format!(" of {cap}"));
        let state = if reviewer.absent { "away" } else { "there" };
        print(&format!(
            "{:<12}  {:<8}  {state:<5}  {}{most} waiting  weight {}  {}  {}",
            reviewer.name,
            reviewer.role.word(),
            reviewer.load,
            reviewer.weight,
            reviewer.address,
            reviewer.hours.unwrap_or_default()
        ));
    }
    Ok(())
}
