//! Networks on the device against the reference on the processor, at large.

use super::On;
use anyhow::Result;
use boneyard::net::Architecture;
use boneyard_tests::network::{Comparison, golden, random};
use cubecl::prelude::Runtime;

/// Width, heads, layers, feed-forward, worlds.
const SHAPES: [(usize, usize, usize, usize, usize); 9] = [
    (48, 3, 1, 20, 10_000),
    (44, 11, 2, 70, 10_000),
    (128, 8, 4, 512, 10_000),
    (256, 8, 6, 512, 10_000),
    // Odd ways to divide: columns beyond the width, sections of the feed-forward block, four planes a world.
    (144, 9, 2, 20, 2_000),
    (256, 2, 1, 1024, 2_000),
    (320, 5, 2, 96, 2_000),
    (512, 8, 1, 700, 2_000),
    // Too wide for tensor cores.
    (544, 4, 1, 64, 500),
];

/// Golden rows and random worlds, in the arithmetic that the device takes and in f32.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let show = |what: &str, there: Comparison| {
        println!(
            "  {what}, in {}: {} worlds, at most {:.5} and on average {:.6} point apart",
            there.arithmetic, there.worlds, there.worst, there.mean
        );
    };
    println!("network: against the reference on the processor");
    for single in [false, true] {
        show("golden rows", golden(on.client.clone(), single)?);
        // Rounded to f16, so narrow a network is further off.
        let narrow = single.then_some((12, 1, 3, 1, 10_000));
        for (width, heads, layers, feed_forward, n_worlds) in SHAPES.into_iter().chain(narrow) {
            let architecture = Architecture { width, heads, layers, feed_forward };
            let there = random(on.client.clone(), architecture, n_worlds, single)?;
            show(&format!("{width} wide, {heads} heads, {layers} layers, {feed_forward} inner"), there);
        }
    }
    Ok(())
}
