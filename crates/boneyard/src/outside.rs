//! Evaluators from outside: of a program that this library is part of, known to it by a name only.

use crate::AnyEvaluator;
use boneyard_core::{Answers, Backend, Host, Named, Question, Result};
use std::fmt;
use std::sync::Arc;

/// An evaluator of the host whose making is the program's business. Two are equal if they are clones of one.
#[derive(Clone)]
pub struct Outside {
    id: String,
    question: Question,
    make: Arc<dyn Fn() -> AnyEvaluator<Host> + Send + Sync>,
}

impl Outside {
    /// One of this name, which stands in records, and with this question, which every evaluator that `make` makes must have.
    pub fn new(
        id: impl Into<String>,
        question: Question,
        make: impl Fn() -> AnyEvaluator<Host> + Send + Sync + 'static,
    ) -> Self {
        Self { id: id.into(), question, make: Arc::new(make) }
    }

    /// Makes it.
    pub fn make(&self) -> AnyEvaluator<Host> {
        (self.make)()
    }
}

impl Named for Outside {
    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Answers for Outside {
    fn question(&self) -> Question {
        self.question
    }
}

impl PartialEq for Outside {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.make, &other.make)
    }
}

impl Eq for Outside {}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outside").field(&self.id).finish()
    }
}

/// A backend that runs evaluators from outside.
pub trait OutsideBackend: Backend + Sized {
    /// One as an evaluator there.
    ///
    /// # Errors
    /// [`Error::Mismatch`](boneyard_core::Error::Mismatch) for one that cannot be run there.
    fn outside(outside: &Outside) -> Result<AnyEvaluator<Self>>;
}

impl OutsideBackend for Host {
    fn outside(outside: &Outside) -> Result<AnyEvaluator<Self>> {
        Ok(outside.make())
    }
}

#[cfg(feature = "device")]
mod device {
    use super::{AnyEvaluator, Outside, OutsideBackend};
    use boneyard_core::{
        Answers, Evaluates, Evaluator, Host, HostValues, HostWorlds, ILLEGAL, InPlay, Named, Observation,
        Question, Result, SlotValues,
    };
    use boneyard_device::layout::VALUES;
    use boneyard_device::{Device, DeviceObservations, DeviceValues, DeviceWorlds};
    use cubecl::prelude::Runtime;

    /// An evaluator of the host for games on a device: worlds are read back, and values are sent.
    struct OnHost(AnyEvaluator<Host>);

    impl<R: Runtime> OutsideBackend for Device<R> {
        fn outside(outside: &Outside) -> Result<AnyEvaluator<Self>> {
            Ok(Box::new(OnHost(outside.make())))
        }
    }

    impl Named for OnHost {
        fn id(&self) -> String {
            self.0.id()
        }
    }

    impl Answers for OnHost {
        fn question(&self) -> Question {
            self.0.question()
        }
    }

    impl<R: Runtime> Evaluates<OnHost> for Device<R> {
        fn evaluate(
            &mut self,
            evaluator: &mut OnHost,
            seen: &DeviceObservations,
            worlds: &DeviceWorlds,
            out: &mut DeviceValues,
        ) -> Result<()> {
            self.note_evaluator(&evaluator.id());
            let drawn = worlds.drawn()?;
            let (owners, read): (Vec<u32>, _) =
                drawn.read(self, seen)?.into_iter().map(|(game, world)| (game as u32, world)).unzip();
            let games = seen.read(self, 0..seen.n_games())?;
            let observe = |game: &InPlay| Observation::of_game(game, seen.sampling());
            let observations: Vec<Observation> = games.iter().map(observe).collect();
            let worlds = HostWorlds { games: drawn.games.clone(), worlds: read, owners, weights: None };
            let mut values = HostValues::default();
            evaluator.0.evaluate(&mut Host::default(), &observations, &worlds, &mut values)?;
            let mut words = vec![0; out.words.len()];
            let none = packed(&[ILLEGAL; 7]);
            let all = values.slots.iter().map(packed).chain(std::iter::repeat(none));
            words.chunks_exact_mut(VALUES).zip(all).for_each(|(out, values)| out.copy_from_slice(&values));
            out.question = values.question;
            out.words = self.upload("the values", &words)?;
            Ok(())
        }
    }

    /// Two numbers of 16 bits a word, the first in the lower half.
    fn packed(values: &SlotValues) -> [u32; VALUES] {
        std::array::from_fn(|word| {
            let half = |slot: usize| u32::from(values.get(slot).map_or(0, |&value| value as u16));
            half(2 * word) | half(2 * word + 1) << 16
        })
    }
}
