//! FNV-1a, by Fowler, Noll and Vo.

/// The digest of nothing.
pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// The digest of what `digest` is of and these bytes behind it.
pub const fn add(mut digest: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        digest = (digest ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_as_published() {
        assert_eq!(add(EMPTY, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(add(add(EMPTY, b"foo"), b"bar"), 0x8594_4171_f739_67e8);
    }
}
