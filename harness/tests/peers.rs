//! Campaigns that exchange inputs: what one keeps reaches the others, and whoever else connects does no harm.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use common::{command, halligan};
use halligan::corpus;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// So long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A campaign, and what it says.
struct Campaign {
    child: Child,
    said: Receiver<Value>,
    folder: TempDir,
}

impl Campaign {
    fn start(target: &str, seeds: &[Vec<u8>], more: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let own = folder.path().join("seeds");
        fs::create_dir(&own).unwrap();
        seeds.iter().for_each(|seed| fs::write(own.join(corpus::name(seed)), seed).unwrap());
        let mut command = command();
        command.args(["fuzz", target, "--host=native", "--jobs=1", "--seed=1", "--for=10m", "--json"]).args(more);
        command.arg("--seeds").arg(own).arg("--corpus").arg(folder.path().join("corpus"));
        command.arg("--findings").arg(folder.path().join("findings"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, said) = channel();
        thread::spawn(move || {
            let mut events = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
            events.try_for_each(|event: Value| send.send(event))
        });
        Self { child, said, folder }
    }

    /// A campaign that others can join, and its address.
    fn listening(target: &str, seeds: &[Vec<u8>]) -> (Self, String) {
        let campaign = Self::start(target, seeds, &["--listen=127.0.0.1:0"]);
        let line = campaign.says("listening for campaigns at ");
        let address = line.trim_start_matches("listening for campaigns at ").to_owned();
        (campaign, address)
    }

    /// Waits for a line that reads like `expected`.
    fn says(&self, expected: &str) -> String {
        let start = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(start.elapsed());
            let event = self.said.recv_timeout(left).unwrap_or_else(|_| panic!("it never said '{expected}'"));
            let line = event["line"].as_str().unwrap_or_default();
            if line.contains(expected) {
                return line.to_owned();
            }
        }
    }

    /// Waits until it keeps `input`.
    fn keeps(&self, input: &[u8]) {
        let (start, path) = (Instant::now(), self.folder.path().join("corpus").join(corpus::name(input)));
        while !path.exists() {
            assert!(start.elapsed() < PATIENCE, "it does not keep {}", path.display());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as Ctrl-C does.
    fn end(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Campaign {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A DNS message with so many questions and answers; with many, no mutant of one with few comes near its coverage.
fn message(questions: u16, answers: u16) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 0x80, 0];
    [questions, answers, 0, 0].iter().for_each(|count| message.extend(count.to_be_bytes()));
    message.extend([0, 0, 1, 0, 1].repeat(questions.into()));
    message.extend([0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1].repeat(answers.into()));
    message
}

fn hello(version: u16, target: &str) -> Vec<u8> {
    let mut hello = b"halligan".to_vec();
    hello.extend(version.to_le_bytes());
    hello.push(target.len() as u8);
    hello.extend(target.as_bytes());
    hello
}

#[test]
fn what_one_keeps_reaches_the_other_and_the_other_way_round() {
    let (plain, questions, answers) = (message(1, 0), message(200, 0), message(0, 200));
    let (first, address) = Campaign::listening("dns_parser", &[plain.clone(), questions.clone()]);
    let second = Campaign::start("dns_parser", &[plain, answers.clone()], &["--join", &address]);
    first.says("127.0.0.1 joined");
    second.says(&format!("joined {address}"));
    second.keeps(&questions);
    first.keeps(&answers);
    second.end();
    first.end();
}

#[test]
fn who_goes_away_does_not_end_the_other_and_is_joined_again() {
    let (plain, questions, answers) = (message(1, 0), message(200, 0), message(0, 200));
    let (mut first, address) = Campaign::listening("dns_parser", &[plain.clone(), questions.clone()]);
    let second = Campaign::start("dns_parser", std::slice::from_ref(&plain), &["--join", &address]);
    second.keeps(&questions);
    first.child.kill().unwrap();
    second.says(&format!("{address} is away"));
    let listen = format!("--listen={address}");
    let third = Campaign::start("dns_parser", &[plain, answers.clone()], &[&listen]);
    second.says(&format!("joined {address}"));
    second.keeps(&answers);
    drop(second);
    third.says("127.0.0.1 left");
    third.end();
}

#[test]
fn another_target_and_another_version_are_turned_away() {
    let (first, address) = Campaign::listening("dns_parser", &[message(1, 0)]);
    let second = Campaign::start("tcp_parser", &[common::harmless()], &["--join", &address]);
    second.says("it fuzzes dns_parser, and we tcp_parser");
    first.says("it fuzzes tcp_parser, and we dns_parser");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(&hello(2, "dns_parser")).unwrap();
    first.says("it speaks version 2 of the protocol, and we version 1");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, hello(1, "dns_parser"));
    second.end();
    first.end();
}

#[test]
fn garbage_does_no_harm() {
    let (first, address) = Campaign::listening("dns_parser", &[message(1, 0)]);
    let send = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(&address).unwrap();
        // It may hang up in the middle.
        let _ = stream.write_all(bytes);
        stream
    };
    drop(send(b""));
    drop(send(&hello(1, "dns_parser")[..9]));
    first.says("it hung up");
    let _page = send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    first.says("it is no campaign");
    let mut large = hello(1, "dns_parser");
    large.extend(u32::MAX.to_le_bytes());
    let _large = send(&large);
    first.says("it sends an input of 4294967295 bytes");
    // Inputs that are none, more of them than wait at a time, and one that is cut short.
    let mut flood = hello(1, "dns_parser");
    for number in 0..5000u32 {
        flood.extend(4u32.to_le_bytes());
        flood.extend(number.to_le_bytes());
    }
    flood.extend(100u32.to_le_bytes());
    drop(send(&flood));
    // It still takes in what is of use.
    let (questions, mut useful) = (message(200, 0), hello(1, "dns_parser"));
    useful.extend((questions.len() as u32).to_le_bytes());
    useful.extend(&questions);
    let _useful = send(&useful);
    first.keeps(&questions);
    first.end();
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, folder) = (taken.local_addr().unwrap().to_string(), TempDir::new().unwrap());
    let path = |name: &str| Path::new(folder.path()).join(name).display().to_string();
    let done = halligan([
        "fuzz",
        "tcp_parser",
        "--host=native",
        &format!("--listen={address}"),
        &format!("--corpus={}", path("corpus")),
        &format!("--findings={}", path("findings")),
    ]);
    assert_eq!(done.status, 2, "{done:?}");
    assert!(
        done.stderr.ends_with(&format!("error: cannot listen at {address}: Address already in use (os error 98)\n"))
    );
    assert_eq!(halligan(["fuzz", "tcp_parser", "--listen", "everywhere"]).status, 2);
}
