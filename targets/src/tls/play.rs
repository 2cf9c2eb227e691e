//! Drives one end of a connection through rustls's unbuffered API.

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError, ReadEarlyData, TransmitTlsData,
    UnbufferedStatus, WriteTraffic,
};
use rustls::{ClientConfig, CommonState, Error, ServerConfig};

use super::provider::{FIRST, SECOND, Suites};
use super::setup::{Secrets, Setup, name};

/// What an end writes when all was read.
pub const FAREWELL: &[u8] = b"farewell";

/// What a client writes as early data.
const EARLY: &[u8] = b"early";

/// A client or a server.
enum End {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Records written.
    pub sent: Vec<u8>,
    /// Application data read.
    pub received: Vec<u8>,
    /// Early data read.
    pub early: Vec<u8>,
    /// What ended it.
    pub error: Option<Error>,
    /// Whether the handshake is complete.
    pub completed: bool,
    /// Whether the peer has said that it closes.
    pub closed: bool,
    /// Bytes that rustls is done with.
    pub consumed: usize,
    /// Calls of rustls.
    pub steps: usize,
    /// Whether it claimed more bytes than it was given.
    pub overran: bool,
}

/// A connection's end, and what it has seen.
pub struct Player {
    end: End,
    secrets: Arc<Secrets>,
    incoming: Vec<u8>,
    pub seen: Seen,
}

/// What is to be done next.
enum Next {
    Again,
    /// It waits for more, and may write where the handshake is complete.
    Blocked,
    Failed(Error),
}

impl Player {
    /// An end of this role, that had a session before if there is one to resume.
    pub fn new(role: Role, setup: Setup, suites: Suites) -> Result<Self, Error> {
        let sessions = Arc::default();
        let client = if role == Role::Client || setup.has(Setup::RESUME) { Some(setup.client(suites)?) } else { None };
        if let (Some(client), true) = (&client, setup.has(Setup::RESUME)) {
            meet(Self::client(client)?, Self::server(&setup.server(suites, &FIRST, &sessions)?)?);
        }
        match client.filter(|_| role == Role::Client) {
            Some(client) => Self::client(&client),
            None => Self::server(&setup.server(suites, &SECOND, &sessions)?),
        }
    }

    fn server(config: &Arc<ServerConfig>) -> Result<Self, Error> {
        let secrets = Arc::new(Secrets::default());
        let mut config = (**config).clone();
        config.key_log = secrets.clone();
        Ok(Self::from(End::Server(UnbufferedServerConnection::new(config.into())?), secrets))
    }

    fn client(config: &Arc<ClientConfig>) -> Result<Self, Error> {
        let secrets = Arc::new(Secrets::default());
        let mut config = (**config).clone();
        config.key_log = secrets.clone();
        Ok(Self::from(End::Client(UnbufferedClientConnection::new(config.into(), name()?)?), secrets))
    }

    /// An end that has written what it writes by itself.
    fn from(end: End, secrets: Arc<Secrets>) -> Self {
        let mut player = Self { end, secrets, incoming: Vec::new(), seen: Seen::default() };
        player.run();
        player
    }

    /// What rustls says of the connection.
    pub fn state(&self) -> &CommonState {
        match &self.end {
            End::Client(client) => client,
            End::Server(server) => server,
        }
    }

    /// The secret that exported keys come from (RFC 8446 section 7.5), or TLS 1.2's master secret.
    pub fn secret(&self) -> Option<Vec<u8>> {
        self.secrets.last()
    }

