//! HTTPS: rustls between a socket and an HTTP exchange.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use halligan_solo5::guest;
use rustls::ServerConfig;
use rustls::pki_types::UnixTime;
use rustls::server::UnbufferedServerConnection;
use rustls::time_provider::TimeProvider;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};
use smoltcp::socket::tcp::Socket;

use super::certificate::Identity;
use super::http::{Exchange, send};
use super::metrics::Metrics;

/// Most bytes of TLS that wait to be understood or to be sent: more than the largest record.
const CAPACITY: usize = 20 << 10;

/// What the host's clock says.
#[derive(Debug)]
struct Clock;

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(guest::wall()))
    }
}

/// TLS 1.2 and 1.3 with `identity`.
pub fn config(identity: &Identity) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(rustls_rustcrypto::provider());
    let config = ServerConfig::builder_with_details(provider, Arc::new(Clock))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(identity.chain.clone(), identity.key.clone_key())
        })
        .map_err(|error| format!("the certificate or its key is of no use: {error}"))?;
    Ok(Arc::new(config))
}

/// A connection's TLS state.
pub struct Session {
    connection: UnbufferedServerConnection,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    exchange: Exchange,
    /// Nothing more is read or encrypted; what is left is sent.
    ended: bool,
}

impl Session {
    /// A session that begins.
    pub fn new(config: Arc<ServerConfig>) -> Result<Self, rustls::Error> {
        Ok(Self {
            connection: UnbufferedServerConnection::new(config)?,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            exchange: Exchange::default(),
            ended: false,
        })
    }

    /// Goes on over `socket`.
    pub fn work(&mut self, socket: &mut Socket<'_>, metrics: &mut Metrics) {
        while !self.ended && self.incoming.len() < CAPACITY && socket.can_recv() {
            let incoming = &mut self.incoming;
            let received = socket.recv(|bytes| {
                incoming.extend_from_slice(bytes);
                (bytes.len(), ())
            });
            if received.is_err() {
                break;
            }
        }
        while !self.ended && self.outgoing.len() < CAPACITY && self.step(metrics) {}
        send(socket, &mut self.outgoing);
        if self.outgoing.is_empty() && (self.ended || !socket.may_recv() && !socket.can_recv()) {
            socket.close();
        }
    }

    /// One step of rustls; whether there is another.
    fn step(&mut self, metrics: &mut Metrics) -> bool {
        let Self { connection, incoming, outgoing, exchange, ended } = self;
        let UnbufferedStatus { mut discard, state, .. } = connection.process_tls_records(incoming);
        let goes_on = match state {
            Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                while let Some(record) = traffic.next_record() {
                    match record {
                        Ok(record) => {
                            discard += record.discard;
                            exchange.receive(record.payload, metrics);
                        }
                        Err(_) => *ended = true,
                    }
                }
                true
            }
            Ok(ConnectionState::EncodeTlsData(mut data)) => {
                append(outgoing, |room| data.encode(room).map_err(needed_to_encode));
                true
            }
            Ok(ConnectionState::TransmitTlsData(data)) => {
                // What was encoded waits in `outgoing`, in order.
                data.done();
                true
            }
            Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                let response = exchange.response();
                let is_new = !response.is_empty();
                if is_new {
                    append(outgoing, |room| traffic.encrypt(response, room).map_err(needed_to_encrypt));
                    response.clear();
                }
                if exchange.is_closing() {
                    append(outgoing, |room| traffic.queue_close_notify(room).map_err(needed_to_encrypt));
                    *ended = true;
                }
                is_new
            }
            Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => {
                *ended = true;
                false
            }
            Ok(_) => false,
            Err(_) => {
                metrics.tls_failures += 1;
                // rustls has an alert to send before it gives up.
                if let Ok(ConnectionState::EncodeTlsData(mut alert)) = connection.process_tls_records(&mut []).state {
                    append(outgoing, |room| alert.encode(room).map_err(needed_to_encode));
                }
                *ended = true;
                return false;
            }
        };
        incoming.drain(..discard);
        goes_on
    }
}

/// Appends what `write` writes. It says how much it wrote or how much room it needs; nothing where it cannot.
fn append(outgoing: &mut Vec<u8>, mut write: impl FnMut(&mut [u8]) -> Result<usize, usize>) {
    let start = outgoing.len();
    let mut room = 1024;
    loop {
        outgoing.resize(start + room, 0);
        match write(&mut outgoing[start..]) {
            Ok(length) => return outgoing.truncate(start + length),
            Err(needed) if needed > room => room = needed,
            Err(_) => return outgoing.truncate(start),
        }
    }
}

fn needed_to_encode(error: EncodeError) -> usize {
    match error {
        EncodeError::InsufficientSize(size) => size.required_size,
        EncodeError::AlreadyEncoded => 0,
    }
}

fn needed_to_encrypt(error: EncryptError) -> usize {
    match error {
        EncryptError::InsufficientSize(size) => size.required_size,
        EncryptError::EncryptExhausted => 0,
    }
}
