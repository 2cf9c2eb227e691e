//! How the two ends are set up.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use halligan_generators::model::tls::certificate::Der;
use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue, WebPkiServerVerifier,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::{ProducesTickets, StoresServerSessions, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, Error, KeyLog, NamedGroup, RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use spin::Mutex;

use super::provider::{CLIENT, Constant, Key, SECOND, Suites, provider};

/// Who issued the model's valid certificate.
const ROOT: &[u8] = include_bytes!("root.der");

/// The name that it is for.
pub fn name() -> Result<ServerName<'static>, Error> {
    ServerName::try_from("halligan.example").map_err(|_| Error::General("no name".into()))
}

/// What differs from setup to setup. An input says it itself: see [`Setup::of`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup(u8);

impl Setup {
    /// The server asks for a certificate; the client has one.
    pub const CLIENT_AUTH: u8 = 1 << 1;
    /// The client resumes a session of the same setup.
    pub const RESUME: u8 = 1 << 2;
    /// The server stores sessions itself instead of issuing tickets.
    pub const STORE: u8 = 1 << 3;
    /// Early data.
    pub const EARLY_DATA: u8 = 1 << 4;
    /// The server demands a certificate; the client has a key share of one group alone, the second.
    pub const STRICT: u8 = 1 << 6;
    /// TLS 1.2 alone.
    pub const TLS12: u8 = 1 << 7;

    const ALL: u8 = Self::CLIENT_AUTH | Self::RESUME | Self::STORE | Self::EARLY_DATA | Self::STRICT | Self::TLS12;

    /// The setup that a hello asks for: the bits of the second byte of its random number. A hello retry request's asks for
    /// none of them.
    pub fn of(second_random_byte: u8) -> Self {
        Self(second_random_byte & Self::ALL)
    }

    /// Whether this is set.
    pub fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Its bits.
    pub fn bits(self) -> u8 {
        self.0
    }

    fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        static VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
        &VERSIONS[usize::from(self.has(Self::TLS12))..]
    }

    /// A server with these sessions; what it takes for random depends on its `generation`.
    pub fn server(
        self,
        suites: Suites,
        generation: &'static Constant,
        sessions: &Arc<Sessions>,
    ) -> Result<Arc<ServerConfig>, Error> {
        let provider = provider(suites, generation);
        let builder = ServerConfig::builder_with_details(provider.clone(), Arc::new(SECOND))
            .with_protocol_versions(self.versions())?;
        let builder = if self.has(Self::CLIENT_AUTH) {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots()?, provider);
            let verifier = if self.has(Self::STRICT) { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().map_err(|_| Error::General("no verifier".into()))?)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(identity())));
        config.alpn_protocols = protocols();
        config.max_early_data_size = if self.has(Self::EARLY_DATA) { 1024 } else { 0 };
        config.session_storage = sessions.clone();
        config.send_tls13_tickets = 1;
        if !self.has(Self::STORE) {
            config.ticketer = Arc::new(Tickets);
        }
        Ok(Arc::new(config))
    }

    /// A client, with no session yet.
    pub fn client(self, suites: Suites) -> Result<Arc<ClientConfig>, Error> {
        let mut provider: CryptoProvider = (*provider(suites, &CLIENT)).clone();
        if self.has(Self::STRICT) {
            provider.kx_groups.reverse();
        }
        let provider = Arc::new(provider);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots()?, provider.clone())
            .build()
            .map_err(|_| Error::General("no verifier".into()))?;
        let builder = ClientConfig::builder_with_details(provider, Arc::new(SECOND))
            .with_protocol_versions(self.versions())?
            .with_webpki_verifier(verifier);
        let mut config = if self.has(Self::CLIENT_AUTH) {
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity())))
        } else {
            builder.with_no_client_auth()
        };
        config.alpn_protocols = protocols();
        config.enable_early_data = self.has(Self::EARLY_DATA);
        config.resumption = Resumption::store(Arc::new(ClientSessions::default()));
        Ok(Arc::new(config))
    }
}

/// The protocols that both ends speak (RFC 7301).
fn protocols() -> Vec<Vec<u8>> {
    [b"h2".to_vec(), b"http/1.1".to_vec()].into()
}

fn roots() -> Result<Arc<RootCertStore>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ROOT))?;
    Ok(Arc::new(roots))
}

/// The certificate and the key that both ends have, with an OCSP response.
fn identity() -> CertifiedKey {
    let mut identity = CertifiedKey::new([CertificateDer::from(Der::VALID)].into(), Arc::new(Key));
    identity.ocsp = Some([0x30, 0x03, 0x0a, 0x01, 0x06].into());
    identity
}

/// Tickets that are what they hold (RFC 5077), so that a fuzzer changes it.
#[derive(Debug)]
struct Tickets;

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        3600
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        Some(plain.to_vec())
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        Some(cipher.to_vec())
    }
}

/// A server's sessions, by their identifiers.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.0.lock().insert(key, value);
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.lock().get(key).cloned()
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.lock().remove(key)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

/// A client's sessions with the one server that there is.
#[derive(Debug, Default)]
struct ClientSessions {
    tls12: Mutex<Option<Box<Tls12ClientSessionValue>>>,
    tls13: Mutex<Vec<Tls13ClientSessionValue>>,
}

impl ClientSessionStore for ClientSessions {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        *self.tls12.lock() = Some(Box::new(value));
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.tls12.lock().as_deref().cloned()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        *self.tls12.lock() = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.tls13.lock().push(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.tls13.lock().pop()
    }
}

/// The secret of the last connection that a setup made.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<Option<Vec<u8>>>);

impl Secrets {
    /// The last one.
    pub fn last(&self) -> Option<Vec<u8>> {
        self.0.lock().clone()
    }
}

impl KeyLog for Secrets {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        if label == "EXPORTER_SECRET" || label == "CLIENT_RANDOM" {
            *self.0.lock() = Some(secret.to_vec());
        }
    }
}
