//! The referee is held to what it must find.

use crate::games::setups;
use crate::referee::Verdict;
use crate::referee::kernel::{self, verdict};
use boneyard_core::Setup;
use boneyard_device::kernels::strength::{STRENGTHS, strengths};
use boneyard_device::layout::game;
use boneyard_rules::{World, tables, tiles_of};
use cubecl::prelude::*;

/// A row of the games buffer after `ply` plays, with the true world and others that are wrong in one way each; none
/// if the position has no such worlds.
fn planted(setup: &Setup, ply: usize) -> Option<(Vec<u32>, Vec<World>)> {
    let (mut played, mut row) = (setup.start(), vec![0; game::ROW]);
    row[game::HANDS..][..4].copy_from_slice(&setup.deal.hands());
    row[game::CONTRACT] = u32::from(setup.declaration.id()) | u32::from(setup.bidder.id()) << 4;
    for past in 0..ply {
        let domino = tiles_of(played.legal()).last()?;
        row[game::PLAYS + past / 4] |= u32::from(domino.id()) << (past % 4 * 8);
        played.play(domino).unwrap();
    }
    let view = played.view();
    let [left, partner, right] = view.others().map(|seat| setup.deal.hand(seat) & !view.table().played());
    let [not_left, not_partner, not_right] = view.others().map(|seat| {
        let voids = view.table().voids(seat);
        (0..8).filter(|suit| voids >> suit & 1 == 1).fold(0, |set, suit| set | setup.declaration.follow(suit))
    });
    let one_of = |set: u32| Some(set & set.wrapping_neg()).filter(|&bit| bit != 0);
    let mine = one_of(view.held() & !not_left)?;
    let (theirs, others) = (one_of(left)?, one_of(right & !not_partner)?);
    let (given, taken) = (one_of(left & not_right)?, one_of(right & !not_left)?);
    let worlds = vec![
        [left, partner, right],
        // One of the mover's dominoes for another: a stranger, and one lost.
        [left ^ theirs ^ mine, partner, right],
        // One that the right opponent keeps: twice, and a wrong size.
        [left, partner | others, right],
        // One lost, and a wrong size.
        [left, partner, right ^ others],
        // A swap that breaks a void and nothing else.
        [left ^ given ^ taken, partner, right ^ given ^ taken],
        // True, but for its owner.
        [left, partner, right],
        // A strength that no domino has will be added: a stranger, and one lost.
        [left ^ theirs, partner, right],
    ];
    Some((row, worlds))
}

/// The referee counts each kind of violation, and nothing else.
pub fn the_referee_finds_what_is_wrong<R: Runtime>(client: ComputeClient<R>) {
    let mut n_tested = 0;
    for (setup, ply) in setups(60).iter().flat_map(|setup| [9, 10, 11, 12].map(|ply| (*setup, ply))) {
        let Some((row, worlds)) = planted(&setup, ply) else {
            continue;
        };
        n_tested += 1;
        let strength = &tables::STRENGTH[setup.declaration.index()];
        let set = |ids: u32| tiles_of(ids).fold(0, |set, domino| set | 1u32 << strength[domino.index()]);
        let mut words: Vec<u32> = worlds.iter().flatten().map(|&hand| set(hand)).collect();
        words[6 * 3] |= 1 << 30;
        let found = referee_of(&client, &row, &words, ply as u32);
        let expected =
            Verdict { checked: 7, misplaced: 1, strangers: 2, twice: 1, lost: 3, sizes: 2, voids: 1 };
        assert_eq!(found, expected, "seed {} at ply {ply}", setup.seed);
        assert_eq!(found.violations(), 10);
    }
    assert!(n_tested > 5, "{n_tested} games");
}

/// What the referee says of the worlds of one game, of which the sixth is said to be another game's.
fn referee_of<R: Runtime>(client: &ComputeClient<R>, row: &[u32], worlds: &[u32], ply: u32) -> Verdict {
    let owners = [0, 0, 0, 0, 0, 9, 0];
    let n = owners.len();
    let upload = |words: &[u32]| client.create_from_slice(u32::as_bytes(words));
    let counts = upload(&[0; verdict::WORDS]);
    // SAFETY: one game, whose `n` worlds and owners are there; one cube.
    unsafe {
        kernel::referee_kernel::launch_unchecked::<R>(
            client,
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(kernel::UNITS),
            ArrayArg::from_raw_parts(upload(row), game::ROW),
            ArrayArg::from_raw_parts(upload(&[0, n as u32]), 2),
            ArrayArg::from_raw_parts(upload(worlds), 3 * n),
            ArrayArg::from_raw_parts(upload(&owners), n),
            ArrayArg::from_raw_parts(upload(&strengths()), 10 * STRENGTHS),
            ArrayArg::from_raw_parts(counts.clone(), verdict::WORDS),
            0,
            1,
            ply,
        );
    }
    client.flush().unwrap();
    Verdict::from_words(u32::from_bytes(&client.read_one(counts).unwrap()))
}
