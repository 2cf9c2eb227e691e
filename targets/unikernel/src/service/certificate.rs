//! The certificate chain and its private key, from a block device.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use halligan_solo5::guest::Block;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Most bytes of a PEM file.
const CAPACITY: u64 = 1 << 20;

/// A certificate chain and the private key of its first certificate.
pub struct Identity {
    /// The chain, the server's own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
}

/// Reads them from the first blocks of a device, as PEM.
pub fn read(storage: &Block) -> Result<Identity, String> {
    let size = storage.capacity().min(CAPACITY);
    let mut pem = alloc::vec![0; size as usize];
    for (index, block) in pem.chunks_exact_mut(storage.block_size()).enumerate() {
        let offset = (index * storage.block_size()) as u64;
        storage.read(offset, block).map_err(|error| format!("cannot read block {index} of 'storage': {error}"))?;
    }
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| format!("'storage' holds no readable certificate: {error}"))?;
    if chain.is_empty() {
        return Err("'storage' holds no certificate in PEM".into());
    }
    let key =
        PrivateKeyDer::from_pem_slice(&pem).map_err(|error| format!("'storage' holds no private key: {error}"))?;
    Ok(Identity { chain, key })
}
