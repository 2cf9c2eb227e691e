//! A campaign's figures for Prometheus, at `/metrics` of an address of the user's choice.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tiny_http::{Header, Response, Server};

use crate::campaign::{Figures, lock};

/// What `/metrics` answers with.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTarget {
    target: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfHost {
    target: &'static str,
    host: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    target: &'static str,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLabel {
    target: &'static str,
    label: String,
}

type Count<L> = Family<L, Counter>;
type Level<L> = Family<L, Gauge>;
type Share<L> = Family<L, Gauge<f64, AtomicU64>>;

/// The metrics, by the names that they have behind `halligan_`.
#[derive(Default)]
struct Metrics {
    registry: Registry,
    elapsed: Share<OfTarget>,
    corpus: Level<OfTarget>,
    divergences: Count<OfTarget>,
    findings: Count<OfKind>,
    labels: Share<OfLabel>,
    executions: Count<OfHost>,
    covered: Level<OfHost>,
    covered_by_seeds: Level<OfHost>,
    edges: Level<OfHost>,
    since_new_edge: Share<OfHost>,
    stability: Share<OfHost>,
    kept: Level<OfHost>,
    restarts: Count<OfHost>,
}

impl Metrics {
    fn new() -> Self {
        let mut metrics = Self { registry: Registry::with_prefix("halligan"), ..Self::default() };
        let registry = &mut metrics.registry;
        registry.register_with_unit("elapsed", "Time since the start", Unit::Seconds, metrics.elapsed.clone());
        registry.register("corpus_inputs", "Kept inputs", metrics.corpus.clone());
        registry.register("divergences", "Inputs on which the hosts differed", metrics.divergences.clone());
        registry.register("findings", "Findings by what broke", metrics.findings.clone());
        registry.register("label_share", "Share of kept inputs that bear a label", metrics.labels.clone());
        registry.register("executions", "Executions", metrics.executions.clone());
        registry.register("edges_covered", "Edges covered", metrics.covered.clone());
        registry.register("edges_covered_by_seeds", "Edges that the seeds covered", metrics.covered_by_seeds.clone());
        registry.register("edges", "Edges of the image", metrics.edges.clone());
        let since = metrics.since_new_edge.clone();
        registry.register_with_unit("since_new_edge", "Time since the last new edge", Unit::Seconds, since);
        let stability = "Share of edges that kept inputs hit equally often when run again";
        registry.register("stability_share", stability, metrics.stability.clone());
        registry.register("kept_inputs", "Kept inputs that hit something new on the host", metrics.kept.clone());
        registry.register("agent_restarts", "Times that an agent was started again", metrics.restarts.clone());
        metrics
    }

