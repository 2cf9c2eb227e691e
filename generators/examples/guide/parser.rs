/// The kind and the payload of a message; nothing where it is cut.
pub fn parse(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [kind, length, rest @ ..] = bytes else { return None };
    Some((*kind, &rest[..usize::from(*length)]))
}
