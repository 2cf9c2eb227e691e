//! A counterexample is printed as code: pasted here, it compiles, and is the value that is printed so.

use std::{fmt::Write, fs, path::Path, process::Command};

use halligan_generators::{Code, Generate, Model, Source, model};

#[derive(Clone, Debug, PartialEq, Generate, Code)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Generate, Code)]
struct Tuple<T>(T, Option<Box<Unit>>);

#[derive(Clone, Debug, PartialEq, Generate, Code)]
enum Named {
    Empty,
    Fields { r#type: u8, list: Vec<Tuple<i8>> },
    Result(Result<String, char>),
}

fn code(value: &impl Code) -> String {
    let mut code = String::new();
    value.code(&mut code).expect("a string takes it all");
    code
}

/// Without what separates tokens.
fn tokens(text: &str) -> String {
    text.split_whitespace().collect::<String>().replace(",)", ")").replace(",}", "}").replace(",]", "]")
}

/// Each expression is printed as it is written.
macro_rules! pasted {
    ($($name:ident: $($expression:expr),+ $(,)?;)+) => {$(
        #[test]
        fn $name() {
            // The paths begin with the name of this crate, as another would name it.
            use crate as pasted;

            $(assert_eq!(tokens(&code(&$expression)), tokens(stringify!($expression)));)+
            let _ = pasted::Unit;
        }
    )+};
}

pasted! {
    derived: pasted::Unit,
        pasted::Tuple(-3, Some(Box::new(pasted::Unit))),
        pasted::Named::Empty,
        pasted::Named::Fields { r#type: 1, list: vec![pasted::Tuple(0, None), pasted::Tuple(-128, None)] },
        pasted::Named::Result(Ok(String::from("\"\0\n\u{200b}"))),
        pasted::Named::Result(Err('\''));
    standard: (1, 2.5, -0.0, true),
        [(), ()],
        std::collections::BTreeMap::from([(1, std::collections::BTreeSet::from(['a', 'b']))]),
        std::collections::VecDeque::from([std::rc::Rc::new(1), std::rc::Rc::new(2)]),
        std::sync::Arc::new((1, 2, 3, 4, 5, 6, 7, 8)),
        std::num::NonZero::<i16>::new(-5).unwrap(),
        std::time::Duration::new(1, 999999999),
        "::1".parse::<std::net::IpAddr>().unwrap(),
        std::net::SocketAddr::V4("10.0.0.1:80".parse::<std::net::SocketAddrV4>().unwrap()),
        std::net::SocketAddr::V6(std::net::SocketAddrV6::new("::".parse::<std::net::Ipv6Addr>().unwrap(), 1, 2, 3));
}

/// Lines of a program that rebuild values of a model from their code and compare what they emit.
fn rebuild<M: Model + Code>(program: &mut String) {
    for seed in 0..15 {
        let value = M::draw_from(&mut Source::random(seed, 100));
        writeln!(program, "    assert_eq!(({}).emit(), {:?});", code(&value), value.emit()).expect("it is a string");
    }
}

/// What is printed of models compiles in a crate of its own: all its paths are public.
#[test]
fn models() {
    let mut program = String::from("use halligan_generators::Model;\n\nfn main() {\n");
    rebuild::<model::arp::Packet>(&mut program);
    rebuild::<model::dhcp::Message>(&mut program);
    rebuild::<model::dns::Message>(&mut program);
    rebuild::<model::dns::Stream>(&mut program);
    rebuild::<model::ethernet::Frame>(&mut program);
    rebuild::<model::icmp::Message>(&mut program);
    rebuild::<model::icmpv6::Message>(&mut program);
    rebuild::<model::igmp::Message>(&mut program);
    rebuild::<model::ip::Packet>(&mut program);
    rebuild::<model::ipv4::Packet>(&mut program);
    rebuild::<model::ipv6::Packet>(&mut program);
    rebuild::<model::tcp::Segment>(&mut program);
    rebuild::<model::tls::Stream>(&mut program);
    rebuild::<model::udp::Datagram>(&mut program);
    program.push_str("}\n");

    let (here, there) = (Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(env!("CARGO_TARGET_TMPDIR")).join("pasted"));
    fs::create_dir_all(there.join("src")).expect("a folder for tests can be written");
    let manifest = format!(
        "[package]\nname = \"paste\"\nedition = \"2024\"\n[dependencies]\nhalligan-generators.path = {here:?}\n[workspace]\n"
    );
    fs::write(there.join("Cargo.toml"), manifest).expect("so can a file");
    fs::copy(here.join("../Cargo.lock"), there.join("Cargo.lock")).expect("the workspace has a lock file");
    fs::write(there.join("src/main.rs"), program).expect("so can a file");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--offline", "--target-dir"]).arg(there.join("target")).current_dir(&there);
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
