//! One hand in play, move by move.

use crate::errors::{of_core, refuse};
use crate::questions::known;
use boneyard::core::Deals;
use boneyard::rules::{Bid, Contract, Deal, Declaration, Domino, Game, RuleError, Seat, notation};
use numpy::PyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A hand in play, with open hands.
#[pyclass(module = "boneyard._boneyard")]
#[derive(Clone)]
pub struct Hand {
    game: Game,
    bid: Bid,
    bidder: Seat,
}

fn of_rules(error: RuleError) -> PyErr {
    of_core(error.into())
}

impl Hand {
    fn begun(deal: Deal, declaration: u64, bidder: u64, bid: u64) -> PyResult<Self> {
        let (declaration, bidder) =
            (Declaration::new(declaration).map_err(of_rules)?, Seat::new(bidder).map_err(of_rules)?);
        let bid = Bid::new(bid).map_err(of_rules)?;
        Ok(Self { game: Game::new(deal, declaration, bidder), bid, bidder })
    }
}

#[pymethods]
impl Hand {
    #[new]
    #[pyo3(signature = (hands, declaration, bidder, bid))]
    fn new(hands: [[u8; 7]; 4], declaration: u64, bidder: u64, bid: u64) -> PyResult<Self> {
        let dominoes =
            |hand: [u8; 7]| hand.iter().map(|&id| Domino::new(id.into())).collect::<Result<Vec<_>, _>>();
        let [a, b, c, d] = hands.map(dominoes);
        let hands = [a.map_err(of_rules)?, b.map_err(of_rules)?, c.map_err(of_rules)?, d.map_err(of_rules)?];
        let deal = Deal::from_hands(&hands).map_err(of_rules)?;
        Self::begun(deal, declaration, bidder, bid)
    }

    /// The hand that a seed deals.
    #[staticmethod]
    fn dealt(seed: u64, deals: &str, declaration: u64, bidder: u64, bid: u64) -> PyResult<Self> {
        let deals = Deals::named(deals).ok_or_else(|| refuse("deals", deals, "python or native"))?;
        Self::begun(deals.deal(seed), declaration, bidder, bid)
    }

    /// Whose turn it is; −1 when all is played.
    #[getter]
    fn mover(&self) -> i8 {
        if self.is_over() { -1 } else { self.game.mover().id() as i8 }
    }

    /// Bit i where slot i may be played.
    #[getter]
    fn legal(&self) -> u8 {
        if self.is_over() { 0 } else { self.game.legal_slots() }
    }

    #[getter]
    fn is_over(&self) -> bool {
        self.game.table().is_over()
    }

    #[getter]
    fn ply(&self) -> usize {
        self.game.table().ply()
    }

    /// Points by team.
    #[getter]
    fn banked(&self) -> (u8, u8) {
        let [us, them] = self.game.table().banked();
        (us, them)
    }

    /// 1 made, −1 set, 0 open.
    #[getter]
    fn contract(&self) -> i8 {
        match self.game.contract(self.bid, self.bidder) {
            Contract::Open => 0,
            Contract::Made => 1,
            Contract::Set => -1,
        }
    }

    #[getter]
    fn declaration(&self) -> u8 {
        self.game.table().declaration().id()
    }

    #[getter]
    fn leader(&self) -> u8 {
        self.game.table().first_leader().id()
    }

    #[getter]
    fn bidder(&self) -> u8 {
        self.bidder.id()
    }

    #[getter]
    fn bid(&self) -> u16 {
        self.bid.value()
    }

    /// Domino ids by ply; −1 from the ply on that is to be decided.
    #[getter]
    fn plays(&self) -> Vec<i8> {
        self.game.plays().to_vec()
    }

    /// The dominoes that a seat was dealt, ascending.
    fn hand(&self, seat: u64) -> PyResult<Vec<u8>> {
        let seat = Seat::new(seat).map_err(of_rules)?;
        Ok(boneyard::rules::tiles_of(self.game.deal().hand(seat)).map(|domino| domino.id()).collect())
    }

    /// What a seat knows, as features: `[330]`.
    fn known<'py>(&self, py: Python<'py>, seat: u64) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let seat = Seat::new(seat).map_err(of_rules)?;
        let hand = self.game.deal().hand(seat);
        Ok(PyArray1::from_slice(py, &known(seat, hand, self.game.table(), self.bid, self.bidder)))
    }

    /// The mover plays a slot of its hand.
    fn play(&mut self, slot: usize) -> PyResult<()> {
        if self.is_over() {
            return Err(of_rules(RuleError::NoMove));
        }
        if slot > 6 || self.game.legal_slots() >> slot & 1 == 0 {
            let legal: Vec<String> = (0..7)
                .filter(|slot| self.game.legal_slots() >> slot & 1 == 1)
                .map(|slot| slot.to_string())
                .collect();
            return Err(PyValueError::new_err(format!(
                "slot {slot}: expected a legal one, {}",
                legal.join(", ")
            )));
        }
        let hand = self.game.deal().hand(self.game.mover());
        let domino = boneyard::rules::tiles_of(hand).nth(slot).expect("seven slots");
        self.game.play(domino).map_err(of_rules)
    }

    fn copy(&self) -> Self {
        self.clone()
    }

    fn __repr__(&self) -> String {
        format!("<boneyard hand: {}>", notation::position(&self.game))
    }
}
