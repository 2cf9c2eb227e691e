//! The page: plain HTML with its style within, no script, and nothing from elsewhere.

use halligan_targets::Annotation;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{Series, clock, over_time};
use super::coverage::{Count, Line, SourceFile};
use super::{Found, Report};
use crate::campaign::{Point, grouped, percent};

/// The page that shows `report`.
pub fn render(report: &Report) -> String {
    let title = format!("{} · Halligan", report.target.name());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                (header(report))
                main {
                    (tiles(report))
                    (time(report))
                    (findings(report))
                    (hosts(report))
                    (labels(report))
                    (coverage(report))
                }
                footer { "Halligan " (env!("CARGO_PKG_VERSION")) " replayed the corpus for this page." }
            }
        }
    }
    .into_string()
}

fn header(report: &Report) -> Markup {
    html! {
        header {
            h1 { (report.target.name()) }
            p { (report.target.about()) }
            @if let Some(fault) = &report.record.fault { p.planted { "With the planted fault " code { (fault) } "." } }
            nav {
                a href="#time" { "Over time" }
                a href="#findings" { "Findings" }
                a href="#hosts" { "Hosts" }
                a href="#labels" { "Labels" }
                a href="#coverage" { "Source" }
            }
        }
    }
}

fn tiles(report: &Report) -> Markup {
    let last = report.record.history.points.last();
    let seconds = last.map_or(0.0, |point| point.elapsed);
    let executions = last.and_then(|point| point.hosts.iter().map(|host| host.executions).max()).unwrap_or(0);
    let covered = report.sides.iter().map(|side| side.covered).max().unwrap_or(0);
    let edges = report.sides.iter().map(|side| side.edges).max().unwrap_or(0);
    let tile =
        |name: &str, value: String, more: String| html! { div { dt { (name) } dd { (value) small { (more) } } } };
    html! {
        dl.tiles {
            (tile("Fuzzed for", clock(seconds), String::new()))
            (tile("Executions a host", grouped(executions), String::new()))
            (tile("Edges covered", grouped(covered as u64), format!(" of {}", grouped(edges as u64))))
            (tile("Inputs kept", grouped(report.inputs as u64), String::new()))
            (tile("Findings", grouped(report.findings.len() as u64), String::new()))
        }
    }
}

fn time(report: &Report) -> Markup {
    let points = &report.record.history.points;
    let names: Vec<_> = points.last().iter().flat_map(|point| &point.hosts).map(|host| host.host.clone()).collect();
    let series = |value: &dyn Fn(&Point, &str) -> Option<f64>| -> Vec<Series> {
        let of = |name: &String| Series {
            class: name.clone(),
            points: points.iter().filter_map(|point| Some((point.elapsed, value(point, name)?))).collect(),
        };
        names.iter().map(of).collect()
    };
    let host = |point: &Point, name: &str| point.hosts.iter().find(|host| host.host == name).cloned();
    let covered = series(&|point, name| Some(host(point, name)?.covered as f64));
    let executions = series(&|point, name| Some(host(point, name)?.executions as f64));
    html! {
        section #time {
            h2 { "Over time" }
            p.key { @for name in &names { span class=(name) { (name) } } }
            div.pair {
                figure { figcaption { "Edges covered" } (over_time("Edges covered over time", &covered)) }
                figure { figcaption { "Executions" } (over_time("Executions over time", &executions)) }
            }
            p.note { "Where hosts do the same their lines coincide, and are drawn within one another." }
        }
    }
}

fn findings(report: &Report) -> Markup {
    html! {
        section #findings {
            h2 { "Findings" }
            @if report.findings.is_empty() { p.good { "None: all properties held and the hosts agreed." } }
            @for found in &report.findings { (finding(found)) }
        }
    }
}

fn finding(found: &Found) -> Markup {
    let words = |pointer: &str| -> Vec<&str> {
        let list = found.report.pointer(pointer).and_then(serde_json::Value::as_array);
        list.into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
    };
    let place = found.text("/place/place/file");
    // Compilers write the line 0 where code belongs to no line.
    let line = found.report.pointer("/place/place/line").and_then(serde_json::Value::as_u64).unwrap_or_default();
    html! {
        article {
            h3 { (found.text("/kind")) " " @for host in words("/hosts") { span class=(format!("badge {host}")) { (host) } } }
            p.symptom { (found.text("/symptom")) }
            dl.facts {
                @if !found.text("/property/demands").is_empty() {
                    dt { "Property" } dd { (found.text("/property/demands")) }
                    dt { "Source" } dd { (found.text("/property/rfc")) }
                }
                @if !place.is_empty() { dt { "Place" } dd { code { (place) @if line > 0 { ":" (line) } } } }
                dt { "Folder" } dd { code { (found.folder.display()) } }
                dt { "Replay" } dd { code { (found.text("/replay")) } }
            }
            (packet(&found.input, &found.fields))
            details { summary { "As Rust code" } pre { (found.text("/value")) } }
        }
    }
}

