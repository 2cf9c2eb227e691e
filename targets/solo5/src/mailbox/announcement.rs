//! How a tender tells the guest where the mailbox is.

use core::str::FromStr;

use super::ANNOUNCEMENT;

/// Where a guest finds its mailbox: the word of the command line that starts with [`ANNOUNCEMENT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Address of the mailbox.
    pub address: usize,
    /// Its size in bytes.
    pub size: usize,
    /// File descriptor of the doorbell that wakes the agent.
    pub wake: i32,
    /// File descriptor of the doorbell that wakes the harness.
    pub done: i32,
}

/// A word of the command line that is no announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnnouncement;

impl FromStr for Announcement {
    type Err = NoAnnouncement;

    fn from_str(word: &str) -> Result<Self, NoAnnouncement> {
        fn next<T: FromStr>(fields: &mut core::str::Split<'_, char>) -> Result<T, NoAnnouncement> {
            fields.next().and_then(|field| field.parse().ok()).ok_or(NoAnnouncement)
        }
        let mut fields = word.strip_prefix(ANNOUNCEMENT).ok_or(NoAnnouncement)?.split(',');
        let fields = &mut fields;
        let announcement =
            Self { address: next(fields)?, size: next(fields)?, wake: next(fields)?, done: next(fields)? };
        if fields.next().is_some() { Err(NoAnnouncement) } else { Ok(announcement) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_read() {
        let announcement = Announcement { address: 1 << 44, size: 8192, wake: 4, done: 5 };
        assert_eq!("halligan.mailbox=17592186044416,8192,4,5".parse(), Ok(announcement));
    }

    #[test]
    fn other_words_are_none() {
        for word in ["", "tcp_parser", "halligan.mailbox=", "halligan.mailbox=1,2,3", "halligan.mailbox=1,2,3,x"] {
            assert_eq!(word.parse::<Announcement>(), Err(NoAnnouncement), "{word}");
        }
        assert_eq!("halligan.mailbox=1,2,3,4,5".parse::<Announcement>(), Err(NoAnnouncement));
    }
}
