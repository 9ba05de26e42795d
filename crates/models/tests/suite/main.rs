//! The crate against a server on a real socket that speaks the providers' protocols.

#![expect(clippy::excessive_nesting, reason = "a table of cases inside an async test is that deep by itself")]

#[cfg(test)]
mod discovery;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod protocols;
#[cfg(test)]
mod requests;
