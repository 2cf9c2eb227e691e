use alloc::{string::ToString, vec::Vec};

use crate::{
    Code, Derived, Generate, bytes, derived,
    model::{
        fields::Fields,
        layout::{MAX, Value},
    },
    octets, range,
};

/// A routing header behind its length (RFC 8200 section 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv6::Routing")]
pub struct Routing {
    /// How many nodes of the route are still to be visited.
    pub segments_left: u8,
    /// The route.
    pub route: Route,
}

/// A route, by routing type.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv6::Route")]
pub enum Route {
    /// Type 2: a mobile node's home (RFC 6275 section 6.4).
    Home {
        /// Four bytes that are zero.
        reserved: u32,
        /// The address at home.
        #[generate(with = octets::<16>())]
        address: [u8; 16],
    },
    /// Type 3: a source route of RPL (RFC 6554 section 3).
    Source {
        /// How many bytes each address but the last shares with the destination, 4 bits.
        #[generate(range = 0..=15)]
        shared: u8,
        /// How many bytes the last address shares with it, 4 bits.
        #[generate(range = 0..=15)]
        last_shared: u8,
        /// How many zeros follow the addresses, 4 bits.
        #[generate(with = derived(range(0u8..=15)))]
        padding: Derived<u8>,
        /// 20 bits that are zero.
        #[generate(with = range(0u32..=0xf_ffff).often(7, &[0]))]
        reserved: u32,
        /// The addresses without what they share. Zeros up to a unit of 8 bytes are added.
        #[generate(with = bytes(0..=MAX))]
        addresses: Vec<u8>,
    },
    /// Any other type, or one without room for its fields. Zeros up to a unit of 8 bytes are added.
    Other {
        /// The type.
        kind: u8,
        /// The bytes.
        #[generate(with = bytes(0..=MAX))]
        data: Vec<u8>,
    },
}

impl Routing {
    /// Takes the header apart, from its type on: at least 6 bytes, 2 less than a whole number of units.
    pub(super) fn dissect(body: &[u8]) -> Self {
        let (segments_left, data) = (body[1], &body[2..]);
        let route = match (body[0], data) {
            (2, data)
                if let Some((reserved, address)) = data.split_first_chunk::<4>()
                    && address.len() == 16 =>
            {
                Route::Home { reserved: u32::read(reserved), address: Value::read(address) }
            }
            (3, data) if let Some((&[first, second, third, fourth], addresses)) = data.split_first_chunk() => {
                let wire = second >> 4;
                let padding = usize::from(wire);
                let zeros = addresses.iter().rev().take_while(|byte| **byte == 0).count();
                let honest = padding < 8 && padding <= zeros;
                Route::Source {
                    shared: first >> 4,
                    last_shared: first & 0xf,
                    padding: if honest { Derived::Auto } else { Derived::Lie(wire) },
                    reserved: u32::from_be_bytes([0, second & 0xf, third, fourth]),
                    addresses: addresses[..addresses.len() - if honest { padding } else { 0 }].to_vec(),
                }
            }
            (kind, data) => Route::Other { kind, data: data.to_vec() },
        };
        Self { segments_left, route }
    }

    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        match &self.route {
            Route::Home { reserved, address } => {
                out.extend_from_slice(&[2, self.segments_left]);
                reserved.write(out);
                address.write(out);
            }
            Route::Source { shared, last_shared, padding, reserved, addresses } => {
                out.extend_from_slice(&[3, self.segments_left]);
                let padding = padding.or(missing(addresses));
                out.push(shared << 4 | last_shared & 0xf);
                out.extend_from_slice(&(u32::from(padding) << 20 | reserved & 0xf_ffff).to_be_bytes()[1..]);
                out.extend_from_slice(addresses);
            }
            Route::Other { kind, data } => {
                out.extend_from_slice(&[*kind, self.segments_left]);
                out.extend_from_slice(data);
            }
        }
    }

    /// Where a packet to `destination` will end, if that can be told.
    pub(super) fn final_destination(&self, destination: [u8; 16]) -> [u8; 16] {
        match &self.route {
            _ if self.segments_left == 0 => destination,
            Route::Home { address, .. } => *address,
            Route::Source { last_shared, addresses, .. } => {
                let shared = usize::from(last_shared & 0xf);
                let mut last = destination;
                if let Some(tail) = addresses.len().checked_sub(16 - shared) {
                    last[shared..].copy_from_slice(&addresses[tail..]);
                }
                last
            }
            Route::Other { .. } => destination,
        }
    }

    pub(super) fn lies(&self) -> usize {
        if let Route::Source { padding, .. } = &self.route { padding.lies() } else { 0 }
    }

    /// Visits the fields; `wire` starts with the emitted type.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        fields.field("routing type", 1, wire[0].to_string(), false);
        fields.field("segments left", 1, self.segments_left.to_string(), false);
        match &self.route {
            Route::Home { reserved, address } => {
                fields.field("reserved", 4, reserved.to_string(), false);
                fields.field("home address", 16, address.show(), false);
            }
            Route::Source { padding, addresses, .. } => {
                fields.bits("shared bytes", 1, 0..4, (wire[2] >> 4).to_string(), false);
                fields.bits("shared bytes of the last", 1, 4..8, (wire[2] & 0xf).to_string(), false);
                fields.bits("padding length", 3, 0..4, (wire[3] >> 4).to_string(), padding.is_lie());
                let reserved = u32::from_be_bytes([0, wire[3] & 0xf, wire[4], wire[5]]);
                fields.bits("reserved", 3, 4..24, reserved.to_string(), false);
                fields.string("addresses", addresses, false);
                fields.string("padding", &[0; 7][..usize::from(missing(addresses))], false);
            }
            Route::Other { data, .. } => {
                fields.string("data", data, false);
                let end = (4 + data.len()).next_multiple_of(8);
                fields.string("padding", &[0; 7][..end - 4 - data.len()], false);
            }
        }
    }
}

/// How many zeros bring addresses to a unit.
fn missing(addresses: &[u8]) -> u8 {
    (addresses.len().wrapping_neg() % 8) as u8
}
