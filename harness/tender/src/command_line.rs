//! The guest's command line.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use halligan_solo5::abi::COMMAND_LINE_SIZE;

use crate::Error;

/// Joins the words by blanks, behind the announcement of the mailbox.
pub(crate) fn join(announcement: Option<String>, arguments: &[OsString]) -> Result<Vec<u8>, Error> {
    let words = announcement.as_deref().map(str::as_bytes).into_iter();
    let words: Vec<&[u8]> = words.chain(arguments.iter().map(|argument| argument.as_bytes())).collect();
    let line = words.join(&b' ');
    let limit = COMMAND_LINE_SIZE - 1;
    if line.len() > limit {
        let length = line.len();
        return Err(Error::Limit(format!("the guest's command line has {length} bytes, {limit} is the limit")));
    }
    Ok(line)
}
