//! Lines as bytes, bounded, in batches that never wait for input that is not there yet.

use std::io::{self, BufRead};

/// The longest line that is looked at, in bytes: 1 MiB. A position takes about 250.
pub const LONGEST: usize = 1 << 20;

/// One line, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Whole(Vec<u8>),
    /// Longer than [`LONGEST`]; how long.
    TooLong(u64),
}

/// Hands `each` the lines of `input` in order: at a time, all that one read of the input completes, so that
/// somebody who writes one line and waits for its answer gets it. What follows the last line break is a line
/// unless it is empty. Keeps at most one unfinished line, cut at [`LONGEST`].
pub fn batches(mut input: impl BufRead, mut each: impl FnMut(Vec<Line>) -> io::Result<()>) -> io::Result<()> {
    let mut unfinished = Unfinished::default();
    loop {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            break;
        }
        let n_bytes = bytes.len();
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    unfinished.push(end);
                    lines.push(unfinished.finish());
                }
                None => unfinished.push(piece),
            }
        }
        input.consume(n_bytes);
        if !lines.is_empty() {
            each(lines)?;
        }
    }
    if unfinished.length > 0 { each(vec![unfinished.finish()]) } else { Ok(()) }
}

#[derive(Default)]
struct Unfinished {
    bytes: Vec<u8>,
    length: u64,
}

impl Unfinished {
    fn push(&mut self, piece: &[u8]) {
        let room = LONGEST - self.bytes.len();
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        self.length += piece.len() as u64;
    }

    fn finish(&mut self) -> Line {
        let Self { bytes, length } = std::mem::take(self);
        if length > LONGEST as u64 { Line::TooLong(length) } else { Line::Whole(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn read(input: &[u8], capacity: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let reader = BufReader::with_capacity(capacity, input);
        batches(reader, |batch| {
            lines.extend(batch);
            Ok(())
        })
        .unwrap();
        lines
    }

    #[test]
    fn lines_do_not_depend_on_the_buffer() {
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        for capacity in [1, 2, 3, 7, 100] {
            assert_eq!(read(b"", capacity), []);
            assert_eq!(read(b"one\n\ntwo\nthree", capacity), ["one", "", "two", "three"].map(whole));
            assert_eq!(read(b"one\n", capacity), [whole("one")]);
            assert_eq!(read(b"\n", capacity), [whole("")]);
        }
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_read() {
        let mut input = vec![b'x'; LONGEST];
        input.push(b'\n');
        input.extend(vec![b'y'; LONGEST + 1]);
        input.extend(b"\nz");
        let lines = read(&input, 8192);
        assert_eq!(lines[0], Line::Whole(vec![b'x'; LONGEST]));
        assert_eq!(lines[1..], [Line::TooLong(LONGEST as u64 + 1), Line::Whole(b"z".to_vec())]);
    }

    #[test]
    fn a_batch_is_what_is_there() {
        let mut sizes = Vec::new();
        batches(BufReader::with_capacity(4, &b"a\nb\nc\nd\n"[..]), |batch| {
            sizes.push(batch.len());
            Ok(())
        })
        .unwrap();
        assert_eq!(sizes, [2, 2]);
    }
}
