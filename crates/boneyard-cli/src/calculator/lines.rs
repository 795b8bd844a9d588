//! Lines as bytes, bounded, in batches that never wait for input that is not there yet.

use super::failed;
use std::io::{self, BufRead};

/// The longest line that is looked at, in bytes: 1 MiB. A position takes about 250.
pub const LONGEST: usize = 1 << 20;

/// What some editors put at the start of a file to say that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One line, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Whole(Vec<u8>),
    /// Longer than [`LONGEST`]; how long.
    TooLong(u64),
}

/// Hands `each` the lines of `input` in order: at a time, all that one read of the input completes, so that
/// somebody who writes one line and waits for its answer gets it. What follows the last line break is a line
/// unless it is empty. A byte-order mark before the first line is no part of it. Keeps at most one unfinished line, cut at [`LONGEST`].
pub fn batches(mut input: impl BufRead, mut each: impl FnMut(Vec<Line>) -> io::Result<()>) -> io::Result<()> {
    let mut unfinished = Unfinished { is_first: true, ..Unfinished::default() };
    loop {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed("cannot read the input")(error)),
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
    match unfinished.finish() {
        Line::Whole(nothing) if nothing.is_empty() => Ok(()),
        last => each(vec![last]),
    }
}

/// A line under way.
#[derive(Default)]
struct Unfinished {
    is_first: bool,
    bytes: Vec<u8>,
    length: u64,
}

impl Unfinished {
    fn push(&mut self, piece: &[u8]) {
        let room = LONGEST + BYTE_ORDER_MARK.len() - self.bytes.len();
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        self.length += piece.len() as u64;
    }

    fn finish(&mut self) -> Line {
        let Self { is_first, mut bytes, mut length } = std::mem::take(self);
        if is_first && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
            length -= BYTE_ORDER_MARK.len() as u64;
        }
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
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        for capacity in [1, 2, 3, 7, 100] {
            assert_eq!(read("\u{feff}one\ntwo".as_bytes(), capacity), ["one", "two"].map(whole));
            assert_eq!(read("\u{feff}\n".as_bytes(), capacity), [whole("")]);
            assert_eq!(read("\u{feff}".as_bytes(), capacity), []);
            // Anywhere else it is text like any other.
            let [first, second] = read("one\n\u{feff}two".as_bytes(), capacity).try_into().unwrap();
            assert_eq!([first, second], ["one", "\u{feff}two"].map(whole));
        }
        let longest = [BYTE_ORDER_MARK, &vec![b'x'; LONGEST]].concat();
        assert_eq!(read(&longest, 8192), [Line::Whole(vec![b'x'; LONGEST])]);
        let longer = [BYTE_ORDER_MARK, &vec![b'x'; LONGEST + 1]].concat();
        assert_eq!(read(&longer, 8192), [Line::TooLong(LONGEST as u64 + 1)]);
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
