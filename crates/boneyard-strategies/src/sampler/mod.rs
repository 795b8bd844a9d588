//! Samplers: worlds that agree with what was seen.
