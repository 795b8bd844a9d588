//! Worlds in which the bidder would have declared what it did.

#[cfg(feature = "device")]
mod kernel;

use boneyard_core::{
    Design, Designed, EMPTY, Error, Named, ONE, Observation, Plan, Purpose, Result, SampleReport, Share,
    WeightRule, WorldSampler,
};
use boneyard_rules::{Declaring, World};
use rand_core::RngCore;

#[cfg(feature = "device")]
pub use kernel::{DeclaredBlueprint, DeclaredKernel, EvidenceKernel};

/// What a declaration says of the bidder's hand: that `rule` names it for that hand, but for a doubt.
///
/// A world whose bidder would have declared something else is `beta` / [`ONE`] times as likely as one that agrees. Nothing
/// is said to the bidder, who knows its own hand; and a declaration that no hand of any world would make says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// How the bidder declares.
    pub rule: Declaring,
    /// How likely a world is that speaks against it, in units of 1/[`ONE`], at most [`ONE`].
    pub beta: u32,
}

impl Evidence {
    /// That the bidder declares by `rule`, but for a doubt `beta`, which is taken in hundredths of a percent.
    ///
    /// # Errors
    /// [`Error::Setting`] unless `beta` is within 0 to 1.
    pub fn new(rule: Declaring, beta: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&beta) {
            return Err(Error::Setting {
                setting: "posterior contract",
                got: format!("beta:{beta}"),
                expected: "a beta from 0 to 1".to_owned(),
            });
        }
        Ok(Self { rule, beta: ((beta * 1e4).round() / 1e4 * f64::from(ONE)).round() as u32 })
    }

    /// What a world that speaks against the rule counts at least where worlds have weights, in units of 1/[`ONE`]: so little
    /// that it is noise beside one that agrees, and enough that worlds count alike where none does.
    pub const LEAST: u32 = 16;

    /// Whether the bidder of this world would have declared what it did.
    pub fn agrees(&self, observation: &Observation, world: &World) -> bool {
        let (view, bidder) = (&observation.view, observation.bidder);
        let Some(other) = view.others().into_iter().position(|seat| seat == bidder) else { return true };
        let hand = world[other] | view.table().played_by(bidder);
        self.rule.declares(hand) == view.table().declaration()
    }
}

/// Draws with `sampler`; a world that speaks against the evidence is left, but for a chance of `beta`, and another one drawn
/// from all worlds in its place, at most [`MOST_TRIES`] times in all.
///
/// Law: the first candidate of world `i` is the sampler's. Where that is exactly uniform, so are the worlds among those that
/// agree, up to the [`MOST_TRIES`]-th candidate, which is taken as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Declared<S> {
    /// Draws first.
    pub sampler: S,
    /// What the declaration says.
    pub evidence: Evidence,
}

/// Candidates for one world.
pub const MOST_TRIES: u32 = 64;

impl<S: Named> Named for Declared<S> {
    fn id(&self) -> String {
        format!("{}|{}", self.sampler.id(), self.evidence.id())
    }
}

/// Worlds that were drawn in place of others may come twice.
impl<S: Designed> Designed for Declared<S> {
    fn design(&self) -> Design {
        Design::Independent
    }
}

impl Named for Evidence {
    fn id(&self) -> String {
        // As it was given: parts of ONE are finer than hundredths of a percent.
        let beta = (f64::from(self.beta) / f64::from(ONE) * 1e4).round() / 1e4;
        format!("contract:{},beta:{beta}", self.rule)
    }
}

impl<S: WorldSampler> WorldSampler for Declared<S> {
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        let wanted: Vec<u32> = out.empty().map(|(i, _)| i).collect();
        let mut report = self.sampler.draw(observation, out);
        let count = observation.worlds.count();
        for i in wanted {
            let world = &mut out.worlds[(i - out.first) as usize];
            // What the sampler did not find is not found.
            if *world == EMPTY {
                continue;
            }
            let mut stream = observation.at.stream(Purpose::Accept, i);
            let mut tries = 1;
            while tries < MOST_TRIES
                && !self.evidence.agrees(observation, world)
                && stream.next_u32() >> 16 >= self.evidence.beta
            {
                *world = observation.worlds.unrank(stream.below(count));
                tries += 1;
            }
            report.tries += u64::from(tries - 1);
        }
        report
    }
}

/// Of decisions that look at all their worlds, each counts as likely as it is; drawn ones were drawn so.
impl WeightRule for Evidence {
    fn weight(&self, observation: &Observation, world: &World) -> u32 {
        if observation.plan != Plan::Enumerate || self.agrees(observation, world) {
            ONE
        } else {
            self.beta.max(Self::LEAST)
        }
    }
}
