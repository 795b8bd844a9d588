//! Policies against exact probabilities and hand-made decisions.

mod common;

use boneyard_core::{
    ChoiceRule, Coordinates, Decision, Draws, Estimate, GameRecord, Group, ILLEGAL, InPlay, Mode, Objective,
    PlyLog, Purpose, Question,
};
use boneyard_strategies::policy::{Greedy, Indifferent, Lower, Mixture, PolicySpec, Softmax};
use common::{observe, random_game};

const QUIET: Draws = Draws {
    blunder: u32::MAX,
    blunder_pick: 0,
    epsilon: u32::MAX,
    epsilon_pick: 0,
    softmax: 0,
    other: [0; 3],
    game: 0,
};

/// An estimate of 100 worlds from means in points and counts of contracts made.
fn estimate(unit: u16, means: [f64; 7], made: [u32; 7]) -> Estimate {
    let mut estimate = Estimate::new(Question::Points { unit }, false);
    (estimate.worlds, estimate.weight) = (100, 100);
    estimate.sum = means.map(|mean| (mean * 100.0 * f64::from(unit)).round() as i64);
    estimate.made = made;
    estimate
}

/// A decision with these legal slots, in a real position.
fn decision(legal: u8, estimate: &Estimate) -> Decision<'static> {
    let games =
        (0..200_000).map(|seed| (seed, random_game(seed, 4 * (seed as usize % 6) + seed as usize / 6 % 4)));
    let found = games.into_iter().find(|(_, game)| game.legal_slots() == legal);
    let (seed, game) = found.expect("a position with these legal slots");
    Decision::new(Box::leak(Box::new(observe(&game, seed))), estimate)
}

/// How often each slot is taken when `word` runs evenly through all random words.
fn shares(policy: &impl ChoiceRule, decision: &Decision<'_>, word: impl Fn(u32) -> Draws) -> [f64; 7] {
    const N: u32 = 1 << 16;
    let mut taken = [0u32; 7];
    for step in 0..N {
        taken[usize::from(policy.choice(decision, &word((step << 16) + (1 << 15))).slot)] += 1;
    }
    taken.map(|n| f64::from(n) / f64::from(N))
}

fn assert_close(got: [f64; 7], expected: [f64; 7]) {
    for slot in 0..7 {
        assert!((got[slot] - expected[slot]).abs() < 4e-5, "slot {slot}: {got:?}, expected {expected:?}");
    }
}

#[test]
fn greedy_breaks_ties_as_documented() {
    let check = |objective, legal, means, made, slot| {
        let estimate = estimate(1, means, made);
        let choice = Greedy { objective }.choice(&decision(legal, &estimate), &QUIET);
        assert_eq!((choice.slot, choice.greedy, choice.mode), (slot, slot, Mode::Greedy));
    };
    let means = [-5.0, 3.0, 9.0, 3.0, 2.99, 0.0, 0.0];
    check(Objective::Mean, 0b111_1111, means, [0; 7], 2);
    check(Objective::Mean, 0b111_1011, means, [0; 7], 1); // 1 and 3 tie: the lower slot
    check(Objective::Make, 0b111_1011, means, [0, 50, 99, 50, 50, 20, 0], 1); // and so for P(make)
    check(Objective::Make, 0b111_1010, means, [0, 50, 99, 50, 50, 51, 0], 5); // P(make) before E[Q]
    check(Objective::Make, 0b111_0001, means, [7, 0, 99, 0, 7, 7, 7], 4); // then E[Q]
    check(Objective::Make, 0b110_0000, means, [0; 7], 5); // then the lower slot
}

#[test]
fn softmax_has_the_exact_probabilities() {
    let means = [1.0, -3.5, 2.0, 99.0, 2.0, 1.25, -40.0];
    let made = [30, 0, 40, 100, 10, 40, 25];
    let legal = 0b111_0111u8;
    let exact = |value: &dyn Fn(usize) -> f64, t: f64| -> [f64; 7] {
        let weight = |slot: usize| if legal >> slot & 1 == 1 { (value(slot) / t).exp() } else { 0.0 };
        let total: f64 = (0..7).map(weight).sum();
        std::array::from_fn(|slot| weight(slot) / total)
    };
    for unit in [1, 256] {
        let estimate = estimate(unit, means, made);
        let it = decision(legal, &estimate);
        let word = |softmax| Draws { softmax, ..QUIET };
        for t in [0.3, 1.0, 2.0, 7.5, 100.0] {
            let policy = Softmax::new(Objective::Mean, t).unwrap();
            assert_close(shares(&policy, &it, word), exact(&|slot| means[slot], t));
            let policy = Mixture::default().boltzmann(t).unwrap();
            assert_close(shares(&policy, &it, word), exact(&|slot| means[slot], t));
        }
        for t in [0.02, 0.1, 1.0] {
            let policy = Softmax::new(Objective::Make, t).unwrap();
            assert_close(shares(&policy, &it, word), exact(&|slot| f64::from(made[slot]) / 100.0, t));
            let choice = policy.choice(&it, &word(0));
            // Slots 2 and 5 tie by P(make), and 2 has the higher E[Q].
            assert_eq!((choice.slot, choice.greedy, choice.mode), (0, 2, Mode::Softmax));
        }
    }
}

