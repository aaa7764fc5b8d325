//! The drawing of an agent: where a mail goes, left to right. This is the layout; the page draws it.

use crate::Agent;
use crate::agent::{Subject, Target};
use crate::relay::Destination;
use crate::spelling;
use serde::Serialize;

use super::words;

const WIDTH: u32 = 144;
const HEIGHT: u32 = 48;
const GAP_X: u32 = 30;
const GAP_Y: u32 = 18;
/// So many letters fit into a box.
const LETTERS: usize = 20;

/// A drawing; lengths are in pixels.
#[derive(Debug, Serialize)]
pub(super) struct Drawing {
    width: u32,
    height: u32,
    boxes: Vec<Placed>,
    arrows: Vec<Arrow>,
}

/// A box and where it stands.
#[derive(Debug, Serialize)]
struct Placed {
    x: u32,
    y: u32,
    kind: &'static str,
    title: String,
    below: String,
    page: Option<String>,
}

/// From the right side of one box to the left side of another.
#[derive(Debug, Serialize)]
struct Arrow {
    from_x: u32,
    from_y: u32,
    middle: u32,
    to_x: u32,
    to_y: u32,
    dashed: bool,
}

/// What stands in a box.
struct Station {
    kind: &'static str,
    title: String,
    below: String,
    page: Option<String>,
    /// Whether what is here is answered, and so goes on to review.
    goes_on: bool,
}

/// The way of a mail through an agent.
pub(super) fn pipeline(agent: &Agent) -> Drawing {
    let mut columns = vec![vec![station("mail", "mail", &agent.inbox.join(", "))]];
    columns.extend(
        agent
            .guard
            .iter()
            .map(|call| vec![behaviour("guard", &call.behaviour)]),
    );
    for observe in &agent.observe {
        columns.push(vec![behaviour("observe", &observe.call.behaviour)]);
    }
    if let Target::Match {
        on: Subject::Call(call),
        ..
    } = &agent.route
    {
        columns.push(vec![behaviour("route by", &call.behaviour)]);
    }
    let mut targets = Vec::new();
    stations(&agent.route, "", &mut targets);
    let fan = columns.len();
    columns.push(targets);
    let otherwise = format!("otherwise {}", agent.review.otherwise.word());
    columns.push(vec![station("review", "review", &otherwise)]);
    columns.push(vec![station("deliver", "deliver", &agent.deliver.from)]);
    let relays: Vec<_> = agent
        .relays
        .iter()
        .map(|(name, relay)| {
            let to = match &relay.to {
                Destination::Webhook(webhook) => format!("webhook {webhook}"),
                Destination::Mail(address) => address.clone(),
            };
            station("relay", name, &to)
        })
        .collect();
    if !relays.is_empty() {
        columns.push(relays);
    }
    place(columns, fan)
}

/// Where a route leads, each with the case that leads there.
fn stations(target: &Target, case: &str, out: &mut Vec<Station>) {
    match target {
        Target::Call(call) => out.push(Station {
            goes_on: true,
            below: case.to_owned(),
            ..behaviour("", &call.behaviour)
        }),
        Target::Reviewer(_) => out.push(station("person", "a person", case)),
        Target::Drop => out.push(station("drop", "not answered", case)),
        Target::Match { arms, .. } => {
            for arm in arms {
                let cases = if arm.cases.is_empty() {
                    "anything else".to_owned()
                } else {
                    arm.cases.join(", ")
                };
                let case = if case.is_empty() {
                    cases
                } else {
                    format!("{case}, {cases}")
                };
                stations(&arm.target, &case, out);
            }
        }
    }
}

fn station(kind: &'static str, title: &str, below: &str) -> Station {
    Station {
        kind,
        title: title.to_owned(),
        below: below.to_owned(),
        page: None,
        goes_on: false,
    }
}

fn behaviour(below: &str, name: &str) -> Station {
    Station {
        page: Some(words::behaviour_page(name)),
        ..station("behaviour", spelling::bare(name), below)
    }
}

/// Columns with arrows from each to the next. Of the fan, only what is answered goes on.
fn place(columns: Vec<Vec<Station>>, fan: usize) -> Drawing {
    let column = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let tallest = column(columns.iter().map(Vec::len).max().unwrap_or(1));
    let height = tallest * (HEIGHT + GAP_Y);
    let mut drawing = Drawing {
        width: column(columns.len()) * (WIDTH + GAP_X) - GAP_X + 2,
        height: height + 2,
        boxes: Vec::new(),
        arrows: Vec::new(),
    };
    let mut before: Vec<(u32, u32)> = Vec::new();
    for (at, stations) in columns.into_iter().enumerate() {
        let x = column(at) * (WIDTH + GAP_X) + 1;
        let top = (height - column(stations.len()) * (HEIGHT + GAP_Y)) / 2 + GAP_Y / 2;
        let mut ends = Vec::new();
        for (row, station) in stations.into_iter().enumerate() {
            let y = top + column(row) * (HEIGHT + GAP_Y);
            let middle = y + HEIGHT / 2;
            drawing
                .arrows
                .extend(before.iter().map(|(from_x, from_y)| Arrow {
                    from_x: *from_x,
                    from_y: *from_y,
                    middle: (from_x + x) / 2,
                    to_x: x,
                    to_y: middle,
                    dashed: station.kind == "relay",
                }));
            if at != fan || station.goes_on {
                ends.push((x + WIDTH, middle));
            }
            drawing.boxes.push(Placed {
                x,
                y,
                kind: station.kind,
                title: short(&station.title),
                below: short(&station.below),
                page: station.page,
            });
        }
        before = ends;
    }
    drawing
}

fn short(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    text.chars().take(LETTERS - 1).chain(['…']).collect()
}
