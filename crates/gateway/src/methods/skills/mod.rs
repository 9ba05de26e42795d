//! `skills.*`: folders that teach agents something.

mod bins;
