//! The last things that happened, by name.

use std::collections::{HashSet, VecDeque};

/// How many are remembered.
const MOST: usize = 1_024;

/// Names that were noted lately; the oldest are forgotten.
#[derive(Debug, Default)]
pub(super) struct Recent {
    names: HashSet<String>,
    order: VecDeque<String>,
}

impl Recent {
    pub(super) fn note(&mut self, name: &str) {
        if !self.names.insert(name.to_owned()) {
            return;
        }
        self.order.push_back(name.to_owned());
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.names.remove(&oldest);
        }
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut recent = Recent::default();
        (0..=MOST).for_each(|n| recent.note(&n.to_string()));
        recent.note("5");
        assert_eq!((recent.knows("0"), recent.knows("1"), recent.names.len()), (false, true, MOST));
    }
}
