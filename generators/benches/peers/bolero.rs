//! The frame that [`by_hand`](super::by_hand) draws, over bolero's source of bytes.

use bolero::{Driver, TypeGenerator, generator::bolero_generator::driver::ByteSliceDriver};

use super::by_hand::{Draws, Peer, frame};

impl TypeGenerator for Peer {
    fn generate<D: Driver>(driver: &mut D) -> Option<Self> {
        frame(&mut Bolero(driver)).map(Self)
    }
}

struct Bolero<'a, D>(&'a mut D);

impl<D: Driver> Draws for Bolero<'_, D> {
    #[inline]
    fn byte(&mut self) -> Option<u8> {
        self.0.produce()
    }

    #[inline]
    fn word(&mut self) -> Option<u16> {
        self.0.produce()
    }

    #[inline]
    fn long(&mut self) -> Option<u32> {
        self.0.produce()
    }

    #[inline]
    fn octets<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.0.produce()
    }

    #[inline]
    fn string(&mut self, max: usize) -> Option<Vec<u8>> {
        let len = usize::from(self.word()?).min(max);
        self.0.gen_from_bytes(
            || (0, Some(len)),
            |bytes| {
                let bytes = &bytes[..len.min(bytes.len())];
                Some((bytes.len(), bytes.to_vec()))
            },
        )
    }
}

/// Draws from bytes with bolero.
pub fn draw(bytes: &[u8]) -> Option<Peer> {
    Peer::generate(&mut ByteSliceDriver::new(bytes, &Default::default()))
}
