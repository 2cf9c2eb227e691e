//! `tender_hypercalls`: a hostile guest's hypercalls and entries of its ring, against real memory with guard pages around it.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use halligan_generators::Model;
use halligan_targets::{Observation, Property, Target, Violation};

use crate::model::call::{Script, Step};
use crate::rows::{ensure, row};
use crate::shadow::{End, Shadow};
use crate::shadow_ring::{RingImage, ShadowRing};
use crate::world::World;

/// Frames that wait at most.
const QUEUE: usize = 8;

/// Longest sleep of a guest that nobody wakes, in nanoseconds.
const NAP: u64 = 10_000;

const ENDS_AGREE: u32 = 0;
const MEMORY_EXACT: u32 = 1;
const DEVICES_EXACT: u32 = 2;

static PROPERTIES: [Property; 3] = [
    row(
        "ends_agree",
        "Solo5 hvt_abi.h, hvt_ring.h, solo5.h",
        "a hypercall or an entry of a ring is done, ends the guest or is refused as it has to be by its number, pointers and lengths",
        Some("Halligan's model"),
    ),
    row(
        "memory_exact",
        "Solo5 hvt_abi.h, hvt_ring.h, solo5.h",
        "it changes the results and the bytes that it names, nothing else of the guest's memory and ring and nothing around that",
        Some("Halligan's model"),
    ),
    row(
        "devices_exact",
        "Solo5 solo5.h",
        "what reaches disk, network and console are the bytes that were named, and no other",
        Some("Halligan's model"),
    ),
];

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

/// Scripts of hypercalls and ring entries.
pub struct TenderHypercalls;

impl Target for TenderHypercalls {
    type Input = Script;

    const NAME: &'static str = "tender_hypercalls";

    const ABOUT: &'static str = "hypercalls and ring entries of a hostile guest (hvt) against the tender";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        WORLD.with_borrow_mut(|world| {
            world.reset();
            let mut shadow = Shadow::new();
            let mut ring = ShadowRing::new();
            ring.image.store(world.ring());
            for step in Script::dissect(input).steps {
                match step {
                    Step::Frame(frame) => deliver(world, &mut shadow, frame),
                    Step::Call(at, operation) => {
                        let arguments = operation.arguments();
                        if world.store(at.into(), &arguments) {
                            shadow.memory[at as usize..][..arguments.len()].copy_from_slice(&arguments);
                        }
                        call(world, &mut shadow, operation.port(), at, observation)?;
                    }
                    Step::Entry(ask) => ring.image.put(ask),
                    Step::Counter(counter, value) => ring.image.set(counter, value),
                    Step::Serve => serve(world, &mut shadow, &mut ring, observation)?,
                }
            }
            ensure(DEVICES_EXACT, world.disk() == shadow.disk, || "the disk holds something else".into())?;
            ensure(DEVICES_EXACT, world.sent().is_none(), || "a frame was sent that nobody named".into())
        })
    }
}

fn deliver(world: &World, shadow: &mut Shadow, frame: Vec<u8>) {
    // An empty frame would be the end of a stream.
    if !frame.is_empty() && shadow.frames.len() < QUEUE {
        world.deliver(&frame);
        shadow.frames.push_back(frame);
    }
}

fn call(
    world: &mut World,
    shadow: &mut Shadow,
    port: u16,
    at: u32,
    observation: &mut Observation<'_>,
) -> Result<(), Violation> {
    // Nobody waits for a guest that would sleep for years.
    if port == 0x503 && shadow.timeout(at.into()) > NAP && shadow.frames.is_empty() {
        deliver(world, shadow, vec![0]);
    }
    let expected = shadow.call(port, at.into());
    let seen = End::of(&world.hypercalls.serve(&mut world.memory, port, at));
    observation.number(name(seen), port);
    ensure(ENDS_AGREE, expected == seen, || {
        format!("port {port:#x}, address {at:#x}: expected {expected:?}, saw {seen:?}")
    })?;
    if let Some(place) = shadow.clock.filter(|_| seen == End::Done) {
        read_clock(world, shadow, place)?;
    }
    compare_memory(world, shadow, || format!("port {port:#x}, address {at:#x}"))?;
    let sent = if shadow.sent.is_some() { world.sent() } else { None };
    ensure(DEVICES_EXACT, sent == shadow.sent, || format!("expected {:?} to be sent, saw {sent:?}", shadow.sent))?;
    let said = world.said();
    ensure(DEVICES_EXACT, said == shadow.said, || format!("expected {:?} on the console, saw {said:?}", shadow.said))
}

/// Has the tender look at the ring as the guest has left it.
fn serve(
    world: &mut World,
    shadow: &mut Shadow,
    ring: &mut ShadowRing,
    observation: &mut Observation<'_>,
) -> Result<(), Violation> {
    ring.image.store(world.ring());
    if !ring.is_bounded() {
        return Ok(());
    }
    let count = ring.pending();
    let (expected, frames) = ring.serve(shadow);
    let seen = End::of_ring(&world.queue.serve());
    observation.number(name_in_ring(seen), count);
    ensure(ENDS_AGREE, expected == seen, || format!("{count} entries: expected {expected:?}, saw {seen:?}"))?;
    compare_memory(world, shadow, || format!("{count} entries"))?;
    let image = RingImage::of(world.ring());
    ensure(MEMORY_EXACT, image == ring.image, || {
        format!("{count} entries: the ring counts {:?}, not {:?}, or else differs", image.counters, ring.image.counters)
    })?;
    for frame in frames {
        let sent = world.sent();
        ensure(DEVICES_EXACT, sent.as_ref() == Some(&frame), || {
            format!("expected {frame:?} to be sent, saw {sent:?}")
        })?;
    }
    Ok(())
}

/// That the guest's memory is what it has to be, after `what`.
fn compare_memory(world: &World, shadow: &Shadow, what: impl Fn() -> String) -> Result<(), Violation> {
    let memory = world.bytes();
    ensure(MEMORY_EXACT, memory == shadow.memory, || {
        let byte = (0..memory.len()).find(|&at| memory[at] != shadow.memory[at]).unwrap_or_default();
        format!("{}: byte {byte:#x} is {:#x}, not {:#x}", what(), memory[byte], shadow.memory[byte])
    })?;
    ensure(MEMORY_EXACT, world.memory.private().iter().all(|byte| *byte == 0), || {
        format!("{}: the tender's own memory is touched", what())
    })
}

/// Takes over the time that the tender told, if it is about the time.
fn read_clock(world: &World, shadow: &mut Shadow, place: usize) -> Result<(), Violation> {
    let told = &world.bytes()[place..place + 8];
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = Duration::from_nanos(u64::from_le_bytes(told.try_into().expect("eight bytes")));
    shadow.memory[place..place + 8].copy_from_slice(told);
    ensure(MEMORY_EXACT, now.abs_diff(time) < Duration::from_secs(60), || {
        format!("it is {now:?}, and {time:?} was told")
    })
}

fn name(end: End) -> &'static str {
    match end {
        End::Done => "done",
        End::Exit(..) => "exit",
        End::Unknown => "unknown",
        End::Outside(..) => "outside",
        End::Host => "host",
        End::Overrun(_) => "overrun",
    }
}

fn name_in_ring(end: End) -> &'static str {
    match end {
        End::Done => "ring done",
        End::Outside(..) => "ring outside",
        end => name(end),
    }
}
