//! Agents check targets by themselves, from a seed and with no harness that chooses inputs, and see the same everywhere.

use std::process::Command;

use halligan::agents::Agents;
use halligan::host::Kind;
use halligan_targets::TARGETS;

/// What each host says, with its exit status; native first.
fn said(agents: &Agents, words: &[&str]) -> Vec<(i32, String)> {
    let run = |kind: Kind| {
        let mut command = match kind {
            Kind::Native => Command::new(&agents.native),
            Kind::Spt | Kind::Hvt => Command::new(&agents.tender),
        };
        match kind {
            Kind::Native => {}
            Kind::Spt => drop(command.arg(&agents.unikernel)),
            Kind::Hvt => drop(command.arg(&agents.unikernel_hvt)),
        }
        let output = command.args(words).output().expect("the program runs");
        (output.status.code().expect("no signal ended it"), String::from_utf8(output.stdout).expect("text"))
    };
    // A machine may well have no KVM.
    let works = |kind: &Kind| *kind != Kind::Hvt || kind.available().is_ok();
    Kind::ALL.into_iter().filter(works).map(run).collect()
}

#[test]
fn a_seed_gives_the_same_on_every_host() {
    let agents = Agents::build(None).unwrap();
    let mut digests = Vec::new();
    for (target, seed) in TARGETS.iter().flat_map(|target| [(target, "seed=1"), (target, "seed=2")]) {
        let [native, guests @ ..] = &said(&agents, &[target.name(), seed, "count=500"])[..] else { unreachable!() };
        let expected = format!("{}: 500 inputs from seed {} pass, digest ", target.name(), &seed[5..]);
        assert_eq!(native.0, 0, "{native:?}");
        let digest = native.1.strip_prefix(&expected).unwrap_or_else(|| panic!("{native:?}")).to_owned();
        assert!(!digests.contains(&digest), "{} {seed} draws what another has drawn", target.name());
        digests.push(digest);
        assert!(!guests.is_empty() && guests.iter().all(|guest| guest == native), "{native:?} {guests:?}");
    }
}

#[test]
fn a_planted_fault_is_told_with_its_seed_and_the_simplest_input() {
    const FAULT: &str = "tcp_parser/views_agree";
    let agents = Agents::build(Some(FAULT)).unwrap();
    let plant = format!("plant={FAULT}");
    let [native, guests @ ..] = &said(&agents, &["tcp_parser", "seed=1", &plant])[..] else { unreachable!() };
    let (status, text) = native;
    assert_eq!(*status, 1, "{text}");
    assert!(!guests.is_empty() && guests.iter().all(|guest| guest == native), "{native:?} {guests:?}");
    let (first, rest) = text.split_once('\n').unwrap();
    let seed = first.strip_prefix("tcp_parser: fails for seed ").unwrap();
    assert!(
        rest.starts_with("halligan_generators::model::tcp::Segment::Whole {")
            && rest.contains("\nfails: views_agree: "),
        "{text}"
    );
    // The seed alone draws it again, and without the fault it passes.
    let again = ["tcp_parser", &format!("seed={seed}"), "count=1"];
    let planted = said(&agents, &[&again[..], &[&plant]].concat());
    assert!(planted.iter().all(|host| host == native), "{planted:?}");
    assert!(said(&agents, &again).iter().all(|(status, _)| *status == 0));
}

#[test]
fn wrong_words_are_told_in_one_line() {
    let agents = Agents::build(None).unwrap();
    let usage = "expected TARGET seed=N [count=N]";
    for (words, expected) in [
        (&["tcp_parser"][..], usage),
        (&["seed=1"], usage),
        (&["tcp_parser", "seed=1", "count=many"], "expected TARGET seed=N [count=N], not 'count=many'"),
        (&["udp_parser", "seed=1"], "there is no target 'udp_parser'"),
        (
            &["tcp_parser", "seed=1", "plant=tcp_parser/views_agree"],
            "there is no target 'plant=tcp_parser/views_agree'",
        ),
    ] {
        let [_, guests @ ..] = &said(&agents, words)[..] else { unreachable!() };
        let expected = (1, format!("halligan-unikernel: {expected}\n"));
        assert!(!guests.is_empty() && guests.iter().all(|guest| *guest == expected), "{guests:?}");
    }
}
