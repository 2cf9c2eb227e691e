//! A file in memory that is written anew for every input.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use halligan_tender::{Error, Image};
use rustix::fs::{MemfdFlags, memfd_create};

/// What the file is called in errors.
pub(crate) const NAME: &str = "image";

thread_local! {
    static FILE: RefCell<File> = RefCell::new(memory_file().expect("the kernel has memory for a file"));
}

/// An empty file in memory.
pub(crate) fn memory_file() -> io::Result<File> {
    Ok(memfd_create("halligan-tender-targets", MemfdFlags::CLOEXEC)?.into())
}

/// Has the tender read `bytes` as an image.
///
/// # Panics
/// Where the kernel refuses memory.
pub(crate) fn read_image(bytes: &[u8]) -> Result<Image, Error> {
    let file = FILE.with_borrow(|file| {
        file.set_len(bytes.len() as u64)?;
        file.write_all_at(bytes, 0)?;
        file.try_clone()
    });
    Image::from_file(Path::new(NAME), file.expect("room for a small file"))
}
