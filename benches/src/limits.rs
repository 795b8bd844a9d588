//! What a machine can do at most: a roofline of two lines, measured.

use crate::{DeviceSite, HostSite, Kind, Site};
use anyhow::Result;
use cubecl::cmma;
use cubecl::prelude::*;
use cubecl::server::Handle;
use half::f16;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::time::Instant;

/// Measured limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes a second of a large copy, reads and writes together.
    pub copy: f64,
    /// 32-bit integer operations a second: shifts, exclusive ors and multiplications as in a generator of random
    /// numbers.
    pub integer: f64,
    /// Operations a second of products of small matrices, f16 with sums in f32, from registers: a multiplication and an
    /// addition are two. 0 where there are none.
    #[serde(default)]
    pub tensor: f64,
}

/// What a unit of an entry costs at least.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Bytes read and written.
    pub bytes: f64,
    /// Integer operations; 0 if not known.
    pub operations: f64,
    /// Operations of products of matrices; 0 if there are none.
    pub products: f64,
}

impl Limits {
    /// What is said of tensor cores, if there are any.
    pub fn tensor_text(&self) -> String {
        match self.tensor {
            0.0 => String::new(),
            tensor => format!(", {}FLOP/s on tensor cores", crate::numbers::short(tensor)),
        }
    }

    /// How much of the limit that binds a rate is, and which limit that is.
    pub fn share(&self, rate: f64, cost: Cost) -> Option<(f64, &'static str)> {
        let memory = rate * cost.bytes / self.copy;
        let integer = rate * cost.operations / self.integer;
        let tensor = if self.tensor > 0.0 { rate * cost.products / self.tensor } else { 0.0 };
        let limits = [(memory, "memory"), (integer, "integers"), (tensor, "tensor cores")];
        limits.into_iter().filter(|(share, _)| *share > 0.0).max_by(|(a, _), (b, _)| a.total_cmp(b))
    }
}

/// Rounds of [`mix`] a lane does.
const ROUNDS: u32 = 512;
/// Operations of a round: four chains of three shifts and three exclusive ors, and a multiplication.
const ROUND_OPERATIONS: f64 = 4.0 * 7.0;

/// Four independent chains of Marsaglia's xorshift, with a multiplication.
fn mix(seed: u32) -> u32 {
    let mut chains = [seed, seed ^ 0x9E37_79B9, seed ^ 0x7F4A_7C15, seed ^ 0x94D0_49BB];
    for _ in 0..ROUNDS {
        for x in &mut chains {
            *x ^= *x << 13;
            *x ^= *x >> 17;
            *x ^= *x << 5;
            *x = x.wrapping_mul(747_796_405);
        }
    }
    chains.into_iter().fold(0, |all, x| all ^ x)
}

/// The best of five.
fn best(mut seconds: impl FnMut() -> Result<f64>) -> Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        best = best.min(seconds()?);
    }
    Ok(best)
}

/// The limits of this machine's threads together.
pub fn of_host() -> Limits {
    let timed = |work: &mut dyn FnMut()| {
        let seconds = best(|| {
            let start = Instant::now();
            work();
            Ok(start.elapsed().as_secs_f64())
        });
        seconds.expect("a host's clock does not fail")
    };
    const WORDS: usize = 1 << 24;
    let from = vec![1u32; WORDS];
    let mut to = vec![0u32; WORDS];
    let copying = timed(&mut || {
        let pairs = to.par_chunks_mut(1 << 18).zip(from.par_chunks(1 << 18));
        pairs.for_each(|(to, from)| to.copy_from_slice(black_box(from)));
        black_box(&to);
    });
    let lanes = 1u32 << 15;
    let mixing = timed(&mut || {
        black_box((0..lanes).into_par_iter().map(mix).reduce(|| 0, |a, b| a ^ b));
    });
    Limits {
        copy: 8.0 * WORDS as f64 / copying,
        integer: f64::from(lanes) * f64::from(ROUNDS) * ROUND_OPERATIONS / mixing,
        tensor: 0.0,
    }
}

