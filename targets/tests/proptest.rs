//! The targets as proptest suites: values of their input models, emitted and run. `PROPTEST_CASES` says how many;
//! `PROPTEST_RNG_SEED` draws others. What fails is kept in `proptest.regressions` and tried first from then on.

use std::cell::RefCell;

use halligan_generators::adapters::proptest::strategy;
use halligan_generators::{Model, any};
use halligan_targets::{DnsParser, EthernetParser, IpParser, Observation, Target, TcpParser, TlsParser};
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestRunner};

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proptest.regressions");

/// Cases of a suite whose target is quick.
const CASES: u32 = 20_000;

fn suite<T: Target>(target: &T, cases: u32) {
    let mut config = Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..Config::with_cases(cases)
    };
    // Unless the environment says otherwise.
    let environment = Config::default();
    if std::env::var_os("PROPTEST_CASES").is_some() {
        config.cases = environment.cases;
    }
    if environment.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0);
    }
    let buffer = RefCell::new(vec![0; 1 << 16]);
    let outcome = TestRunner::new(config).run(&strategy(any::<T::Input>()), |value| {
        let input = value.emit();
        target.run(&input, &mut Observation::new(&mut buffer.borrow_mut())).map_err(|violation| {
            let property = target.properties()[violation.property as usize];
            TestCaseError::fail(format!("{} ({}): {}", property.name, property.rfc, violation.detail))
        })
    });
    if let Err(error) = outcome {
        panic!("{}: {error}", T::NAME);
    }
}

#[test]
fn ip_parser() {
    suite(&IpParser, CASES);
}

#[test]
fn tcp_parser() {
    suite(&TcpParser, CASES);
}

#[test]
fn dns_parser() {
    suite(&DnsParser, CASES);
}

#[test]
fn ethernet_parser() {
    suite(&EthernetParser, CASES);
}

#[test]
fn tls_parser() {
    // Each is many connections.
    suite(&TlsParser, CASES / 2);
}
