//! Faults planted on demand, to show that a campaign finds what it should.

use smoltcp::wire::{TcpOption, TcpPacket, TcpRepr};

/// Passes `repr` on, but for the planted faults.
pub fn fault<'a>(packet: &TcpPacket<&'a [u8]>, mut repr: TcpRepr<'a>) -> TcpRepr<'a> {
    let (mut previous, mut odd) = (None, false);
    for option in super::options(packet.options()).flatten() {
        // Timestamps that stand right behind a window scale of more than 10.
        odd |= matches!((previous, option), (Some(TcpOption::WindowScale(11..)), TcpOption::TimeStamp { .. }));
        previous = Some(option);
    }
    if odd && cfg!(feature = "planted-panic") {
        panic!("planted: timestamps behind a large window scale");
    }
    if packet.urg() && packet.urgent_at() > packet.window_len() && cfg!(feature = "planted-misread") {
        repr.window_len = packet.urgent_at();
    }
    repr
}