#[test]
fn the_coldest_softmax_is_greedy_and_the_largest_sums_do_not_overflow() {
    let mut estimate = estimate(1, [0.0; 7], [0; 7]);
    estimate.question = Question::Points { unit: u16::MAX };
    (estimate.worlds, estimate.weight) = (1 << 24, 1 << 24);
    let scale = i64::from(estimate.worlds) * i64::from(u16::MAX);
    estimate.sum = [-42 * scale, 42 * scale - scale / 100, 42 * scale, 0, 0, 0, 0];
    let it = decision(0b111_1111, &estimate);
    let coldest = Softmax::new(Objective::Mean, 0.0001).unwrap();
    assert_close(shares(&coldest, &it, |softmax| Draws { softmax, ..QUIET }), [0., 0., 1., 0., 0., 0., 0.]);
    let blunder = Mixture::default().blunder(1.0, 84.0).unwrap();
    let word = |blunder_pick| Draws { blunder_pick, ..QUIET };
    let sixth = 1.0 / 6.0;
    assert_close(shares(&blunder, &it, word), [sixth, sixth, 0., sixth, sixth, sixth, sixth]);
}

#[test]
fn without_worlds_a_policy_still_chooses_a_legal_slot() {
    let estimate = Estimate::new(Question::Contract, false);
    let it = decision(0b101_0000, &estimate);
    for id in ["greedy", "p-make", "softmax:1", "softmax-p-make:1", "blunder:1,5+epsilon:1", "mixed"] {
        let policy: PolicySpec = id.parse().unwrap();
        let slot = policy
            .for_decisions()
            .choice(&it, &Draws { blunder: 0, epsilon: 0, softmax: u32::MAX, ..QUIET })
            .slot;
        assert!(slot == 4 || slot == 6, "{id}: {slot}");
    }
}

#[test]
fn epsilon_is_uniform_over_all_legal_moves() {
    let estimate = estimate(1, [5.0, 4.0, 3.0, 2.0, 1.0, 0.0, -1.0], [0; 7]);
    let it = decision(0b011_1010, &estimate);
    let policy = Mixture::default().epsilon(0.25).unwrap();
    let quarter = [0., 0.25, 0., 0.25, 0.25, 0.25, 0.];
    assert_close(shares(&policy, &it, |epsilon_pick| Draws { epsilon: 0, epsilon_pick, ..QUIET }), quarter);
    // The coin: a quarter of its words leads to slot 5 (the last pick), the others to the greedy slot 1.
    let coin = |epsilon| Draws { epsilon, epsilon_pick: u32::MAX, ..QUIET };
    assert_close(shares(&policy, &it, coin), [0., 0.75, 0., 0., 0., 0.25, 0.]);
    let choice = policy.choice(&it, &coin(0));
    assert_eq!((choice.slot, choice.greedy, choice.mode), (5, 1, Mode::Epsilon));
    let choice = policy.choice(&it, &coin(1 << 30));
    assert_eq!((choice.slot, choice.greedy, choice.mode), (1, 1, Mode::Greedy));
}

#[test]
fn a_blunder_costs_something_but_not_more_than_its_bound() {
    // Regrets 0 (greedy), 0 (a tie), 2.5, 2.51, 0.01, illegal, 30.
    let means = [8.0, 8.0, 5.5, 5.49, 7.99, 6.0, -22.0];
    let word = |blunder_pick| Draws { blunder: 0, blunder_pick, ..QUIET };
    for unit in [1, 256] {
        let mut estimate = estimate(1, means, [0; 7]);
        estimate.question = Question::Points { unit };
        estimate.sum = estimate.sum.map(|sum| sum * i64::from(unit));
        let it = decision(0b101_1111, &estimate);
        let check = |most, expected| {
            let policy = Mixture::default().blunder(0.5, most).unwrap();
            assert_close(shares(&policy, &it, word), expected);
        };
        check(2.5, [0., 0., 0.5, 0., 0.5, 0., 0.]);
        check(2.515, [0., 0., 1. / 3., 1. / 3., 1. / 3., 0., 0.]);
        check(29.99, [0., 0., 1. / 3., 1. / 3., 1. / 3., 0., 0.]);
        check(30.0, [0., 0., 0.25, 0.25, 0.25, 0., 0.25]);
        check(0.009, [1., 0., 0., 0., 0., 0., 0.]); // no such move: falls through to greedy
    }
    // By P(make) slot 3 is greedy; regret is still counted from the highest E[Q], which is no blunder.
    let estimate = estimate(1, means, [0, 0, 0, 1, 0, 0, 0]);
    let it = decision(0b101_1111, &estimate);
    let policy = Mixture::default().by(Objective::Make).blunder(1.0, 5.0).unwrap();
    assert_close(shares(&policy, &it, word), [0., 0., 0.5, 0., 0.5, 0., 0.]);
    let choice = policy.choice(&it, &word(0));
    assert_eq!((choice.slot, choice.greedy, choice.mode), (2, 3, Mode::Blunder));
}

