//! Campaigns on several machines: each sends the others what it keeps.
//!
//! Either end of a connection begins with a hello: [`MAGIC`], [`VERSION`] in two bytes, the length of the target's name in one,
//! and the name. Then each sends inputs when it has some: the length in four bytes, and as many bytes. Numbers are
//! little-endian. What is received is [offered](Shared::offer) to the jobs, which keep it if it hits something new, and what
//! is kept is sent on: so all of a tree of campaigns have what one found.
//!
//! LLMP of LibAFL joins brokers over TCP too, but a broker maps shared memory that a peer names, allocates what length a
//! peer says, stops accepting after a message that is cut short, chooses its address at compile time, and knows neither
//! targets nor versions; whoever was cut off stays so.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::shared::{Shared, lock};
use crate::corpus::SIZE_LIMIT;

/// What a hello begins with.
const MAGIC: [u8; 8] = *b"halligan";

/// The version of the protocol.
const VERSION: u16 = 1;

/// How long a hello may take, and a connection.
const HELLO: Duration = Duration::from_secs(5);

/// How often those who wait look whether the campaign is over.
const TICK: Duration = Duration::from_millis(50);

/// Time before the next attempt to join.
const AGAIN: Duration = Duration::from_secs(1);

/// So many others at a time.
const MOST: usize = 64;

/// Other campaigns that one exchanges inputs with.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// Where others can join it.
    pub listen: Option<SocketAddr>,
    /// Those that it joins: `HOST:PORT`.
    pub join: Vec<String>,
}

impl Peers {
    /// Listens where it should.
    ///
    /// # Errors
    /// Fails where that is impossible.
    pub fn bind(&self) -> Result<Option<TcpListener>> {
        let Some(address) = self.listen else { return Ok(None) };
        let listener = TcpListener::bind(address).with_context(|| format!("cannot listen at {address}"))?;
        listener.set_nonblocking(true).with_context(|| format!("cannot listen at {address}"))?;
        Ok(Some(listener))
    }
}

/// Exchanges inputs until the campaign is over, in threads of `scope`.
pub fn exchange<'s>(scope: &'s Scope<'s, '_>, shared: &'s Shared<'s>, listener: Option<TcpListener>) {
    if let Some(listener) = listener {
        scope.spawn(move || serve(shared, &listener));
    }
    for address in &shared.settings.peers.join {
        scope.spawn(move || join(shared, address));
    }
}

/// Takes in all who join.
fn serve(shared: &Shared<'_>, listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        shared.tell(format!("listening for campaigns at {address}"));
    }
    // Whoever knocks on and on is told of once.
    let (count, told) = (&AtomicUsize::new(0), &Mutex::new(String::new()));
    thread::scope(|scope| {
        while !shared.is_over() {
            let Ok((stream, peer)) = listener.accept() else {
                thread::sleep(TICK);
                continue;
            };
            if count.load(Relaxed) >= MOST {
                continue;
            }
            count.fetch_add(1, Relaxed);
            scope.spawn(move || {
                let ended = link(shared, &stream, &format!("{} joined", peer.ip()));
                count.fetch_sub(1, Relaxed);
                let line = match ended {
                    Ok(()) => return,
                    Err(_) if shared.is_over() => return,
                    Err(Ended::Refused(why)) => format!("turned {} away: {why:#}", peer.ip()),
                    Err(Ended::Gone(why)) => format!("{} left: {why:#}", peer.ip()),
                };
                let mut told = lock(told);
                if *told != line {
                    shared.tell(line.clone());
                    *told = line;
                }
            });
        }
    });
}

/// Joins the campaign at `address`, and again when it was away.
fn join(shared: &Shared<'_>, address: &str) {
    let mut told = String::new();
    while !shared.is_over() {
        let ended = connect(address)
            .map_err(Ended::Refused)
            .and_then(|stream| link(shared, &stream, &format!("joined {address}")));
        match ended {
            Ok(()) => return,
            Err(_) if shared.is_over() => return,
            Err(Ended::Gone(why)) => {
                shared.tell(format!("{address} is away, and tried again: {why:#}"));
                told.clear();
            }
            Err(Ended::Refused(why)) => {
                let line = format!("cannot join {address}, and goes on trying: {why:#}");
                if line != told {
                    shared.tell(line.clone());
                    told = line;
                }
            }
        }
        let since = Instant::now();
        while since.elapsed() < AGAIN && !shared.is_over() {
            thread::sleep(TICK);
        }
    }
}

