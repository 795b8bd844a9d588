//! The tokenizer's kernel against the golden file: software Vulkan where there is no GPU.
//!
//! The rows go to the kernel as one batch of games with a world each, in buffers made by hand.

use boneyard_device::kernels::strength::strengths;
use boneyard_device::layout::{WORLD, game, seen};
use boneyard_net::tokenizer::{DealTokenizerKernel, TOKENS, UNITS, WORDS, tokenize_kernel};
use boneyard_rules::{Tiles, tables, tiles_of};
use boneyard_tests::golden::{
    directory,
    tokens::{Kind, Row, rows},
};
use cubecl::prelude::*;
use cubecl::wgpu::WgpuRuntime;

/// What no token is.
const SENTINEL: u32 = 0xdead_beef;

/// A set of ids as a set by strength.
fn by_strength(tiles: Tiles, declaration: usize) -> u32 {
    tiles_of(tiles).fold(0, |set, domino| set | 1 << tables::STRENGTH[declaration][domino.index()])
}

/// What the backend would keep of the game and its observation.
fn write(row: &Row, game_row: &mut [u32], seen_row: &mut [u32], world: &mut [u32]) {
    let (view, table) = (row.game.view(), row.game.table());
    // Hidden hands are none of the kernel's business.
    game_row[game::HANDS + view.seat().index()] = view.hand();
    for seat in boneyard_rules::Seat::ALL {
        game_row[game::PLAYED + seat.index()] = table.played_by(seat);
    }
    for (ply, domino) in table.plays().enumerate() {
        game_row[game::PLAYS + ply / 4] |= u32::from(domino.id()) << (ply % 4 * 8);
    }
    seen_row[seen::MOVER] = view.seat().id().into();
    seen_row[seen::DECLARATION] = table.declaration().id().into();
    seen_row[seen::TRICK] = table.leader().id().into();
    seen_row[seen::PLY] = table.ply() as u32;
    let declaration = table.declaration().index();
    world.copy_from_slice(&row.world.map(|hand| by_strength(hand, declaration)));
}

#[test]
fn the_kernel_gives_the_golden_tokens() {
    let read = |name: &str| std::fs::read(directory().join(name)).unwrap();
    let playouts = serde_json::from_slice(&read("playouts.json")).unwrap();
    let mut rows = rows(&read("tokens.safetensors"), &playouts).unwrap();
    rows.retain(|row| row.kind != Kind::Forgetful);
    let n = rows.len();
    assert_eq!(n, 200);

    let mut games = vec![0; n * game::ROW];
    let mut observations = vec![0; n * seen::ROW];
    let mut worlds = vec![0; n * WORLD];
    let buffers = games
        .chunks_exact_mut(game::ROW)
        .zip(observations.chunks_exact_mut(seen::ROW))
        .zip(worlds.chunks_exact_mut(WORLD));
    for (row, ((game, seen), world)) in rows.iter().zip(buffers) {
        write(row, game, seen, world);
    }
    let numbers: Vec<u32> = (0..=n as u32).collect();

    let client = WgpuRuntime::client(&Default::default());
    let upload = |words: &[u32]| client.create_from_slice(u32::as_bytes(words));
    let arg = |words: &[u32]| {
        // SAFETY: the buffer has just been made of these words.
        unsafe { ArrayArg::from_raw_parts(upload(words), words.len()) }
    };
    let tokens = upload(&vec![SENTINEL; n * WORDS]);
    // SAFETY: there are `n` games, worlds and owners, one start more, and room for the tokens of `n` worlds; units
    // beyond them do nothing.
    unsafe {
        tokenize_kernel::launch_unchecked::<DealTokenizerKernel, WgpuRuntime>(
            &client,
            CubeCount::Static((n * TOKENS).div_ceil(UNITS as usize) as u32, 1, 1),
            CubeDim::new_1d(UNITS),
            arg(&games),
            arg(&observations),
            arg(&worlds),
            arg(&numbers[..n]),
            arg(&numbers),
            arg(&strengths()),
            ArrayArg::from_raw_parts(tokens.clone(), n * WORDS),
            0,
            n as u32,
            n as u32,
            (),
        );
    }
    client.flush().unwrap();
    let read = client.read_one(tokens).unwrap();
    for (i, (row, got)) in rows.iter().zip(read.chunks_exact(4 * WORDS)).enumerate() {
        let got: Vec<i64> = got.iter().map(|&byte| i64::from(byte as i8)).collect();
        assert_eq!(got, row.tokens, "row {i}, {:?}", row.kind);
    }
}
