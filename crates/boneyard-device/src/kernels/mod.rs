//! Device code.
// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]
// Kernels neither short-circuit nor return early.
#![allow(unused_assignments)]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if, clippy::too_many_arguments)]

pub mod apply;
pub mod choose;
pub mod observe;
pub mod random;
pub mod reduce;
pub mod sample;
pub mod solve;
pub mod trick;
