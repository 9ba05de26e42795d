//! What the program carries in gzip form, as it was.

use std::io::{self, Read as _};

use flate2::read::GzDecoder;

/// The bytes that were packed.
///
/// # Errors
/// When they are not gzip, which the build and its tests rule out for what is part of the program.
pub(crate) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::unpack;

    #[test]
    fn what_is_damaged_is_an_error() {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(b"some text").unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(unpack(&packed).unwrap(), b"some text");
        assert!(unpack(&packed[..packed.len() - 1]).is_err());
        assert!(unpack(b"not packed").is_err());
    }
}
