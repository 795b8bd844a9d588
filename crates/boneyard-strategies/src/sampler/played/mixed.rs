//! Weights that leave too few worlds are mixed with those that worlds had before plays were looked at.

use boneyard_core::ONE;

/// How much is mixed, in sixteenths: the least of these that is enough.
pub(super) const STEPS: [u32; 6] = [0, 1, 2, 4, 8, 16];

/// Mixes the weights of a decision's worlds with those that were `drawn`, so that their effective sample size is `least` / [`ONE`] of their
/// number, or all of them; says how much, in sixteenths.
pub(super) fn mix(weights: &mut [u32], drawn: &[u32], least: u32) -> u32 {
    let sum = |weights: &[u32]| weights.iter().map(|&weight| u64::from(weight)).sum::<u64>();
    // What plays make of a weight on average, so that both parts count the same in all.
    let factor = (sum(weights) * u64::from(ONE) / sum(drawn).max(1)).min(ONE.into());
    let mixed = |(&weight, &drawn): (&u32, &u32), step: u32| match step {
        0 => weight,
        16 => drawn,
        _ => {
            let part = ((u64::from(drawn) * factor) >> 16) as u32;
            (((16 - step) * weight + step * part) >> 4).max(1)
        }
    };
    for step in STEPS {
        let mixture = weights.iter().zip(drawn).map(|both| u64::from(mixed(both, step)));
        let (total, squares) =
            mixture.fold((0, 0), |(total, squares), weight| (total + weight, squares + weight * weight));
        if step == 16 || is_enough(total, squares, weights.len() as u64, least) {
            let mixture: Vec<u32> = weights.iter().zip(drawn).map(|both| mixed(both, step)).collect();
            weights.copy_from_slice(&mixture);
            return step;
        }
    }
    unreachable!("the last step is always enough")
}

/// Whether (Σw)² / Σw² is at least `least` / [`ONE`] of `n`.
fn is_enough(total: u64, squares: u64, n: u64, least: u32) -> bool {
    // Of at most 2¹⁵ worlds: below 2⁶², and then below 2⁴⁶.
    let (one, all) = (total * total, n * squares);
    let shift = (64 - all.leading_zeros()).saturating_sub(46);
    (one >> shift) * u64::from(ONE) >= u64::from(least) * (all >> shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ess(weights: &[u32]) -> f64 {
        let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), &weight| {
            (sum + f64::from(weight), squares + f64::from(weight).powi(2))
        });
        sum * sum / squares
    }

    /// Against floating point: the least step is taken, and the mean weight stays.
    #[test]
    fn the_least_mixture_that_is_enough_is_taken() {
        let mut steps = [0; 17];
        for n in [2, 30, 1000] {
            for spread in [1u32, 3, 40, 3000] {
                for more in [0.9, 1.02, 1.1, 1.2, 1.4, 2.0, 20.0] {
                    let weight = |i: u32| if i.is_multiple_of(spread) { ONE / 2 } else { 1 + i % 200 };
                    let before: Vec<u32> = (0..n).map(weight).collect();
                    let drawn: Vec<u32> = (0..n).map(|i| if i % 3 == 0 { ONE } else { ONE / 2 }).collect();
                    let share = |weights: &[u32]| ess(weights) / f64::from(n);
                    let least = (more * share(&before)).min(1.0);
                    let mut after = before.clone();
                    let step = mix(&mut after, &drawn, (least * f64::from(ONE)) as u32);
                    steps[step as usize] += 1;
                    assert!(share(&after) >= least - 1e-4 || step == 16, "{n}, {spread}, {least}, {step}");
                    let [sum, of_drawn] = [&before, &drawn]
                        .map(|weights| weights.iter().map(|&weight| f64::from(weight)).sum::<f64>());
                    for smaller in STEPS.into_iter().filter(|&it| it < step) {
                        let part = f64::from(smaller) / 16.0;
                        let mixture = |(&weight, &drawn): (&u32, &u32)| {
                            let plain = f64::from(drawn) * sum / of_drawn;
                            ((1.0 - part) * f64::from(weight) + part * plain).round() as u32
                        };
                        let weights: Vec<u32> = before.iter().zip(&drawn).map(mixture).collect();
                        assert!(
                            share(&weights) < 1.01 * least + 1e-3,
                            "{smaller} would have been enough, not {step}"
                        );
                    }
                    if step < 16 {
                        let total = after.iter().map(|&weight| f64::from(weight)).sum::<f64>();
                        assert!((total - sum).abs() <= 3.0 * f64::from(n), "{total} for {sum}");
                    }
                }
            }
        }
        assert!(STEPS.iter().filter(|&&step| steps[step as usize] > 0).count() >= 5, "{steps:?}");
    }

    #[test]
    fn nothing_is_mixed_unless_it_is_asked_for() {
        let mut weights = [1, ONE, 7, 9];
        assert_eq!((mix(&mut weights, &[ONE; 4], 0), weights), (0, [1, ONE, 7, 9]));
        assert_eq!((mix(&mut weights, &[ONE; 4], ONE), weights), (16, [ONE; 4]), "uniform, exactly");
    }
}
