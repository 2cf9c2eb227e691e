//! Handshake messages of TLS 1.2 (RFC 5246 section 7.4) and TLS 1.3 (RFC 8446 section 4).

use alloc::vec::Vec;

use super::{
    certificate::{CertificateData, CertificateEntry},
    codes::{CipherSuite, Compression, CurveType, Group, KeyUpdateRequest, Random, SignatureScheme, Version},
    extension::{CertificateStatus, Extension},
    macros::{structures, tagged},
    wire::{Opaque, Vector, rest},
};

tagged! {
    /// A handshake message.
    struct Message { kind: u8 = "handshake type", length: 3 = "message length" }

    /// What a handshake message says. Those whose names end in `12` are of TLS 1.2 and read in plain records.
    enum MessageData {
        /// Of either version.
        ClientHello(ClientHello) = 1 in Any, "client hello";
        /// Of either version, or a hello retry request.
        ServerHello(ServerHello) = 2 in Any, "server hello";
        /// RFC 8446 section 4.3.1.
        EncryptedExtensions(Vector<2, Extension>) = 8 in Any, "encrypted extensions";
        /// RFC 8446 section 4.4.2.
        Certificate(Certificate) = 11 in Protected, "certificate";
        /// RFC 8446 section 4.4.3, RFC 5246 section 7.4.8.
        CertificateVerify(Signed) = 15 in Any, "certificate verify";
        /// RFC 8446 section 4.4.4: a MAC over all before.
        Finished(Vec<u8>, rest()) = 20 in Any, "finished";
        /// RFC 8446 section 4.6.1.
        NewSessionTicket(NewSessionTicket) = 4 in Protected, "new session ticket";
        /// RFC 8446 section 4.6.3.
        KeyUpdate(KeyUpdateRequest) = 24 in Any, "key update";
        /// RFC 8446 section 4.5.
        EndOfEarlyData(()) = 5 in Any, "end of early data";
        /// RFC 8446 section 4.3.2.
        CertificateRequest(CertificateRequest) = 13 in Protected, "certificate request";
        /// RFC 8879 section 4.
        CompressedCertificate(CompressedCertificate) = 25 in Any, "compressed certificate";
        /// RFC 5246 section 7.4.2.
        Certificate12(Vector<3, CertificateData>) = 11 in Plain, "certificate";
        /// RFC 8422 section 5.4: an elliptic curve and a key on it, signed.
        ServerKeyExchange12(EcdheParameters) = 12 in Any, "server key exchange";
        /// RFC 5246 section 7.4.3: a group and a key in it, signed.
        ServerKeyExchangeDhe12(DheParameters) = 12 in Any, "server key exchange";
        /// RFC 5246 section 7.4.4.
        CertificateRequest12(CertificateRequest12) = 13 in Plain, "certificate request";
        /// RFC 5246 section 7.4.5.
        ServerHelloDone12(()) = 14 in Any, "server hello done";
        /// RFC 8422 section 5.7.
        ClientKeyExchange12(Opaque<1>) = 16 in Any, "client key exchange";
        /// RFC 5246 section 7.4.7: an encrypted secret, or a key of another group.
        ClientKeyExchangeRsa12(Opaque<2>) = 16 in Any, "client key exchange";
        /// RFC 5077 section 3.3.
        NewSessionTicket12(NewSessionTicket12) = 4 in Plain, "new session ticket";
        /// RFC 6066 section 8.
        CertificateStatus12(CertificateStatus) = 22 in Any, "certificate status";
        /// RFC 5246 section 7.4.1.1.
        HelloRequest12(()) = 0 in Any, "hello request";
        /// RFC 6066 section 5.
        CertificateUrl12(CertificateUrl) = 21 in Any, "certificate URL";
        /// RFC 4680 section 2.
        SupplementalData12(Vector<3, SupplementalData>) = 23 in Any, "supplemental data";
        /// RFC 8446 section 4.4.1: never sent.
        MessageHash(Vec<u8>, rest()) = 254 in Any, "message hash";
    }
}

