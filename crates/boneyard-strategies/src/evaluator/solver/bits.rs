//! Sets of dominoes by strength, as words.

/// All strengths above the highest of `set`; all if it is empty.
#[inline(always)]
pub(super) fn above(set: u32) -> u32 {
    !((u64::MAX >> set.leading_zeros() >> 32) as u32)
}

#[inline(always)]
pub(super) fn lowest(set: u32) -> u32 {
    set & set.wrapping_neg()
}

#[inline(always)]
pub(super) fn highest(set: u32) -> u32 {
    1 << (31 - set.leading_zeros())
}
