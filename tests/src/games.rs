//! Random games, and the same games for the reference.

use boneyard_core::{Coordinates, Deals, Observation, Purpose, Sampling, Setup, Stream};
use boneyard_reference::State;
use boneyard_rules::{Bid, Deal, Declaration, Domino, Game, Seat, Tiles, tiles_of};

/// A stream of random numbers for a test.
pub fn stream(seed: u64) -> Stream {
    Coordinates { seed, replicate: 0, ply: 0 }.stream(Purpose::Other, 0)
}

/// A fresh game: the seed's deal and, by its last digits, a declaration and a leader.
pub fn fresh_game(seed: u64) -> Game {
    let declaration = Declaration::new(seed % 10).expect("a declaration");
    Game::new(Deal::from_seed(seed), declaration, Seat::new(seed / 10 % 4).expect("a seat"))
}

/// Games over all declarations, bidders and bids from 30 to 42.
pub fn setups(n: u64) -> Vec<Setup> {
    let setup = |seed: u64| Setup {
        seed,
        deal: Deals::Python.deal(seed),
        declaration: Declaration::new(seed % 10).expect("a declaration"),
        bidder: Seat::new(seed / 3 % 4).expect("a seat"),
        bid: Bid::new(30 + seed % 13).expect("a bid"),
    };
    (1000..1000 + n).map(setup).collect()
}

/// What the mover of a game sees, at a bid of 30 by whoever led first.
///
/// # Panics
/// If the game is over.
pub fn observe(game: &Game, seed: u64) -> Observation {
    let table = game.table();
    let at = Coordinates { seed, replicate: 0, ply: table.ply() as u8 };
    Observation::new(game.view(), Bid::THIRTY, table.first_leader(), &Sampling::new(50), at)
        .expect("the true deal is a world of every view")
}

/// A random legal move.
pub fn random_move(game: &Game, stream: &mut Stream) -> Domino {
    let legal = game.legal();
    tiles_of(legal).nth(stream.below(legal.count_ones()) as usize).expect("a legal move")
}

/// A game of random legal moves, stopped before ply `ply`.
pub fn random_game(seed: u64, ply: usize) -> Game {
    let (mut game, mut stream) = (fresh_game(seed), stream(seed));
    for _ in 0..ply {
        let domino = random_move(&game, &mut stream);
        game.play(domino).expect("a legal move");
    }
    game
}

/// Ids, ascending.
pub fn ids(set: Tiles) -> Vec<usize> {
    tiles_of(set).map(Domino::index).collect()
}

/// The same game in the reference's terms.
pub fn reference_state(game: &Game) -> State {
    let table = game.table();
    let plays: Vec<usize> = table.plays().map(Domino::index).collect();
    let (declaration, leader) = (table.declaration().index(), table.first_leader().index());
    State::replay(game.deal().hands().map(ids), declaration, leader, &plays)
}
