//! Line charts as inline SVG; `page.css` colours them.

use maud::{Markup, html};

use crate::campaign::grouped;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers of the axes.
const LEFT: f64 = 56.0;
const BELOW: f64 = 26.0;
const TOP: f64 = 10.0;
const RIGHT: f64 = 12.0;

/// A line: its class, and points of seconds and values.
pub struct Series {
    /// A class of `page.css`.
    pub class: String,
    /// By time.
    pub points: Vec<(f64, f64)>,
}

/// A chart of values over time. Lines that coincide are drawn within one another: each is thinner than the one before.
pub fn over_time(about: &str, series: &[Series]) -> Markup {
    let values = || series.iter().flat_map(|series| &series.points);
    let end = values().map(|(time, _)| *time).fold(1.0, f64::max);
    let high = nice(values().map(|(_, value)| *value).fold(1.0, f64::max));
    let x = |time: f64| LEFT + time / end * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| TOP + (1.0 - value / high) * (HEIGHT - TOP - BELOW);
    let line = |points: &[(f64, f64)]| {
        let points = points.iter().map(|(time, value)| format!("{:.1},{:.1}", x(*time), y(*value)));
        points.collect::<Vec<_>>().join(" ")
    };
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(about) {
            @for step in 0..=4 {
                @let value = high * f64::from(step) / 4.0;
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y(value)) y2=(y(value)) {}
                text.tick x=(LEFT - 8.0) y=(y(value) + 4.0) text-anchor="end" { (grouped(value as u64)) }
            }
            @for step in 0..=4 {
                @let time = end * f64::from(step) / 4.0;
                @let anchor = match step { 0 => "start", 4 => "end", _ => "middle" };
                text.tick x=(x(time)) y=(HEIGHT - 6.0) text-anchor=(anchor) { (clock(time)) }
            }
            @for (index, series) in series.iter().enumerate() {
                polyline class=(format!("line {}", series.class)) points=(line(&series.points))
                    stroke-width=(format!("{:.1}", 7.0 / f64::powi(2.0, index as i32))) {}
            }
        }
    }
}

/// A round number of at least `high` that four divides.
fn nice(high: f64) -> f64 {
    if high <= 100.0 {
        return (high / 4.0).ceil() * 4.0;
    }
    let magnitude = 10f64.powf(high.log10().floor());
    let steps = [1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0, 10.0, 12.0];
    steps.iter().map(|step| step * magnitude).find(|top| *top >= high).unwrap_or(high)
}

/// A time in the unit that suits it.
pub fn clock(seconds: f64) -> String {
    match seconds {
        0.0 => "0".to_owned(),
        ..60.0 => format!("{seconds:.0} s"),
        ..3600.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        assert_eq!([1.0, 5.0, 336.0, 350.0, 1000.0, 1001.0].map(nice), [4.0, 8.0, 400.0, 400.0, 1000.0, 1200.0]);
    }

    #[test]
    fn the_first_point_is_at_the_left_and_the_highest_within() {
        let points = vec![(0.0, 0.0), (10.0, 400.0)];
        let chart = over_time("edges", &[Series { class: "native".into(), points }]).into_string();
        assert!(chart.contains(r#"points="56.0,194.0 628.0,10.0""#), "{chart}");
    }
}
