//! Objects of Python and how Python writes them down.

use std::collections::HashMap;

/// An object.
#[derive(Clone, Debug)]
pub enum Py {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    Tuple(Vec<Py>),
    List(Vec<Py>),
    Set(Vec<Py>),
    Dict(Vec<(Py, Py)>),
    /// A class or function: module and name.
    Class(&'static str, &'static str),
    /// What a function makes of arguments, the items that are put into it and the state that it is given.
    Made {
        callable: Box<Py>,
        arguments: Vec<Py>,
        new: bool,
        items: Vec<(Py, Py)>,
        list: Vec<Py>,
        state: Option<Box<Py>>,
    },
    /// A storage by its type, key and how many numbers it has.
    Storage(&'static str, String, usize),
    /// One object in several places: all of this number are the same.
    Same(u32, Box<Py>),
}

pub fn text(text: &str) -> Py {
    Py::Text(text.to_owned())
}

/// A dictionary with texts as keys.
pub fn dict(items: &[(&str, Py)]) -> Py {
    Py::Dict(keyed(items))
}

fn keyed(items: &[(&str, Py)]) -> Vec<(Py, Py)> {
    items.iter().map(|(key, value)| (text(key), value.clone())).collect()
}

/// What calling a class or function gives.
pub fn call(module: &'static str, name: &'static str, arguments: &[Py]) -> Py {
    let (callable, arguments) = (Box::new(Py::Class(module, name)), arguments.to_vec());
    Py::Made { callable, arguments, new: false, items: vec![], list: vec![], state: None }
}

/// An object of a class that is a dictionary.
pub fn dict_of(module: &'static str, name: &'static str, items: &[(&str, Py)]) -> Py {
    let callable = Box::new(Py::Class(module, name));
    Py::Made { callable, arguments: vec![], new: true, items: keyed(items), list: vec![], state: None }
}

/// An object with attributes.
pub fn object_of(module: &'static str, name: &'static str, attributes: &[(&str, Py)]) -> Py {
    let callable = Box::new(Py::Class(module, name));
    let state = Some(Box::new(dict(attributes)));
    Py::Made { callable, arguments: vec![], new: true, items: vec![], list: vec![], state }
}

/// The same with items, list and state added.
pub fn filled(made: Py, items: &[(&str, Py)], list: &[Py], state: Option<Py>) -> Py {
    let Py::Made { callable, arguments, new, .. } = made else { panic!("nothing to fill") };
    Py::Made {
        callable,
        arguments,
        new,
        items: keyed(items),
        list: list.to_vec(),
        state: state.map(Box::new),
    }
}

/// A number of NumPy, as its protocol 2 and later ones write it.
pub fn numpy(dtype: &str, order: &str, bytes: &[u8], protocol: u8) -> Py {
    let kind = call("numpy", "dtype", &[text(dtype), Py::Bool(false), Py::Bool(true)]);
    let unset = [Py::None, Py::None, Py::None, Py::Int(-1), Py::Int(-1), Py::Int(0)];
    let state = [&[Py::Int(3), text(order)], &unset[..]].concat();
    let kind = filled(kind, &[], &[], Some(Py::Tuple(state)));
    let bytes = match protocol {
        2 => call(
            "_codecs",
            "encode",
            &[Py::Text(bytes.iter().map(|&byte| byte as char).collect()), text("latin1")],
        ),
        _ => Py::Bytes(bytes.to_vec()),
    };
    call("numpy.core.multiarray", "scalar", &[kind, bytes])
}

/// As Python writes it in protocol 2, 3, 4 or 5.
pub fn pickled(object: &Py, protocol: u8) -> Vec<u8> {
    let mut writer = Writer { protocol, out: Vec::new(), memo: HashMap::new(), kept: 0, same: None };
    writer.put(object);
    let mut program = vec![0x80, protocol];
    if protocol >= 4 {
        program.push(0x95);
        program.extend((writer.out.len() as u64 + 1).to_le_bytes());
    }
    program.extend(writer.out);
    program.push(b'.');
    program
}

/// What is remembered.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Known {
    Same(u32),
    Class(&'static str, &'static str),
    Text(String),
}

struct Writer {
    protocol: u8,
    out: Vec<u8>,
    memo: HashMap<Known, u32>,
    kept: u32,
    /// The number of the object that comes next.
    same: Option<u32>,
}

