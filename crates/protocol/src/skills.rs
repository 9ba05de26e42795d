//! Skills: folders that teach agents something.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, NoParams};

/// `skills.bins`: the programs that installed skills call.
pub struct SkillsBins;

impl Call for SkillsBins {
    const NAME: &'static str = "skills.bins";
    type Params = NoParams;
    type Output = SkillsBinsResult;
}

/// Result of `skills.bins`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillsBinsResult {
    /// Names of programs, in order, each once.
    pub bins: Vec<String>,
}
