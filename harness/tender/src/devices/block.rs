//! Block devices: files and block devices of the host.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::path::Path;

use halligan_solo5::abi::manifest::Block;

use super::Kind;
use crate::Error;
use crate::options::Attachment;

const DEFAULT_BLOCK_SIZE: u16 = 512;

/// Opens the file at `path` as the device `name`.
pub(super) fn open(name: &str, path: &Path) -> Result<(OwnedFd, Kind), Error> {
    let failed = |source: std::io::Error| Error::device(name, format!("cannot open {}: {source}", path.display()));
    let mut file = File::options().read(true).write(true).open(path).map_err(failed)?;
    let capacity = file.seek(SeekFrom::End(0)).map_err(failed)?;
    Ok((file.into(), Kind::Block(Block { capacity, block_size: DEFAULT_BLOCK_SIZE, padding: [0; 3] })))
}

/// Settles the block size, by the last option that names one, and checks that whole blocks fill the device.
pub(super) fn set_block_size(block: &mut Block, name: &str, attachments: &[Attachment]) -> Result<(), Error> {
    let asked = attachments.iter().rev().find_map(|attachment| match attachment {
        Attachment::BlockSize(of, size) if of == name => Some(*size),
        _ => None,
    });
    block.block_size = asked.unwrap_or(DEFAULT_BLOCK_SIZE);
    let (capacity, size) = (block.capacity, u64::from(block.block_size));
    if !capacity.is_multiple_of(size) {
        let what = "Backing storage size must be block aligned";
        return Err(Error::device(name, format!("{what}: {capacity} bytes are no multiple of {size}")));
    }
    if capacity < size {
        return Err(Error::device(name, format!("Backing storage must be at least 1 block ({size} bytes) in size")));
    }
    Ok(())
}
