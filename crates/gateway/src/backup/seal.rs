//! Encryption of an archive: a key from the passphrase (Argon2id), and each file
//! as a chain of sealed pieces (XChaCha20-Poly1305). A piece says its position
//! and whether it is the last, so none can be moved, dropped or put elsewhere.

use std::io::{self, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::BackupError;
use crate::secrets::Secret;

/// Bytes of one piece before it is sealed.
const PIECE: usize = 64 * 1024;
/// What sealing adds to a piece.
const TAG: usize = 16;
/// Random bytes of a file's nonces; position and last mark fill the rest.
const PREFIX: usize = 19;

/// How the key is made from the passphrase; stands in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encryption {
    /// `argon2id`.
    pub kdf: String,
    /// Memory, KiB.
    pub memory_ki_b: u32,
    /// Passes.
    pub iterations: u32,
    /// Lanes.
    pub lanes: u32,
    /// Base64url, 16 bytes.
    pub salt: String,
    /// `xchacha20poly1305`.
    pub cipher: String,
    /// Tells a wrong passphrase from a damaged archive; says nothing about the key itself.
    pub check: String,
}

/// The key of one archive.
pub(super) struct Key {
    cipher: XChaCha20Poly1305,
}

/// Bounds on what a manifest may ask of this machine.
const MEMORY_KIB: std::ops::RangeInclusive<u32> = 8 * 1024..=1024 * 1024;
const ITERATIONS: std::ops::RangeInclusive<u32> = 1..=16;

impl Encryption {
    /// Parameters for a new archive, and its key. Takes a moment.
    pub(super) fn new(passphrase: &Secret) -> Result<(Self, Key), BackupError> {
        let salt: [u8; 16] = rand::random();
        let mut encryption = Self {
            kdf: "argon2id".to_owned(),
            memory_ki_b: 64 * 1024,
            iterations: 3,
            lanes: 1,
            salt: URL_SAFE_NO_PAD.encode(salt),
            cipher: "xchacha20poly1305".to_owned(),
            check: String::new(),
        };
        let (key, check) = encryption.derive(passphrase)?;
        encryption.check = URL_SAFE_NO_PAD.encode(check);
        Ok((encryption, key))
    }

    /// The key of an existing archive. Takes a moment.
    pub(super) fn key(&self, passphrase: &Secret) -> Result<Key, BackupError> {
        let (key, check) = self.derive(passphrase)?;
        let same: bool = URL_SAFE_NO_PAD.encode(check).as_bytes().ct_eq(self.check.as_bytes()).into();
        if same { Ok(key) } else { Err(BackupError::WrongPassphrase) }
    }

    fn derive(&self, passphrase: &Secret) -> Result<(Key, [u8; 16]), BackupError> {
        let refuse = |what: &str| BackupError::Internal(format!("the manifest's encryption has {what}"));
        if self.kdf != "argon2id" || self.cipher != "xchacha20poly1305" {
            return Err(refuse("a method that this release does not know"));
        }
        let fits = MEMORY_KIB.contains(&self.memory_ki_b) && ITERATIONS.contains(&self.iterations);
        if !fits || !(1..=4).contains(&self.lanes) {
            return Err(refuse("parameters out of bounds"));
        }
        let salt = URL_SAFE_NO_PAD.decode(&self.salt).ok().filter(|salt| salt.len() == 16);
        let salt = salt.ok_or_else(|| refuse("no salt"))?;
        let params = Params::new(self.memory_ki_b, self.iterations, self.lanes, Some(48));
        let params = params.map_err(|_| refuse("parameters out of bounds"))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut bytes = Zeroizing::new([0_u8; 48]);
        argon
            .hash_password_into(passphrase.expose().as_bytes(), &salt, bytes.as_mut_slice())
            .map_err(|error| BackupError::Internal(format!("the key cannot be derived: {error}")))?;
        let (key, rest) = bytes.split_at(32);
        let cipher = XChaCha20Poly1305::new_from_slice(key)
            .map_err(|_| BackupError::Internal("the key has a wrong length".to_owned()))?;
        let mut check = [0; 16];
        check.copy_from_slice(rest);
        Ok((Key { cipher }, check))
    }
}

fn nonce(prefix: &[u8; PREFIX], position: u32, last: bool) -> XNonce {
    let mut bytes = [0_u8; 24];
    bytes[..PREFIX].copy_from_slice(prefix);
    bytes[PREFIX..23].copy_from_slice(&position.to_be_bytes());
    bytes[23] = u8::from(last);
    XNonce::from(bytes)
}

/// Seals what is written into it. `name` is bound to it: it opens only under the
/// same name. Nothing of it can be read unless [`Sealing::finish`] was called.
pub(super) struct Sealing<'a, W> {
    key: &'a Key,
    name: &'a [u8],
    inner: W,
    prefix: [u8; PREFIX],
    position: u32,
    piece: Vec<u8>,
}

