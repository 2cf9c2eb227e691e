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
    /// Doorbell that wakes the agent: a file descriptor on spt, an I/O port on hvt.
    pub wake: i32,
    /// Doorbell that wakes the harness, likewise.
    pub done: i32,
    /// What takes a snapshot when it is first used, and restores it from then on: the address of a function on spt, an I/O
    /// port on hvt. None under a tender that takes no snapshots.
    pub restore: Option<u64>,
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
        let (address, size, wake, done) = (next(fields)?, next(fields)?, next(fields)?, next(fields)?);
        let restore = fields.next().map(|field| field.parse().map_err(|_| NoAnnouncement)).transpose()?;
        let announcement = Self { address, size, wake, done, restore };
        if fields.next().is_some() { Err(NoAnnouncement) } else { Ok(announcement) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_read() {
        let announcement = Announcement { address: 1 << 44, size: 8192, wake: 4, done: 5, restore: None };
        assert_eq!("halligan.mailbox=17592186044416,8192,4,5".parse(), Ok(announcement));
        let restore = Some(1 << 40);
        assert_eq!(
            "halligan.mailbox=17592186044416,8192,4,5,1099511627776".parse(),
            Ok(Announcement { restore, ..announcement })
        );
    }

    #[test]
    fn other_words_are_none() {
        for word in [
            "",
            "tcp_parser",
            "halligan.mailbox=",
            "halligan.mailbox=1,2,3",
            "halligan.mailbox=1,2,3,x",
            "halligan.mailbox=1,2,3,4,x",
        ] {
            assert_eq!(word.parse::<Announcement>(), Err(NoAnnouncement), "{word}");
        }
        assert_eq!("halligan.mailbox=1,2,3,4,5,6".parse::<Announcement>(), Err(NoAnnouncement));
    }
}
