//! Policies: choosing a move from estimates.
