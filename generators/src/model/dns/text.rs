use alloc::{string::ToString, vec::Vec};

use super::part::{Part, Reader, Shown, Writer};
use crate::{Code, Derived, Generate, bytes};

/// A `<character-string>` (RFC 1035 section 3.3): a length octet and so many bytes.
///
/// Windows of type bitmaps (RFC 4034 section 4.1.2) have the same shape behind their number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Text")]
pub struct Text {
    /// Length in bytes. Where it is beyond the data of the record, it is a lie and the rest is the text.
    pub length: Derived<u8>,
    /// The bytes, at most 255.
    #[generate(with = bytes(0..=255))]
    pub bytes: Vec<u8>,
}

impl<T: AsRef<[u8]> + ?Sized> From<&T> for Text {
    fn from(bytes: &T) -> Self {
        Self { length: Derived::Auto, bytes: bytes.as_ref().to_vec() }
    }
}

impl Part for Text {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let claimed = u8::read(input)?;
        if let Some(bytes) = input.take(claimed.into()) {
            return Some(Self::from(bytes));
        }
        // Shorter than the claim, which is at most 255.
        Some(Self { length: Derived::Lie(claimed), bytes: Part::read(input)? })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.out.push(self.length.or(self.bytes.len() as u8));
        self.bytes.write(out);
    }

    fn annotate(&self, name: &'static str, shown: &mut Shown<'_, '_>) {
        let length = shown.wire[shown.fields.at()];
        shown.fields.field("length", 1, length.to_string(), self.length.is_lie());
        shown.fields.string(name, &self.bytes, false);
    }

    fn lies(&self) -> usize {
        self.length.lies()
    }
}
