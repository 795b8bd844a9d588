//! Samplers by name.

use super::{Backtracking, Draw, FirstFit, OrElse, SamplerExt, Unrank};
use boneyard_core::{Design, Designed, Error, Named, Sampler, Samples, WorldSampler};
use std::{fmt, str::FromStr};

/// A sampler of this crate, described: parses from and prints its id, and builds it for a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SamplerSpec {
    /// `affine`, `uniform`, `distinct` or `stratified`.
    Unrank(Unrank),
    /// `first-fit`.
    FirstFit(FirstFit),
    /// `backtracking`.
    Backtracking(Backtracking),
    /// `first-fit+backtracking`.
    Rescued(OrElse<FirstFit, Backtracking>),
}

/// A backend that runs all of them.
pub trait SamplerBackend:
    Samples<Unrank>
    + Samples<FirstFit>
    + Samples<Backtracking>
    + Samples<OrElse<FirstFit, Backtracking>>
    + Sized
    + 'static
{
}

impl<B> SamplerBackend for B where
    B: Samples<Unrank>
        + Samples<FirstFit>
        + Samples<Backtracking>
        + Samples<OrElse<FirstFit, Backtracking>>
        + 'static
{
}

impl SamplerSpec {
    /// All of them with default options, the default first.
    pub fn all() -> [Self; 7] {
        let [a, b, c, d] = Draw::ALL.map(|draw| Self::Unrank(Unrank { draw }));
        let rescued = FirstFit::default().or_else(Backtracking);
        let first_fit = Self::FirstFit(FirstFit::default());
        [a, b, c, d, first_fit, Self::Backtracking(Backtracking), Self::Rescued(rescued)]
    }

    /// The sampler for a backend.
    pub fn build<B: SamplerBackend>(self) -> Box<dyn Sampler<B>> {
        match self {
            Self::Unrank(sampler) => Box::new(sampler),
            Self::FirstFit(sampler) => Box::new(sampler),
            Self::Backtracking(sampler) => Box::new(sampler),
            Self::Rescued(sampler) => Box::new(sampler),
        }
    }

    /// The sampler for one decision at a time on the host.
    pub fn for_decisions(self) -> Box<dyn WorldSampler> {
        match self {
            Self::Unrank(sampler) => Box::new(sampler),
            Self::FirstFit(sampler) => Box::new(sampler),
            Self::Backtracking(sampler) => Box::new(sampler),
            Self::Rescued(sampler) => Box::new(sampler),
        }
    }

    /// False if it is a search for the host.
    pub fn has_kernel(self) -> bool {
        !matches!(self, Self::Backtracking(_))
    }
}

impl Default for SamplerSpec {
    fn default() -> Self {
        Self::Unrank(Unrank::default())
    }
}

impl Named for SamplerSpec {
    fn id(&self) -> String {
        self.for_decisions().id()
    }
}

impl Designed for SamplerSpec {
    fn design(&self) -> Design {
        self.for_decisions().design()
    }
}

impl fmt::Display for SamplerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.id())
    }
}

impl FromStr for SamplerSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::all().into_iter().find(|sampler| sampler.to_string() == text).ok_or_else(|| {
            let [others @ .., last] = Self::all().map(|sampler| sampler.to_string());
            Error::Setting {
                setting: "sampler",
                got: text.to_owned(),
                expected: format!("{} or {last}", others.join(", ")),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        let names = [
            "affine",
            "uniform",
            "distinct",
            "stratified",
            "first-fit",
            "backtracking",
            "first-fit+backtracking",
        ];
        assert_eq!(SamplerSpec::all().map(|sampler| sampler.to_string()), names);
        for name in names {
            assert_eq!(name.parse::<SamplerSpec>().unwrap().to_string(), name);
        }
        assert_eq!(SamplerSpec::default().to_string(), "affine");
    }

    #[test]
    fn an_unknown_name_is_told_what_there_is() {
        let error = "mcmc".parse::<SamplerSpec>().unwrap_err().to_string();
        assert_eq!(
            error,
            "sampler mcmc: expected affine, uniform, distinct, stratified, first-fit, backtracking or \
             first-fit+backtracking"
        );
        assert!("".parse::<SamplerSpec>().is_err());
    }
}