fn connect(address: &str) -> Result<TcpStream> {
    let mut error = None;
    for address in address.to_socket_addrs().context("no such host")? {
        match TcpStream::connect_timeout(&address, HELLO) {
            Ok(stream) => return Ok(stream),
            Err(why) => error = Some(why),
        }
    }
    match error {
        Some(error) => Err(error.into()),
        None => bail!("the host has no address"),
    }
}

/// Why a connection ended before the campaign did.
enum Ended {
    /// It never was one of two campaigns of this target.
    Refused(anyhow::Error),
    /// The other end went, or broke the protocol.
    Gone(anyhow::Error),
}

/// Exchanges inputs over a connection; has `joined` said once both ends know each other.
fn link(shared: &Shared<'_>, stream: &TcpStream, joined: &str) -> Result<(), Ended> {
    let link = Link { shared, stream, deadline: None };
    link.hello().map_err(Ended::Refused)?;
    shared.tell(joined.to_owned());
    let open = &AtomicBool::new(true);
    let ended = thread::scope(|scope| {
        let sending = scope.spawn(move || {
            let sent = link.send(open);
            // Whoever reads need not wait any longer; it may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
            sent
        });
        let received = link.receive();
        open.store(false, Relaxed);
        let _ = stream.shutdown(Shutdown::Both);
        let sent = sending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        received.and(sent)
    });
    ended.map_err(Ended::Gone)
}

/// A connection.
#[derive(Clone, Copy)]
struct Link<'l, 'c> {
    shared: &'l Shared<'c>,
    stream: &'l TcpStream,
    /// When what is read has to be there.
    deadline: Option<Instant>,
}

impl Link<'_, '_> {
    /// Says who we are, and makes sure that the other end is a campaign of the same target.
    fn hello(mut self) -> Result<()> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_nodelay(true)?;
        self.stream.set_read_timeout(Some(TICK))?;
        self.deadline = Some(Instant::now() + HELLO);
        let name = self.shared.settings.target.name();
        let mut hello = Vec::from(MAGIC);
        hello.extend(VERSION.to_le_bytes());
        hello.push(name.len() as u8);
        hello.extend(name.as_bytes());
        self.write(&hello)?;
        ensure!(self.bytes::<8>()? == MAGIC, "it is no campaign");
        // The same in all versions, and read to its end: who closes with something unread takes back what it said.
        let version = u16::from_le_bytes(self.bytes()?);
        let [length] = self.bytes()?;
        let mut other = vec![0; length.into()];
        self.read(&mut other)?;
        ensure!(version == VERSION, "it speaks version {version} of the protocol, and we version {VERSION}");
        let other = String::from_utf8_lossy(&other);
        ensure!(other == name, "it fuzzes {}, and we {name}", other.escape_debug());
        Ok(())
    }

    /// Sends what is kept, from the first on.
    fn send(self, open: &AtomicBool) -> Result<()> {
        let (mut next, mut kept) = (0, Vec::new());
        while open.load(Relaxed) && !self.shared.is_over() {
            self.shared.kept_since(&mut next, &mut kept);
            for input in kept.drain(..) {
                let mut message = Vec::from((input.len() as u32).to_le_bytes());
                message.extend_from_slice(&input);
                self.write(&message)?;
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    /// Offers what comes to the jobs. Whoever sends more than they run has to wait.
    fn receive(self) -> Result<()> {
        let mut input = Vec::new();
        loop {
            let length = u32::from_le_bytes(self.bytes()?);
            ensure!(u64::from(length) <= SIZE_LIMIT, "it sends an input of {length} bytes");
            input.resize(length as usize, 0);
            self.read(&mut input)?;
            while !self.shared.offer(&input) {
                ensure!(!self.shared.is_over(), "the campaign is over");
                thread::sleep(TICK);
            }
        }
    }

    fn write(self, bytes: &[u8]) -> Result<()> {
        let mut stream = self.stream;
        Ok(stream.write_all(bytes)?)
    }

    fn bytes<const N: usize>(self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills `bytes`, however slowly they come, while the campaign is on and there is time.
    fn read(self, bytes: &mut [u8]) -> Result<()> {
        let (mut stream, mut filled) = (self.stream, 0);
        while filled < bytes.len() {
            match stream.read(&mut bytes[filled..]) {
                Ok(0) => bail!("it hung up"),
                Ok(count) => filled += count,
                Err(error) if is_patience(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
            ensure!(!self.shared.is_over(), "the campaign is over");
            ensure!(self.deadline.is_none_or(|deadline| Instant::now() < deadline), "it says nothing");
        }
        Ok(())
    }
}

/// Whether nothing came just now, and something still may.
fn is_patience(error: ErrorKind) -> bool {
    matches!(error, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
