//! What the suite stands on: a gateway process of its own per test, and clients that talk to it.
