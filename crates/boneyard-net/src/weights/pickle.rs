//! Python's object notation, protocols 2 to 5, read and never obeyed.
//!
//! A pickle is a program for a machine with a stack. Here classes are names, and a call of one is an [`Object`] that keeps
//! what it was called with and what it was filled with: nothing is looked up, nothing runs. What says nothing of weights
//! (floats, lists, sets) is dropped as it is read, so that a long history costs little.
//!
//! Values refer to one another by number, so an object that is used a million times is there once, one that holds itself
//! is no trouble, and nothing here calls itself. Memory is counted as it is taken.

use super::WeightsError;
use super::names::LONGEST as LONGEST_NAME;
use std::ops::Range;

/// Longest program, in bytes; a checkpoint takes some 200 a tensor, and 9 for every number of a history.
pub const LONGEST: u64 = 32 << 20;
/// Memory for what is read, in bytes, besides twice the length of the program.
const MEMORY: usize = 32 << 20;

/// Something of a pickle. Texts are parts of the program, the parts of tuples are cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// `None`, floats, lists, sets, integers of more than 64 bits.
    Other,
    Bool(bool),
    Int(i64),
    Text(Part),
    Bytes(Part),
    Tuple(Part),
    /// Module and name are two cells from here on.
    Class(u32),
    /// What is kept outside of the pickle: what it is known by there is a cell.
    Outside(u32),
    Object(u32),
}

/// From here to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    start: u32,
    end: u32,
}

impl Part {
    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A dictionary, or what a class or function would have made.
#[derive(Debug)]
pub struct Object {
    /// What was called; nothing for a dictionary.
    pub callable: Value,
    /// What it was called with.
    pub arguments: Value,
    /// What was put into it by key.
    pub items: Vec<(Value, Value)>,
    /// What its attributes were set from.
    pub state: Value,
}

/// A pickle that has been read.
pub struct Pickle<'a> {
    program: &'a [u8],
    cells: Vec<Value>,
    objects: Vec<Object>,
    /// What the whole program makes.
    pub root: Value,
}

impl<'a> Pickle<'a> {
    /// Reads a program.
    pub fn read(program: &'a [u8]) -> Result<Self, WeightsError> {
        let mut machine = Machine {
            rest: program,
            made: Self { program, cells: Vec::new(), objects: Vec::new(), root: Value::Other },
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            left: MEMORY + 2 * program.len(),
        };
        loop {
            let at = machine.at();
            match machine.step() {
                Ok(true) => return Ok(machine.made),
                Ok(false) => {}
                Err(what) => {
                    return Err(WeightsError::format(format!(
                        "the checkpoint's objects: {what} at byte {at}"
                    )));
                }
            }
        }
    }

    /// A text, if it is one that is no longer than a name may be.
    pub fn text(&self, value: Value) -> Option<&'a str> {
        let Value::Text(part) = value else { return None };
        // It may be asked for many times.
        let bytes = Some(&self.program[part.range()]).filter(|bytes| bytes.len() <= LONGEST_NAME);
        std::str::from_utf8(bytes?).ok()
    }

    /// Whether it is this text.
    pub fn is(&self, value: Value, text: &str) -> bool {
        matches!(value, Value::Text(part) if self.program[part.range()] == *text.as_bytes())
    }

    /// Bytes, if it is that.
    pub fn bytes(&self, value: Value) -> Option<&'a [u8]> {
        let Value::Bytes(part) = value else { return None };
        Some(&self.program[part.range()])
    }

    /// The parts of a tuple, if it is one.
    pub fn tuple(&self, value: Value) -> Option<&[Value]> {
        let Value::Tuple(part) = value else { return None };
        Some(&self.cells[part.range()])
    }

    /// Module and name of a class or function, if it is one.
    pub fn class(&self, value: Value) -> Option<(&'a str, &'a str)> {
        let Value::Class(at) = value else { return None };
        Some((self.text(self.cells[at as usize])?, self.text(self.cells[at as usize + 1])?))
    }

    /// What something outside of the pickle is known by, if it is that.
    pub fn outside(&self, value: Value) -> Option<Value> {
        let Value::Outside(at) = value else { return None };
        Some(self.cells[at as usize])
    }

    /// An object, if it is one.
    pub fn object(&self, value: Value) -> Option<&Object> {
        let Value::Object(at) = value else { return None };
        Some(&self.objects[at as usize])
    }

    /// Module, name and arguments of a call, if it is one.
    pub fn call(&self, value: Value) -> Option<(&'a str, &'a str, &[Value])> {
        let object = self.object(value)?;
        let (module, name) = self.class(object.callable)?;
        Some((module, name, self.tuple(object.arguments)?))
    }
}

