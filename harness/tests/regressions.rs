//! Every finding that was ever mended stays mended: all of `corpora/*/regressions` hold on every host, and the hosts agree.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{crashing, workspace};
use halligan::agents::Agents;
use halligan::compare::{Account, replay};
use halligan::corpus::{self, Input};
use halligan::host::{Host, Kind, Options};
use halligan_targets::AnyTarget;
use halligan_targets::planted::PANIC;

fn hosts(agents: &Agents) -> Vec<Host> {
    let works = |kind: &Kind| kind.available().is_ok();
    Kind::ALL.into_iter().filter(works).map(|kind| Host::new(kind, agents).expect("the host works")).collect()
}

/// The inputs that break something, each with what hosts make of it.
fn broken(target: &dyn AnyTarget, inputs: &[Input], hosts: &[Host]) -> Vec<String> {
    let run = |host| {
        replay(host, target, Options::default(), inputs.iter().map(|input| &input.bytes[..]), |_| ())
            .expect("the host runs")
    };
    let replays: Vec<_> = hosts.iter().map(run).collect();
    let broken = |(index, input): (usize, &Input)| {
        let accounts: Vec<&Account> = replays.iter().map(|replay| &replay.accounts[index]).collect();
        let holds = accounts.iter().all(|account| account.held() && account.agrees(accounts[0]));
        (!holds).then(|| format!("{}: {accounts:#?}", input.path.display()))
    };
    inputs.iter().enumerate().filter_map(broken).collect()
}

#[test]
fn regressions_stay_mended_on_every_host() {
    let hosts = hosts(&Agents::build(None).expect("the agents can be built"));
    for entry in fs::read_dir(workspace().join("corpora")).unwrap() {
        let folder = entry.unwrap().path();
        let regressions = folder.join("regressions");
        if !regressions.is_dir() {
            continue;
        }
        let name = folder.file_name().unwrap().to_str().unwrap();
        let target = halligan_targets::find(name).unwrap_or_else(|| panic!("corpora/{name} is of no target"));
        let inputs = corpus::read_folder(&regressions).unwrap();
        for input in &inputs {
            let beside = PathBuf::from(format!("{}.md", input.path.display()));
            assert!(beside.is_file(), "{} is missing: it says what the input shows", beside.display());
        }
        let broken = broken(target, &inputs, &hosts);
        assert!(broken.is_empty(), "{} of {} regressions of {name}: {}", broken.len(), inputs.len(), broken.join("\n"));
        println!("{name}: {} regressions hold on {} hosts", inputs.len(), hosts.len());
    }
}

#[test]
fn one_that_is_back_is_noticed() {
    let hosts = hosts(&Agents::build(Some(PANIC)).expect("the agents can be built"));
    let input = Input { path: "back".into(), bytes: crashing(3) };
    let target = halligan_targets::find("tcp_parser").unwrap();
    let broken = broken(target, &[input], &hosts);
    assert!(matches!(&broken[..], [one] if one.contains("planted: timestamps")), "{broken:?}");
}
