//! Extensions of hellos, certificates and tickets (RFC 8446 section 4.2, RFC 6066 and others).

use alloc::vec::Vec;

use super::{
    codes::{Compression, Group, NameType, SignatureScheme, StatusType, Version},
    macros::{structures, tagged},
    wire::{Opaque, Vector, rest},
};

tagged! {
    /// An extension.
    struct Extension { kind: u16 = "extension type", length: 2 = "extension length" }

    /// What an extension says. Where its form depends on the message, the names end in it.
    enum ExtensionData {
        /// RFC 6066 section 3: the names of the server that the client means.
        ServerName(Vector<2, ServerName>) = 0 in Any, "server name";
        /// RFC 6066 section 3: the server has used the name.
        ServerNameAcknowledged(()) = 0 in Any, "server name";
        /// RFC 6066 section 4: 2^(8 + n) bytes, n from 1 to 4.
        MaxFragmentLength(u8) = 1 in Any, "max fragment length";
        /// RFC 6066 section 8: a client asks for a certificate status.
        StatusRequest(StatusRequest) = 5 in Any, "status request";
        /// RFC 6066 section 8: a server will send one.
        StatusRequestAcknowledged(()) = 5 in Any, "status request";
        /// RFC 8446 section 4.4.2.1: the status, in a certificate's entry.
        CertificateStatus(CertificateStatus) = 5 in Any, "certificate status";
        /// RFC 8446 section 4.2.7.
        SupportedGroups(Vector<2, Group>) = 10 in Any, "supported groups";
        /// RFC 8422 section 5.1.2.
        EcPointFormats(Opaque<1>) = 11 in Any, "EC point formats";
        /// RFC 8446 section 4.2.3.
        SignatureAlgorithms(Vector<2, SignatureScheme>) = 13 in Any, "signature algorithms";
        /// RFC 5764 section 4.1.1.
        UseSrtp(UseSrtp) = 14 in Any, "use SRTP";
        /// RFC 6520 section 2.
        Heartbeat(u8) = 15 in Any, "heartbeat";
        /// RFC 7301 section 3.1.
        ApplicationProtocols(Vector<2, Opaque<1>>) = 16 in Any, "application protocols";
        /// RFC 6961 section 2.2.
        StatusRequestV2(Vector<2, StatusRequestItem>) = 17 in Any, "status request v2";
        /// RFC 6962 section 3.3.1: a client asks for timestamps.
        CertificateTimestampsRequest(()) = 18 in Any, "signed certificate timestamps";
        /// RFC 6962 section 3.3: the timestamps.
        CertificateTimestamps(Vector<2, Opaque<2>>) = 18 in Any, "signed certificate timestamps";
        /// RFC 7250 section 3: those that the client has.
        ClientCertificateTypes(Opaque<1>) = 19 in Any, "client certificate types";
        /// RFC 7250 section 3: the one that the server chose.
        ClientCertificateType(u8) = 19 in Any, "client certificate type";
        /// RFC 7250 section 3: those that the client takes.
        ServerCertificateTypes(Opaque<1>) = 20 in Any, "server certificate types";
        /// RFC 7250 section 3: the one that the server chose.
        ServerCertificateType(u8) = 20 in Any, "server certificate type";
        /// RFC 7685 section 3.
        Padding(Vec<u8>, rest()) = 21 in Any, "padding";
        /// RFC 7366 section 2.
        EncryptThenMac(()) = 22 in Any, "encrypt then MAC";
        /// RFC 7627 section 5.1.
        ExtendedMasterSecret(()) = 23 in Any, "extended master secret";
        /// RFC 8879 section 3.
        CompressCertificate(Vector<1, Compression>) = 27 in Any, "compress certificate";
        /// RFC 8449 section 4: in bytes.
        RecordSizeLimit(u16) = 28 in Any, "record size limit";
        /// RFC 9345 section 4.1.1.
        DelegatedCredential(Vector<2, SignatureScheme>) = 34 in Any, "delegated credential";
        /// RFC 5077 section 3.2.
        SessionTicket(Vec<u8>, rest()) = 35 in Any, "session ticket";
        /// RFC 8446 section 4.2.11: the keys that a client has.
        PreSharedKeys(OfferedPsks) = 41 in Any, "pre-shared key";
        /// RFC 8446 section 4.2.11: the index of the one that the server chose.
        PreSharedKeySelected(u16) = 41 in Any, "selected identity";
        /// RFC 8446 section 4.2.10: in hellos and encrypted extensions.
        EarlyData(()) = 42 in Any, "early data";
        /// RFC 8446 section 4.6.1: in tickets, how many bytes.
        EarlyDataLimit(u32) = 42 in Any, "max early data size";
        /// RFC 8446 section 4.2.1: those that the client speaks.
        SupportedVersions(Vector<1, Version>) = 43 in Any, "supported versions";
        /// RFC 8446 section 4.2.1: the one that the server chose.
        SelectedVersion(Version) = 43 in Any, "selected version";
        /// RFC 8446 section 4.2.2.
        Cookie(Opaque<2>) = 44 in Any, "cookie";
        /// RFC 8446 section 4.2.9.
        PskKeyExchangeModes(Opaque<1>) = 45 in Any, "PSK key exchange modes";
        /// RFC 8446 section 4.2.4: distinguished names in DER.
        CertificateAuthorities(Vector<2, Opaque<2>>) = 47 in Any, "certificate authorities";
        /// RFC 8446 section 4.2.5.
        OidFilters(Vector<2, OidFilter>) = 48 in Any, "OID filters";
        /// RFC 8446 section 4.2.6.
        PostHandshakeAuth(()) = 49 in Any, "post-handshake authentication";
        /// RFC 8446 section 4.2.3.
        SignatureAlgorithmsCert(Vector<2, SignatureScheme>) = 50 in Any, "signature algorithms of certificates";
        /// RFC 8446 section 4.2.8: in a client hello.
        KeyShares(Vector<2, KeyShare>) = 51 in Any, "key shares";
        /// RFC 8446 section 4.2.8: in a server hello.
        KeyShareServer(KeyShare) = 51 in Any, "key share";
        /// RFC 8446 section 4.2.8: in a hello retry request.
        KeyShareGroup(Group) = 51 in Any, "selected group";
        /// RFC 9001 section 8.2.
        QuicTransportParameters(Vec<u8>, rest()) = 57 in Any, "QUIC transport parameters";
        /// The Next Protocol Negotiation that RFC 7301 replaced.
        NextProtocol(Vec<u8>, rest()) = 13172 in Any, "next protocol";
        /// RFC 9849 section 5.
        EncryptedClientHello(Vec<u8>, rest()) = 0xfe0d in Any, "encrypted client hello";
        /// RFC 5746 section 3.2.
        RenegotiationInfo(Opaque<1>) = 0xff01 in Any, "renegotiation info";
    }
}

