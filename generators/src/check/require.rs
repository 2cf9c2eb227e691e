//! How much of what is generated a label must have.

/// One share that is really high enough in a million is taken for too low.
const Z: f64 = 4.75;

/// A label and its least share of the values that count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Required {
    /// The label.
    pub label: &'static str,
    /// The least share, in percent.
    pub percent: f64,
}

/// What a sample says of a required share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// The sample has it.
    Met,
    /// The sample has less, but too few values to be sure.
    Open,
    /// The sample has so much less that no chance explains it.
    Missed,
}

impl Required {
    /// Judges `count` labelled values among `total`. Missed is what Wilson's score interval at z = 4.75 excludes: a
    /// share that is high enough is taken for missed once in a million times.
    ///
    /// ```
    /// use halligan_generators::{Required, Share};
    ///
    /// let required = Required { label: "SYN+data", percent: 1.0 };
    /// assert_eq!(required.judge(10, 1000), Share::Met);
    /// assert_eq!(required.judge(0, 1000), Share::Open);
    /// assert_eq!(required.judge(0, 4000), Share::Missed);
    /// ```
    #[must_use]
    pub fn judge(&self, count: u64, total: u64) -> Share {
        let (count, total, wanted) = (count as f64, total as f64, self.percent / 100.0);
        let short = wanted - count / total;
        // The upper end of the interval is below `wanted` just when this holds: no root is needed.
        let missed = short * short * total > Z * Z * wanted * (1.0 - wanted);
        match short {
            ..=0.0 => Share::Met,
            _ if missed => Share::Missed,
            _ => Share::Open,
        }
    }
}