/// The machine that a pickle is a program for.
struct Machine<'a> {
    rest: &'a [u8],
    made: Pickle<'a>,
    stack: Vec<Value>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: Vec<Option<Value>>,
    /// Bytes that it may still take.
    left: usize,
}

type Step<T> = Result<T, &'static str>;

const CUT_SHORT: &str = "they are cut short";
const MISPLACED: &str = "an instruction that is misplaced";
const UNKNOWN: &str = "an instruction that PyTorch does not use";

impl<'a> Machine<'a> {
    /// How much of the program has been read.
    fn at(&self) -> usize {
        self.made.program.len() - self.rest.len()
    }

    /// One instruction; true if it was the last.
    fn step(&mut self) -> Step<bool> {
        let code = self.take(1)?[0];
        match code {
            // PROTO, FRAME and STOP.
            0x80 => {
                if !(2..=5).contains(&self.take(1)?[0]) {
                    return Err("a protocol other than 2 to 5");
                }
            }
            0x95 => {
                if self.number(8)? > self.rest.len() as u64 {
                    return Err(CUT_SHORT);
                }
            }
            b'.' => {
                self.made.root = self.pop()?;
                return Ok(true);
            }
            // What is of no interest: None, floats, lists and sets.
            b'N' | b']' | 0x8f => self.push(Value::Other)?,
            b'G' => {
                self.take(8)?;
                self.push(Value::Other)?;
            }
            b'l' | 0x91 => {
                self.pop_to_mark()?;
                self.push(Value::Other)?;
            }
            b'a' => {
                self.pop()?;
                self.top()?;
            }
            b'e' | 0x90 => {
                self.pop_to_mark()?;
                self.top()?;
            }
            0x88 => self.push(Value::Bool(true))?,
            0x89 => self.push(Value::Bool(false))?,
            b'K' => self.integer(1)?,
            b'M' => self.integer(2)?,
            b'J' => {
                let number = self.number(4)? as u32 as i32;
                self.push(Value::Int(number.into()))?;
            }
            0x8a => self.long_integer(1)?,
            0x8b => self.long_integer(4)?,
            // Texts of Python 2, then of Python 3.
            b'U' | 0x8c => self.text(1)?,
            b'T' | b'X' => self.text(4)?,
            0x8d => self.text(8)?,
            b'C' => self.bytes(1)?,
            b'B' => self.bytes(4)?,
            0x8e | 0x96 => self.bytes(8)?,
            b')' => self.tuple(self.stack.len())?,
            0x85..=0x87 => {
                let first = self.stack.len().checked_sub(usize::from(code - 0x84));
                let first = first.filter(|&first| first >= self.floor()).ok_or(MISPLACED)?;
                self.tuple(first)?;
            }
            b't' => {
                let first = self.marks.pop().ok_or(MISPLACED)?;
                self.tuple(first)?;
            }
            b'}' => self.object(Value::Other, Value::Other)?,
            b'd' => {
                let first = self.marks.pop().ok_or(MISPLACED)?;
                self.object(Value::Other, Value::Other)?;
                self.stack[first..].rotate_right(1);
                self.put(first + 1)?;
            }
            b's' => self.put(self.stack.len().checked_sub(2).ok_or(MISPLACED)?)?,
            b'u' => {
                let first = self.marks.pop().ok_or(MISPLACED)?;
                self.put(first)?;
            }
            // GLOBAL and STACK_GLOBAL.
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.class(module, name)?;
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                self.class(module, name)?;
            }
            // REDUCE, NEWOBJ, NEWOBJ_EX and BUILD.
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                let callable = self.pop()?;
                self.object(callable, arguments)?;
            }
            0x92 => {
                self.pop()?;
                let arguments = self.pop()?;
                let callable = self.pop()?;
                self.object(callable, arguments)?;
            }
            b'b' => {
                let state = self.pop()?;
                if let Value::Object(at) = self.top()? {
                    let object = &mut self.made.objects[at as usize];
                    if object.state != Value::Other {
                        return Err("an object is filled twice");
                    }
                    object.state = state;
                }
            }
            b'Q' => {
                let known_by = self.pop()?;
                let at = self.cell(known_by)?;
                self.push(Value::Outside(at))?;
            }
            // The memo: BINGET, LONG_BINGET, BINPUT, LONG_BINPUT and MEMOIZE.
            b'h' | b'j' => {
                let key = self.number(if code == b'h' { 1 } else { 4 })? as usize;
                let kept = self.memo.get(key).copied().flatten();
                self.push(kept.ok_or("an object is used before it is made")?)?;
            }
            b'q' | b'r' => {
                let key = self.number(if code == b'q' { 1 } else { 4 })? as usize;
                self.keep(key)?;
            }
            0x94 => self.keep(self.memo.len())?,
            b'(' => {
                room(&mut self.marks, 1, &mut self.left)?;
                self.marks.push(self.stack.len());
            }
            b'0' => {
                if self.stack.len() > self.floor() {
                    self.stack.pop();
                } else {
                    self.marks.pop().ok_or(MISPLACED)?;
                }
            }
            b'1' => self.pop_to_mark()?,
            b'2' => {
                let top = self.top()?;
                self.push(top)?;
            }
            _ => return Err(UNKNOWN),
        }
        Ok(false)
    }

    /// The next bytes of the program.
    fn take(&mut self, length: u64) -> Step<&'a [u8]> {
        let length = usize::try_from(length).ok().filter(|&length| length <= self.rest.len());
        let (taken, rest) = self.rest.split_at(length.ok_or(CUT_SHORT)?);
        self.rest = rest;
        Ok(taken)
    }

    /// A little-endian number of so many bytes, at most eight.
    fn number(&mut self, length: u64) -> Step<u64> {
        Ok(self.take(length)?.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The part of the program that is so long and comes next.
    fn part(&mut self, length: u64) -> Step<Part> {
        let start = self.at() as u32;
        self.take(length)?;
        Ok(Part { start, end: self.at() as u32 })
    }

    /// A line as text.
    fn line(&mut self) -> Step<Value> {
        let length = self.rest.iter().position(|&byte| byte == b'\n').ok_or(CUT_SHORT)?;
        let part = self.part(length as u64)?;
        self.take(1)?;
        Ok(Value::Text(part))
    }

    fn text(&mut self, length_bytes: u64) -> Step<()> {
        let length = self.number(length_bytes)?;
        let part = self.part(length)?;
        self.push(Value::Text(part))
    }

    fn bytes(&mut self, length_bytes: u64) -> Step<()> {
        let length = self.number(length_bytes)?;
        let part = self.part(length)?;
        self.push(Value::Bytes(part))
    }

    fn integer(&mut self, length: u64) -> Step<()> {
        let number = self.number(length)?;
        self.push(Value::Int(number as i64))
    }

    /// An integer of any length: its own length first, the highest bit is the sign.
    fn long_integer(&mut self, length_bytes: u64) -> Step<()> {
        let length = self.number(length_bytes)?;
        let bytes = self.take(length)?;
        let negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
        let mut number = [if negative { 0xff } else { 0 }; 8];
        self.push(match number.get_mut(..bytes.len()) {
            None => Value::Other,
            Some(low) => {
                low.copy_from_slice(bytes);
                Value::Int(i64::from_le_bytes(number))
            }
        })
    }

    /// How far down the stack may be popped.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn push(&mut self, value: Value) -> Step<()> {
        room(&mut self.stack, 1, &mut self.left)?;
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Step<Value> {
        if self.stack.len() <= self.floor() {
            return Err(MISPLACED);
        }
        self.stack.pop().ok_or(MISPLACED)
    }

    fn top(&self) -> Step<Value> {
        let top = self.stack.last().filter(|_| self.stack.len() > self.floor());
        top.copied().ok_or(MISPLACED)
    }

    fn pop_to_mark(&mut self) -> Step<()> {
        self.stack.truncate(self.marks.pop().ok_or(MISPLACED)?);
        Ok(())
    }

    /// The stack from `first` on becomes a tuple.
    fn tuple(&mut self, first: usize) -> Step<()> {
        room(&mut self.made.cells, self.stack.len() - first, &mut self.left)?;
        let start = self.made.cells.len() as u32;
        self.made.cells.extend(self.stack.drain(first..));
        let end = self.made.cells.len() as u32;
        self.push(Value::Tuple(Part { start, end }))
    }

    fn cell(&mut self, value: Value) -> Step<u32> {
        room(&mut self.made.cells, 1, &mut self.left)?;
        self.made.cells.push(value);
        Ok(self.made.cells.len() as u32 - 1)
    }

    fn class(&mut self, module: Value, name: Value) -> Step<()> {
        let at = self.cell(module)?;
        self.cell(name)?;
        self.push(Value::Class(at))
    }

    fn object(&mut self, callable: Value, arguments: Value) -> Step<()> {
        let object = Object { callable, arguments, items: Vec::new(), state: Value::Other };
        room(&mut self.made.objects, 1, &mut self.left)?;
        self.made.objects.push(object);
        self.push(Value::Object(self.made.objects.len() as u32 - 1))
    }

    /// The stack from `first` on, keys and values in turn, goes into the object below.
    fn put(&mut self, first: usize) -> Step<()> {
        let (pairs, rest) = self.stack[first..].as_chunks();
        let below = first.checked_sub(1).filter(|&below| below >= self.floor() && rest.is_empty());
        let Value::Object(at) = self.stack[below.ok_or(MISPLACED)?] else { return Err(MISPLACED) };
        let inside = &mut self.made.objects[at as usize].items;
        room(inside, pairs.len(), &mut self.left)?;
        inside.extend(pairs.iter().map(|&[key, value]| (key, value)));
        self.stack.truncate(first);
        Ok(())
    }

    fn keep(&mut self, key: usize) -> Step<()> {
        let top = self.top()?;
        let more = (key + 1).saturating_sub(self.memo.len());
        if more > 0 {
            room(&mut self.memo, more, &mut self.left)?;
            self.memo.resize(key + 1, None);
        }
        self.memo[key] = Some(top);
        Ok(())
    }
}

/// Makes room for more, if there is memory left for it.
fn room<T>(list: &mut Vec<T>, more: usize, left: &mut usize) -> Step<()> {
    let needed = list.len() + more;
    if needed > list.capacity() {
        let grown = needed.max(list.len() + list.len() / 2);
        let bytes = (grown - list.capacity()) * size_of::<T>();
        *left = left.checked_sub(bytes).ok_or("they take too much memory")?;
        list.reserve_exact(grown - list.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(program: &[u8]) -> String {
        Pickle::read(program).err().expect("refused").to_string()
    }

    #[test]
    fn reads_plain_objects() {
        let read = Pickle::read(b"\x80\x02}q\x00(X\x01\x00\x00\x00aK\x05X\x01\x00\x00\x00bh\x00u.").unwrap();
        let items = &read.object(read.root).unwrap().items;
        assert_eq!((read.text(items[0].0), items[0].1), (Some("a"), Value::Int(5)));
        // It holds itself.
        assert_eq!((read.text(items[1].0), items[1].1), (Some("b"), read.root));
    }

    #[test]
    fn what_is_used_twice_is_there_once() {
        // An object is kept before it is filled, and used after: in protocol 2 and 4.
        for program in [
            &b"\x80\x02}q\x00X\x01\x00\x00\x00aK\x08sh\x00\x86."[..],
            b"\x80\x04\x95\x0b\0\0\0\0\0\0\0}\x94\x8c\x01aK\x08sh\0\x86.",
        ] {
            let read = Pickle::read(program).unwrap();
            let &[one, other] = read.tuple(read.root).unwrap() else { panic!("a pair") };
            assert_eq!(one, other);
            assert_eq!(read.object(one).unwrap().items[0].1, Value::Int(8));
        }
    }

    #[test]
    fn integers_of_all_lengths() {
        let check = |program: &[u8], expected| {
            let program = [program, b"."].concat();
            let read = Pickle::read(&program).unwrap();
            assert_eq!(read.root, expected, "{program:?}");
        };
        check(b"K\xff", Value::Int(255));
        check(b"M\xff\xff", Value::Int(65535));
        check(b"J\xff\xff\xff\xff", Value::Int(-1));
        check(b"\x8a\x00", Value::Int(0));
        check(b"\x8a\x01\xfe", Value::Int(-2));
        check(b"\x8b\x02\0\0\0\x00\x80", Value::Int(-32768));
        check(b"\x8a\x08\0\0\0\0\0\0\0\x80", Value::Int(i64::MIN));
        check(b"\x8a\x09\0\0\0\0\0\0\0\0\x01", Value::Other);
        check(b"\x88", Value::Bool(true));
    }

    #[test]
    fn histories_cost_little() {
        // 2 million floats in lists of a thousand, as Python writes them.
        let thousand = [&b"("[..], &b"G\x3f\xb9\x99\x99\x99\x99\x99\x9a".repeat(1000), b"e"].concat();
        let program = [&b"]"[..], &thousand.repeat(2000), b"."].concat();
        let read = Pickle::read(&program).unwrap();
        assert_eq!((read.root, read.cells.len()), (Value::Other, 0));
    }

    #[test]
    fn hostile_programs_are_refused() {
        for cut in [
            &b""[..],
            b"X\xff\xff\xff\xffabc.",
            b"X\xff\xff",
            b"\x8a\xff",
            b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
            b"cos\nsystem",
            b"G",
            b"\x80",
        ] {
            assert!(complaint(cut).contains("cut short at byte 0"), "{cut:?}: {}", complaint(cut));
        }
        for misplaced in [
            &b"."[..],
            b"a.",
            b"Na.",
            b"(.",
            b"N(s.",
            b"NNs.",
            b"}NNNs.",
            b"}(Nu.",
            b"t.",
            b"K\x01(\x85.",
            b"(R.",
            b"Nq\x00(q\x01.",
            b"0.",
            b"1.",
        ] {
            let complaint = complaint(misplaced);
            assert!(complaint.contains("misplaced"), "{misplaced:?}: {complaint}");
        }
        assert!(complaint(b"h\x05.").contains("before it is made"));
        assert!(complaint(b"Nq\x05h\x04.").contains("before it is made"));
        assert!(complaint(b"\x80\x01N.").contains("a protocol other than 2 to 5 at byte 0"));
        assert!(complaint(b"}}b}b.").contains("filled twice"));
        // INST, OBJ, EXT1, PERSID and what only text protocols have.
        for code in [b"i", b"o", b"\x82", b"P", b"I", b"\x97", b"\xff"] {
            assert!(complaint(&[code, &b"os\nsystem\n."[..]].concat()).contains("PyTorch does not use"));
        }
        assert!(complaint(b"Nr\xff\xff\xff\x7f.").contains("too much memory at byte 1"));
        for greedy in [&b"N"[..], b"(", b"}", b")\x94", b")0}0", b"N\x850"] {
            let complaint = complaint(&greedy.repeat((12 << 20) / greedy.len()));
            assert!(complaint.contains("too much memory"), "{greedy:?}: {complaint}");
        }
    }

    #[test]
    fn depth_and_laughter_cost_nothing() {
        let deep = [&b")"[..], &vec![0x85; 500_000], b"."].concat();
        assert!(Pickle::read(&deep).is_ok());
        // Each turn makes a pair of what the last one made: 2^200 objects for who unfolds them.
        let laughs = [&b")q\x00"[..], &b"h\x00h\x00\x86q\x00".repeat(200), b"."].concat();
        assert!(Pickle::read(&laughs).unwrap().cells.len() == 400);
    }

    #[test]
    fn a_system_call_stays_a_name() {
        let read = Pickle::read(b"cos\nsystem\n(X\x0a\x00\x00\x00touch /x/ytR.").unwrap();
        let (module, name, arguments) = read.call(read.root).unwrap();
        assert_eq!((module, name, read.text(arguments[0])), ("os", "system", Some("touch /x/y")));
    }
}
