//! One policy here, another there.

#![allow(missing_docs)]

use super::{Rate, Rule};
use boneyard_core::{
    Chances, Choice, ChoiceRule, Coordinates, Decision, DecisionRecord, Draws, Error, Named, Prefers, Result,
};
use boneyard_rules::PLIES;
use std::fmt;
use std::str::FromStr;

/// Several policies, each for its plies, for its share of the games, or both: the first part that applies decides, and where
/// none does, the last policy, which has no condition.
///
/// Shares of games lie beside each other: `mixed@25%,softmax:2@25%,greedy` explores in two ways in half of the games, each in a
/// quarter of its own. To which share a game belongs follows from its seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The first of them are there.
    parts: [Option<Part>; Schedule::MOST],
    last: Rule,
}

/// A policy and where it applies.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    rule: Rule,
    /// The first and the last one, if not all.
    plies: Option<[u8; 2]>,
    /// Which games, if not all: the share, and from which word on.
    games: Option<(Rate, u64)>,
}

impl Part {
    /// Whether it applies at a ply of a game with this word.
    fn applies(&self, ply: u8, game: u32) -> bool {
        self.plies.is_none_or(|[first, last]| (first..=last).contains(&ply))
            && self
                .games
                .is_none_or(|(share, from)| (from..from + share.threshold()).contains(&u64::from(game)))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule.id())?;
        match self.plies {
            Some([first, last]) if first == last => write!(f, "@{first}")?,
            Some([first, last]) => write!(f, "@{first}-{last}")?,
            None => {}
        }
        self.games.map_or(Ok(()), |(share, _)| write!(f, "@{}%", percent(share)))
    }
}

/// As typed: a rate of 0.07 is 7 %, not 7.000000000000001.
fn percent(share: Rate) -> f64 {
    let rate: f64 = share.to_string().parse().expect("a rate prints as a number");
    (rate * 1e14).round() / 1e12
}

impl Schedule {
    /// Most parts beside the last.
    pub const MOST: usize = 4;

    /// What decides at a ply of a game with this word.
    fn rule(&self, ply: u8, game: u32) -> &Rule {
        let applies = self.parts.iter().flatten().find(|part| part.applies(ply, game));
        applies.map_or(&self.last, |part| &part.rule)
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.parts.iter().flatten().map(|part| &part.rule).chain([&self.last])
    }

    /// Whether a text has several policies or conditions.
    pub(super) fn describes(text: &str) -> bool {
        text.contains('@') || pieces(text).len() > 1
    }
}

/// Policies between commas; a comma before a number belongs to what is before it, as in `blunder:R,MAX`.
fn pieces(text: &str) -> Vec<&str> {
    let number = |word: &str| word.split(['@', '+']).next().is_some_and(|word| word.parse::<f64>().is_ok());
    let mut pieces = Vec::new();
    let mut begun = 0;
    for (comma, _) in text.match_indices(',') {
        if !number(text[comma + 1..].split(',').next().unwrap_or_default()) {
            pieces.push(&text[begun..comma]);
            begun = comma + 1;
        }
    }
    pieces.push(&text[begun..]);
    pieces
}

impl Named for Schedule {
    /// The parts in their order with commas between, conditions after `@`.
    fn id(&self) -> String {
        let parts = self.parts.iter().flatten().map(ToString::to_string);
        parts.chain([self.last.id()]).collect::<Vec<_>>().join(",")
    }
}

impl Prefers for Schedule {
    fn needs_points(&self) -> bool {
        self.rules().any(Prefers::needs_points)
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        let at = Coordinates { seed: decision.seed, replicate: 0, ply: decision.ply };
        self.rule(decision.ply, Draws::at(at).game).chances(decision)
    }
}