const UNITS: u32 = 256;

#[cube(launch_unchecked)]
#[allow(missing_docs)]
fn copy_kernel(from: &Array<u32>, to: &mut Array<u32>, n: u32) {
    if ABSOLUTE_POS < n as usize {
        to[ABSOLUTE_POS] = from[ABSOLUTE_POS];
    }
}

#[cube]
fn step(x: u32) -> u32 {
    let a = x ^ (x << 13u32);
    let b = a ^ (a >> 17u32);
    let c = b ^ (b << 5u32);
    c * 747_796_405u32
}

#[cube(launch_unchecked)]
#[allow(missing_docs)]
fn mix_kernel(to: &mut Array<u32>, n: u32, rounds: u32) {
    if ABSOLUTE_POS < n as usize {
        let seed = ABSOLUTE_POS as u32;
        let mut a = seed;
        let mut b = seed ^ 0x9E37_79B9u32;
        let mut c = seed ^ 0x7F4A_7C15u32;
        let mut d = seed ^ 0x94D0_49BBu32;
        for _ in 0u32..rounds {
            a = step(a);
            b = step(b);
            c = step(c);
            d = step(d);
        }
        to[ABSOLUTE_POS] = a ^ b ^ c ^ d;
    }
}

/// The limits of a device.
///
/// # Errors
/// Device errors; a kernel that did not do its work.
pub fn of_device<R: Runtime>(site: &DeviceSite<R>) -> Result<Limits> {
    let client = &site.client;
    let words: usize = if site.kind == Kind::Gpu { 1 << 28 } else { 1 << 22 };
    let words = words.min((client.properties().memory.max_page_size / 4) as usize);
    let lanes: usize = if site.kind == Kind::Gpu { 1 << 22 } else { 1 << 14 };
    let grid = |n: usize| {
        let cubes = n.div_ceil(UNITS as usize) as u32;
        let x = cubes.min(32_768);
        CubeCount::Static(x, cubes.div_ceil(x), 1)
    };
    let (from, to) = (client.empty(4 * words), client.empty(4 * words));
    let arg = |handle: &Handle, n: usize| {
        // SAFETY: both buffers hold `words ≥ n` words.
        unsafe { ArrayArg::<R>::from_raw_parts(handle.clone(), n) }
    };
    let copying = || {
        // SAFETY: units beyond the `words` words of both buffers do nothing.
        unsafe {
            let (from, to) = (arg(&from, words), arg(&to, words));
            copy_kernel::launch_unchecked::<R>(
                client,
                grid(words),
                CubeDim::new_1d(UNITS),
                from,
                to,
                words as u32,
            );
        }
        Ok(())
    };
    let lanes = lanes.min(words);
    let mixing = || {
        // SAFETY: units beyond the `lanes ≤ words` words do nothing.
        unsafe {
            let to = arg(&to, lanes);
            mix_kernel::launch_unchecked::<R>(
                client,
                grid(lanes),
                CubeDim::new_1d(UNITS),
                to,
                lanes as u32,
                ROUNDS,
            );
        }
        Ok(())
    };
    let copy_seconds = best(|| Ok(site.time(copying)?.0))?;
    let mix_seconds = best(|| Ok(site.time(mixing)?.0))?;
    let results = to.clone().offset_end(4 * (words - lanes) as u64);
    let read = client.read_one(results).map_err(|error| anyhow::anyhow!("{}: {error:?}", site.name))?;
    let last = u32::from_bytes(&read)[lanes - 1];
    anyhow::ensure!(
        last == mix(lanes as u32 - 1),
        "{}: the kernel that measures the limit is wrong",
        site.name
    );
    Ok(Limits {
        copy: 8.0 * words as f64 / copy_seconds,
        integer: lanes as f64 * f64::from(ROUNDS) * ROUND_OPERATIONS / mix_seconds,
        tensor: tensor_of(site)?,
    })
}