#[test]
fn a_mixture_asks_blunder_then_epsilon_then_boltzmann() {
    let estimate = estimate(1, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0; 7]);
    let it = decision(0b111_1111, &estimate);
    let policy = "blunder:0.5,2+epsilon:0.5+boltzmann:3".parse::<PolicySpec>().unwrap().for_decisions();
    let (yes, no) = (0, 1 << 31);
    let mode = |blunder, epsilon| {
        let draws = Draws { blunder, blunder_pick: 0, epsilon, epsilon_pick: 0, softmax: u32::MAX, ..QUIET };
        let choice = policy.choice(&it, &draws);
        assert_eq!(choice.greedy, 6);
        (choice.mode, choice.slot)
    };
    assert_eq!(mode(yes, yes), (Mode::Blunder, 4));
    assert_eq!(mode(yes, no), (Mode::Blunder, 4));
    assert_eq!(mode(no, yes), (Mode::Epsilon, 0));
    assert_eq!(mode(no, no), (Mode::Boltzmann, 6));
    // A blunder that finds no move leaves the decision to the next in line.
    let flat = Estimate { sum: [7; 7], ..estimate.clone() };
    let it = decision(0b111_1111, &flat);
    let draws = |epsilon| Draws { blunder: yes, epsilon, ..QUIET };
    assert_eq!(policy.choice(&it, &draws(yes)).mode, Mode::Epsilon);
    assert_eq!(policy.choice(&it, &draws(no)).mode, Mode::Boltzmann);
}

#[test]
fn choices_are_pinned() {
    use boneyard_core::Coordinates;
    let estimate = estimate(1, [1.0, 2.0, 0.5, 2.0, -1.0, 1.9, -8.0], [3, 9, 1, 9, 0, 9, 0]);
    let it = decision(0b111_1111, &estimate);
    let slots = |id: &str| -> String {
        let policy: PolicySpec = id.parse().unwrap();
        let at = |ply| Draws::at(Coordinates { seed: 42, replicate: 0, ply });
        (0..28).map(|ply| policy.for_decisions().choice(&it, &at(ply)).slot.to_string()).collect()
    };
    assert_eq!(
        ["softmax:2", "softmax-p-make:0.05", "blunder:0.3,5+epsilon:0.3+boltzmann:1"].map(slots),
        ["3502111510305553550251214210", "3513211510316563550351315310", "3502211215365024055251012016"]
    );
}

/// Against the rule in floating point, on worlds of which some say much and some little.
#[test]
fn what_cannot_be_told_apart_is_decided_by_the_other() {
    let (mut compared, mut by_other) = (0, 0);
    for seed in 0..300 {
        let mut random = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
        let mut estimate = Estimate::new(Question::Points { unit: 1 }, false);
        for _ in 0..150 {
            let all = random.below(30) as i16 - 15;
            let values = [0, 1, 2, 3].map(|_| all + random.below(13) as i16 - 6);
            estimate.add(&[values[0], values[1], values[2], values[3], ILLEGAL, ILLEGAL, ILLEGAL], 1, 1, 3);
        }
        let decision = decision(0b1111, &estimate);
        let total = decision.seen.worlds.count();
        for (objective, z) in [(Objective::Mean, 1.0), (Objective::Make, 1.5), (Objective::Make, 0.0)] {
            let chosen = Indifferent::new(objective, z).unwrap().choice(&decision, &QUIET).slot;
            let best = usize::from(decision.best(objective));
            let margin = |slot: usize| match objective {
                Objective::Mean => {
                    let behind = estimate.mean(best).unwrap() - estimate.mean(slot).unwrap();
                    z * estimate.difference_error(best, slot, total).unwrap() - behind
                }
                // 150 worlds in all, of which twelve groups have 12 or 13.
                Objective::Make => {
                    let behind = estimate.p_make(best).unwrap() - estimate.p_make(slot).unwrap();
                    let apart = |group: &Group| {
                        let made = f64::from(group.made[best]) - f64::from(group.made[slot]);
                        made - behind * f64::from(group.weight)
                    };
                    let squares: f64 = estimate.groups.iter().map(|group| apart(group).powi(2)).sum();
                    z * (12.0 / 11.0 * squares).sqrt() / 150.0 - behind
                }
            };
            if (0..4).any(|slot| slot != best && margin(slot).abs() < 0.003 && z > 0.0) {
                continue;
            }
            let alike = (0..4).filter(|&slot| slot == best || margin(slot) >= 0.0);
            let key = |slot: &usize| match objective {
                Objective::Mean => (i64::from(estimate.made[*slot]), estimate.sum[*slot]),
                Objective::Make => (estimate.sum[*slot], i64::from(estimate.made[*slot])),
            };
            let expected = alike.rev().max_by_key(key).unwrap();
            assert_eq!(usize::from(chosen), expected, "seed {seed}, {objective:?}, {z}");
            compared += 1;
            by_other += usize::from(expected != best);
        }
    }
    assert!(compared > 700 && by_other > 60, "{by_other} of {compared}");
}

