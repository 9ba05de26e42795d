//! Black-box tests, one binary: `suite` drives the real program, `invariants` holds the shape of the repository.
//! A new file in either folder needs one `mod` line there; a test tells when it is forgotten.

#![expect(clippy::excessive_nesting, reason = "a table of cases inside an async test is that deep by itself")]

#[cfg(test)]
mod harness;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod suite;
