//! Device code.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
// Kernels neither short-circuit nor return early.
#![allow(unused_assignments)]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if, clippy::too_many_arguments)]
// The methods of the standard library that clippy proposes do not exist in kernels.
#![allow(clippy::manual_is_multiple_of, clippy::manual_div_ceil, clippy::panicking_overflow_checks)]

pub mod answers;
pub mod apply;
pub mod check;
pub mod choose;
pub mod count;
pub mod evaluate;
pub mod fixed;
pub mod fused;
pub mod observe;
pub mod peek;
pub mod position;
pub mod random;
pub mod reduce;
pub mod referee;
pub mod replay;
pub mod sample;
pub mod solve;
pub mod tokenize;
pub mod trick;
