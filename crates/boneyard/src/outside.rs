//! Parts from outside: of a program that this library is part of, known to it by a name only.

use crate::AnyEvaluator;
use crate::posterior::AnySampler;
use boneyard_core::{Answers, Backend, Host, Named, Policy, Question, Result};
use std::fmt;
use std::sync::Arc;

#[cfg(feature = "net")]
use crate::on_tokens::OnTokens;

/// A part of the host whose making is the program's business, under a name, which stands in records. Two are equal if they are
/// clones of one.
pub struct OutsidePart<T> {
    id: String,
    make: Arc<dyn Fn() -> T + Send + Sync>,
}

/// A sampler from outside.
pub type OutsideSampler = OutsidePart<AnySampler<Host>>;

/// A policy from outside.
pub type OutsidePolicy = OutsidePart<Box<dyn Policy<Host>>>;

impl<T> OutsidePart<T> {
    /// One of this name.
    pub fn new(id: impl Into<String>, make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self { id: id.into(), make: Arc::new(make) }
    }

    /// Makes it.
    pub fn make(&self) -> T {
        (self.make)()
    }
}

impl<T> Clone for OutsidePart<T> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone(), make: Arc::clone(&self.make) }
    }
}

impl<T> Named for OutsidePart<T> {
    fn id(&self) -> String {
        self.id.clone()
    }
}

impl<T> PartialEq for OutsidePart<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.make, &other.make)
    }
}

impl<T> Eq for OutsidePart<T> {}

impl<T> fmt::Debug for OutsidePart<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OutsidePart").field(&self.id).finish()
    }
}

/// What is in the place of a described sampler and a described policy, if anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromOutside {
    /// Fills in hidden hands.
    pub sampler: Option<OutsideSampler>,
    /// Chooses.
    pub policy: Option<OutsidePolicy>,
}

/// An evaluator from outside, with the question that every evaluator that it makes must have.
#[derive(Clone, PartialEq, Eq)]
pub struct Outside {
    part: OutsidePart<AnyEvaluator<Host>>,
    question: Question,
    #[cfg(feature = "net")]
    on_tokens: Option<Tokens>,
}

/// Beside the part whose equality counts.
#[cfg(feature = "net")]
#[derive(Clone)]
struct Tokens(Arc<dyn OnTokens>);

#[cfg(feature = "net")]
impl PartialEq for Tokens {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(feature = "net")]
impl Eq for Tokens {}

impl Outside {
    /// One of this name and question.
    pub fn new(
        id: impl Into<String>,
        question: Question,
        make: impl Fn() -> AnyEvaluator<Host> + Send + Sync + 'static,
    ) -> Self {
        Self {
            part: OutsidePart::new(id, make),
            question,
            #[cfg(feature = "net")]
            on_tokens: None,
        }
    }

    /// For games on a device, the same as a function of the tokens that the device makes.
    #[cfg(feature = "net")]
    pub fn with_tokens(self, function: Arc<dyn OnTokens>) -> Self {
        Self { on_tokens: Some(Tokens(function)), ..self }
    }

    /// Makes it.
    pub fn make(&self) -> AnyEvaluator<Host> {
        self.part.make()
    }
}

impl Named for Outside {
    fn id(&self) -> String {
        self.part.id()
    }
}

impl Answers for Outside {
    fn question(&self) -> Question {
        self.question
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outside").field(&self.part.id).finish()
    }
}

/// A backend that runs parts from outside.
pub trait OutsideBackend: Backend + Sized {
    /// One as an evaluator there.
    ///
    /// # Errors
    /// [`Error::Mismatch`](boneyard_core::Error::Mismatch) for one that cannot be run there.
    fn outside(outside: &Outside) -> Result<AnyEvaluator<Self>>;

    /// One as a sampler there.
    ///
    /// # Errors
    /// [`Error::Setting`](boneyard_core::Error::Setting) for one that cannot be run there.
    fn outside_sampler(outside: &OutsideSampler) -> Result<AnySampler<Self>>;

    /// One as a policy there.
    ///
    /// # Errors
    /// [`Error::Setting`](boneyard_core::Error::Setting) for one that cannot be run there.
    fn outside_policy(outside: &OutsidePolicy) -> Result<Box<dyn Policy<Self>>>;
}

impl OutsideBackend for Host {
    fn outside(outside: &Outside) -> Result<AnyEvaluator<Self>> {
        Ok(outside.make())
    }

    fn outside_sampler(outside: &OutsideSampler) -> Result<AnySampler<Self>> {
        Ok(outside.make())
    }

    fn outside_policy(outside: &OutsidePolicy) -> Result<Box<dyn Policy<Self>>> {
        Ok(outside.make())
    }
}

impl FromOutside {
    /// Checks that a device is not asked to run any of it.
    ///
    /// # Errors
    /// [`Error::Setting`](boneyard_core::Error::Setting) naming the part.
    #[cfg(feature = "device")]
    pub(crate) fn check_for_device(&self) -> Result<()> {
        self.sampler.as_ref().map_or(Ok(()), |it| Err(on_a_device("sampler", it.id())))?;
        self.policy.as_ref().map_or(Ok(()), |it| Err(on_a_device("policy", it.id())))
    }
}

#[cfg(feature = "device")]
fn on_a_device(setting: &'static str, id: String) -> boneyard_core::Error {
    boneyard_core::Error::Setting {
        setting,
        got: format!("{id} on a device"),
        expected: "the CPU, where alone a function may take its place".to_owned(),
    }
}

#[cfg(feature = "device")]
mod device {
    use super::{
        AnyEvaluator, AnySampler, Outside, OutsideBackend, OutsidePolicy, OutsideSampler, on_a_device,
    };
    use boneyard_core::{
        Answers, Evaluates, Evaluator, Host, HostValues, HostWorlds, ILLEGAL, InPlay, Named, Observation,
        Policy, Question, Result, SlotValues,
    };
    use boneyard_device::layout::VALUES;
    use boneyard_device::{Device, DeviceObservations, DeviceValues, DeviceWorlds};
    use cubecl::prelude::Runtime;

    /// An evaluator of the host for games on a device: worlds are read back, and values are sent.
    struct OnHost(AnyEvaluator<Host>);

    impl<R: Runtime> OutsideBackend for Device<R> {
        fn outside(outside: &Outside) -> Result<AnyEvaluator<Self>> {
            #[cfg(feature = "net")]
            if let Some(super::Tokens(function)) = &outside.on_tokens {
                let (id, question, function) = (outside.id(), outside.question, function.clone());
                return Ok(Box::new(crate::on_tokens::OfTokens { id, question, function }));
            }
            Ok(Box::new(OnHost(outside.make())))
        }

        fn outside_sampler(outside: &OutsideSampler) -> Result<AnySampler<Self>> {
            Err(on_a_device("sampler", outside.id()))
        }

        fn outside_policy(outside: &OutsidePolicy) -> Result<Box<dyn Policy<Self>>> {
            Err(on_a_device("policy", outside.id()))
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
            let worlds =
                HostWorlds { games: drawn.games.clone(), worlds: read, owners, ..HostWorlds::default() };
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
