//! Random legal play-outs, step by step against the reference.

use boneyard_reference as reference;
use boneyard_rules::{Bid, Contract, Domino, Game, PLIES, Seat, View};
use boneyard_tests::games::{fresh_game, ids, random_move, reference_state, stream};

#[test]
fn play_outs_agree_with_the_reference() {
    for seed in 0..1_000 {
        let (mut game, mut stream) = (fresh_game(seed), stream(seed));
        let mut state = reference_state(&game);
        let bid = Bid::new(u64::from([30 + stream.below(13), 42 * (1 + stream.below(3))][seed as usize % 2]));
        let (bid, bidder) = (bid.unwrap(), Seat::new(u64::from(stream.below(4))).unwrap());
        for _ in 0..PLIES {
            compare(&game, &state, bid, bidder);
            refuse_the_rest(&game);
            let domino = random_move(&game, &mut stream);
            assert_eq!(game.slot(domino), state.slot(domino.index()));
            game.play(domino).unwrap();
            state.play(domino.index());
        }
        compare(&game, &state, bid, bidder);
        assert_eq!(game.table().banked().iter().sum::<u8>(), 42);
        assert_ne!(game.contract(bid, bidder), Contract::Open);
    }
}

fn compare(game: &Game, state: &reference::State, bid: Bid, bidder: Seat) {
    let table = game.table();
    assert_eq!(game.mover().index(), state.mover());
    assert_eq!(ids(game.legal()), state.legal());
    assert_eq!(table.banked().map(i32::from), state.banked());
    assert_eq!(table.is_over(), state.is_over());
    assert_eq!(game.plays()[..table.ply()].len(), state.history.plays.len());
    let trick = state.history.table().map_or(Vec::new(), |trick| trick.dominoes);
    assert_eq!(table.trick().map(Domino::index).collect::<Vec<_>>(), trick);
    for seat in Seat::ALL {
        assert_eq!(ids(game.held(seat)), state.holding(seat.index()));
        assert_eq!(usize::from(table.holds(seat)), state.holding(seat.index()).len());
        let voids = table.voids(seat);
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|suit| voids >> suit & 1 == 1), state.voids()[seat.index()]);
    }
    let contract = match state.contract(i32::from(bid.value()), bidder.index()) {
        None => Contract::Open,
        Some(reference::Contract::Made) => Contract::Made,
        Some(reference::Contract::Set) => Contract::Set,
    };
    assert_eq!(game.contract(bid, bidder), contract);
    if !table.is_over() {
        compare_views(&game.view(), &state.view());
    }
}

fn compare_views(view: &View, reference: &reference::View) {
    assert_eq!(ids(view.unseen()), reference.unseen());
    assert_eq!(view.sizes().map(usize::from), reference.sizes());
    assert_eq!(view.others().map(Seat::index), reference.opponents());
    for opponent in 0..3 {
        for domino in 0..28 {
            let excluded = view.excluded()[opponent] >> domino & 1 == 1;
            assert_eq!(!excluded, reference.may_hold(opponent, domino));
        }
    }
    // The same view from what the seat itself saw.
    let list = |set| boneyard_rules::tiles_of(set).collect::<Vec<_>>();
    let (table, plays) = (view.table(), view.table().plays().collect::<Vec<_>>());
    let again = View::new(view.seat(), &list(view.hand()), table.declaration(), table.first_leader(), &plays);
    assert_eq!(again.as_ref(), Ok(view));
}

/// Whatever is not legal is refused, and changes nothing.
fn refuse_the_rest(game: &Game) {
    for id in 0..28 {
        let domino = Domino::new(id).unwrap();
        if game.legal() & domino.bit() == 0 {
            let mut other = *game;
            assert!(other.play(domino).is_err());
            assert_eq!(other, *game);
        }
    }
}
