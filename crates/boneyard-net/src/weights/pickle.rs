//! Python's object notation, through candle's reader, which executes nothing.
//!
//! That reader believes what it is told: it allocates the lengths that strings claim, copies what a memo holds every
//! time it is asked for, and nests without end. So it is led one instruction at a time, each looked at first.

use super::WeightsError;
use candle_core::pickle::{Object, Stack};
use std::collections::HashMap;

/// Longest program, in bytes; a checkpoint takes some 200 a tensor.
const LONGEST: usize = 1 << 20;
/// Deepest nesting; a checkpoint has less than 20.
const DEEPEST: usize = 200;
/// Most that the memo copies, in bytes.
const MOST_COPIED: usize = 16 << 20;

/// What an object of the stack costs, at most.
#[derive(Clone, Copy, Default)]
struct Cost {
    depth: usize,
    bytes: usize,
}

/// Reads one object.
pub fn unpickle(program: &[u8]) -> Result<Object, WeightsError> {
    let refuse = |what: String| WeightsError::format(format!("the checkpoint's objects: {what}"));
    if program.len() > LONGEST {
        return Err(refuse(format!("{} bytes, expected at most {LONGEST}", program.len())));
    }
    let mut reader = Guarded::default();
    let mut rest = program;
    loop {
        let at = program.len() - rest.len();
        match reader.step(&mut rest) {
            Ok(true) => break,
            Ok(false) => {}
            Err(what) => return Err(refuse(format!("{what} at byte {at}"))),
        }
    }
    reader.stack.finalize().map_err(|_| refuse("there is none".to_owned()))
}

struct Guarded {
    stack: Stack,
    /// By index in the stack.
    costs: Vec<Cost>,
    memo: HashMap<u32, Cost>,
    copied: usize,
}

impl Default for Guarded {
    fn default() -> Self {
        Self { stack: Stack::empty(), costs: Vec::new(), memo: HashMap::new(), copied: 0 }
    }
}

impl Guarded {
    /// One instruction; true if it was the last.
    fn step(&mut self, rest: &mut &[u8]) -> Result<bool, &'static str> {
        const CUT_SHORT: &str = "they are cut short";
        let code = *rest.first().ok_or(CUT_SHORT)?;
        let program = *rest;
        let number = |length: usize| -> Result<u32, &'static str> {
            let bytes = program.get(1..1 + length).ok_or(CUT_SHORT)?;
            Ok(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte)))
        };
        let mut copy = None;
        match code {
            b'X' => {
                let claimed = number(4)? as usize;
                if claimed > program.len() - 5 {
                    return Err("a text claims to be longer than the file");
                }
            }
            b'h' | b'j' => {
                let key = number(if code == b'h' { 1 } else { 4 })?;
                copy = Some(*self.memo.get(&key).ok_or("an object is used before it is made")?);
            }
            b'q' | b'r' => {
                let key = number(if code == b'q' { 1 } else { 4 })?;
                let cost = *self.costs.last().ok_or("an object is kept before it is made")?;
                self.memo.insert(key, cost);
                self.pay(cost)?;
            }
            // Integers of more than 64 bits, which candle cannot read and a network does not need.
            0x8a if number(1)? > 8 => {
                *rest = program.get(2 + number(1)? as usize..).ok_or(CUT_SHORT)?;
                let none: &mut &[u8] = &mut &b"N"[..];
                self.stack.read(none).map_err(|_| CUT_SHORT)?;
                self.costs.push(Cost { depth: 1, bytes: size_of::<Object>() });
                return Ok(false);
            }
            _ => {}
        }
        if let Some(cost) = copy {
            self.pay(cost)?;
        }
        let before = rest.len();
        let done =
            self.stack.read(rest).map_err(|_| "an instruction that PyTorch does not use, or misplaced")?;
        let read = before - rest.len();
        let top = self.stack.stack().len();
        if top > self.costs.len() {
            let fresh = Cost { depth: 1, bytes: size_of::<Object>() + read };
            self.costs.push(copy.unwrap_or(fresh));
        } else if top > 0 && !matches!(code, 0x80 | b'q' | b'r' | b'.') {
            self.join(code, top - 1)?;
        }
        Ok(done)
    }

    /// What stood at `index` and above has become one object.
    fn join(&mut self, code: u8, index: usize) -> Result<(), &'static str> {
        let parts = self.costs.split_off(index);
        let mut cost = Cost { depth: 0, bytes: size_of::<Object>() };
        for (i, part) in parts.iter().enumerate() {
            // A list or dictionary takes more in without getting deeper itself.
            let grows = i == 0 && matches!(code, b'a' | b'e' | b's' | b'u');
            cost.depth = cost.depth.max(part.depth + usize::from(!grows));
            cost.bytes = cost.bytes.saturating_add(part.bytes);
        }
        self.costs.push(cost);
        if cost.depth > DEEPEST { Err("they are nested too deep") } else { Ok(()) }
    }

    /// Takes note of a copy.
    fn pay(&mut self, cost: Cost) -> Result<(), &'static str> {
        self.copied = self.copied.saturating_add(cost.bytes);
        if self.copied > MOST_COPIED { Err("they copy themselves over and over") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(program: &[u8]) -> String {
        unpickle(program).expect_err("refused").to_string()
    }

    #[test]
    fn reads_plain_objects() {
        let program = b"\x80\x02}q\x00(X\x01\x00\x00\x00aK\x05X\x01\x00\x00\x00bh\x00u.";
        let Object::Dict(entries) = unpickle(program).unwrap() else { panic!("a dictionary") };
        assert!(entries.contains(&(Object::Unicode("a".to_owned()), Object::Int(5))));
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn long_integers_are_left_out() {
        let program = [&b"]\x8a\x10"[..], &[0xff; 16], b"a."].concat();
        assert_eq!(unpickle(&program).unwrap(), Object::List(vec![Object::None]));
    }

    #[test]
    fn hostile_programs_are_refused() {
        assert!(
            complaint(b"X\xff\xff\xff\xffabc.")
                .contains("a text claims to be longer than the file at byte 0")
        );
        assert!(complaint(b"X\xff\xff").contains("cut short"));
        assert!(complaint(b"").contains("cut short"));
        assert!(complaint(b".").contains("there is none"));
        assert!(complaint(b"h\x05.").contains("before it is made"));
        assert!(complaint(b"\x8a\xff").contains("cut short"));
        assert!(complaint(b"cos\nsystem\n(X\x02\x00\x00\x00lstRi.").contains("an instruction"));
        assert!(complaint(&vec![b'N'; LONGEST + 1]).contains("expected at most"));
        let deep = [&b")"[..], &vec![0x85; 100_000], b"."].concat();
        assert!(complaint(&deep).contains("nested too deep"));
        // Each turn makes a pair of what the last one made: 2^200 objects.
        let laughs = [&b")q\x00"[..], &b"h\x00h\x00\x86q\x00".repeat(190), b"."].concat();
        assert!(complaint(&laughs).contains("over and over"), "{}", complaint(&laughs));
        let long = [&b"X\x00\x00\x08\x00"[..], &vec![b'x'; 1 << 19], b"q\x00", &b"h\x00".repeat(1000), b"."]
            .concat();
        assert!(complaint(&long).contains("over and over"));
    }

    #[test]
    fn a_system_call_stays_a_name() {
        let program = b"cos\nsystem\n(X\x0a\x00\x00\x00touch /x/ytR.";
        assert!(matches!(unpickle(program).unwrap(), Object::Reduce { .. }));
    }
}
