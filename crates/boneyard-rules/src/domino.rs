//! Dominoes, sets of them, and seats.

use crate::{RuleError, notation, tables};

/// A set of dominoes: bit `i` is domino id `i`; bits 28–31 are zero.
pub type Tiles = u32;

/// All 28 dominoes.
pub const ALL_TILES: Tiles = (1 << 28) - 1;

/// A domino by its id 0–27, high-major: 0-0 = 0, 1-0 = 1, 1-1 = 2, 2-0 = 3 … 6-6 = 27.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domino(u8);

impl Domino {
    /// The domino with this id.
    ///
    /// # Errors
    /// [`RuleError::NoSuchDomino`] if `id` is not 0–27.
    pub fn new(id: u64) -> Result<Self, RuleError> {
        if id < 28 { Ok(Self(id as u8)) } else { Err(RuleError::NoSuchDomino { id }) }
    }

    /// The domino with these two pips, in either order.
    ///
    /// # Errors
    /// [`RuleError::NoSuchPip`] if one of them is above 6.
    pub fn from_pips(a: u8, b: u8) -> Result<Self, RuleError> {
        let (high, low) = (a.max(b), a.min(b));
        if high > 6 {
            return Err(RuleError::NoSuchPip { pip: high });
        }
        Ok(Self(high * (high + 1) / 2 + low))
    }

    /// From a bit position that is known to be below 28.
    pub(crate) fn from_bit(bit: u32) -> Self {
        debug_assert!(bit < 28, "bit {bit} is no domino");
        Self(bit as u8)
    }

    /// 0–27.
    pub fn id(self) -> u8 {
        self.0
    }

    /// Its id as an index into tables of 28.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The set that holds only this domino.
    pub fn bit(self) -> Tiles {
        1 << self.0
    }

    /// The higher pip, 0–6.
    pub fn high(self) -> u8 {
        tables::PIPS[self.index()].0
    }

    /// The lower pip, 0–6.
    pub fn low(self) -> u8 {
        tables::PIPS[self.index()].1
    }

    /// Count points: 10 for 6-4 and 5-5, 5 for 5-0, 4-1 and 3-2, else 0.
    pub fn points(self) -> u8 {
        tables::POINTS[self.index()]
    }
}

/// The dominoes of a set, by ascending id.
pub fn tiles_of(set: Tiles) -> impl ExactSizeIterator<Item = Domino> + Clone {
    TileIter(set & ALL_TILES)
}

#[derive(Clone)]
struct TileIter(Tiles);

impl Iterator for TileIter {
    type Item = Domino;

    fn next(&mut self) -> Option<Domino> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some(Domino::from_bit(bit))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.0.count_ones() as usize;
        (n, Some(n))
    }
}

impl ExactSizeIterator for TileIter {}

/// A seat 0–3, clockwise. Seats 0 and 2 are team 0, seats 1 and 3 team 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat(u8);

impl Seat {
    /// All seats, in order.
    pub const ALL: [Seat; 4] = [Seat(0), Seat(1), Seat(2), Seat(3)];

    /// The seat with this number.
    ///
    /// # Errors
    /// [`RuleError::NoSuchSeat`] if it is not 0–3.
    pub fn new(seat: u64) -> Result<Self, RuleError> {
        if seat < 4 { Ok(Self(seat as u8)) } else { Err(RuleError::NoSuchSeat { seat }) }
    }

    /// 0–3.
    pub fn id(self) -> u8 {
        self.0
    }

    /// Its number as an index into arrays of 4.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The seat `places` clockwise from here.
    pub fn after(self, places: usize) -> Self {
        Self((self.0 + (places & 3) as u8) & 3)
    }

    /// How many places clockwise from `self` to `other`, 0–3.
    pub fn places_to(self, other: Seat) -> usize {
        usize::from((other.0 + 4 - self.0) & 3)
    }

    /// 0 for seats 0 and 2, 1 for seats 1 and 3.
    pub fn team(self) -> usize {
        usize::from(self.0 & 1)
    }
}

impl std::str::FromStr for Seat {
    type Err = RuleError;

    /// Reads `2` or `seat 2`.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let said = text.trim().to_ascii_lowercase();
        let number = said.strip_prefix("seat").unwrap_or(&said).trim().parse().ok();
        number
            .and_then(|seat| Self::new(seat).ok())
            .ok_or_else(|| notation::refuse(text, "a seat: seats are 0, 1, 2, 3"))
    }
}
