//! The source: where a generator's choices come from.

use alloc::{vec, vec::Vec};

use crate::exhaustive::Digits;
use crate::tape::{Choice, Label, Span, Tape, width};

/// A source of choices. It never runs dry: past its end every choice is the simplest one, zero.
///
/// One concrete type for every origin, so that generators are compiled once: bytes, a tape, or a pseudo-random sequence
/// with a budget. Any source can [record](Source::recording) what is drawn from it.
///
/// ```
/// use halligan_generators::Source;
///
/// let mut source = Source::bytes(&[7, 0x34, 0x12]);
/// assert_eq!(source.integer(9), 7);
/// assert_eq!(source.integer(0xffff), 0x1234);
/// assert_eq!(source.integer(0xffff), 0);
/// ```
pub struct Source<'a> {
    mode: Mode<'a>,
    record: Option<&'a mut Tape>,
    depth: u32,
}

enum Mode<'a> {
    Bytes(&'a [u8]),
    Tape(Replay<'a>),
    Random { rng: fastrand::Rng, budget: usize, stretch: u32 },
    Digits(&'a mut Digits),
}

/// A reader of a tape. Inside a span it reads the span's choices alone, so that an edit stays local: what is missing
/// reads as zero, and what is left over is skipped at the end of the span.
struct Replay<'a> {
    choices: &'a [Choice],
    spans: &'a [Span],
    tape: &'a Tape,
    next: usize,
    limit: usize,
    span: usize,
}

impl Replay<'_> {
    #[inline]
    fn next(&mut self) -> Option<Choice> {
        if self.next >= self.limit {
            return None;
        }
        let choice = self.choices[self.next];
        self.next += 1;
        Some(choice)
    }

    /// Steps into the span with this label that starts here, if there is one; gives the limit to come back to.
    #[inline]
    fn enter(&mut self, label: Label) -> Option<usize> {
        while let Some(span) = self.spans.get(self.span) {
            if span.start as usize > self.next || span.end as usize > self.limit {
                return None;
            }
            self.span += 1;
            if span.start as usize == self.next && span.label == label {
                return Some(core::mem::replace(&mut self.limit, span.end as usize));
            }
        }
        None
    }

    /// Skips to the end of the span entered, and restores the limit before it.
    #[inline]
    fn leave(&mut self, outer_limit: usize) {
        self.next = self.limit;
        self.limit = outer_limit;
    }
}

/// An entered span of the source; give it back to leave the span.
#[must_use]
pub(crate) struct Entered {
    outer_limit: Option<usize>,
    recorded: usize,
}

/// Leaves an entered span when it is dropped.
struct Within<'s, 'a> {
    source: &'s mut Source<'a>,
    entered: Entered,
}

impl Drop for Within<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        self.source.leave(&self.entered);
    }
}

/// How deep generators recurse at most, in steps of `fix`, pointers and lists.
pub(crate) const MAX_DEPTH: u32 = 256;

impl<'a> Source<'a> {
    fn new(mode: Mode<'a>) -> Self {
        Self { mode, record: None, depth: 0 }
    }