structures! {
    /// The name of a server (RFC 6066 section 3).
    struct ServerName {
        /// What is named.
        kind: NameType = "name type",
        /// The name.
        name: Opaque<2> = "name",
    }

    /// A request for a certificate's status (RFC 6066 section 8).
    struct StatusRequest {
        /// Its kind.
        kind: StatusType = "status type",
        /// The responders that the client trusts.
        responders: Vector<2, Opaque<2>> = "responder ID",
        /// Extensions of OCSP, in DER.
        extensions: Opaque<2> = "request extensions",
    }

    /// One of several such requests (RFC 6961 section 2.2).
    struct StatusRequestItem {
        /// Its kind.
        kind: StatusType = "status type",
        /// The request.
        request: Opaque<2> = "request",
    }

    /// A certificate's status (RFC 6066 section 8).
    struct CertificateStatus {
        /// Its kind.
        kind: StatusType = "status type",
        /// The response, in DER.
        response: Opaque<3> = "response",
    }

    /// Profiles of SRTP (RFC 5764 section 4.1.1).
    struct UseSrtp {
        /// The profiles.
        profiles: Vector<2, u16> = "SRTP profile",
        /// The key's identifier.
        master_key_identifier: Opaque<1> = "MKI",
    }

    /// The keys that a client has (RFC 8446 section 4.2.11).
    struct OfferedPsks {
        /// What names them.
        identities: Vector<2, PskIdentity> = "identity",
        /// What proves them, over all of the hello that is in front.
        binders: Vector<2, Opaque<1>> = "binder",
    }

    /// What names a key (RFC 8446 section 4.2.11).
    struct PskIdentity {
        /// A label, or a ticket.
        identity: Opaque<2> = "identity",
        /// The ticket's age in milliseconds, with the number of the ticket added.
        obfuscated_ticket_age: u32 = "obfuscated ticket age",
    }

    /// What a certificate's extension must have (RFC 8446 section 4.2.5).
    struct OidFilter {
        /// The extension's object identifier, in DER.
        oid: Opaque<1> = "OID",
        /// The values, in DER.
        values: Opaque<2> = "values",
    }

    /// A public key (RFC 8446 section 4.2.8).
    struct KeyShare {
        /// Its group.
        group: Group = "group",
        /// The key.
        key: Opaque<2> = "key exchange",
    }
}
