//! `silexd questions`: what agents ask people, and their answers.

use std::path::PathBuf;

use clap::Subcommand;
use silex_runtime::agent::Deployment;
use silex_runtime::agent::review::question;
use silex_runtime::store::questions;

use super::{by, print, told, word};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd questions list
  silexd questions answer 4 --text 'The pads are in stock.'
  silexd questions answer 4 < answer.txt")]
pub(crate) enum Questions {
    /// List questions, open ones unless `--all`.
    #[command(after_help = "Example:\n  silexd questions list --json")]
    List {
        /// Answered ones too.
        #[arg(long)]
        all: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Answer a question; its conversation goes on.
    #[command(after_help = "Example:\n  silexd questions answer 4 --text 'The pads are in stock.'")]
    Answer {
        /// Its number.
        id: i64,
        /// The answer; without it, it is read from `--file`.
        #[arg(long)]
        text: Option<String>,
        /// A file that holds the answer; `-` for standard input.
        #[arg(long, default_value = "-")]
        file: PathBuf,
        /// Who answers.
        #[arg(long, default_value_t = by::user(), value_parser = by::name)]
        by: String,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Questions) -> anyhow::Result<()> {
    match command {
        Questions::List { all, json } => list(deployment, all, json).await,
        Questions::Answer { id, text, file, by } => {
            let text = match text {
                Some(text) => text,
                None => told(&file)?,
            };
            question::answer(deployment, id, by, text).await?;
            print(&format!("question {id} is answered"));
            Ok(())
        }
    }
}

async fn list(deployment: &Deployment, all: bool, json: bool) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    let listed = match all {
        true => questions::newest(&mut reader, 1000).await?,
        false => questions::open(&mut reader, 1000).await?,
    };
    if json {
        print(&serde_json::to_string_pretty(&listed)?);
        return Ok(());
    }
    for question in listed {
        let whose = question.reviewer.as_deref().unwrap_or("nobody yet");
        print(&format!(
            "{:>5}  {:<8}  thread {}  {whose:<12}  {}",
            question.id,
            word(&question.state),
            question.thread_id,
            question.question
        ));
        for (name, said) in question.arguments.as_object().into_iter().flatten() {
            print(&format!("       {name}: {said}"));
        }
        if let Some(answer) = question.answer {
            print(&format!("       answered: {answer}"));
        }
    }
    Ok(())
}
