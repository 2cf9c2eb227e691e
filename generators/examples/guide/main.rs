//! The program of the guide: `cargo run --example guide`.

mod message;
mod parser;

use halligan_generators::{Derived, Model, check_eq, guard, label, property, runner};
use message::Message;
use parser::parse;

fn main() {
    runner::main(&[
        property!("what is sent arrives", Message::generator(), |message| {
            let Message::Whole { kind, length: Derived::Auto, payload } = message else { return guard(false) };
            if payload.len() > 9 {
                label!("long");
            }
            check_eq(parse(&message.emit()), Some((*kind, &payload[..])))
        })
        .require("long", 10.0),
        property!("any message is parsed or refused", Message::generator(), |message| {
            let _ = parse(&message.emit());
            Ok(())
        }),
    ])
}
