//! What parsers saw in the inputs that were kept: a corpus that lacks a case shows it here.

use std::collections::BTreeMap;

use halligan_targets::observation::{self, Value};

/// How many inputs bear each label. The labels of an input are the names in its observation whose value is neither zero
/// nor empty.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    inputs: u64,
    counts: BTreeMap<String, u64>,
}

impl Labels {
    /// Counts an input by its observation.
    pub fn note(&mut self, observation: &[u8]) {
        self.inputs += 1;
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in observation::read(observation) {
            if matches!(value, Value::Number(0) | Value::Bytes([])) || seen.contains(&name) {
                continue;
            }
            seen.push(name);
            match self.counts.get_mut(name) {
                Some(count) => *count += 1,
                None => drop(self.counts.insert(name.to_owned(), 1)),
            }
        }
    }

    /// Each label with the share of inputs that bear it, from 0 to 1, the rarest first.
    pub fn shares(&self) -> Vec<(String, f64)> {
        let share = |(name, count): (&String, &u64)| (name.clone(), *count as f64 / self.inputs.max(1) as f64);
        let mut shares: Vec<_> = self.counts.iter().map(share).collect();
        shares.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        shares
    }
}

#[cfg(test)]
mod tests {
    use halligan_targets::Observation;

    use super::Labels;

    #[test]
    fn zero_is_no_label_and_each_input_counts_once() {
        let mut labels = Labels::default();
        for urgent in [0u8, 1, 0, 0] {
            let mut buffer = [0; 64];
            let mut observation = Observation::new(&mut buffer);
            observation.number("urgent", urgent);
            observation.number("option", 1u8);
            observation.number("option", 2u8);
            let length = observation.finish();
            labels.note(&buffer[..length]);
        }
        assert_eq!(labels.shares(), [("urgent".into(), 0.25), ("option".into(), 1.0)]);
    }
}
