//! How fast a device and the host's threads solve worlds: a guess first, then as measured.

use std::collections::HashMap;

/// Where the host's threads would do less than this part of a step, they do none of it: it would not pay to read the worlds
/// back. Nor does the device where it would do less.
const LEAST_PART: f64 = 1.0 / 16.0;

/// Seconds that a launch takes however little it does, with emptying the table and waiting. What the host does sooner, it
/// does alone.
const LAUNCH: f64 = 1.5e-3;

/// By tricks left, microseconds that a core takes for a world at a lead: an EPYC of Zen 3.
const CORE: [f64; 8] = [0.1, 0.1, 0.3, 1.7, 13.0, 59.0, 250.0, 1_150.0];

/// By tricks left, milliseconds that an H100 takes for a few worlds at a lead, which is for the hardest ones.
const FEW: [f64; 8] = [1.0, 1.0, 1.0, 1.2, 2.0, 4.5, 12.0, 60.0];

/// By tricks left, thousand worlds a second of a filled multiprocessor of an H100, at a lead.
const FILLED: [f64; 8] = [50_000.0, 50_000.0, 10_000.0, 1_500.0, 280.0, 46.0, 11.4, 2.6];

/// How many times sooner a world is done in the middle of a trick than at its lead.
const IN_TRICK: f64 = 3.0;

/// How many times sooner it is whether the contract is made than by how many points.
const CONTRACT: f64 = 6.0;

/// Worlds a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Of the device.
    pub device: f64,
    /// Of one of the host's threads.
    pub thread: f64,
}

/// What is to be solved.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Only the contract is asked about.
    pub contract: bool,
    /// The ply of the decisions, 0–27.
    pub ply: usize,
    /// How many worlds, about.
    pub worlds: usize,
}

impl Step {
    /// Steps that are so much alike that they go at one pace.
    fn kind(self) -> (bool, usize, u32) {
        (self.contract, self.ply, self.worlds.max(1).ilog2())
    }

    /// The pace of a server's cores and of an NVIDIA GPU with so many multiprocessors.
    fn guess(self, multiprocessors: u32) -> Pace {
        let tricks = 7 - self.ply / 4;
        let at_a_lead = self.ply.is_multiple_of(4);
        let mut easier = if at_a_lead { 1.0 } else { IN_TRICK };
        if self.contract {
            easier *= CONTRACT;
        }
        let worlds = self.worlds.max(1) as f64;
        let filled = FILLED[tricks] * 1e3 * easier * f64::from(multiprocessors);
        let seconds = FEW[tricks] * 1e-3 / easier + worlds / filled;
        Pace { device: worlds / seconds, thread: 1e6 * easier / CORE[tricks] }
    }
}

impl Pace {
    /// Of `n` worlds the device takes so many, and this many threads the others.
    pub fn of_device(self, n: usize, threads: usize) -> usize {
        let host = self.thread * threads as f64;
        let part = host / (host + self.device);
        if part < LEAST_PART {
            n
        } else if (n as f64) < LAUNCH * host || part > 1.0 - LEAST_PART {
            0
        } else {
            (n as f64 * (1.0 - part)) as usize
        }
    }
}

/// The paces of a device and its host.
#[derive(Clone, Debug, Default)]
pub struct Paces {
    measured: HashMap<(bool, usize, u32), Pace>,
    /// How many times faster than guessed they were at last.
    faster: Option<Pace>,
}

impl Paces {
    /// The pace at a step: what was measured there, else the guess, as good as it was elsewhere.
    pub fn of(&self, step: Step, multiprocessors: u32) -> Pace {
        let guess = step.guess(multiprocessors);
        let Pace { device, thread } = self.faster.unwrap_or(Pace { device: 1.0, thread: 1.0 });
        let expected = Pace { device: guess.device * device, thread: guess.thread * thread };
        *self.measured.get(&step.kind()).unwrap_or(&expected)
    }

    /// What was measured at a step, where it was.
    pub fn learn(&mut self, step: Step, multiprocessors: u32, device: Option<f64>, thread: Option<f64>) {
        let (guess, before) = (step.guess(multiprocessors), self.of(step, multiprocessors));
        let pace = Pace { device: device.unwrap_or(before.device), thread: thread.unwrap_or(before.thread) };
        self.faster = Some(Pace { device: pace.device / guess.device, thread: pace.thread / guess.thread });
        self.measured.insert(step.kind(), pace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_device(ply: usize, worlds: usize, threads: usize, multiprocessors: u32) -> usize {
        let step = Step { contract: false, ply, worlds };
        Paces::default().of(step, multiprocessors).of_device(worlds, threads)
    }

    #[test]
    fn few_worlds_are_shared_and_many_are_not() {
        // 32 games × 50 worlds, a server with an H100.
        let shared = of_device(0, 1_600, 15, 132);
        assert!((600..1_400).contains(&shared), "{shared}");
        assert_eq!(of_device(20, 1_600, 15, 132), 0);
        // 1000 × 1024.
        assert_eq!(of_device(0, 1_024_000, 15, 132), 1_024_000);
        // One thread beside it is not worth while.
        assert_eq!(of_device(0, 1_600, 1, 132), 1_600);
        // A device that has shown to be slow is left alone, however many worlds there are.
        assert_eq!(Pace { device: 10.0, thread: 100.0 }.of_device(1_600, 3), 0);
        // A small card has more of it done for it.
        assert!(of_device(0, 1_600, 15, 20) < shared);
    }

    #[test]
    fn what_was_measured_counts_there_and_corrects_the_guess_elsewhere() {
        let mut paces = Paces::default();
        let [here, elsewhere] = [0, 4].map(|ply| Step { contract: false, ply, worlds: 1_600 });
        let guess = elsewhere.guess(132);
        let device = here.guess(132).device;
        paces.learn(here, 132, Some(2.0 * device), None);
        assert_eq!(paces.of(here, 132), Pace { device: 2.0 * device, ..here.guess(132) });
        assert_eq!(paces.of(elsewhere, 132), Pace { device: 2.0 * guess.device, ..guess });
        assert_eq!(paces.of(Step { worlds: 1_700, ..here }, 132).device, 2.0 * device);
    }
}