    /// A source that reads `bytes`, all of which are valid: integers are little-endian in the least width that holds
    /// their maximum, and are reduced into their range.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self::new(Mode::Bytes(bytes))
    }

    /// A source that replays `tape`. It tolerates a tape of another shape: integers are reduced into range, strings cut
    /// or zero-filled, and a choice of another kind reads as zero.
    #[must_use]
    pub fn tape(tape: &'a Tape) -> Self {
        let (choices, spans) = (tape.choices(), tape.spans());
        Self::new(Mode::Tape(Replay { choices, spans, tape, next: 0, limit: choices.len(), span: 0 }))
    }

    /// A pseudo-random source, the same for the same seed. Each choice costs one of `budget` and each byte of a byte
    /// string one more; when the budget is spent every choice is zero.
    #[must_use]
    pub fn random(seed: u64, budget: usize) -> Self {
        Self::new(Mode::Random { rng: fastrand::Rng::with_seed(seed), budget, stretch: 0 })
    }

    /// The same source of random choices, with lists 2 to the power of `stretch` times as long.
    pub(crate) fn stretched(mut self, by: u32) -> Self {
        if let Mode::Random { stretch, .. } = &mut self.mode {
            *stretch = by;
        }
        self
    }

    /// A source that counts choices up; where there was none before it is zero.
    pub(crate) fn digits(digits: &'a mut Digits) -> Self {
        Self::new(Mode::Digits(digits))
    }

    /// What is left of the bytes; nothing where the source is another one.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        if let Mode::Bytes(rest) = self.mode { rest } else { &[] }
    }

    /// The same source, which appends to `tape` what is drawn.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, Tape, any};
    ///
    /// let mut tape = Tape::new();
    /// let drawn = any::<[u16; 3]>().draw(&mut Source::random(1, 100).recording(&mut tape));
    /// assert_eq!(any::<[u16; 3]>().draw(&mut Source::tape(&tape)), drawn);
    /// ```
    #[must_use]
    pub fn recording(mut self, tape: &'a mut Tape) -> Self {
        self.record = Some(tape);
        self
    }

    /// Draws an integer in `0..=max`.
    #[inline(always)]
    pub fn integer(&mut self, max: u64) -> u64 {
        match (&mut self.mode, &self.record) {
            (Mode::Bytes(rest), None) => from_bytes(rest, max),
            _ => self.general_integer(max),
        }
    }

    /// Out of line, so that only drawing from bytes, the hottest, is inlined: there `max` is a constant mostly.
    #[inline(never)]
    fn general_integer(&mut self, max: u64) -> u64 {
        if max == 0 {
            return 0;
        }
        let value = self.choose(max);
        if let Some(tape) = &mut self.record {
            tape.integer(value, max);
        }
        value
    }

    /// Draws whether there is one more, `average` times for once that there is not; not at the end of the source. One
    /// choice, recorded as 0 or 1 of `0..=average`. `average` is at least 1.
    #[inline(always)]
    pub(crate) fn more(&mut self, average: u32) -> bool {
        match (&mut self.mode, &self.record) {
            (Mode::Bytes(rest), None) => from_bytes(rest, average.into()) > 0,
            _ => self.general_more(average),
        }
    }

    #[inline(never)]
    fn general_more(&mut self, average: u32) -> bool {
        let more = match &mut self.mode {
            Mode::Digits(digits) => digits.draw(1) > 0,
            Mode::Random { stretch, .. } => {
                let average = u64::from(average) << *stretch;
                self.choose(average) > 0
            }
            _ => self.choose(average.into()) > 0,
        };
        if let Some(tape) = &mut self.record {
            tape.integer(more.into(), average.into());
        }
        more
    }

    /// Draws an integer in `0..=max` without a record.
    #[inline]
    fn choose(&mut self, max: u64) -> u64 {
        match &mut self.mode {
            Mode::Bytes(rest) => from_bytes(rest, max),
            Mode::Tape(replay) => match replay.next() {
                Some(Choice::Integer { value, .. }) => reduce(value, max),
                _ => 0,
            },
            Mode::Random { budget: 0, .. } => 0,
            Mode::Random { rng, budget, .. } => {
                *budget -= 1;
                rng.u64(0..=max)
            }
            Mode::Digits(digits) => digits.draw(max),
        }
    }

    /// Draws whether something rare happens: once in `odds + 1` times; never at the end of the source.
    #[inline(always)]
    pub fn rare(&mut self, odds: u8) -> bool {
        match (&mut self.mode, &self.record) {
            (Mode::Bytes(rest), None) => rare_from_bytes(rest, odds),
            _ => self.general_rare(odds),
        }
    }

    #[inline(never)]
    fn general_rare(&mut self, odds: u8) -> bool {
        let taken = match &mut self.mode {
            Mode::Bytes(rest) => rare_from_bytes(rest, odds),
            Mode::Tape(replay) => matches!(replay.next(), Some(Choice::Rare { taken: true, .. })),
            Mode::Random { budget: 0, .. } => false,
            Mode::Random { rng, budget, .. } => {
                *budget -= 1;
                rng.u8(..=odds) == odds
            }
            Mode::Digits(digits) => digits.draw(1) > 0,
        };
        if let Some(tape) = &mut self.record {
            tape.rare(taken, odds);
        }
        taken
    }

    /// Draws a byte string of `min..=max` bytes. A source of bytes gives no more than it has left, but for `min`.
    #[inline]
    pub fn string(&mut self, min: usize, max: usize) -> Vec<u8> {
        let room = (max - min) as u64;
        let string = match &mut self.mode {
            Mode::Bytes(rest) => {
                let wanted = min + from_bytes(rest, room) as usize;
                let (head, tail) = rest.split_at(wanted.min(rest.len()));
                *rest = tail;
                padded(head, min)
            }
            Mode::Tape(replay) => {
                let found = replay.next().map_or(&[][..], |choice| replay.tape.string(choice));
                padded(&found[..found.len().min(max)], min)
            }
            Mode::Random { rng, budget, .. } => {
                // Each magnitude is as likely as any other: short strings are common, long ones happen.
                let room = room.min(*budget as u64);
                let bits = rng.u32(0..=u64::BITS - room.leading_zeros());
                let above = rng.u64(0..=room.min((1 << bits) - 1)) as usize;
                let mut string = vec![0; min + above];
                let filled = string.len().min(*budget);
                rng.fill(&mut string[..filled]);
                *budget = budget.saturating_sub(1 + filled);
                string
            }
            Mode::Digits(digits) => {
                let mut string = Vec::new();
                while string.len() < min || string.len() < max && digits.draw(1) > 0 {
                    string.push(digits.draw(0xff) as u8);
                }
                string
            }
        };
        if let Some(tape) = &mut self.record {
            tape.string_of(&string, min, max);
        }
        string
    }

    /// Draws exactly `N` bytes.
    #[inline]
    pub fn octets<const N: usize>(&mut self) -> [u8; N] {
        if let (Mode::Bytes(rest), None) = (&mut self.mode, &self.record)
            && let Some((head, tail)) = rest.split_first_chunk()
        {
            *rest = tail;
            return *head;
        }
        self.general_octets()
    }

    #[inline(never)]
    fn general_octets<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        match &mut self.mode {
            Mode::Bytes(rest) => {
                let (head, tail) = rest.split_at(N.min(rest.len()));
                *rest = tail;
                octets[..head.len()].copy_from_slice(head);
            }
            Mode::Tape(replay) => {
                let found = replay.next().map_or(&[][..], |choice| replay.tape.string(choice));
                let filled = found.len().min(N);
                octets[..filled].copy_from_slice(&found[..filled]);
            }
            Mode::Random { rng, budget, .. } => {
                let filled = N.min(*budget);
                rng.fill(&mut octets[..filled]);
                *budget = budget.saturating_sub(1 + filled);
            }
            Mode::Digits(digits) => octets.fill_with(|| digits.draw(0xff) as u8),
        }
        if let Some(tape) = &mut self.record {
            tape.string_of(&octets, N, N);
        }
        octets
    }

    /// Draws what `body` draws, as one span.
    #[inline]
    pub fn span<T>(&mut self, label: Label, body: impl FnOnce(&mut Self) -> T) -> T {
        // A guard, so that `body` writes its value to where it is returned, not to a copy.
        let entered = self.enter(label);
        let within = Within { source: self, entered };
        body(within.source)
    }

    #[inline]
    pub(crate) fn enter(&mut self, label: Label) -> Entered {
        let outer_limit = match &mut self.mode {
            Mode::Tape(replay) => replay.enter(label),
            _ => None,
        };
        let recorded = self.record.as_mut().map_or(0, |tape| tape.open(label));
        Entered { outer_limit, recorded }
    }

    #[inline]
    pub(crate) fn leave(&mut self, entered: &Entered) {
        self.restore(entered);
        if let Some(tape) = &mut self.record {
            tape.close(entered.recorded);
        }
    }

    /// Leaves the list items that a panic interrupted, so that the record is sound. Other spans leave themselves.
    pub(crate) fn leave_items(&mut self) {
        if let Some(tape) = &mut self.record {
            tape.close_items();
        }
    }

    /// Leaves a span that turned out to be none: its choices stay in the record, the span does not.
    #[inline]
    pub(crate) fn abandon(&mut self, entered: Entered) {
        self.restore(&entered);
        if let Some(tape) = &mut self.record {
            tape.unopen(entered.recorded);
        }
    }

    #[inline]
    fn restore(&mut self, entered: &Entered) {
        if let (Mode::Tape(replay), Some(limit)) = (&mut self.mode, entered.outer_limit) {
            replay.leave(limit);
        }
    }

    /// Draws one level deeper; where recursion has to end, what the end of a source draws: the simplest.
    #[inline]
    pub(crate) fn nested<T>(&mut self, body: impl FnOnce(&mut Source<'_>) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            return body(&mut Source::bytes(&[]));
        }
        self.depth += 1;
        let value = body(self);
        self.depth -= 1;
        value
    }

    /// Goes one level deeper; gives whether it may, or recursion has to end.
    #[inline]
    pub(crate) fn descend(&mut self) -> bool {
        let may = self.depth < MAX_DEPTH;
        self.depth += u32::from(may);
        may
    }

    /// Comes back from one level deeper.
    #[inline]
    pub(crate) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// Runs `body` one level deeper, or gives nothing where recursion has to end.
    pub(crate) fn deeper<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = body(self);
        self.depth -= 1;
        Some(value)
    }
}

