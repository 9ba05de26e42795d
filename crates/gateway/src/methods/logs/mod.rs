//! Methods under `logs.`.

mod tail;
