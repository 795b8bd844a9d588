//! The golden positions with exact values, on a device: each is dealt, played to and solved there.

use crate::batch::Batch;
use anyhow::{Context, Result, ensure};
use boneyard_core::{Question, Sampling, Setup};
use boneyard_device::Device;
use boneyard_rules::{Bid, Deal, Declaration, Game, Seat, tiles_of};
use boneyard_strategies::evaluator::Solver;
use boneyard_strategies::policy::Replay;
use boneyard_strategies::sampler::TrueDeal;
use cubecl::prelude::Runtime;
use serde::Deserialize;

/// The file.
const GOLDEN: &str = include_str!("../golden/solver.json");

#[derive(Deserialize)]
struct File {
    positions: Vec<Position>,
}

/// What is needed of a position.
#[derive(Deserialize)]
struct Position {
    id: String,
    seed: u64,
    decl: u64,
    first_leader: u64,
    /// The slots played so far.
    slots: Vec<u8>,
    /// Values for the mover by slot; none where not legal.
    q_mover: [Option<i16>; 7],
}

impl Position {
    fn setup(&self) -> Result<Setup> {
        Ok(Setup {
            seed: self.seed,
            deal: Deal::from_seed(self.seed),
            declaration: Declaration::new(self.decl)?,
            bidder: Seat::new(self.first_leader)?,
            bid: Bid::THIRTY,
        })
    }

    /// Its plays, and the lowest legal slot from there on.
    fn all_slots(&self, setup: &Setup) -> Result<[u8; 28]> {
        let mut game: Game = setup.start();
        let mut slots = [0; 28];
        for (ply, slot) in slots.iter_mut().enumerate() {
            *slot = *self.slots.get(ply).unwrap_or(&(game.legal_slots().trailing_zeros() as u8));
            let domino = tiles_of(game.deal().hand(game.mover())).nth((*slot).into());
            game.play(domino.context("a hand has seven slots")?)?;
        }
        Ok(slots)
    }
}

/// Solves the golden positions from ply `first_ply` on, and returns how many there were.
///
/// # Errors
/// The first position whose values differ; device errors.
pub fn on_device<R: Runtime>(device: Device<R>, first_ply: usize) -> Result<usize> {
    let file: File = serde_json::from_str(GOLDEN)?;
    let positions: Vec<Position> =
        file.positions.into_iter().filter(|position| position.slots.len() >= first_ply).collect();
    let setups: Vec<Setup> = positions.iter().map(Position::setup).collect::<Result<_>>()?;
    let slots = positions.iter().zip(&setups).map(|(position, setup)| position.all_slots(setup));
    let mut replay = Replay { slots: slots.collect::<Result<_>>()? };
    let sampling = Sampling { evaluate_forced: true, ..Sampling::new(1) };
    let mut batch = Batch::deal(device, &setups, &sampling)?;
    let mut n_compared = 0;
    for ply in 0..28 {
        let (seen, estimates) = batch.observe(Question::Points { unit: 1 })?;
        if positions.iter().any(|position| position.slots.len() == ply) {
            for chunk in batch.chunks(&seen, &estimates)? {
                batch.sample(&mut TrueDeal, &seen, chunk.clone())?;
                batch.evaluate(&mut Solver, &seen)?;
                for (position, got) in positions[chunk].iter().zip(batch.values.read(&batch.on, &seen)?) {
                    if position.slots.len() == ply {
                        let expected = position.q_mover.map(|q| q.unwrap_or(boneyard_core::ILLEGAL));
                        ensure!(got == expected, "{}: {got:?}, expected {expected:?}", position.id);
                        n_compared += 1;
                    }
                }
            }
        }
        batch.choose(&mut replay, &seen, estimates)?;
    }
    Ok(n_compared)
}
