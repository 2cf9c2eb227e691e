//! The page of `report`, as headless Chromium shows it.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Done, command};
use serde_json::Value;
use tempfile::TempDir;

/// Tells what the page shows.
const PROBE: &str = include_str!("page.js");

/// The least contrast of text, for WCAG 2.2's level AA.
const CONTRAST: f64 = 4.5;

/// A page on a short campaign with a planted fault, which it finds.
fn page(folder: &Path) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    let (corpus, findings, page) = (path("corpus"), path("findings"), path("page.html"));
    let run = |arguments: &[&str]| {
        let mut command = command();
        command.args(arguments);
        Done::of(command)
    };
    let campaign = ["fuzz", "tcp_parser", "--plant=tcp_parser/views_agree", "--runs=10000", "--jobs=1", "--seed=1"];
    let done = run(&[&campaign[..], &["--corpus", &corpus, "--findings", &findings]].concat());
    assert_eq!(done.status, 1, "{done:?}");
    let done = run(&["report", &corpus, "--to", &page]);
    assert_eq!(done.status, 0, "{done:?}");
    fs::read_to_string(page).unwrap()
}

/// What Chromium shows of `page` to someone who prefers light, or dark.
fn shown(page: &str, folder: &Path, scheme: &str) -> Value {
    let probed = folder.join(format!("{scheme}.html"));
    fs::write(&probed, format!("{page}<script>{PROBE}</script>")).unwrap();
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"]);
    // Nothing here needs a network.
    chromium.args(["--disable-quic", "--no-first-run", "--disable-background-networking"]);
    chromium.args(["--disable-component-update", "--disable-sync", "--window-size=1280,900"]);
    let preferred = if scheme == "dark" { 0 } else { 1 };
    chromium.arg(format!("--blink-settings=preferredColorScheme={preferred}"));
    chromium.arg(format!("--user-data-dir={}", folder.join(format!("{scheme}-profile")).display()));
    let output = chromium.arg(&probed).stderr(Stdio::null()).output().expect("chromium is installed");
    let dom = String::from_utf8(output.stdout).unwrap();
    let told = dom.split_once("id=\"told\">").and_then(|(_, rest)| rest.split_once("</script>"));
    serde_json::from_str(told.expect("the probe ran").0).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap()
}

/// Contents: the same in any colours. Returns the hosts.
fn shows_the_campaign(shown: &Value) -> Vec<String> {
    assert_eq!(shown["title"], "tcp_parser");
    assert_eq!(shown["fetched"], 0, "the page needs nothing from elsewhere");
    assert!(shown["beyond"].as_i64().unwrap() <= 0, "it is as wide as the window");
    assert!(shown["closed"].as_u64().unwrap() * 2 < shown["open"].as_u64().unwrap(), "the source is folded away");
    let tiles = shown["tiles"].as_str().unwrap();
    assert!(tiles.contains("Executions a host\n10,000") && tiles.contains("Findings\n1"), "{tiles}");

    let hosts: Vec<_> = list(shown, "hosts").iter().map(texts).collect();
    assert!(hosts.len() >= 2 && hosts[0][0] == "native" && hosts[1][0] == "spt", "{hosts:?}");
    for host in &hosts {
        let number = |cell: usize| host[cell].replace(',', "").parse::<u32>().unwrap();
        assert!(number(1) > number(2) && number(2) > 100 && host[2] == hosts[0][2], "{hosts:?}");
        let (alike, inputs) = host[5].split_once(" of ").unwrap();
        assert!(alike == inputs && host[4] == "0", "the hosts do the same: {host:?}");
    }
    let names: Vec<String> = hosts.iter().map(|host| host[0].to_owned()).collect();

    let charts = list(shown, "charts");
    assert_eq!(charts.len(), 2);
    for chart in charts {
        let lines = list(chart, "lines");
        let drawn: Vec<_> = lines.iter().map(|line| line["host"].as_str().unwrap()).collect();
        assert_eq!(drawn, names);
        for line in lines {
            assert!(line["width"].as_f64() > Some(300.0) && line["height"].as_f64() > Some(5.0), "{chart}");
        }
    }
    assert!(names.iter().all(|name| shown["time"].as_str().unwrap().contains(name)), "there is a key");

    let findings = shown["findings"].as_str().unwrap();
    for expected in ["views_agree", "RFC 9293 section 3.1", "expected ", "targets/src/tcp/mod.rs", "--plant"] {
        assert!(findings.contains(expected), "{expected} in\n{findings}");
    }
    assert!(!findings.contains(".rs:0"), "no line is the line 0:\n{findings}");
    let packet = list(shown, "packet");
    let row = |name: &str| packet.iter().map(|row| texts(&row["cells"])).find(|cells| cells[2] == name);
    let port = row("source port").unwrap_or_else(|| panic!("a packet is shown: {packet:?}"));
    assert!(port[0] == "0000" && port[1].len() == 5 && port[3].parse::<u16>().is_ok(), "{port:?}");

    let labels = list(shown, "labels");
    assert!(labels.len() > 10, "{labels:?}");
    for label in labels {
        let says: f64 = label["says"].as_str().unwrap().trim_end_matches('%').parse().unwrap();
        assert!((label["share"].as_f64().unwrap() * 100.0 - says).abs() < 0.1, "{label}");
        assert_eq!(label["cut"], false, "{label}");
    }
    assert!(labels.iter().any(|label| label["share"].as_f64() > Some(0.2)));
    names
}

