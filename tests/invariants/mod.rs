//! What must stay true about the repository itself. Each test ends in a message that says how to put it right.

mod changelog;
mod directions;
mod error_codes;
mod headless_deps;
mod method_table;
mod readme;
mod reliability;
mod schema_drift;
mod sizes;
mod source_tree;
mod suite_listed;
