//! A policy that plays what it is told: the way to a position of one's choice.

use boneyard_core::{
    Chances, Choice, Chooses, DecisionRecord, Error, Host, HostEstimates, HostObservations, Mode, Named,
    Prefers, Result,
};

/// Plays given moves: by game in the order of the setups, and by ply, the slot to play. For measurements and tests
/// of chosen positions; whether the moves are legal is found out when the records come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// `[game][ply]`: a slot of the mover's hand.
    pub slots: Vec<[u8; 28]>,
}

impl Replay {
    /// The choices of a ply, if there is one for each of `n_games`.
    fn choices(&self, ply: usize, n_games: usize) -> Result<impl Iterator<Item = Choice>> {
        if self.slots.len() != n_games {
            let got = self.slots.len();
            return Err(Error::Mismatch(format!("moves of {got} games are given, expected {n_games} games")));
        }
        let choice =
            move |slots: &[u8; 28]| Choice { slot: slots[ply], greedy: slots[ply], mode: Mode::Greedy };
        Ok(self.slots.iter().map(choice))
    }
}

impl Named for Replay {
    fn id(&self) -> String {
        "replay".to_owned()
    }
}

impl Prefers for Replay {
    fn needs_points(&self) -> bool {
        false
    }

    fn chances(&self, decision: &DecisionRecord) -> Option<Chances> {
        Some(Chances::sure(decision.choice.slot))
    }
}

impl Chooses<Replay> for Host {
    fn choose(
        &mut self,
        replay: &mut Replay,
        seen: &HostObservations,
        _: &HostEstimates,
        out: &mut Vec<Choice>,
    ) -> Result<()> {
        let ply = seen.first().map_or(0, |observation| observation.view.table().ply());
        *out = replay.choices(ply, seen.len())?.collect();
        Ok(())
    }
}

#[cfg(feature = "device")]
mod device {
    use super::Replay;
    use boneyard_core::{Choice, Chooses, Result};
    use boneyard_device::{Device, DeviceChoices, DeviceEstimates, DeviceObservations};
    use cubecl::prelude::Runtime;

    impl<R: Runtime> Chooses<Replay> for Device<R> {
        fn choose(
            &mut self,
            replay: &mut Replay,
            seen: &DeviceObservations,
            _: &DeviceEstimates,
            out: &mut DeviceChoices,
        ) -> Result<()> {
            let pack = |choice: Choice| {
                u32::from(choice.slot) | u32::from(choice.greedy) << 8 | (choice.mode as u32) << 16
            };
            let given: Vec<u32> = replay.choices(seen.ply(), seen.n_games())?.map(pack).collect();
            if !given.is_empty() {
                out.words = self.upload("the given choices", &given)?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boneyard_core::{Backend, Deals, Design, Policy, Question, Sampling, Setup};
    use boneyard_rules::{Bid, Declaration, Seat};

    #[test]
    fn the_host_plays_what_it_is_told() {
        let setup = Setup {
            seed: 5,
            deal: Deals::Native.deal(5),
            declaration: Declaration::SIXES,
            bidder: Seat::ALL[1],
            bid: Bid::THIRTY,
        };
        let mut host = Host::default();
        let mut games = host.deal(&[setup], &Sampling::new(1)).unwrap();
        let mut choices = host.choices(&games).unwrap();
        let seen = host.observe(&games).unwrap();
        let estimates = host.estimates(&games, Question::Contract, Design::default()).unwrap();
        let mut replay = Replay { slots: vec![[4; 28]] };
        replay.choose(&mut host, &seen, &estimates, &mut choices).unwrap();
        assert_eq!((choices[0].slot, choices[0].mode), (4, Mode::Greedy));
        host.apply(&mut games, &seen, estimates.clone(), &choices).unwrap();
        assert_eq!(host.observe(&games).unwrap()[0].view.table().ply(), 1);

        let error = Replay::default().choose(&mut host, &seen, &estimates, &mut choices);
        assert_eq!(error.unwrap_err().to_string(), "moves of 0 games are given, expected 1 games");
    }
}