/// Estimates of worlds whose values differ more in some slots than in others.
fn uneven(seed: u64) -> Estimate {
    let mut random = Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0);
    let mut estimate = Estimate::new(Question::Points { unit: 1 }, false);
    for _ in 0..60 {
        let value = |wide: u32, word: u32| (word % (2 * wide + 1)) as i16 - wide as i16;
        let [a, b, c, d] = [20, 9, 3, 1].map(|wide| value(wide, random.below(1 << 20)));
        estimate.add(&[a + 2, b + 1, c, d, ILLEGAL, ILLEGAL, ILLEGAL], 1, 1, 3);
    }
    estimate
}

/// Against the rule in floating point.
#[test]
fn the_highest_lower_bound_is_chosen() {
    let (mut compared, mut not_best) = (0, 0);
    for seed in 0..300 {
        let estimate = uneven(seed);
        let decision = decision(0b1111, &estimate);
        let total = decision.seen.worlds.count();
        for (objective, z) in [(Objective::Mean, 1.0), (Objective::Make, 1.5), (Objective::Mean, 0.0)] {
            let chosen = usize::from(Lower::new(objective, z).unwrap().choice(&decision, &QUIET).slot);
            let bound = |slot: usize| match objective {
                Objective::Mean => {
                    estimate.mean(slot).unwrap() - z * estimate.mean_error(slot, total).unwrap()
                }
                Objective::Make => {
                    estimate.p_make(slot).unwrap() - z * estimate.p_make_error(slot, total).unwrap()
                }
            };
            let mut slots: Vec<usize> = (0..4).collect();
            slots.sort_by(|&a, &b| bound(b).total_cmp(&bound(a)));
            if bound(slots[0]) - bound(slots[1]) < 0.003 {
                continue;
            }
            assert_eq!(chosen, slots[0], "seed {seed}, {objective:?}, {z}");
            compared += 1;
            not_best += usize::from(chosen != usize::from(decision.best(objective)));
        }
    }
    assert!(compared > 700 && not_best > 50, "{not_best} of {compared}");
}

/// What a policy says of its choices is how often it makes them.
#[test]
fn chances_are_those_of_the_draws() {
    const N: u64 = 20_000;
    let estimate = uneven(5);
    let decision = decision(0b1111, &estimate);
    for (id, explores) in [
        ("p-make", false),
        ("indifferent:1", false),
        ("lower:1", false),
        ("epsilon:1", true),
        ("softmax:1", true),
        ("softmax-p-make:0.1", true),
        ("blunder:0.3,5+epsilon:0.3+boltzmann:1+p-make", true),
        ("epsilon:0.4@0-27,greedy", true),
        ("p-make@0-27,mixed", false),
    ] {
        let policy = id.parse::<PolicySpec>().unwrap().for_decisions();
        let at = |seed| Draws::at(Coordinates { seed, ..decision.seen.at });
        let mut taken = [0u32; 7];
        (0..N).for_each(|seed| taken[usize::from(policy.choice(&decision, &at(seed)).slot)] += 1);
        let choice = policy.choice(&decision, &at(0));
        let seen = decision.seen;
        let begun = InPlay::as_seen(&seen.view, seen.bid, seen.bidder, 0).unwrap();
        let log = PlyLog { choice, estimate: Some(estimate.clone()), worlds_total: seen.worlds.count() };
        let record = GameRecord::resumed(begun, vec![log]).unwrap().decisions.remove(0);
        let chances = policy.chances(&record).unwrap();
        for (slot, &taken) in taken.iter().enumerate() {
            let (chance, share) = (chances.of_slot(slot), f64::from(taken) / N as f64);
            let error = (chance * (1.0 - chance) / N as f64).sqrt();
            assert!((chance - share).abs() <= 4.5 * error + 1e-9, "{id}, slot {slot}: {share} for {chance}");
        }
        assert_eq!(chances.entropy() > 0.0, explores, "{id}");
    }
}
