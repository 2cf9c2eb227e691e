//! What is counted.

use alloc::string::String;
use core::fmt::Write;
use core::time::Duration;

use halligan_solo5::guest;

use super::allocator;
use super::device::Frames;

/// Counters since the start.
pub struct Metrics {
    start: Duration,
    /// What the link has carried.
    pub frames: Frames,
    /// TCP connections that were established.
    pub connections: u64,
    /// HTTP requests that were answered.
    pub requests: u64,
    /// Bytes that were echoed.
    pub echoed_bytes: u64,
    /// TLS sessions that failed.
    pub tls_failures: u64,
    /// Names that were looked up.
    pub names_resolved: u64,
}

impl Metrics {
    /// Counters that begin at `start`, by the monotonic clock.
    pub fn new(start: Duration) -> Self {
        Self {
            start,
            frames: Frames::default(),
            connections: 0,
            requests: 0,
            echoed_bytes: 0,
            tls_failures: 0,
            names_resolved: 0,
        }
    }

    /// Name, meaning and value of each; those whose names end in `_total` only grow.
    fn all(&self) -> [(&'static str, &'static str, u64); 12] {
        let frames = &self.frames;
        [
            ("uptime_seconds", "Seconds since the start.", (guest::monotonic() - self.start).as_secs()),
            ("memory_used_bytes", "Bytes of the heap in use.", allocator::used() as u64),
            ("frames_received_total", "Frames received.", frames.received),
            ("frames_received_bytes_total", "Bytes of frames received.", frames.received_bytes),
            ("frames_sent_total", "Frames sent.", frames.sent),
            ("frames_sent_bytes_total", "Bytes of frames sent.", frames.sent_bytes),
            ("frames_unsent_total", "Frames that the host did not take.", frames.unsent),
            ("tcp_connections_total", "TCP connections established.", self.connections),
            ("http_requests_total", "HTTP requests answered.", self.requests),
            ("echoed_bytes_total", "Bytes echoed.", self.echoed_bytes),
            ("tls_failures_total", "TLS sessions that failed.", self.tls_failures),
            ("names_resolved_total", "Names looked up.", self.names_resolved),
        ]
    }

    /// In Prometheus' text format, version 0.0.4.
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        for (name, meaning, value) in self.all() {
            let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "# HELP halligan_{name} {meaning}\n# TYPE halligan_{name} {kind}\nhalligan_{name} {value}\n"
            );
        }
        text
    }

    /// In carbon's plaintext protocol.
    pub fn graphite(&self) -> String {
        let mut text = String::new();
        let now = guest::wall().as_secs();
        for (name, _, value) in self.all() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "halligan.{name} {value} {now}");
        }
        text
    }
}
