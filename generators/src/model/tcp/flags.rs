use core::{fmt, ops::BitOr};

use crate::{Code, Generate, Generated, Source, Tape, Unreflected, range};

/// The control bits of a segment (RFC 9293 section 3.1), with NS (RFC 3540 section 9) above them.
///
/// ```
/// use halligan_generators::model::tcp::Flags;
///
/// assert_eq!((Flags::SYN | Flags::ACK).bits(), 0x012);
/// assert_eq!((Flags::SYN | Flags::ACK).to_string(), "SYN+ACK");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// No bit.
    pub const NONE: Self = Self(0);
    /// No more data from the sender.
    pub const FIN: Self = Self(0x001);
    /// Synchronises sequence numbers.
    pub const SYN: Self = Self(0x002);
    /// Resets the connection.
    pub const RST: Self = Self(0x004);
    /// Pushes.
    pub const PSH: Self = Self(0x008);
    /// The acknowledgment number counts.
    pub const ACK: Self = Self(0x010);
    /// The urgent pointer counts.
    pub const URG: Self = Self(0x020);
    /// ECN echo (RFC 3168 section 6.1).
    pub const ECE: Self = Self(0x040);
    /// Congestion window reduced (RFC 3168 section 6.1).
    pub const CWR: Self = Self(0x080);
    /// ECN nonce sum (RFC 3540 section 9).
    pub const NS: Self = Self(0x100);

    const NAMES: [&str; 9] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"];

    /// What real stacks send: SYN, SYN+ACK, ACK, PSH+ACK, FIN+ACK, RST, RST+ACK, and SYN with ECN.
    const COMMON: [u16; 8] = [0x002, 0x012, 0x010, 0x018, 0x011, 0x004, 0x014, 0x0c2];

    /// The flags of these bits; FIN is the lowest of nine, those above are ignored.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & 0x1ff)
    }

    /// The nine bits; FIN is the lowest.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("none");
        }
        let set = Self::NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        for (index, (_, name)) in set.enumerate() {
            f.write_str(if index > 0 { "+" } else { "" })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl Code for Flags {
    fn code(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "halligan_generators::model::tcp::Flags::from_bits({:#05x})", self.0)
    }
}

/// Half of the time what real stacks send, else any bits.
#[inline]
fn bits() -> impl Generate<Value = u16> {
    range(0..=0x1ff).often(1, &Flags::COMMON)
}

impl Generated for Flags {
    #[inline]
    fn draw_from(source: &mut Source<'_>) -> Self {
        Self(bits().draw(source))
    }

    #[inline]
    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        bits().reflect(&self.0, tape)
    }
}
