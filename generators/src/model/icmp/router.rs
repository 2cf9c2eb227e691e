use alloc::{string::ToString, vec::Vec};

use crate::{
    Code, Derived, Generate, any, derived, list,
    model::{
        fields::Fields,
        layout::{MAX, Unit, Value, layout, take},
    },
    octets, range,
};

layout! {
    /// An address of a router (RFC 1256 section 3).
    #[code(path = "halligan_generators::model::icmp::Router")]
    Router {
        /// The address.
        #[generate(with = octets::<4>())]
        address: [u8; 4] = "router address",
        /// How much it is preferred, a signed number.
        preference: u32 = "preference level",
    }
}

/// The addresses of a router (RFC 1256 section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmp::RouterAdvertisement")]
pub struct RouterAdvertisement {
    /// How many there are.
    pub count: Derived<u8>,
    /// Length of each in words: 2.
    #[generate(with = derived(range(0u8..)))]
    pub entry_size: Derived<u8>,
    /// How long they hold, in seconds.
    pub lifetime: u16,
    /// The addresses.
    #[generate(with = list(any()).average(2).max(MAX))]
    pub routers: Vec<Router>,
}

impl Unit for RouterAdvertisement {
    const FIXED: Option<usize> = None;

    fn dissect(mut bytes: &[u8]) -> Option<Self> {
        let (count, entry_size): (u8, u8) = (take(&mut bytes)?, take(&mut bytes)?);
        let lifetime = take(&mut bytes)?;
        let routers = bytes.chunks(8).map(Router::dissect).collect::<Option<Vec<_>>>()?;
        let count = Derived::seen(count, routers.len().min(0xff) as u8);
        Some(Self { count, entry_size: Derived::seen(entry_size, 2), lifetime, routers })
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.count.or(self.routers.len().min(0xff) as u8), self.entry_size.or(2)]);
        self.lifetime.write(out);
        self.routers.iter().for_each(|router| router.emit_to(out));
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        let count = self.count.or(self.routers.len().min(0xff) as u8);
        fields.field("address count", 1, count.to_string(), self.count.is_lie());
        fields.field("address entry size", 1, self.entry_size.or(2).to_string(), self.entry_size.is_lie());
        fields.field("lifetime", 2, self.lifetime.to_string(), false);
        self.routers.iter().for_each(|router| router.annotate("", fields));
    }

    fn lies(&self) -> usize {
        self.count.lies() + self.entry_size.lies()
    }
}