impl Writer {
    fn put(&mut self, object: &Py) {
        let same = self.same.take();
        match object {
            Py::None => self.out.push(b'N'),
            Py::Bool(value) => self.out.push(if *value { 0x88 } else { 0x89 }),
            Py::Int(number) => self.integer(*number),
            Py::Float(number) => {
                self.out.push(b'G');
                self.out.extend(number.to_be_bytes());
            }
            Py::Text(text) => self.known(Known::Text(text.clone()), |it| it.text(text)),
            Py::Bytes(bytes) => {
                self.out.extend([b'C', bytes.len() as u8]);
                self.out.extend(bytes);
            }
            Py::Tuple(parts) => {
                if parts.len() > 3 {
                    self.out.push(b'(');
                }
                parts.iter().for_each(|part| self.put(part));
                self.out.push([b')', 0x85, 0x86, 0x87, b't'][parts.len().min(4)]);
            }
            Py::List(parts) => {
                self.out.push(b']');
                self.keep_as(same);
                self.list(parts);
            }
            Py::Set(parts) if self.protocol >= 4 => {
                self.out.extend([0x8f, b'(']);
                parts.iter().for_each(|part| self.put(part));
                self.out.push(0x90);
            }
            Py::Set(parts) => self.put(&call("builtins", "set", &[Py::List(parts.clone())])),
            Py::Dict(items) => {
                self.out.push(b'}');
                self.keep_as(same);
                self.items(items);
            }
            Py::Class(module, name) => self.known(Known::Class(module, name), |it| {
                if it.protocol >= 4 {
                    it.put(&text(module));
                    it.put(&text(name));
                    it.out.push(0x93);
                } else {
                    it.out.extend(format!("c{module}\n{name}\n").as_bytes());
                }
            }),
            Py::Made { callable, arguments, new, items, list, state } => {
                self.put(callable);
                self.put(&Py::Tuple(arguments.clone()));
                self.out.push(if *new { 0x81 } else { b'R' });
                self.keep_as(same);
                self.list(list);
                self.items(items);
                if let Some(state) = state {
                    self.put(state);
                    self.out.push(b'b');
                }
            }
            Py::Storage(kind, key, length) => {
                let class = Py::Class("torch", kind);
                self.put(&Py::Tuple(vec![
                    text("storage"),
                    class,
                    text(key),
                    text("cpu"),
                    Py::Int(*length as i64),
                ]));
                self.out.push(b'Q');
            }
            Py::Same(number, object) => match self.memo.get(&Known::Same(*number)) {
                Some(&at) => self.get(at),
                None => {
                    self.same = Some(*number);
                    self.put(object);
                }
            },
        }
    }

    /// Writes it once, and from then on where it is kept.
    fn known(&mut self, what: Known, write: impl FnOnce(&mut Self)) {
        match self.memo.get(&what) {
            Some(&at) => self.get(at),
            None => {
                write(self);
                self.memo.insert(what, self.kept);
                self.keep();
            }
        }
    }

    fn get(&mut self, at: u32) {
        match u8::try_from(at) {
            Ok(at) => self.out.extend([b'h', at]),
            Err(_) => {
                self.out.push(b'j');
                self.out.extend(at.to_le_bytes());
            }
        }
    }

    /// Keeps an object under its number: as soon as it is there, before it is filled.
    fn keep_as(&mut self, same: Option<u32>) {
        self.memo.extend(same.map(|number| (Known::Same(number), self.kept)));
        self.keep();
    }

    fn keep(&mut self) {
        match (self.protocol >= 4, u8::try_from(self.kept)) {
            (true, _) => self.out.push(0x94),
            (false, Ok(at)) => self.out.extend([b'q', at]),
            (false, Err(_)) => {
                self.out.push(b'r');
                self.out.extend(self.kept.to_le_bytes());
            }
        }
        self.kept += 1;
    }

    fn integer(&mut self, number: i64) {
        match number {
            0..=0xff => self.out.extend([b'K', number as u8]),
            0x100..=0xffff => {
                self.out.push(b'M');
                self.out.extend((number as u16).to_le_bytes());
            }
            _ => match i32::try_from(number) {
                Ok(number) => {
                    self.out.push(b'J');
                    self.out.extend(number.to_le_bytes());
                }
                Err(_) => {
                    self.out.extend([0x8a, 8]);
                    self.out.extend(number.to_le_bytes());
                }
            },
        }
    }

    fn text(&mut self, text: &str) {
        match (self.protocol >= 4, u8::try_from(text.len())) {
            (true, Ok(length)) => self.out.extend([0x8c, length]),
            _ => {
                self.out.push(b'X');
                self.out.extend((text.len() as u32).to_le_bytes());
            }
        }
        self.out.extend(text.as_bytes());
    }

    fn list(&mut self, parts: &[Py]) {
        for batch in parts.chunks(1000) {
            self.out.push(b'(');
            batch.iter().for_each(|part| self.put(part));
            self.out.push(b'e');
        }
    }

    fn items(&mut self, items: &[(Py, Py)]) {
        for batch in items.chunks(1000) {
            self.out.push(b'(');
            for (key, value) in batch {
                self.put(key);
                self.put(value);
            }
            self.out.push(b'u');
        }
    }
}
