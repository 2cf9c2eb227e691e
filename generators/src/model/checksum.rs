//! The Internet checksum (RFC 1071).

/// The sum of `bytes` as native-endian 16-bit words, unfolded; an odd last byte is padded with zero.
///
/// Ones' complement sums do not depend on byte order (RFC 1071 section 2), so words are read as they lie in memory, four
/// bytes at a time. Sums of strings of even length can be added.
#[inline]
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let (words, tail) = bytes.as_chunks::<4>();
    let sum: u64 = words.iter().map(|word| u64::from(u32::from_ne_bytes(*word))).sum();
    let mut last = [0; 4];
    last[..tail.len()].copy_from_slice(tail);
    sum + u64::from(u32::from_ne_bytes(last))
}

/// The checksum of what was summed: the complement of the folded sum.
#[inline]
pub(super) fn finish(sum: u64) -> u16 {
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    !u16::from_be(sum as u16)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{finish, sum};

    /// RFC 1071 section 4.1, word by word.
    fn by_the_book(bytes: &[u8]) -> u16 {
        let mut sum = 0u64;
        for word in bytes.chunks(2) {
            sum += u64::from(word[0]) << 8 | word.get(1).map_or(0, |low| u64::from(*low));
        }
        while sum >> 16 != 0 {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !(sum as u16)
    }

    #[test]
    fn agrees_with_the_plain_sum() {
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..10_000 {
            let mut bytes = vec![0; rng.usize(..200)];
            rng.fill(&mut bytes);
            assert_eq!(finish(sum(&bytes)), by_the_book(&bytes));
        }
        let ones = [0xff; 70_000];
        assert_eq!(finish(sum(&ones)), by_the_book(&ones));
    }

    #[test]
    fn the_example_of_rfc_1071() {
        assert_eq!(finish(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), !0xddf2);
    }
}