impl<'a, W: Write> Sealing<'a, W> {
    pub(super) fn new(key: &'a Key, name: &'a [u8], mut inner: W) -> io::Result<Self> {
        let prefix: [u8; PREFIX] = rand::random();
        inner.write_all(&prefix)?;
        Ok(Self { key, name, inner, prefix, position: 0, piece: Vec::with_capacity(PIECE + TAG) })
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let nonce = nonce(&self.prefix, self.position, last);
        let sealed = self.key.cipher.encrypt_in_place(&nonce, self.name, &mut self.piece);
        sealed.map_err(|_| io::Error::other("a piece cannot be sealed"))?;
        self.inner.write_all(&self.piece)?;
        self.piece.clear();
        self.position = self.position.checked_add(1).ok_or_else(|| io::Error::other("too large to be sealed"))?;
        Ok(())
    }

    /// Seals the rest.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.seal(true)
    }
}

impl<W: Write> Write for Sealing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE {
            self.seal(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads what was sealed under `name`. Every byte it gives was authenticated.
pub(super) struct Opening<'a, R> {
    key: &'a Key,
    name: &'a [u8],
    inner: R,
    prefix: [u8; PREFIX],
    position: u32,
    /// The piece after the current one, still sealed; empty after the last.
    next: Vec<u8>,
    piece: Vec<u8>,
    read: usize,
    ended: bool,
}

impl<'a, R: Read> Opening<'a, R> {
    pub(super) fn new(key: &'a Key, name: &'a [u8], mut inner: R) -> io::Result<Self> {
        let mut prefix = [0; PREFIX];
        inner.read_exact(&mut prefix)?;
        let next = sealed_piece(&mut inner)?;
        Ok(Self { key, name, inner, prefix, position: 0, next, piece: Vec::new(), read: 0, ended: false })
    }

    fn open_next(&mut self) -> io::Result<()> {
        let mut piece = std::mem::take(&mut self.next);
        self.next = if piece.len() == PIECE + TAG { sealed_piece(&mut self.inner)? } else { Vec::new() };
        let last = self.next.is_empty();
        let nonce = nonce(&self.prefix, self.position, last);
        let opened = self.key.cipher.decrypt_in_place(&nonce, self.name, &mut piece);
        opened.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it was changed or cut off"))?;
        self.position = self.position.wrapping_add(1);
        (self.piece, self.read, self.ended) = (piece, 0, last);
        Ok(())
    }
}

impl<R: Read> Read for Opening<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() && !self.ended {
            self.open_next()?;
        }
        let taken = bytes.len().min(self.piece.len() - self.read);
        bytes[..taken].copy_from_slice(&self.piece[self.read..self.read + taken]);
        self.read += taken;
        Ok(taken)
    }
}

fn sealed_piece(inner: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE + TAG);
    inner.take((PIECE + TAG) as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key { cipher: XChaCha20Poly1305::new_from_slice(&[7; 32]).unwrap() }
    }

    fn sealed(bytes: &[u8]) -> Vec<u8> {
        let (key, mut out) = (key(), Vec::new());
        let mut sealing = Sealing::new(&key, b"name", &mut out).unwrap();
        sealing.write_all(bytes).unwrap();
        sealing.finish().unwrap();
        out
    }

    fn opened(name: &[u8], bytes: &[u8]) -> io::Result<Vec<u8>> {
        let (key, mut out) = (key(), Vec::new());
        Opening::new(&key, name, bytes)?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn what_was_sealed_opens_whatever_its_length() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5] {
            let plain: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let sealed = sealed(&plain);
            assert_eq!(opened(b"name", &sealed).unwrap(), plain, "{length}");
            assert!(length < 64 || !sealed.windows(32).any(|window| window == &plain[..32]));
        }
    }

    #[test]
    fn nothing_can_be_moved_dropped_or_renamed() {
        let plain = vec![5_u8; 3 * PIECE + 9];
        let whole = sealed(&plain);
        assert!(opened(b"other", &whole).is_err());
        let piece = PIECE + TAG;
        let mut swapped = whole.clone();
        let (first, second) = swapped[PREFIX..].split_at_mut(piece);
        first.swap_with_slice(&mut second[..piece]);
        let mut dropped = whole.clone();
        dropped.drain(PREFIX..PREFIX + piece);
        let mut flipped = whole.clone();
        flipped[PREFIX + 2 * piece + 3] ^= 1;
        let cut = whole[..PREFIX + 2 * piece].to_vec();
        let longer = [whole.clone(), vec![0]].concat();
        for changed in [swapped, dropped, flipped, cut, longer, whole[..PREFIX].to_vec(), Vec::new()] {
            assert!(opened(b"name", &changed).is_err());
        }
    }

    #[test]
    fn only_the_passphrase_opens_and_parameters_are_bounded() {
        let (right, wrong) = (Secret::new("four random words"), Secret::new("four random word"));
        let (encryption, _) = Encryption::new(&right).unwrap();
        assert!(encryption.key(&right).is_ok());
        assert!(matches!(encryption.key(&wrong), Err(BackupError::WrongPassphrase)));
        for (memory, iterations) in [(u32::MAX, 3), (64 * 1024, 4_000_000)] {
            let greedy = Encryption { memory_ki_b: memory, iterations, ..encryption.clone() };
            assert!(matches!(greedy.key(&right), Err(BackupError::Internal(_))));
        }
    }
}
