//! Numbers as files have them, and how they become f32.

use half::{bf16, f16};
use std::ops::Range;

/// Most dimensions of a tensor; a network's have two.
pub const MOST_DIMENSIONS: usize = 8;

/// A kind of floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    F32,
    F64,
    F16,
    Bf16,
}

impl Kind {
    /// Bytes a number.
    pub fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// A number from its bytes, the least significant one first.
    fn read(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Self::F64, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
            (Self::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f32(),
            (Self::Bf16, &[a, b]) => bf16::from_le_bytes([a, b]).to_f32(),
            _ => unreachable!("as many bytes as a number has"),
        }
    }
}

/// Where a tensor's numbers lie among others, counted in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    pub offset: usize,
}

impl Layout {
    /// Row by row, without gaps.
    pub fn dense(shape: Vec<usize>) -> Self {
        let mut stride = 1usize;
        let mut strides: Vec<usize> = shape
            .iter()
            .rev()
            .map(|&n| {
                let own = stride;
                stride = stride.saturating_mul(n);
                own
            })
            .collect();
        strides.reverse();
        Self { shape, strides, offset: 0 }
    }

    /// How many numbers.
    pub fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |count, &n| count.checked_mul(n))
    }

    /// From the first number to the last; nothing if that is more than can be counted.
    pub fn span(&self) -> Option<Range<usize>> {
        if self.shape.len() != self.strides.len() {
            return None;
        }
        if self.count()? == 0 {
            return Some(self.offset..self.offset);
        }
        let steps = self.shape.iter().zip(&self.strides);
        let last = steps
            .clone()
            .try_fold(self.offset, |at, (&n, &stride)| at.checked_add(stride.checked_mul(n - 1)?))?;
        Some(self.offset..last.checked_add(1)?)
    }

    /// The numbers, row by row, from the bytes of the [span](Self::span).
    pub fn decode(&self, kind: Kind, big_endian: bool, bytes: &[u8]) -> Vec<f32> {
        let size = kind.size();
        let read = |bytes: &[u8]| {
            let mut number = [0; 8];
            let number = &mut number[..size];
            number.copy_from_slice(bytes);
            if big_endian {
                number.reverse();
            }
            kind.read(number)
        };
        let count = self.count().expect("a span");
        if bytes.len() == count * size && self.strides == Self::dense(self.shape.clone()).strides {
            return bytes.chunks_exact(size).map(read).collect();
        }
        let mut numbers = Vec::with_capacity(count);
        let mut at = vec![0; self.shape.len()];
        for _ in 0..count {
            let first = size * at.iter().zip(&self.strides).map(|(&i, &stride)| i * stride).sum::<usize>();
            numbers.push(read(&bytes[first..first + size]));
            for (i, &n) in at.iter_mut().zip(&self.shape).rev() {
                *i += 1;
                if *i < n {
                    break;
                }
                *i = 0;
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_are_followed_and_bounded() {
        let bytes: Vec<u8> =
            (0..6u16).flat_map(|number| f16::from_f32(number.into()).to_le_bytes()).collect();
        let decode = |offset, shape: &[usize], strides: &[usize]| {
            let layout = Layout { shape: shape.to_vec(), strides: strides.to_vec(), offset };
            let span = layout.span().unwrap();
            layout.decode(Kind::F16, false, &bytes[2 * span.start..2 * span.end])
        };
        assert_eq!(decode(0, &[2, 3], &[3, 1]), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(decode(4, &[2], &[1]), [4.0, 5.0]);
        // The transpose, every other number, one number over and over.
        assert_eq!(decode(0, &[3, 2], &[1, 3]), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(decode(1, &[2], &[2]), [1.0, 3.0]);
        assert_eq!(decode(5, &[3], &[0]), [5.0; 3]);
        assert_eq!(decode(1, &[], &[]), [1.0]);
        assert_eq!(decode(0, &[0, 7], &[usize::MAX, 1]), [0.0; 0]);
        for (offset, shape, strides) in [
            (0, &[usize::MAX, 2][..], &[0, 0][..]),
            (usize::MAX, &[1], &[1]),
            (0, &[3], &[usize::MAX]),
            (0, &[6], &[1, 1]),
        ] {
            let layout = Layout { shape: shape.to_vec(), strides: strides.to_vec(), offset };
            assert_eq!(layout.span(), None, "{layout:?}");
        }
    }

    #[test]
    fn every_kind_becomes_f32_in_both_byte_orders() {
        let check = |kind: Kind, mut bytes: Vec<u8>| {
            let one = Layout::dense(vec![1]);
            assert_eq!(one.decode(kind, false, &bytes), [-1.5], "{kind:?}");
            bytes.reverse();
            assert_eq!(one.decode(kind, true, &bytes), [-1.5], "{kind:?}, big-endian");
        };
        check(Kind::F32, (-1.5f32).to_le_bytes().to_vec());
        check(Kind::F64, (-1.5f64).to_le_bytes().to_vec());
        check(Kind::F16, f16::from_f32(-1.5).to_le_bytes().to_vec());
        check(Kind::Bf16, bf16::from_f32(-1.5).to_le_bytes().to_vec());
    }
}