/// Cubes and units of the kernel that multiplies, and products that each plane makes a round and in all.
const MULTIPLIERS: (u32, u32) = (132 * 8, 256);
const CHAINS: usize = 8;
const MULTIPLICATIONS: u32 = 4096;

/// Eight independent sums of products of small matrices, of which nothing leaves the registers.
#[cube(launch_unchecked)]
#[allow(missing_docs)]
fn multiply_kernel(to: &mut Array<f32>, rounds: u32) {
    let mma = cmma::MmaDefinition::<f16, f16, f32>::new(16usize, 8usize, 16usize);
    let mut a = Array::<Vector<f16, Const<2>>>::new(4usize);
    let mut b = Array::<Vector<f16, Const<2>>>::new(2usize);
    let number = f16::cast_from(UNIT_POS % 7u32) / f16::new(8.0);
    #[unroll]
    for i in 0..4usize {
        a[i] = Vector::new(number);
    }
    #[unroll]
    for i in 0..2usize {
        b[i] = Vector::new(number);
    }
    let mut sums = Sequence::<Array<Vector<f32, Const<2>>>>::new();
    #[unroll]
    for _ in 0..CHAINS {
        let mut sum = Array::<Vector<f32, Const<2>>>::new(2usize);
        sum[0usize] = Vector::new(0.0f32);
        sum[1usize] = Vector::new(0.0f32);
        sums.push(sum);
    }
    for _ in 0u32..rounds {
        #[unroll]
        for i in 0..CHAINS {
            mma.execute_inplace(&a, &b, sums.index_mut(i));
        }
    }
    let mut sum = 0.0f32;
    #[unroll]
    for i in 0..CHAINS {
        sum += sums.index(i)[0usize][0usize];
    }
    to[ABSOLUTE_POS] = sum;
}

/// What tensor cores do at most, or 0 where there are none.
fn tensor_of<R: Runtime>(site: &DeviceSite<R>) -> Result<f64> {
    if !boneyard::net::has_tensor_cores(site.client.properties()) {
        return Ok(0.0);
    }
    let (cubes, units) = MULTIPLIERS;
    let to = site.client.empty(4 * (cubes * units) as usize);
    let seconds = best(|| {
        let multiplying = || {
            // SAFETY: there is a number for every unit.
            unsafe {
                multiply_kernel::launch_unchecked::<R>(
                    &site.client,
                    CubeCount::Static(cubes, 1, 1),
                    CubeDim::new_1d(units),
                    ArrayArg::from_raw_parts(to.clone(), (cubes * units) as usize),
                    MULTIPLICATIONS,
                );
            }
            Ok(())
        };
        Ok(site.time(multiplying)?.0)
    })?;
    let products = f64::from(cubes * units / 32) * f64::from(MULTIPLICATIONS) * CHAINS as f64;
    Ok(products * (2 * 16 * 8 * 16) as f64 / seconds)
}

/// A site whose limits can be measured.
pub trait Limited: Site {
    /// What the machine can do at most, measured.
    ///
    /// # Errors
    /// Device errors.
    fn limits(&self) -> Result<Limits>;
}

impl Limited for HostSite {
    fn limits(&self) -> Result<Limits> {
        Ok(of_host())
    }
}

impl<R: Runtime> Limited for DeviceSite<R> {
    fn limits(&self) -> Result<Limits> {
        of_device(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binding_limit_is_named() {
        let limits = Limits { copy: 100.0, integer: 1000.0, tensor: 10_000.0 };
        let share = |bytes, operations, products| limits.share(2.0, Cost { bytes, operations, products });
        assert_eq!(share(10.0, 0.0, 0.0), Some((0.2, "memory")));
        assert_eq!(share(10.0, 300.0, 0.0), Some((0.6, "integers")));
        assert_eq!(share(10.0, 300.0, 4000.0), Some((0.8, "tensor cores")));
        assert_eq!(share(0.0, 0.0, 0.0), None);
        let none = Limits { tensor: 0.0, ..limits };
        assert_eq!(none.share(2.0, Cost { products: 1.0, ..Cost::default() }), None);
    }
}
