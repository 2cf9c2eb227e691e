//! The targets as bolero tests: values of their input models, emitted and run. Plain `cargo test` draws a few seconds' worth of
//! them for each; `cargo bolero test -p halligan-targets --test bolero tcp_parser` has an engine look for more.

use std::sync::Mutex;
use std::time::Duration;

use bolero::check;
use halligan_generators::Model;
use halligan_generators::adapters::Drawn;
use halligan_targets::{DnsParser, EthernetParser, IpParser, Observation, Target, TcpParser, TlsParser};

/// How long each suite draws.
const TIME: Duration = Duration::from_secs(3);

/// Runs `value` and panics where a property does not hold.
fn run<T: Target>(target: &T, value: &T::Input, buffer: &mut [u8]) {
    let input = value.emit();
    if let Err(violation) = target.run(&input, &mut Observation::new(buffer)) {
        let property = target.properties()[violation.property as usize];
        panic!("{}/{} ({}): {}", T::NAME, property.name, property.rfc, violation.detail);
    }
}

// bolero names the test after the function that holds its macro.
macro_rules! suites {
    ($($name:ident: $target:ident,)*) => {$(
        #[test]
        fn $name() {
            // A test is unwind safe.
            let buffer = Mutex::new(vec![0; 1 << 16]);
            check!()
                .with_test_time(TIME)
                .with_type::<Drawn<<$target as Target>::Input>>()
                .for_each(|value| run(&$target, &value.0, &mut buffer.lock().unwrap()));
        }
    )*};
}

suites! {
    ip_parser: IpParser,
    tcp_parser: TcpParser,
    tls_parser: TlsParser,
    dns_parser: DnsParser,
    ethernet_parser: EthernetParser,
}
