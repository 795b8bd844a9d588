//! Worlds by index: exactly uniform, never fails.

pub mod draw;
#[cfg(feature = "device")]
mod kernel;

use boneyard_core::{
    Design, Designed, Named, Observation, Purpose, SampleReport, Share, Stream, WorldSampler,
};
use rand_core::RngCore;

#[cfg(feature = "device")]
pub use kernel::UnrankKernel;

/// Draws indices of worlds and unranks them.
///
/// Law: world `i` of `n` is [`unrank`](boneyard_rules::Completions::unrank)`(index(i))` with the index that
/// [`Draw`] describes. There is nothing to reject, so it finds every world at the first try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Unrank {
    /// How indices are drawn.
    pub draw: Draw,
}

/// How the `n` indices of a decision with `W` worlds are drawn; formulas in [`draw`].
///
/// Random numbers come from the streams of [`Purpose::World`]. If `n` exceeds `W`, [`Distinct`](Draw::Distinct)
/// and [`Affine`](Draw::Affine) begin again with the world they began with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Draw {
    /// Independent: index `i` is [`below`](Stream::below)`(W)` of stream `i`.
    Uniform,
    /// Without replacement: index `i` is the image of `i` under a keyed permutation of `0..W`
    /// ([`draw::permuted`]), whose keys are the first words of stream 0.
    Distinct,
    /// One draw in each of `n` equal slices of `0..W`: [`draw::stratified`] with `below(W)` of stream `i`. A
    /// world at the edge of two slices belongs to each in part, so that over all `i` every world is exactly
    /// equally likely.
    Stratified,
    /// A walk with the stride of the golden ratio: [`draw::affine`] from a random start, `below(W)` of
    /// stream 0. Each index on its own is exactly uniform, none repeats, and any stretch of the walk covers
    /// `0..W` evenly. The draws of one decision are dependent: standard errors come from its
    /// [groups](boneyard_core::GROUPS).
    #[default]
    Affine,
}

impl Draw {
    /// All of them.
    pub const ALL: [Self; 4] = [Draw::Affine, Draw::Uniform, Draw::Distinct, Draw::Stratified];

    /// The id of [`Unrank`] with this draw.
    pub fn name(self) -> &'static str {
        match self {
            Draw::Uniform => "uniform",
            Draw::Distinct => "distinct",
            Draw::Stratified => "stratified",
            Draw::Affine => "affine",
        }
    }
}

impl Named for Unrank {
    fn id(&self) -> String {
        self.draw.name().to_owned()
    }
}

impl Designed for Unrank {
    fn design(&self) -> Design {
        match self.draw {
            Draw::Uniform => Design::Independent,
            Draw::Distinct | Draw::Affine => Design::Distinct,
            Draw::Stratified => Design::Sliced,
        }
    }
}

impl WorldSampler for Unrank {
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        let (count, n) = (observation.worlds.count(), out.of);
        if count == 0 {
            return SampleReport { wanted: out.empty().count() as u64, ..SampleReport::default() };
        }
        let stream = |item| observation.at.stream(Purpose::World, item);
        match self.draw {
            Draw::Uniform => fill(observation, out, |i| stream(i).below(count)),
            Draw::Stratified => {
                fill(observation, out, |i| draw::stratified(count, n, i, stream(i).below(count)))
            }
            Draw::Affine => {
                let (start, step) = (stream(0).below(count), draw::golden_step(count));
                fill(observation, out, |i| draw::affine(count, start, step, i))
            }
            Draw::Distinct => {
                let keys = round_keys(&mut stream(0));
                fill(observation, out, |i| draw::permuted(count, &keys, i))
            }
        }
    }
}

fn fill(observation: &Observation, out: &mut Share<'_>, index: impl Fn(u32) -> u32) -> SampleReport {
    let mut found = 0;
    for (i, world) in out.empty() {
        *world = observation.worlds.unrank(index(i));
        found += 1;
    }
    SampleReport { wanted: found, found, tries: found, ..SampleReport::default() }
}

fn round_keys(stream: &mut Stream) -> [u32; draw::ROUNDS] {
    std::array::from_fn(|_| stream.next_u32())
}