impl ChoiceRule for Schedule {
    fn choice(&self, decision: &Decision<'_>, draws: &Draws) -> Choice {
        self.rule(decision.seen.at.ply, draws.game).choice(decision, draws)
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |setting, got: &str, expected: &str| Error::Setting {
            setting,
            got: got.to_owned(),
            expected: expected.to_owned(),
        };
        let mut pieces = pieces(text);
        let last = pieces.pop().unwrap_or_default();
        if last.contains('@') {
            let expected = "a policy for all other decisions at the end, such as `,greedy`";
            return Err(wrong("policy", text, expected));
        }
        if pieces.len() > Self::MOST {
            return Err(wrong("policy", text, &format!("at most {} policies before the last", Self::MOST)));
        }
        let (mut parts, mut games) = ([None; Self::MOST], 0);
        for (part, piece) in parts.iter_mut().zip(&pieces) {
            let mut conditions = piece.split('@');
            let rule: Rule = conditions.next().unwrap_or_default().parse()?;
            let mut read = Part { rule, plies: None, games: None };
            for condition in conditions {
                match (condition.strip_suffix('%'), plies(condition)) {
                    (Some(percent), _) if read.games.is_none() => {
                        let rate = percent.parse().unwrap_or(f64::NAN) / 100.0;
                        let expected = "a share of games from 0% to 100%";
                        let share = Rate::new(rate, "policy @P%");
                        let share = share.map_err(|_| wrong("policy @P%", condition, expected))?;
                        read.games = Some((share, games));
                        games += share.threshold();
                    }
                    (None, Some(plies)) if read.plies.is_none() => read.plies = Some(plies),
                    _ => {
                        let expected =
                            "plies such as 0-11, or a share of games such as 25%, each at most once";
                        return Err(wrong("policy @A-B", condition, expected));
                    }
                }
            }
            if read.plies.is_none() && read.games.is_none() {
                let expected = "@A-B (plies) or @P% (games) after each policy but the last";
                return Err(wrong("policy", piece, expected));
            }
            *part = Some(read);
        }
        if games > 1 << 32 {
            return Err(wrong("policy @P%", text, "shares of games that add up to at most 100%"));
        }
        Ok(Self { parts, last: last.parse()? })
    }
}

/// `A-B`, or `A` alone.
fn plies(text: &str) -> Option<[u8; 2]> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let [first, last]: [u8; 2] = [first.parse().ok()?, last.parse().ok()?];
    (first <= last && usize::from(last) < PLIES).then_some([first, last])
}

#[cfg(feature = "device")]
pub use device::{PartBlueprint, RuleBlueprint, ScheduleBlueprint, ScheduleKernel};

#[cfg(feature = "device")]
mod device {
    use super::{Part, Schedule};
    use crate::policy::{IndifferentKernel, LowerKernel, MixtureBlueprint, MixtureKernel, Rule};
    use boneyard_core::Objective;
    use boneyard_device::DevicePolicy;
    use boneyard_device::kernels::choose::{Draws, PolicyKernel};
    use boneyard_device::kernels::sight::{Sight, SlotEstimates};
    use cubecl::prelude::*;

