//! The search compiled for what processors can do: the same code, the same values.

use super::hands::Hands;
use super::search::Search;

/// A kind of processor.
pub(super) trait Machine: Sized {
    /// [`Search::lead`], compiled for it.
    fn lead(search: &mut Search<'_, Self>, hands: Hands, alpha: i32, beta: i32, open: i32) -> i32;
}

/// Any processor.
#[derive(Debug)]
pub(super) struct Portable;

impl Machine for Portable {
    #[inline(never)]
    fn lead(search: &mut Search<'_, Self>, hands: Hands, alpha: i32, beta: i32, open: i32) -> i32 {
        search.lead(hands, alpha, beta, open)
    }
}

/// An x86-64 processor that counts and finds bits in one instruction: those with AVX2 do.
#[cfg(target_arch = "x86_64")]
#[derive(Debug)]
pub(super) struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Machine for Avx2 {
    #[inline(always)]
    fn lead(search: &mut Search<'_, Self>, hands: Hands, alpha: i32, beta: i32, open: i32) -> i32 {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
        fn compiled(search: &mut Search<'_, Avx2>, hands: Hands, alpha: i32, beta: i32, open: i32) -> i32 {
            search.lead(hands, alpha, beta, open)
        }
        // SAFETY: searches of this kind are made only where `is_available` said yes.
        unsafe { compiled(search, hands, alpha, beta, open) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// Whether this processor is one.
    pub fn is_available() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
    }
}

/// Calls a function that is generic over the kind of processor with the best kind this one is.
macro_rules! on_this_machine {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        #[cfg(target_arch = "x86_64")]
        let result = if $crate::evaluator::solver::machine::Avx2::is_available() {
            $function::<$crate::evaluator::solver::machine::Avx2>($($argument),*)
        } else {
            $function::<$crate::evaluator::solver::machine::Portable>($($argument),*)
        };
        #[cfg(not(target_arch = "x86_64"))]
        let result = $function::<$crate::evaluator::solver::machine::Portable>($($argument),*);
        result
    }};
}
pub(super) use on_this_machine;
