//! A campaign's metrics, as Prometheus reads them.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{command, workspace};
use serde_json::Value;
use tempfile::TempDir;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// A campaign that runs until it is dropped, and where it serves its metrics.
fn campaign(folder: &Path, more: &[&str]) -> (Running, String) {
    let mut command = command();
    command.args(["fuzz", "tcp_parser", "--for=10m", "--jobs=1", "--seed=1", "--metrics=127.0.0.1:0"]).args(more);
    command.arg("--corpus").arg(folder.join("corpus")).arg("--findings").arg(folder.join("findings"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let campaign = Running(child);
    let line = said.find(|line| line.starts_with("metrics at http://")).expect("it says where");
    let address = line.trim_start_matches("metrics at http://").trim_end_matches("/metrics").to_owned();
    // Once there are lines of progress, there are figures.
    assert!(said.any(|line| line.contains(" runs, ")));
    // What else it says must not block it.
    thread::spawn(move || said.for_each(drop));
    (campaign, address)
}

/// The answer to a request for `page`, head and all; none where nobody listens.
fn get(address: &str, page: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {page} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[test]
fn metrics_are_served_while_the_campaign_runs() {
    let folder = TempDir::new().unwrap();
    let (campaign, address) = campaign(folder.path(), &["--host=native"]);
    let answer = get(&address, "/metrics").expect("it listens");
    drop(campaign);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("application/openmetrics-text"), "{answer}");
    let runs = answer
        .lines()
        .find_map(|line| line.split_once("halligan_executions_total{target=\"tcp_parser\",host=\"native\"} "));
    assert!(runs.expect("executions are counted").1.parse::<u64>().unwrap() > 0);
    assert!(answer.ends_with("# EOF\n"), "{answer}");
}

/// Prometheus, which asks a campaign for its metrics every second, and where it answers.
fn prometheus(folder: &Path, campaign: &str) -> (Running, String) {
    let config = folder.join("prometheus.yml");
    let job = format!("{{job_name: halligan, static_configs: [{{targets: ['{campaign}']}}]}}");
    fs::write(&config, format!("global: {{scrape_interval: 1s}}\nscrape_configs: [{job}]\n")).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = Command::new("prometheus");
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={}", folder.join("prometheus").display()));
    command.arg(format!("--web.listen-address={free}")).stdout(Stdio::null()).stderr(Stdio::null());
    (Running(command.spawn().expect("prometheus is installed")), free)
}

/// What Prometheus answers to a query of its HTTP interface; nothing until it is up.
fn ask(prometheus: &str, path: &str) -> Value {
    let answer = get(prometheus, path).unwrap_or_default();
    // In one chunk or several: the JSON has no line of its own that could be taken for a length.
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let json: String = body.split("\r\n").filter(|part| part.contains(['{', '"'])).collect();
    serde_json::from_str(&json).unwrap_or_default()
}

/// The expressions of `ci/grafana.json`, with its variable filled in.
fn expressions() -> Vec<String> {
    let text = fs::read_to_string(workspace().join("ci/grafana.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().replace("$target", "tcp_parser")).collect()
}

fn encoded(expression: &str) -> String {
    expression.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
#[ignore = "needs prometheus"]
fn prometheus_has_an_answer_to_every_panel_of_the_dashboard() {
    let folder = TempDir::new().unwrap();
    // A fault, so that there are findings to be counted.
    let (_campaign, address) = campaign(folder.path(), &["--plant=tcp_parser/views_agree"]);
    let (_prometheus, prometheus) = prometheus(folder.path(), &address);
    let mut missing = expressions();
    assert!(missing.len() > 10, "{missing:?}");
    let start = Instant::now();
    while !missing.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "Prometheus has nothing of {missing:?}");
        thread::sleep(Duration::from_millis(500));
        missing.retain(|expression| {
            let answer = ask(&prometheus, &format!("/api/v1/query?query={}", encoded(expression)));
            answer["data"]["result"].as_array().is_none_or(Vec::is_empty)
        });
    }
    let targets = ask(&prometheus, "/api/v1/targets");
    assert_eq!(targets["data"]["activeTargets"][0]["health"], "up", "{targets}");
    let served = get(&address, "/metrics").unwrap();
    let served: BTreeSet<_> = served.lines().filter_map(|line| line.split(['{', ' ']).next()).collect();
    let known = ask(&prometheus, "/api/v1/label/__name__/values");
    let known = known["data"].as_array().unwrap().iter().filter_map(Value::as_str);
    let known: BTreeSet<_> = known.filter(|name| name.starts_with("halligan_")).collect();
    assert!(known.len() > 10 && known.is_subset(&served), "{known:?} of {served:?}");
    let hosts = ask(&prometheus, "/api/v1/label/host/values");
    assert!(hosts["data"].as_array().unwrap().contains(&"spt".into()), "{hosts}");
}
