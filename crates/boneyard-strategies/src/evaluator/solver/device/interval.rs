//! Closing in on a value by yes-or-no questions.

use cubecl::prelude::*;

/// What is known of the points of one move, and what is asked next.
#[derive(CubeType, CubeTypeMut, Clone, Copy)]
pub struct Interval {
    /// At least so many points.
    pub low: i32,
    /// At most so many.
    pub high: i32,
    /// The question: at least so many?
    pub ask: i32,
    /// How far the next question goes; 0 once answers have differed.
    stride: i32,
    /// The last answer: 0 no, 1 yes, 2 none yet.
    last: u32,
}

/// Nothing is known but that there are `open` points; `guess` is asked first.
#[cube]
pub fn fresh(open: i32, guess: i32) -> Interval {
    Interval {
        low: 0i32.runtime(),
        high: open,
        ask: i32::max(guess, 1i32),
        stride: 1i32.runtime(),
        last: 2u32.runtime(),
    }
}

/// What [`Interval::packed`] made a word of.
#[cube]
pub fn unpacked(word: u32) -> Interval {
    Interval {
        low: (word & 63u32) as i32,
        high: ((word >> 6u32) & 63u32) as i32,
        ask: ((word >> 12u32) & 63u32) as i32,
        stride: ((word >> 18u32) & 127u32) as i32,
        last: word >> 25u32,
    }
}

#[cube]
impl Interval {
    /// In one word, as long as there is something to ask: all numbers are 0 to 43 then, the stride 0 to 64.
    pub fn packed(&self) -> u32 {
        self.low as u32
            | ((self.high as u32) << 6u32)
            | ((self.ask as u32) << 12u32)
            | ((self.stride as u32) << 18u32)
            | (self.last << 25u32)
    }

    /// Takes the answer: away from the guess in strides of 1, 2, 4 … until the answer changes, then by halves.
    pub fn answer(&mut self, reached: u32) {
        if reached == 1u32 {
            self.low = self.ask;
        } else {
            self.high = self.ask - 1i32;
        }
        if (self.last != 2u32) & (self.last != reached) {
            self.stride = 0i32.runtime();
        }
        self.last = reached;
        if self.stride == 0i32 {
            self.ask = (self.low + self.high + 1i32) / 2i32;
        } else {
            self.ask = select(reached == 1u32, self.low + self.stride, self.high + 1i32 - self.stride);
            self.stride *= 2i32;
        }
        self.limit();
    }

    /// Takes what others found; true if that answers the question.
    pub fn meet(&mut self, low: i32, high: i32) -> bool {
        let reached = low >= self.ask;
        let answered = reached | (high < self.ask);
        if answered {
            self.answer(select(reached, 1u32, 0u32));
        }
        self.low = i32::max(self.low, low);
        self.high = i32::min(self.high, high);
        self.limit();
        answered
    }

    /// Asks `question`, or what comes nearest to it and is open.
    pub fn take_up(&mut self, question: i32) {
        self.ask = question;
        self.limit();
    }

    /// Whether there is nothing left to ask.
    pub fn is_closed(&self) -> bool {
        self.low >= self.high
    }

    fn limit(&mut self) {
        self.ask = i32::max(i32::min(self.ask, self.high), self.low + 1i32);
    }
}
