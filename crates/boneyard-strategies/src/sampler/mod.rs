//! Samplers: worlds that agree with what was seen.
//!
//! | id | strategy | distribution | can it fail? |
//! |---|---|---|---|
//! | `affine` | [`Unrank`], golden-ratio walk: the default | each world exactly uniform, spread evenly, no repeats | no |
//! | `uniform` | [`Unrank`], independent draws | exactly uniform | no |
//! | `distinct` | [`Unrank`], keyed permutation | uniform, no repeats | no |
//! | `stratified` | [`Unrank`], one draw an equal slice | exactly uniform on average, spread evenly | no |
//! | `first-fit` | [`FirstFit`], random deals until one fits | exactly uniform | yes, after its tries |
//! | `backtracking` | [`Backtracking`], complete search | not uniform | no |
//! | `first-fit+backtracking` | [`FirstFit`] rescued by [`Backtracking`] | uniform but for the rescued worlds | no |
//!
//! [`SamplerSpec`] is the same list by name. [`Weighed`] gives the worlds of any of them weights; [`Declared`]
//! draws those in which the bidder would have declared what it did, [`Played`] weighs by what was played; [`TrueDeal`] looks at the
//! other hands.

mod backtracking;
pub mod declared;
pub mod first_fit;
mod or_else;
mod played;
mod spec;
#[cfg(feature = "device")]
mod true_deal;
pub mod unrank;
mod weighed;

pub use backtracking::Backtracking;
pub use declared::{Declared, Evidence};
pub use first_fit::FirstFit;
pub use or_else::{OrElse, SamplerExt};
pub use played::{Played, Plays};
pub use spec::{SamplerBackend, SamplerSpec};
#[cfg(feature = "device")]
pub use true_deal::TrueDeal;
pub use unrank::{Draw, Unrank};
pub use weighed::Weighed;
