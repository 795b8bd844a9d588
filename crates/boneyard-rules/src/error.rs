//! What can be wrong with a position, in one sentence each.

use thiserror::Error;

/// A position, play or name that the rules refuse.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A domino id above 27.
    #[error("{id} is not a domino: ids run from 0 (0-0) to 27 (6-6)")]
    NoSuchDomino {
        /// The id given.
        id: u64,
    },
    /// A pip above 6.
    #[error("{pip} is not a pip: pips run from 0 to 6")]
    NoSuchPip {
        /// The pip given.
        pip: u8,
    },
    /// A seat above 3.
    #[error("{seat} is not a seat: seats are 0, 1, 2, 3")]
    NoSuchSeat {
        /// The seat given.
        seat: u64,
    },
    /// An unknown declaration.
    #[error(
        "`{name}` is not a declaration: expected 0-9 or one of blanks, ones, twos, threes, fours, fives, sixes, \
         doubles-trump, doubles-suit, notrump"
    )]
    NoSuchDeclaration {
        /// The name or number given.
        name: String,
    },
    /// A contract that changes the rules of play.
    #[error(
        "`{name}` changes the rules of play and is not modelled: expected a declaration of straight 42, blanks to sixes, \
         doubles-trump, doubles-suit or notrump"
    )]
    OtherGame {
        /// The name given.
        name: String,
    },
    /// A bid that is not in the game.
    #[error("{bid} is not a bid: expected 30-42 points, or a multiple of 42 up to 4200 for marks")]
    NoSuchBid {
        /// The bid given.
        bid: u64,
    },
    /// A call that is not in the game now.
    #[error("`{call}` is no call here: expected {expected}")]
    Call {
        /// The call.
        call: String,
        /// What would be one.
        expected: String,
    },
    /// A hand with the wrong number of dominoes.
    #[error("{whose} has {got} dominoes, expected 7")]
    HandSize {
        /// Whose hand, such as `the hand of seat 2`.
        whose: String,
        /// How many were given.
        got: usize,
    },
    /// The same domino in two places.
    #[error("domino {id} ({pips}) appears twice")]
    Duplicate {
        /// Its id.
        id: u8,
        /// Its pips.
        pips: String,
    },
    /// A play after the last.
    #[error("play {play}: the hand is over after 28 plays")]
    Over {
        /// Number of the play, from 1.
        play: usize,
    },
    /// A domino played twice.
    #[error("play {play}: domino {id} ({pips}) has been played already")]
    PlayedTwice {
        /// Number of the play, from 1.
        play: usize,
        /// The domino's id.
        id: u8,
        /// Its pips.
        pips: String,
    },
    /// A domino played by a seat that does not hold it.
    #[error("play {play}: seat {seat} is to play and does not hold domino {id} ({pips})")]
    NotHeld {
        /// Number of the play, from 1.
        play: usize,
        /// The seat whose turn it is.
        seat: u8,
        /// The domino's id.
        id: u8,
        /// Its pips.
        pips: String,
    },
    /// A domino of the viewer's own hand played by somebody else.
    #[error("play {play}: seat {seat} is to play, but domino {id} ({pips}) is in the hand of seat {owner}")]
    OutOfTurn {
        /// Number of the play, from 1.
        play: usize,
        /// The seat whose turn it is.
        seat: u8,
        /// The domino's id.
        id: u8,
        /// Its pips.
        pips: String,
        /// Who holds it.
        owner: u8,
    },
    /// A play that does not follow suit although the hand could.
    #[error(
        "play {play}: seat {seat} revokes with domino {id} ({pips}): it holds {could}, which follows suit"
    )]
    Revoke {
        /// Number of the play, from 1.
        play: usize,
        /// The seat that revokes.
        seat: u8,
        /// The domino's id.
        id: u8,
        /// Its pips.
        pips: String,
        /// A domino that would follow.
        could: String,
    },
    /// A play of a suit that the same seat has shown it does not have.
    #[error(
        "play {play}: seat {seat} plays domino {id} ({pips}) although it failed to follow that suit before: \
         one of the two plays is wrong"
    )]
    AfterVoid {
        /// Number of the play, from 1.
        play: usize,
        /// The seat that plays.
        seat: u8,
        /// The domino's id.
        id: u8,
        /// Its pips.
        pips: String,
    },
    /// No assignment of the unseen dominoes agrees with what was seen.
    #[error("no world agrees with this view: the unseen dominoes cannot be dealt to the three other seats")]
    NoWorld,
    /// A view asked from a seat whose turn it is not.
    #[error("seat {seat} is given, but it is the turn of seat {mover}")]
    NotToMove {
        /// The seat given.
        seat: u8,
        /// The seat to move.
        mover: u8,
    },
    /// A question about a move after the last play.
    #[error("the hand is over: there is no move to ask about")]
    NoMove,
    /// Text that is not in the notation.
    #[error("`{text}` is not {expected}")]
    Notation {
        /// The piece of text.
        text: String,
        /// What would be right.
        expected: &'static str,
    },
}