/// Every byte with its field.
fn packet(input: &[u8], fields: &[Annotation]) -> Markup {
    let mut shown = 0;
    let rows: Vec<_> = fields
        .iter()
        .map(|field| {
            // Several fields of bits share bytes; the first of them shows the bytes.
            let bytes = if field.bytes.start < shown { &[][..] } else { &input[field.bytes.clone()] };
            shown = field.bytes.end;
            (field, bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
        })
        .collect();
    html! {
        div.scroll {
            table.packet {
                thead { tr { th { "Offset" } th { "Bytes" } th { "Field" } th { "Value" } } }
                tbody {
                    @for (field, bytes) in rows {
                        tr.lie[field.lie] {
                            td.offset { (format!("{:04x}", field.bytes.start)) }
                            td.bytes { (bytes) }
                            td style=(format!("padding-left:{}em", 0.75 + 1.25 * f32::from(field.depth))) { (field.name) }
                            td { (field.value) @if field.lie { span.badge.bad { "lie" } } }
                        }
                    }
                }
            }
        }
    }
}

fn hosts(report: &Report) -> Markup {
    html! {
        section #hosts {
            h2 { "Hosts compared" }
            p.note { "Over the kept inputs, without the edges of the standard library, which the curves above count too." }
            div.scroll { table {
                thead { tr {
                    th { "Host" } th.number { "Edges" } th.number { "Covered" } th.number { "Share" }
                    th.number { "Covered here alone" } th.number { "Inputs seen alike" }
                } }
                tbody { @for side in &report.sides { tr {
                    td { span class=(format!("badge {}", side.host)) { (side.host) } }
                    td.number { (grouped(side.edges as u64)) }
                    td.number { (grouped(side.covered as u64)) }
                    td.number { (percent(Some(side.covered as f64 / side.edges.max(1) as f64))) }
                    td.number { (grouped(side.alone.len() as u64)) }
                    td.number { (grouped(side.agreeing as u64)) " of " (grouped(report.inputs as u64)) }
                } } }
            } }
            @for side in report.sides.iter().filter(|side| !side.alone.is_empty()) {
                details {
                    summary { "Covered on " (side.host) " alone" }
                    ul { @for place in &side.alone { li { code { (place) } } } }
                }
            }
        }
    }
}

fn labels(report: &Report) -> Markup {
    html! {
        section #labels {
            h2 { "Labels" }
            p.note { "What the parsers saw, and in which share of the corpus. A case that is rare here is hardly tested." }
            div.labels { @for (name, share) in report.labels.shares() {
                div { span { (name) } meter min="0" max="1" value=(format!("{share:.4}")) {} span.number { (percent(Some(share))) } }
            } }
        }
    }
}

fn coverage(report: &Report) -> Markup {
    let names: Vec<_> = report.sides.iter().map(|side| side.host.to_string()).collect();
    html! {
        section #coverage {
            h2 { "Source" }
            p.note {
                "Edges hit of edges there are, at each line, on " (names.join(", ")) ". "
                span.all { "covered everywhere" } " " span.some { "in part, or on some hosts" } " " span.none { "not covered" }
            }
            @for file in &report.coverage.files { (source(file, &names)) }
            @if !report.coverage.unreached.is_empty() {
                details {
                    summary { (report.coverage.unreached.len()) " files that nothing reaches" }
                    ul { @for path in &report.coverage.unreached { li { code { (path) } } } }
                }
            }
        }
    }
}

fn source(file: &SourceFile, names: &[String]) -> Markup {
    let share = |count: &Count| f64::from(count.covered) / f64::from(count.edges.max(1));
    html! {
        details.file {
            summary {
                code { (file.path) }
                @for (name, total) in names.iter().zip(&file.totals) {
                    span.share title=(format!("{} of {} edges on {name}", total.covered, total.edges)) {
                        span class=(format!("dot {name}")) {} (percent(Some(share(total))))
                    }
                }
            }
            @if file.lines.is_empty() { p.note { "Its source is not on this machine." } }
            table.source { @for (index, line) in file.lines.iter().enumerate() {
                @if index > 0 && file.lines[index - 1].number + 1 != line.number { tr.gap { td colspan=(names.len() + 2) { "⋯" } } }
                (row(line, names.len()))
            } }
        }
    }
}

fn row(line: &Line, hosts: usize) -> Markup {
    let class = match &line.counts[..] {
        [] => "",
        counts if counts.iter().all(|count| count.covered == 0) => "none",
        counts if counts.iter().all(|count| count.covered == count.edges) => "all",
        _ => "some",
    };
    html! {
        tr class=(class) {
            td.at { (line.number) }
            @for host in 0..hosts {
                td.hit { @if let Some(count) = line.counts.get(host).filter(|count| count.edges > 0) {
                    (count.covered) "/" (count.edges)
                } }
            }
            td.text { (line.text) }
        }
    }
}