structures! {
    /// RFC 8446 section 4.1.2.
    struct ClientHello {
        /// The greatest version, up to 1.2.
        legacy_version: Version = "version",
        /// 32 random bytes.
        random: Random = "random",
        /// A session of TLS 1.2 to resume, or anything that the server echoes.
        legacy_session_id: Opaque<1> = "session ID",
        /// The suites that the client has.
        cipher_suites: Vector<2, CipherSuite> = "cipher suite",
        /// Methods of compression; of 1.3 only 0.
        legacy_compression_methods: Opaque<1> = "compression methods",
        /// The extensions; old hellos end before them.
        extensions: Option<Vector<2, Extension>> = "extensions",
    }

    /// RFC 8446 section 4.1.3, 4.1.4.
    struct ServerHello {
        /// The version, up to 1.2.
        legacy_version: Version = "version",
        /// 32 random bytes.
        random: Random = "random",
        /// A session of TLS 1.2, or the client's.
        legacy_session_id_echo: Opaque<1> = "session ID",
        /// The suite that the server chose.
        cipher_suite: CipherSuite = "cipher suite",
        /// The method of compression.
        legacy_compression_method: u8 = "compression method",
        /// The extensions; old hellos end before them.
        extensions: Option<Vector<2, Extension>> = "extensions",
    }

    /// RFC 8446 section 4.4.2.
    struct Certificate {
        /// What the request said, if there was one.
        request_context: Opaque<1> = "certificate request context",
        /// The chain, the end entity's first.
        entries: Vector<3, CertificateEntry> = "certificates",
    }

    /// A signature (RFC 8446 section 4.4.3).
    struct Signed {
        /// How it was made.
        scheme: SignatureScheme = "signature scheme",
        /// The signature.
        signature: Opaque<2> = "signature",
    }

    /// RFC 8446 section 4.6.1.
    struct NewSessionTicket {
        /// In seconds.
        lifetime: u32 = "ticket lifetime",
        /// What is added to the ticket's age.
        age_add: u32 = "ticket age add",
        /// Unique among the connection's tickets.
        nonce: Opaque<1> = "ticket nonce",
        /// The ticket.
        ticket: Opaque<2> = "ticket",
        /// The extensions.
        extensions: Vector<2, Extension> = "extensions",
    }

    /// RFC 8446 section 4.3.2.
    struct CertificateRequest {
        /// What the answer repeats.
        context: Opaque<1> = "certificate request context",
        /// The extensions.
        extensions: Vector<2, Extension> = "extensions",
    }

    /// RFC 8879 section 4.
    struct CompressedCertificate {
        /// How it was compressed.
        algorithm: Compression = "compression algorithm",
        /// Three bytes: the length of the message before.
        uncompressed_length: [u8; 3] = "uncompressed length",
        /// The compressed message.
        message: Opaque<3> = "compressed message",
    }

    /// RFC 8422 section 5.4.
    struct EcdheParameters {
        /// The form of the curve.
        curve_type: CurveType = "curve type",
        /// The curve.
        group: Group = "group",
        /// The key.
        public: Opaque<1> = "public key",
        /// The signature over all of it.
        signed: Signed = "signed",
    }

    /// RFC 5246 section 7.4.3.
    struct DheParameters {
        /// The prime.
        prime: Opaque<2> = "prime",
        /// The generator.
        generator: Opaque<2> = "generator",
        /// The key.
        public: Opaque<2> = "public key",
        /// The signature over all of it.
        signed: Signed = "signed",
    }

    /// RFC 5246 section 7.4.4.
    struct CertificateRequest12 {
        /// What the certificate's key may be.
        certificate_types: Opaque<1> = "certificate types",
        /// How it may sign.
        schemes: Vector<2, SignatureScheme> = "signature scheme",
        /// Distinguished names in DER.
        authorities: Vector<2, Opaque<2>> = "certificate authority",
    }

    /// RFC 5077 section 3.3.
    struct NewSessionTicket12 {
        /// In seconds.
        lifetime_hint: u32 = "ticket lifetime hint",
        /// The ticket.
        ticket: Opaque<2> = "ticket",
    }

    /// RFC 6066 section 5.
    struct CertificateUrl {
        /// Whether the URLs are of certificates or of a chain.
        kind: u8 = "chain type",
        /// The URLs.
        urls: Vector<2, UrlAndHash> = "URL",
    }

    /// RFC 6066 section 5.
    struct UrlAndHash {
        /// The URL.
        url: Opaque<2> = "URL",
        /// 1.
        padding: u8 = "padding",
        /// The SHA-1 of what is there.
        hash: [u8; 20] = "hash",
    }

    /// RFC 4680 section 2.
    struct SupplementalData {
        /// Its type.
        kind: u16 = "supplemental data type",
        /// The data.
        data: Opaque<2> = "supplemental data",
    }
}
