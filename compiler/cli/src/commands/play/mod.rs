//! `silex play`: a page on which a spec is written, with its prompt beside it.
//!
//! The page is in the program, and so is the compiler: nothing is written to disk, nothing is asked of
//! anybody, and only this machine can reach it. What is written lives in the address of the page, behind
//! its `#`, which no browser sends to a server.

mod look;
mod serve;

use std::path::PathBuf;

use crate::browser;
use crate::port;
use crate::report;
use crate::style::{bold, dim};
use crate::{Ended, Failure};
use look::Around;

/// Arguments of `silex play`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex play                                 a small spec to begin with
  silex play examples/desk/specs/desk.silex  a module among the others of its package

What is written on the page stays in its address: share that, or copy the text.

Exit status: 0 stopped, 1 it could not start.")]
pub(crate) struct Arguments {
    /// A module to begin with [default: a small spec].
    file: Option<PathBuf>,
    /// The port of the page; 0 takes any [default: 8020 or the next free].
    #[arg(long)]
    port: Option<u16>,
    /// Open the page in the browser [default: on a terminal].
    #[arg(long, overrides_with = "no_open")]
    open: bool,
    /// Do not open the page.
    #[arg(long)]
    no_open: bool,
}

/// The port of the page, if it is free.
const PORT: u16 = 8020;

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let around = match &arguments.file {
        Some(file) => Around::of(file)?,
        None => Around::nothing(),
    };
    let listener = port::listen(arguments.port, PORT)?;
    let address = listener.local_addr().map_err(Failure::new)?;
    let page = format!("http://{address}");
    report::print(&format!("  page  {}", bold(&page)));
    report::print(&dim("  nothing is written to disk; Ctrl-C stops"));
    if browser::wanted(arguments.open, arguments.no_open) && !browser::open(&page) {
        report::print(&dim("no browser was found: open the page yourself"));
    }
    serve::serve(listener, around)?;
    report::print("stopped");
    Ok(Ended::Clean)
}
