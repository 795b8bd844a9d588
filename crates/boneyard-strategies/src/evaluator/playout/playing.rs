//! A game being played out, on the host and in kernels.

// The macro `cube` adds types and modules beside each item, without documentation.
#![cfg_attr(feature = "device", allow(missing_docs))]
#![allow(clippy::collapsible_if, clippy::collapsible_else_if, clippy::manual_is_multiple_of)]

#[cfg(feature = "device")]
use cubecl::prelude::*;

/// Open hands and the trick under way. Seats are numbered from the mover at the root, dominoes are named by
/// strength.
#[cfg_attr(feature = "device", derive(CubeType, CubeTypeMut))]
#[derive(Clone, Copy)]
pub struct Playing {
    pub mine: u32,
    pub left: u32,
    pub partner: u32,
    pub right: u32,
    /// Who leads the trick.
    pub leader: u32,
    /// How many plays have been made in it.
    pub in_trick: u32,
    /// What follows the lead.
    pub follow: u32,
    /// The winning domino so far, as a bit.
    pub best: u32,
    /// Who played it.
    pub winner: u32,
    /// Count points in the trick.
    pub points: u32,
    /// Points won by seats 0 and 2 so far.
    pub ours: u32,
}

#[cfg_attr(feature = "device", cube)]
impl Playing {
    /// Whose turn it is.
    fn player(&self) -> u32 {
        (self.leader + self.in_trick) & 3u32
    }

    /// The strongest domino that the player may play.
    pub fn strongest(&self) -> u32 {
        let player = self.player();
        let mut hand = self.mine;
        if player == 1u32 {
            hand = self.left;
        }
        if player == 2u32 {
            hand = self.partner;
        }
        if player == 3u32 {
            hand = self.right;
        }
        let mut legal = hand;
        if self.in_trick != 0u32 {
            if hand & self.follow != 0u32 {
                legal = hand & self.follow;
            }
        }
        0x8000_0000u32 >> legal.leading_zeros()
    }

    /// The player plays `tile`, which counts `points`; `follow` is what follows it when it is led. A domino that is
    /// already on the table, and so in nobody's hand, may be played too.
    pub fn play(&mut self, tile: u32, follow: u32, trumps: u32, points: u32) {
        let player = self.player();
        self.mine &= !tile;
        self.left &= !tile;
        self.partner &= !tile;
        self.right &= !tile;
        if self.in_trick == 0u32 {
            self.follow = follow;
            self.best = tile;
            self.winner = player;
            self.points = 0u32;
        } else {
            if tile & (self.follow | trumps) != 0u32 {
                if tile > self.best {
                    self.best = tile;
                    self.winner = player;
                }
            }
        }
        self.points += points;
        self.in_trick = (self.in_trick + 1u32) & 3u32;
        if self.in_trick == 0u32 {
            if self.winner & 1u32 == 0u32 {
                self.ours += self.points + 1u32;
            }
            self.leader = self.winner;
        }
    }

    /// True once everything has been played.
    pub fn is_over(&self) -> bool {
        self.mine | self.left | self.partner | self.right == 0u32
    }
}
