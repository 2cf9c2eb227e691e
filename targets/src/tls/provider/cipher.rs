//! Record protection (RFC 8446 section 5.2, RFC 5246 section 6.2.3.3).

use alloc::boxed::Box;

use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

use super::hash::{LEN, Lanes};

/// The longest plaintext of a record (RFC 8446 section 5.1).
const MAX_PLAINTEXT: usize = 1 << 14;

/// How records are protected.
pub enum Protection {
    /// Plaintext is left as it is.
    Open,
    /// A tag is put behind the plaintext, of key, sequence number, type and plaintext.
    Sealed,
}

/// One direction of a connection.
struct Direction {
    version: ProtocolVersion,
    /// None for [`Protection::Open`].
    key: Option<[u8; LEN]>,
}

impl Direction {
    fn is_tls13(&self) -> bool {
        self.version == ProtocolVersion::TLSv1_3
    }

    fn tag(key: &[u8; LEN], sequence_number: u64, content_type: u8, plaintext: &[u8]) -> [u8; LEN] {
        let mut lanes = Lanes::new();
        lanes.update(key);
        lanes.update(&sequence_number.to_be_bytes());
        lanes.update(&[content_type]);
        lanes.update(plaintext);
        lanes.finish()
    }
}

impl MessageEncrypter for Direction {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence_number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(message.payload.len()));
        payload.extend_from_chunks(&message.payload);
        let outer = if self.is_tls13() {
            payload.extend_from_slice(&[message.typ.into()]);
            ContentType::ApplicationData
        } else {
            message.typ
        };
        if let Some(key) = &self.key {
            let tag = Self::tag(key, sequence_number, outer.into(), payload.as_ref());
            payload.extend_from_slice(&tag);
        }
        Ok(OutboundOpaqueMessage::new(outer, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, len: usize) -> usize {
        len + usize::from(self.is_tls13()) + self.key.map_or(0, |key| key.len())
    }
}

impl MessageDecrypter for Direction {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        sequence_number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        // RFC 8446 section 5.2: the type that is authenticated is application data.
        if self.is_tls13() && message.typ != ContentType::ApplicationData {
            return Err(Error::DecryptError);
        }
        if let Some(key) = &self.key {
            let len = message.payload.len().checked_sub(LEN).ok_or(Error::DecryptError)?;
            let (plaintext, tag) = message.payload.split_at(len);
            if Self::tag(key, sequence_number, message.typ.into(), plaintext) != *tag {
                return Err(Error::DecryptError);
            }
            message.payload.truncate(len);
        }
        if self.is_tls13() {
            return message.into_tls13_unpadded_message();
        }
        if message.payload.len() > MAX_PLAINTEXT {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(message.into_plain_message())
    }
}

impl Protection {
    fn direction(&self, version: ProtocolVersion, key: &AeadKey, iv: &[u8]) -> Box<Direction> {
        let key = match self {
            Self::Open => None,
            Self::Sealed => {
                let mut lanes = Lanes::new();
                lanes.update(key.as_ref());
                lanes.update(iv);
                Some(lanes.finish())
            }
        };
        Box::new(Direction { version, key })
    }
}

impl Tls13AeadAlgorithm for Protection {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.direction(ProtocolVersion::TLSv1_3, &key, iv.as_ref())
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.direction(ProtocolVersion::TLSv1_3, &key, iv.as_ref())
    }

    fn key_len(&self) -> usize {
        match self {
            Self::Open => 16,
            Self::Sealed => 32,
        }
    }

    fn extract_keys(&self, _: AeadKey, _: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

impl Tls12AeadAlgorithm for Protection {
    fn encrypter(&self, key: AeadKey, iv: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        self.direction(ProtocolVersion::TLSv1_2, &key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.direction(ProtocolVersion::TLSv1_2, &key, iv)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        let (enc_key_len, fixed_iv_len) = match self {
            Self::Open => (16, 4),
            Self::Sealed => (32, 12),
        };
        KeyBlockShape { enc_key_len, fixed_iv_len, explicit_nonce_len: 0 }
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}
