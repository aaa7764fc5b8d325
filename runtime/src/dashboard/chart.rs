//! Small charts: the numbers of a row of stretches as bars, laid out for a drawing of fixed size.

use serde::Serialize;

/// Width and height of the drawing, and the room below the bars for their times.
const SIZE: (f64, f64) = (520.0, 120.0);
const FOOT: f64 = 18.0;
/// The room above them for the greatest number.
const TOP: f64 = 14.0;

/// Numbers of one kind, one for each stretch.
pub(super) struct Series {
    pub(super) name: &'static str,
    /// How its bars look: `one` or `other`.
    pub(super) look: &'static str,
    pub(super) values: Vec<f64>,
}

/// A drawing, as the template puts it down.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    title: &'static str,
    /// What the whole comes to, in words.
    sum: String,
    width: f64,
    height: f64,
    /// Where the bars stand on, and the greatest number above.
    ground: f64,
    most: String,
    bars: Vec<Bar>,
    times: Vec<Time>,
    names: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Bar {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    look: &'static str,
    says: String,
}

#[derive(Debug, Serialize)]
struct Time {
    x: f64,
    word: String,
}

/// The same for those who do not see the drawing.
#[derive(Debug, Serialize)]
struct Row {
    time: String,
    values: Vec<String>,
}

/// Lays a chart out. `said` writes a number in words; `times` are those of the stretches.
pub(super) fn chart(
    title: &'static str,
    sum: String,
    times: &[String],
    series: &[Series],
    said: impl Fn(f64) -> String,
) -> Chart {
    let all = series.iter().flat_map(|series| &series.values);
    let most = all.copied().fold(0.0, f64::max);
    let (count, groups) = (number(times.len().max(1)), number(series.len().max(1)));
    let step = SIZE.0 / count;
    let width = (step * 0.8 / groups).max(1.0);
    let ground = SIZE.1 - FOOT;
    let mut bars = Vec::new();
    for (place, series) in series.iter().enumerate() {
        for (at, value) in series
            .values
            .iter()
            .enumerate()
            .filter(|(_, value)| **value > 0.0)
        {
            // What is there at all is seen.
            let height = (value / most * (ground - TOP)).max(1.0);
            let time = times.get(at).map_or("", String::as_str);
            bars.push(Bar {
                x: rounded(step * number(at) + step * 0.1 + width * number(place)),
                y: rounded(ground - height),
                width: rounded(width),
                height: rounded(height),
                look: series.look,
                says: format!("{time}: {} {}", said(*value), series.name),
            });
        }
    }
    // As many times as can be read.
    let every = times.len().div_ceil(6).max(1);
    let shown = times.iter().enumerate().step_by(every);
    let rows = times.iter().enumerate().map(|(at, time)| Row {
        time: time.clone(),
        values: series
            .iter()
            .map(|series| {
                series
                    .values
                    .get(at)
                    .copied()
                    .map(&said)
                    .unwrap_or_default()
            })
            .collect(),
    });
    Chart {
        title,
        sum,
        width: SIZE.0,
        height: SIZE.1,
        ground,
        most: if most > 0.0 {
            said(most)
        } else {
            String::new()
        },
        times: shown
            .map(|(at, time)| Time {
                x: rounded(step * number(at)),
                word: time.clone(),
            })
            .collect(),
        names: series
            .iter()
            .map(|series| (series.name, series.look))
            .collect(),
        rows: rows.collect(),
        bars,
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody draws 2^53 bars")]
fn number(count: usize) -> f64 {
    count as f64
}

/// A tenth of a point is finer than anybody sees.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_bar_fills_the_drawing_and_nothing_is_no_bar() {
        let times: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let series = Series {
            name: "mails",
            look: "one",
            values: vec![0.0, 5.0, 10.0],
        };
        let chart = chart("Mails", "15".to_owned(), &times, &[series], |it| {
            format!("{it}")
        });
        let heights: Vec<_> = chart.bars.iter().map(|bar| (bar.height, bar.y)).collect();
        assert_eq!(heights, [(44.0, 58.0), (88.0, 14.0)]);
        assert_eq!(chart.bars[1].says, "c: 10 mails");
        assert_eq!(chart.most, "10");
    }

    #[test]
    fn without_anything_there_is_a_chart_without_bars() {
        let chart = chart("Mails", String::new(), &[], &[], |it| format!("{it}"));
        assert!(chart.bars.is_empty() && chart.most.is_empty());
    }
}
