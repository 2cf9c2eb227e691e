//! Hashes and message authentication codes of 32 bytes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::hmac::{Hmac, Key, Tag};

/// Length of a hash in bytes.
pub const LEN: usize = 32;

/// What [`Open`] hashes to.
const VALUE: [u8; LEN] = [0x48; LEN];

/// Hashes everything to one value.
#[derive(Clone, Copy)]
pub struct Open;

/// A weak hash, of everything.
pub struct Mixed;

impl Hash for Open {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Self)
    }

    fn hash(&self, _: &[u8]) -> Output {
        Output::new(&VALUE)
    }

    fn output_len(&self) -> usize {
        LEN
    }

    fn algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }
}

impl Context for Open {
    fn fork_finish(&self) -> Output {
        Output::new(&VALUE)
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(*self)
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&VALUE)
    }

    fn update(&mut self, _: &[u8]) {}
}

impl Hmac for Open {
    fn with_key(&self, _: &[u8]) -> Box<dyn Key> {
        Box::new(Self)
    }

    fn hash_output_len(&self) -> usize {
        LEN
    }
}

impl Key for Open {
    fn sign_concat(&self, _: &[u8], _: &[&[u8]], _: &[u8]) -> Tag {
        Tag::new(&VALUE)
    }

    fn tag_len(&self) -> usize {
        LEN
    }
}

/// The state of [`Mixed`]: four lanes, each FNV-1a from another basis, and the length.
#[derive(Clone)]
pub struct Lanes([u64; 4]);

impl Lanes {
    /// Before anything.
    pub fn new() -> Self {
        Self([0xcbf2_9ce4_8422_2325, 0x84ca_a73b_3c6e_f372, 0xa54f_f53a_5f1d_36f1, 0x510e_527f_ade6_82d1])
    }

    /// Takes in `data`.
    pub fn update(&mut self, data: &[u8]) {
        for byte in data {
            for (lane, turn) in self.0.iter_mut().zip([0, 17, 29, 43]) {
                *lane = (lane.rotate_left(turn) ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }

    /// The hash of what was taken in.
    pub fn finish(&self) -> [u8; LEN] {
        let mut hash = [0; LEN];
        for (bytes, lane) in hash.chunks_exact_mut(8).zip(self.0) {
            let mixed = (lane ^ lane >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bytes.copy_from_slice(&(mixed ^ mixed >> 32).to_be_bytes());
        }
        hash
    }
}

impl Hash for Mixed {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Lanes::new())
    }

    fn hash(&self, data: &[u8]) -> Output {
        let mut lanes = Lanes::new();
        lanes.update(data);
        Output::new(&lanes.finish())
    }

    fn output_len(&self) -> usize {
        LEN
    }

    fn algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }
}

impl Context for Lanes {
    fn fork_finish(&self) -> Output {
        Output::new(&Self::finish(self))
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(self.clone())
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&Self::finish(&self))
    }

    fn update(&mut self, data: &[u8]) {
        Self::update(self, data);
    }
}

impl Hmac for Mixed {
    fn with_key(&self, key: &[u8]) -> Box<dyn Key> {
        Box::new(MixedKey(key.to_vec()))
    }

    fn hash_output_len(&self) -> usize {
        LEN
    }
}

struct MixedKey(Vec<u8>);

impl Key for MixedKey {
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> Tag {
        let mut lanes = Lanes::new();
        lanes.update(&self.0);
        lanes.update(first);
        middle.iter().for_each(|part| lanes.update(part));
        lanes.update(last);
        Tag::new(&lanes.finish())
    }

    fn tag_len(&self) -> usize {
        LEN
    }
}