    /// A rule as its kernel has it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum RuleBlueprint {
        Mixture(MixtureBlueprint),
        Indifferent(bool, u32),
        Lower(bool, u32),
    }

    impl RuleBlueprint {
        fn of(rule: &Rule) -> Self {
            let of = |(make, z)| (make, z);
            match rule {
                Rule::Greedy(policy) => Self::Mixture(policy.blueprint()),
                Rule::Softmax(policy) => Self::Mixture(policy.blueprint()),
                Rule::Mixture(policy) => Self::Mixture(policy.blueprint()),
                Rule::Indifferent(policy) => {
                    let (make, z) = of(policy.blueprint());
                    Self::Indifferent(make, z)
                }
                Rule::Lower(policy) => {
                    let (make, z) = of(policy.blueprint());
                    Self::Lower(make, z)
                }
            }
        }

        fn mixture(self) -> Option<MixtureBlueprint> {
            if let Self::Mixture(blueprint) = self { Some(blueprint) } else { None }
        }

        fn indifferent(self) -> Option<(bool, u32)> {
            if let Self::Indifferent(make, z) = self { Some((make, z)) } else { None }
        }

        fn lower(self) -> Option<(bool, u32)> {
            if let Self::Lower(make, z) = self { Some((make, z)) } else { None }
        }
    }

    /// A part as the kernel has it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct PartBlueprint {
        rule: RuleBlueprint,
        plies: [u8; 2],
        /// Words of games: from the first to the last.
        games: [u32; 2],
        /// No game has such a word.
        never: bool,
    }

    impl PartBlueprint {
        fn of(part: &Part) -> Self {
            let (from, length) = part.games.map_or((0, 1 << 32), |(share, from)| (from, share.threshold()));
            let never = length == 0;
            let games = if never { [0, 0] } else { [from as u32, (from + length - 1) as u32] };
            let plies = part.plies.unwrap_or([0, u8::MAX]);
            Self { rule: RuleBlueprint::of(&part.rule), plies, games, never }
        }
    }

    /// A schedule as the kernel has it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct ScheduleBlueprint {
        parts: [Option<PartBlueprint>; Schedule::MOST],
        last: RuleBlueprint,
    }

    impl ScheduleBlueprint {
        fn part(self, at: usize) -> PartBlueprint {
            let nowhere = PartBlueprint { rule: self.last, plies: [0, 0], games: [0, 0], never: true };
            self.parts[at].unwrap_or(nowhere)
        }
    }

    /// The device face of [`Schedule`].
    pub struct ScheduleKernel;

    #[cube]
    fn by_rule(
        sight: &Sight,
        estimates: &SlotEstimates,
        draws: &Draws,
        #[comptime] rule: RuleBlueprint,
    ) -> u32 {
        let mut result = 0u32.runtime();
        if comptime!(rule.mixture().is_some()) {
            let terms = comptime!(rule.mixture().unwrap_or(MixtureBlueprint::greedy(Objective::Mean)));
            result = MixtureKernel::choose(sight, estimates, draws, terms);
        }
        if comptime!(rule.indifferent().is_some()) {
            let terms = comptime!(rule.indifferent().unwrap_or((false, 0)));
            result = IndifferentKernel::choose(sight, estimates, draws, terms);
        }
        if comptime!(rule.lower().is_some()) {
            let terms = comptime!(rule.lower().unwrap_or((false, 0)));
            result = LowerKernel::choose(sight, estimates, draws, terms);
        }
        result
    }

    /// What a part chooses where it applies, else what was there.
    #[cube]
    fn or_part(
        before: u32,
        sight: &Sight,
        estimates: &SlotEstimates,
        draws: &Draws,
        #[comptime] part: PartBlueprint,
    ) -> u32 {
        let mut result = before;
        if comptime!(!part.never) {
            let from_ply = comptime!(part.plies[0] as u32).runtime();
            let to_ply = comptime!(part.plies[1] as u32).runtime();
            let from_game = comptime!(part.games[0]).runtime();
            let to_game = comptime!(part.games[1]).runtime();
            let here = (sight.ply >= from_ply) & (sight.ply <= to_ply);
            if here & (draws.game >= from_game) & (draws.game <= to_game) {
                result = by_rule(sight, estimates, draws, comptime!(part.rule));
            }
        }
        result
    }

    #[cube]
    impl PolicyKernel for ScheduleKernel {
        type Config = ScheduleBlueprint;

        fn choose(
            sight: &Sight,
            estimates: &SlotEstimates,
            draws: &Draws,
            #[comptime] config: ScheduleBlueprint,
        ) -> u32 {
            // The first part that applies wins, so the last one is looked at first.
            let result = by_rule(sight, estimates, draws, comptime!(config.last));
            let result = or_part(result, sight, estimates, draws, comptime!(config.part(3)));
            let result = or_part(result, sight, estimates, draws, comptime!(config.part(2)));
            let result = or_part(result, sight, estimates, draws, comptime!(config.part(1)));
            or_part(result, sight, estimates, draws, comptime!(config.part(0)))
        }
    }

    impl DevicePolicy for Schedule {
        type Kernel = ScheduleKernel;

        fn blueprint(&self) -> ScheduleBlueprint {
            let parts = self.parts.map(|part| part.as_ref().map(PartBlueprint::of));
            ScheduleBlueprint { parts, last: RuleBlueprint::of(&self.last) }
        }

        fn looks_at_errors(&self) -> bool {
            self.rules().any(|rule| matches!(rule, Rule::Indifferent(_) | Rule::Lower(_)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_that_applies_decides() {
        let schedule: Schedule = "softmax:4@0-11,epsilon:0.1@25%,mixed@5-20@50%,greedy".parse().unwrap();
        let check = |ply, share: f64, id: &str| {
            let word = (share * 4_294_967_296.0) as u32;
            assert_eq!(schedule.rule(ply, word).id(), id, "ply {ply}, {share}");
        };
        check(0, 0.9, "softmax:4");
        check(11, 0.0, "softmax:4");
        check(12, 0.0, "epsilon:0.1");
        check(12, 0.2499, "epsilon:0.1");
        check(12, 0.25, "blunder:0.02,10+epsilon:0.05+boltzmann:1");
        check(20, 0.7499, "blunder:0.02,10+epsilon:0.05+boltzmann:1");
        check(20, 0.75, "greedy");
        check(21, 0.5, "greedy");
    }

    #[test]
    fn commas_before_numbers_divide_nothing() {
        let text = "blunder:0.1,6@0-3,blunder:.1,.5,p-make";
        assert_eq!(pieces(text), ["blunder:0.1,6@0-3", "blunder:.1,.5", "p-make"]);
        assert_eq!(pieces("blunder:0.1,inf"), ["blunder:0.1,inf"]);
        assert_eq!(pieces("greedy,"), ["greedy", ""]);
    }
}
