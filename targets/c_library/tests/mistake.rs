//! The mistake of the C library is found from one whole datagram, shrunk and explained.

use halligan_c_library::UdpPorts;
use halligan_targets::AnyTarget;

/// From 192.0.2.1, port 53, to 192.0.2.2, port 1024: four bytes of data.
const DATAGRAM: [u8; 32] = [
    0x45, 0, 0, 32, 0, 7, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, //
    0, 53, 4, 0, 0, 12, 0, 0, 1, 2, 3, 4,
];

#[test]
fn it_is_found_shrunk_and_explained() {
    let target: &dyn AnyTarget = &UdpPorts;
    let mut answer = vec![0; 1 << 12];
    let mut fails = |input: &[u8]| target.answer(input, &mut answer).failed.is_some();
    assert!(!fails(&DATAGRAM), "a whole datagram does not show it");

    let (mut mutator, mut found) = (target.mutator(), Vec::new());
    let count = (0..100_000u64).find(|seed| {
        mutator.mutate(&DATAGRAM, None, *seed, 100, &mut found);
        fails(&found)
    });
    println!("found after {} mutants: {} bytes", count.expect("the mistake is not found"), found.len());

    let shrunk = target.shrink(&found, 10_000, &mut fails).bytes;
    let code = target.code(&shrunk);
    println!("{code}");
    // A header, and eight bytes that are none; the last fragment, one unit of eight bytes behind the first.
    assert_eq!(shrunk.len(), 28, "{code}");
    assert_eq!([shrunk[6], shrunk[7]], [0, 1], "{code}");
}