    /// Gives it `bytes` of what the peer sent; nothing more once it has failed.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.seen.error.is_none() {
            self.incoming.extend_from_slice(bytes);
            self.run();
        }
    }

    /// Runs until it waits for more bytes, or fails; then it has its alert written.
    fn run(&mut self) {
        let mut start = 0;
        loop {
            let (discard, next) = self.step(start);
            start += discard;
            self.seen.consumed += discard;
            if start > self.incoming.len() {
                self.seen.overran = true;
                break;
            }
            self.seen.completed |= !self.state().is_handshaking();
            match next {
                Next::Again => {}
                Next::Blocked => break,
                Next::Failed(error) => {
                    self.seen.error.get_or_insert(error);
                    // Its alert is still to be written.
                    while self.state().wants_write() {
                        start += self.step(start).0;
                    }
                    break;
                }
            }
        }
        self.incoming.drain(..start.min(self.incoming.len()));
    }

    /// Calls rustls once, with the bytes from `start` on.
    fn step(&mut self, start: usize) -> (usize, Next) {
        self.seen.steps += 1;
        let incoming = &mut self.incoming[start..];
        match &mut self.end {
            End::Client(client) => {
                let status = client.process_tls_records(incoming);
                step(status, &mut self.seen, |_: ReadEarlyData<'_, '_, ClientConnectionData>, _| (), write_early_data)
            }
            End::Server(server) => {
                let status = server.process_tls_records(incoming);
                step(status, &mut self.seen, read_early_data, |_: &mut TransmitTlsData<'_, ServerConnectionData>, _| ())
            }
        }
    }

    /// Writes [`FAREWELL`], if it can.
    pub fn say_farewell(&mut self) {
        self.write(|traffic, out| traffic.encrypt(FAREWELL, out), |traffic, out| traffic.encrypt(FAREWELL, out));
    }

    /// Writes that it closes, if it can.
    pub fn close(&mut self) {
        self.write(|traffic, out| traffic.queue_close_notify(out), |traffic, out| traffic.queue_close_notify(out));
    }

    fn write(
        &mut self,
        client: impl Fn(&mut WriteTraffic<'_, ClientConnectionData>, &mut [u8]) -> Result<usize, EncryptError>,
        server: impl Fn(&mut WriteTraffic<'_, ServerConnectionData>, &mut [u8]) -> Result<usize, EncryptError>,
    ) {
        if self.seen.error.is_some() {
            return;
        }
        let (incoming, sent) = (&mut self.incoming[..], &mut self.seen.sent);
        match &mut self.end {
            End::Client(end) => write(end.process_tls_records(incoming), sent, client),
            End::Server(end) => write(end.process_tls_records(incoming), sent, server),
        }
    }
}

/// Handles one state; `early` reads early data, `transmit` may write some.
fn step<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    seen: &mut Seen,
    early: impl FnOnce(ReadEarlyData<'_, '_, Data>, &mut Vec<u8>),
    transmit: impl FnOnce(&mut TransmitTlsData<'_, Data>, &mut Vec<u8>),
) -> (usize, Next) {
    let UnbufferedStatus { mut discard, state } = status;
    let next = match state {
        Ok(ConnectionState::ReadTraffic(mut traffic)) => {
            while let Some(Ok(record)) = traffic.next_record() {
                discard += record.discard;
                seen.received.extend_from_slice(record.payload);
            }
            Next::Again
        }
        Ok(ConnectionState::ReadEarlyData(data)) => {
            early(data, &mut seen.early);
            Next::Again
        }
        Ok(ConnectionState::EncodeTlsData(mut data)) => {
            encode(&mut data, &mut seen.sent);
            Next::Again
        }
        Ok(ConnectionState::TransmitTlsData(mut data)) => {
            transmit(&mut data, &mut seen.sent);
            data.done();
            Next::Again
        }
        Ok(ConnectionState::PeerClosed) => {
            seen.closed = true;
            Next::Again
        }
        Ok(_) => Next::Blocked,
        Err(error) => Next::Failed(error),
    };
    (discard, next)
}

fn read_early_data(mut data: ReadEarlyData<'_, '_, ServerConnectionData>, early: &mut Vec<u8>) {
    while let Some(Ok(record)) = data.next_record() {
        early.extend_from_slice(record.payload);
    }
}

fn write_early_data(data: &mut TransmitTlsData<'_, ClientConnectionData>, sent: &mut Vec<u8>) {
    let Some(mut data) = data.may_encrypt_early_data() else { return };
    let start = sent.len();
    sent.resize(start + EARLY.len() + 64, 0);
    let written = data.encrypt(EARLY, &mut sent[start..]).unwrap_or(0);
    sent.truncate(start + written);
}

/// Appends a record to `sent`.
fn encode<Data>(data: &mut EncodeTlsData<'_, Data>, sent: &mut Vec<u8>) {
    if let Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) = data.encode(&mut []) {
        let start = sent.len();
        sent.resize(start + required_size, 0);
        let written = data.encode(&mut sent[start..]).unwrap_or(0);
        sent.truncate(start + written);
    }
}

/// Appends what `write` writes to `sent`, where the connection is in a state to write.
fn write<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    sent: &mut Vec<u8>,
    write: impl Fn(&mut WriteTraffic<'_, Data>, &mut [u8]) -> Result<usize, EncryptError>,
) {
    let Ok(ConnectionState::WriteTraffic(mut traffic)) = status.state else { return };
    // More than any record of a farewell takes; rustls says how much more where it does not do.
    let (start, mut room) = (sent.len(), 256);
    for _ in 0..2 {
        sent.resize(start + room, 0);
        let written = write(&mut traffic, &mut sent[start..]);
        sent.truncate(start + *written.as_ref().unwrap_or(&0));
        let Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size })) = written else { return };
        room = required_size;
    }
}

/// Both ends of a connection, that had one before if there is a session to resume.
pub fn ends(setup: Setup, suites: Suites) -> Result<(Player, Player), Error> {
    let sessions = Arc::default();
    let client = setup.client(suites)?;
    if setup.has(Setup::RESUME) {
        meet(Player::client(&client)?, Player::server(&setup.server(suites, &FIRST, &sessions)?)?);
    }
    Ok((Player::client(&client)?, Player::server(&setup.server(suites, &SECOND, &sessions)?)?))
}

/// Has a client and a server shake hands, say farewell and close.
pub fn meet(client: Player, server: Player) -> (Player, Player) {
    let mut ends = Wire::new(client, server);
    ends.carry(<[u8]>::to_vec);
    ends.say_farewell();
    ends.carry(<[u8]>::to_vec);
    ends.client.close();
    ends.server.close();
    ends.carry(<[u8]>::to_vec);
    (ends.client, ends.server)
}

/// Two ends, and how much of what they sent has been carried.
pub struct Wire {
    pub client: Player,
    pub server: Player,
    from_client: usize,
    from_server: usize,
}

impl Wire {
    pub fn new(client: Player, server: Player) -> Self {
        Self { client, server, from_client: 0, from_server: 0 }
    }

    /// Both say farewell.
    pub fn say_farewell(&mut self) {
        self.client.say_farewell();
        self.server.say_farewell();
    }

    /// Carries what was sent until neither end has more to say; `arrives` says what arrives of it.
    pub fn carry(&mut self, mut arrives: impl FnMut(&[u8]) -> Vec<u8>) {
        loop {
            let sent = &self.client.seen.sent[self.from_client..];
            let to_server = if sent.is_empty() { Vec::new() } else { arrives(sent) };
            self.from_client += sent.len();
            self.server.feed(&to_server);
            let sent = &self.server.seen.sent[self.from_server..];
            let to_client = if sent.is_empty() { Vec::new() } else { arrives(sent) };
            self.from_server += sent.len();
            self.client.feed(&to_client);
            if to_server.is_empty() && to_client.is_empty() {
                return;
            }
        }
    }
}
