//! How many mails go the whole way in a second when the model answers at once.

use std::time::Instant;

use crate::floor;
use silex_tests::house::{House, Plan};

use crate::Options;
use crate::table::{Goal, Row, number};

pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut house = House::new(&options.silexd, Plan::default())?;
    house.silexd.serve();
    // What is made ready at the first mail is not part of the others' way.
    let warm = 50;
    house.post(0..warm)?;
    house.until_sent(warm)?;
    let (before, began) = (house.usage()?, Instant::now());
    house.post(warm..warm + options.mails)?;
    house.until_sent(warm + options.mails)?;
    let (seconds, after) = (began.elapsed().as_secs_f64(), house.usage()?);
    let mails = number(options.mails);
    let cpu = (after.cpu - before.cpu).as_secs_f64() * 1000.0 / mails;
    house.silexd.terminate();
    let floor = floor::measure(house.silexd.database(), warm + options.mails);
    let floor = house.block_on(floor)?;
    let row = |what: &str, value: f64, unit| Row::new("pipelines", what, value, unit);
    Ok(vec![
        row("mails a second", mails / seconds, "mails/s").goal(Goal::AtLeast(1000.0)),
        row("processor time of silexd", cpu, "ms/mail").goal(Goal::AtMost(1.5)),
        row("rows written", floor.rows, "rows/mail"),
        row("the same rows alone", floor.a_second, "mails/s"),
        row(
            "the same rows alone, processor time",
            floor.cpu_ms,
            "ms/mail",
        ),
        row(
            "mails a second, of the rows alone",
            mails / seconds / floor.a_second,
            "of 1",
        ),
        row(
            "processor time, of the rows alone",
            cpu / floor.cpu_ms,
            "times",
        ),
    ])
}
