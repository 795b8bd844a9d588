//! Device code.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
// Kernels neither short-circuit nor return early.
#![allow(unused_assignments)]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if, clippy::too_many_arguments)]
// The methods of the standard library that clippy proposes do not exist in kernels.
#![allow(clippy::manual_is_multiple_of, clippy::manual_div_ceil, clippy::panicking_overflow_checks)]

pub mod accumulate;
pub mod apply;
pub mod choose;
pub mod count;
pub mod evaluate;
pub mod fused;
pub mod items;
pub mod logarithm;
pub mod observe;
pub mod past;
pub mod plan;
pub mod position;
pub mod random;
pub mod reduce;
pub mod sample;
pub mod sight;
pub mod spread;
pub mod strength;
pub mod trick;
pub mod values;
pub mod weigh;