/// Brings any integer into `0..=max`.
#[inline]
fn reduce(value: u64, max: u64) -> u64 {
    if value <= max { value } else { value % (max + 1) }
}

/// Takes an integer in `0..=max`.
#[inline]
fn from_bytes(rest: &mut &[u8], max: u64) -> u64 {
    reduce(little_endian(rest, width(max)), max)
}

/// Takes whether something rare happens.
#[inline]
fn rare_from_bytes(rest: &mut &[u8], odds: u8) -> bool {
    odds > 0 && from_bytes(rest, odds.into()) == odds.into()
}

/// Takes a little-endian integer of `width` bytes, 8 at most; missing bytes are zero.
#[inline]
fn little_endian(rest: &mut &[u8], width: usize) -> u64 {
    if width == 0 {
        return 0;
    }
    let Some(word) = rest.first_chunk() else { return last_bytes(rest, width) };
    *rest = &rest[width..];
    u64::from_le_bytes(*word) & u64::MAX >> (64 - 8 * width)
}

/// The same near the end of the bytes.
#[cold]
fn last_bytes(rest: &mut &[u8], width: usize) -> u64 {
    let (head, tail) = rest.split_at(width.min(rest.len()));
    *rest = tail;
    head.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// A copy of `head`, zero-filled to at least `min` bytes.
#[inline]
fn padded(head: &[u8], min: usize) -> Vec<u8> {
    let mut string = Vec::with_capacity(head.len().max(min));
    string.extend_from_slice(head);
    if string.len() < min {
        string.resize(min, 0);
    }
    string
}
