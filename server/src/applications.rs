//! Applications behind the portal: who may open what. Pure functions, like [`crate::auth`]: no database, no HTTP, and the time
//! is an argument. Only [`decide`] and [`admit`] make decisions.

mod application;
mod decide;
mod explain;
mod icon;
mod origin;
mod path;
mod rule;
mod visitor;

pub use application::{Application, Definition, InvalidPart, parse_max_age, parse_networks};
pub use decide::{Admission, Asked, Decision, Refusal, admit, decide, rules_of};
pub use explain::{Supposed, explain};
pub use icon::{Icon, InvalidIcon, MediaType};
pub use origin::{ApplicationUrl, InvalidOrigin, OF_PORTAL, Origin};
pub use path::{DecodedPath, OddPath};
pub use rule::{InvalidRule, PathPattern, Rule, Rules};
pub use visitor::{Grant, Standing, Visitor};