    fn set(&self, target: &'static str, figures: &Figures) {
        let all = OfTarget { target };
        self.elapsed.get_or_create(&all).set(figures.elapsed.as_secs_f64());
        self.corpus.get_or_create(&all).set(figures.corpus as i64);
        self.divergences.get_or_create(&all).inner().store(figures.divergences, Relaxed);
        for (&kind, count) in &figures.kinds {
            self.findings.get_or_create(&OfKind { target, kind }).inner().store(*count, Relaxed);
        }
        for (label, share) in &figures.labels {
            self.labels.get_or_create(&OfLabel { target, label: label.clone() }).set(*share);
        }
        for host in &figures.hosts {
            let of = OfHost { target, host: host.host.to_string() };
            self.executions.get_or_create(&of).inner().store(host.executions, Relaxed);
            self.covered.get_or_create(&of).set(host.covered as i64);
            self.covered_by_seeds.get_or_create(&of).set(host.covered_by_seeds as i64);
            self.edges.get_or_create(&of).set(host.edges as i64);
            self.since_new_edge.get_or_create(&of).set(host.since_new_edge.as_secs_f64());
            if let Some(share) = host.stability {
                self.stability.get_or_create(&of).set(share);
            }
            self.kept.get_or_create(&of).set(host.kept as i64);
            self.restarts.get_or_create(&of).inner().store(host.restarts, Relaxed);
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Serves metrics in a thread of its own until it is dropped.
pub struct Endpoint {
    target: &'static str,
    metrics: Metrics,
    page: Arc<Mutex<String>>,
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    /// Listens at `address` for a campaign of `target`.
    ///
    /// # Errors
    /// Fails where the address cannot be bound.
    pub fn new(address: SocketAddr, target: &'static str) -> Result<Self> {
        let server = Server::http(address).map_err(|error| anyhow!(error));
        let server = Arc::new(server.with_context(|| format!("cannot serve metrics at {address}"))?);
        let page = Arc::new(Mutex::new(String::new()));
        let (listener, shown) = (server.clone(), page.clone());
        let serve = move || {
            for request in listener.incoming_requests() {
                let known = request.url() == "/metrics";
                let text = if known { lock(&shown).clone() } else { "see /metrics\n".to_owned() };
                let kind = if known { CONTENT_TYPE } else { "text/plain" };
                let header = Header::from_bytes("Content-Type", kind).expect("a header of ASCII");
                let response = Response::from_string(text).with_header(header);
                // A client that is gone needs no answer.
                let _ = request.respond(response.with_status_code(if known { 200 } else { 404 }));
            }
        };
        let thread = thread::Builder::new().name("metrics".into()).spawn(serve).context("cannot start a thread")?;
        Ok(Self { target, metrics: Metrics::new(), page, server, thread: Some(thread) })
    }

    /// Where it listens; of port 0 the one that the kernel chose.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.server_addr().to_ip()
    }

    /// Shows `figures` from now on.
    pub fn set(&self, figures: &Figures) {
        self.metrics.set(self.target, figures);
        *lock(&self.page) = self.metrics.text();
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.unblock();
        self.thread.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Duration;

    use super::Metrics;
    use crate::campaign::{Figures, HostFigures};
    use crate::host::Kind;

    /// Figures that every metric has something of.
    fn figures() -> Figures {
        let host = HostFigures {
            host: Kind::Spt,
            executions: 1000,
            covered: 336,
            covered_by_seeds: 300,
            edges: 1050,
            since_new_edge: Duration::from_secs(3),
            stability: Some(0.5),
            kept: 70,
            findings: 1,
            restarts: 2,
        };
        Figures {
            elapsed: Duration::from_secs(10),
            left: Duration::from_secs(50),
            corpus: 70,
            findings: 1,
            divergences: 0,
            kinds: BTreeMap::from([("panic", 1)]),
            labels: vec![("urgent".into(), 0.25)],
            hosts: vec![host],
        }
    }

    fn served() -> String {
        let metrics = Metrics::new();
        metrics.set("tcp_parser", &figures());
        metrics.text()
    }

    #[test]
    fn figures_are_served_by_target_and_host() {
        let text = served();
        for line in [
            r#"halligan_executions_total{target="tcp_parser",host="spt"} 1000"#,
            r#"halligan_findings_total{target="tcp_parser",kind="panic"} 1"#,
            r#"halligan_label_share{target="tcp_parser",label="urgent"} 0.25"#,
            r#"halligan_elapsed_seconds{target="tcp_parser"} 10.0"#,
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
        }
    }

    /// The dashboard that `ci/grafana.json` defines asks for metrics that there are, and for each of them.
    #[test]
    fn the_grafana_dashboard_shows_every_metric() {
        let text = include_str!("../../../ci/grafana.json");
        let dashboard: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        let panels = dashboard["panels"].as_array().expect("it has panels");
        let expressions = panels.iter().flat_map(|panel| panel["targets"].as_array().expect("targets"));
        let asked: BTreeSet<String> = expressions
            .flat_map(|target| {
                let expression = target["expr"].as_str().expect("an expression");
                expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned)
            })
            .filter(|word| word.starts_with("halligan_"))
            .collect();
        let mut shown = BTreeSet::new();
        for line in served().lines() {
            let Some(rest) = line.strip_prefix("# TYPE ") else { continue };
            let (name, kind) = rest.split_once(' ').expect("a name and a type");
            shown.insert(if kind == "counter" { format!("{name}_total") } else { name.to_owned() });
        }
        assert_eq!(asked, shown);
    }
}
