//! Methods under `question.`.

mod list;
