//! What a lane holds in its registers, and what it does with it.
//!
//! Lane 4g + t of an operand of 16 rows and 16 columns has, in this order, row g and columns 2t, 2t + 1; row g + 8 and the
//! same columns; and both rows with columns 2t + 8, 2t + 9. Of sums of 16 rows and 8 columns it has columns 2t, 2t + 1 of rows
//! g and g + 8 (PTX ISA, "Matrix Fragments for mma.m16n8k16").

// The macro `cube` adds modules and types beside each item, without documentation.
#![allow(missing_docs)]

use cubecl::cmma;
use cubecl::prelude::*;
use half::f16;

/// Two numbers of a row, an operand.
pub type Half2 = Vector<f16, Const<2>>;
/// Two sums of a row.
pub type Sum2 = Vector<f32, Const<2>>;
/// A lane's part of a tile, or of an operand of 16 rows.
pub type Words4 = Vector<u32, Const<4>>;
/// A lane's part of a row of an embedding.
pub type Words2 = Vector<u32, Const<2>>;

/// Lanes of a plane.
pub const LANES: u32 = 32;

/// How far the packed weights have been read.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Cursor {
    /// The tile that is read next, at this lane.
    pub tile: usize,
    /// The pair that is read next, at this lane.
    pub pair: usize,
}

/// Sums of nothing yet, each of 16 rows and 8 columns.
#[cube]
pub fn zeros(#[comptime] n: usize) -> Sequence<Array<Sum2>> {
    let mut sums = Sequence::<Array<Sum2>>::new();
    #[unroll]
    for _ in 0..n {
        let mut sum = Array::<Sum2>::new(2usize);
        sum[0usize] = Sum2::new(0.0f32);
        sum[1usize] = Sum2::new(0.0f32);
        sums.push(sum);
    }
    sums
}

/// Operands without numbers yet, each of 16 rows and 16 columns.
#[cube]
pub fn operands(#[comptime] n: usize) -> Sequence<Array<Half2>> {
    let mut operands = Sequence::<Array<Half2>>::new();
    #[unroll]
    for _ in 0..n {
        operands.push(Array::<Half2>::new(4usize));
    }
    operands
}

/// A word as two numbers.
#[cube]
pub fn half2(word: u32) -> Half2 {
    Half2::reinterpret(word)
}

/// Sums as an operand.
#[cube]
pub fn rounded(sum: Sum2) -> Half2 {
    Half2::cast_from(sum)
}

/// Adds the product of 16 rows and 8 columns.
#[cube]
pub fn multiply(a: &Array<Half2>, b0: Half2, b1: Half2, sums: &mut Array<Sum2>) {
    let mut b = Array::<Half2>::new(2usize);
    b[0usize] = b0;
    b[1usize] = b1;
    let mma = cmma::MmaDefinition::<f16, f16, f32>::new(16usize, 8usize, 16usize);
    mma.execute_inplace(a, &b, sums);
}

/// Adds the product of 16 rows and a tile of 16 columns, whose sums of 8 columns stand at `first` and at `second`.
#[cube]
pub fn multiply_tile(
    a: &Array<Half2>,
    tile: Words4,
    sums: &mut Sequence<Array<Sum2>>,
    #[comptime] first: usize,
    #[comptime] second: usize,
) {
    multiply(a, half2(tile[0usize]), half2(tile[1usize]), sums.index_mut(first));
    multiply(a, half2(tile[2usize]), half2(tile[3usize]), sums.index_mut(second));
}

/// The sum over the four lanes that share rows.
#[cube]
pub fn quad_sum(x: f32) -> f32 {
    let x = x + plane_shuffle_xor(x, 1u32);
    x + plane_shuffle_xor(x, 2u32)
}

/// The largest of the four lanes that share rows.
#[cube]
pub fn quad_max(x: f32) -> f32 {
    let x = max(x, plane_shuffle_xor(x, 1u32));
    max(x, plane_shuffle_xor(x, 2u32))
}

/// An operand as four words.
#[cube]
pub fn packed(operand: &Array<Half2>) -> Words4 {
    let mut words = Words4::empty();
    #[unroll]
    for i in 0..4usize {
        words[i] = u32::reinterpret(operand[i]);
    }
    words
}

/// Four words as an operand.
#[cube]
pub fn unpacked(words: Words4, operand: &mut Array<Half2>) {
    #[unroll]
    for i in 0..4usize {
        operand[i] = half2(words[i]);
    }
}