/// Coverage of one file, line by line, in the colours of the page.
fn shows_the_source(shown: &Value, hosts: &[String]) {
    let files = list(shown, "files");
    let file = files.iter().find(|file| file["path"].as_str().unwrap().ends_with("src/wire/tcp.rs"));
    let file = file.expect("the parser under test has edges");
    assert_eq!(list(file, "shares").len(), hosts.len());
    assert!(texts(&file["shares"]).iter().all(|share| share.ends_with('%') && *share != "0.0%"), "{file}");
    let mut colours = std::collections::BTreeMap::new();
    for line in list(file, "lines") {
        let (cells, class) = (texts(&line["cells"]), line["class"].as_str().unwrap());
        assert_eq!(cells.len(), hosts.len() + 2);
        let counts: Vec<_> = cells[1..=hosts.len()].iter().filter(|count| !count.is_empty()).collect();
        assert_eq!(counts.is_empty(), class.is_empty(), "{line}");
        let counts = counts.iter().map(|count| count.split_once('/').expect("hit of all"));
        let hit = counts.map(|(hit, all)| (hit == "0", hit == all)).collect::<Vec<_>>();
        match class {
            "all" => assert!(hit.iter().all(|(_, all)| *all), "{line}"),
            "none" => assert!(hit.iter().all(|(none, _)| *none), "{line}"),
            _ => {}
        }
        let colour = line["colour"].as_str().unwrap();
        assert_eq!(*colours.entry(class).or_insert(colour), colour, "{line}");
    }
    // Without edges, and covered fully, in part and not at all.
    let distinct: std::collections::BTreeSet<_> = colours.values().collect();
    assert!(colours.len() >= 3 && distinct.len() == colours.len(), "{colours:?}");
}

fn is_readable(shown: &Value) {
    let faintest = &shown["faintest"];
    assert!(faintest["contrast"].as_f64() >= Some(CONTRAST), "{faintest}");
}

#[test]
#[ignore = "needs chromium"]
fn a_browser_shows_the_campaign_in_light_and_dark() {
    let folder = TempDir::new().unwrap();
    let page = page(folder.path());
    let [light, dark] = ["light", "dark"].map(|scheme| shown(&page, folder.path(), scheme));
    for shown in [&light, &dark] {
        let hosts = shows_the_campaign(shown);
        shows_the_source(shown, &hosts);
        is_readable(shown);
    }
    let brightness = |shown: &Value| {
        let colour = shown["page"].as_str().unwrap().to_owned();
        let parts = colour.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u32>().ok());
        parts.take(3).sum::<u32>()
    };
    assert!(brightness(&light) > 600 && brightness(&dark) < 150, "{} {}", light["page"], dark["page"]);
    let curve = |shown: &Value| shown["charts"][0]["lines"][0]["colour"].clone();
    assert_ne!(curve(&light), curve(&dark));
}
