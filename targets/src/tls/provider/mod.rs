//! A cryptographic provider for rustls that gets out of a fuzzer's way: deterministic, and with two kinds of cipher suites.
//!
//! *Open* ones hash everything to one value and leave plaintext as it is, so that whatever a fuzzer changes still decrypts
//! and still verifies: it tests what is behind encryption. *Sealed* ones hash and authenticate for real, if weakly, so that
//! it shows whether rustls heeds its ciphers. Neither keeps a secret.

mod cipher;
mod exchange;
mod hash;
mod sign;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use rustls::crypto::cipher::{Tls12AeadAlgorithm, Tls13AeadAlgorithm};
use rustls::crypto::hash::Hash;
use rustls::crypto::tls12::PrfUsingHmac;
use rustls::crypto::tls13::HkdfUsingHmac;
use rustls::crypto::{
    CipherSuiteCommon, CryptoProvider, GetRandomFailed, KeyExchangeAlgorithm, KeyProvider, SecureRandom,
};
use rustls::pki_types::{PrivateKeyDer, UnixTime};
use rustls::sign::SigningKey;
use rustls::time_provider::TimeProvider;
use rustls::{CipherSuite, Error, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite};

use cipher::Protection;
pub use sign::Key;

/// Which cipher suites a provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suites {
    /// Open ones, and sealed ones behind them.
    Any,
    /// Sealed ones alone.
    Sealed,
}

/// A provider with these suites.
pub fn provider(suites: Suites, random: &'static Constant) -> Arc<CryptoProvider> {
    let mut cipher_suites = Vec::with_capacity(4);
    if suites == Suites::Any {
        cipher_suites.extend([SupportedCipherSuite::Tls13(&OPEN_TLS13), SupportedCipherSuite::Tls12(&OPEN_TLS12)]);
    }
    cipher_suites.extend([SupportedCipherSuite::Tls13(&SEALED_TLS13), SupportedCipherSuite::Tls12(&SEALED_TLS12)]);
    Arc::new(CryptoProvider {
        cipher_suites,
        kx_groups: [&exchange::X25519 as _, &exchange::SECP256R1 as _].into(),
        signature_verification_algorithms: sign::ALGORITHMS,
        secure_random: random,
        key_provider: random,
    })
}

/// Whether a suite is an open one.
pub fn is_open(suite: CipherSuite) -> bool {
    [OPEN_TLS13.common.suite, OPEN_TLS12.common.suite].contains(&suite)
}

/// Randomness, time and keys, all constant. What is random starts from the number, so that two ends that draw one
/// number each do not draw the same.
#[derive(Clone, Copy, Debug)]
pub struct Constant(u8);

/// That of clients.
pub static CLIENT: Constant = Constant(0x20);

/// That of a server before the one under test, whose session is resumed.
pub static FIRST: Constant = Constant(0x00);

/// That of a server.
pub static SECOND: Constant = Constant(0x1f);

impl SecureRandom for Constant {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        bytes.iter_mut().zip(self.0..).for_each(|(byte, value)| *byte = value);
        Ok(())
    }
}

impl TimeProvider for Constant {
    /// 2030-01-01.
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(1_893_456_000)))
    }
}

impl KeyProvider for Constant {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Ok(Arc::new(Key))
    }
}

const fn common(suite: CipherSuite, hash_provider: &'static dyn Hash) -> CipherSuiteCommon {
    CipherSuiteCommon { suite, hash_provider, confidentiality_limit: u64::MAX }
}

const fn tls13(
    suite: CipherSuite,
    hash: &'static dyn Hash,
    hkdf_provider: &'static HkdfUsingHmac<'static>,
    aead_alg: &'static dyn Tls13AeadAlgorithm,
) -> Tls13CipherSuite {
    Tls13CipherSuite { common: common(suite, hash), hkdf_provider, aead_alg, quic: None }
}

const fn tls12(
    suite: CipherSuite,
    hash: &'static dyn Hash,
    prf_provider: &'static PrfUsingHmac<'static>,
    aead_alg: &'static dyn Tls12AeadAlgorithm,
) -> Tls12CipherSuite {
    const SIGN: &[SignatureScheme] = &[SignatureScheme::ED25519];
    Tls12CipherSuite {
        common: common(suite, hash),
        prf_provider,
        kx: KeyExchangeAlgorithm::ECDHE,
        sign: SIGN,
        aead_alg,
    }
}

static OPEN_TLS13: Tls13CipherSuite =
    tls13(CipherSuite::TLS13_AES_128_GCM_SHA256, &hash::Open, &HkdfUsingHmac(&hash::Open), &Protection::Open);

static OPEN_TLS12: Tls12CipherSuite = tls12(
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    &hash::Open,
    &PrfUsingHmac(&hash::Open),
    &Protection::Open,
);

static SEALED_TLS13: Tls13CipherSuite =
    tls13(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256, &hash::Mixed, &HkdfUsingHmac(&hash::Mixed), &Protection::Sealed);

static SEALED_TLS12: Tls12CipherSuite = tls12(
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    &hash::Mixed,
    &PrfUsingHmac(&hash::Mixed),
    &Protection::Sealed,
);
