//! Samplers by name.

use super::{Backtracking, Draw, FirstFit, OrElse, SamplerExt, Unrank};
use boneyard_core::{Error, Observation, SampleReport, WorldSampler};
use boneyard_rules::World;
use std::{fmt, str::FromStr};

/// One of the samplers of this crate, chosen at run time; parses from and prints its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnySampler {
    /// `affine`, `uniform`, `distinct` or `stratified`.
    Unrank(Unrank),
    /// `first-fit`.
    FirstFit(FirstFit),
    /// `backtracking`.
    Backtracking(Backtracking),
    /// `first-fit+backtracking`.
    Rescued(OrElse<FirstFit, Backtracking>),
}

impl AnySampler {
    /// All of them with default options, the default first.
    pub fn all() -> [Self; 7] {
        let [a, b, c, d] = Draw::ALL.map(|draw| Self::Unrank(Unrank { draw }));
        let rescued = FirstFit::default().or_else(Backtracking);
        [a, b, c, d, FirstFit::default().into(), Self::Backtracking(Backtracking), Self::Rescued(rescued)]
    }
}

impl Default for AnySampler {
    fn default() -> Self {
        Self::Unrank(Unrank::default())
    }
}

impl From<FirstFit> for AnySampler {
    fn from(sampler: FirstFit) -> Self {
        Self::FirstFit(sampler)
    }
}

impl fmt::Display for AnySampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&WorldSampler::id(self))
    }
}

impl FromStr for AnySampler {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::all().into_iter().find(|sampler| WorldSampler::id(sampler) == text).ok_or_else(|| {
            let [others @ .., last] = Self::all().map(|sampler| sampler.to_string());
            Error::Option {
                option: "--sampler",
                got: text.to_owned(),
                expected: format!("{} or {last}", others.join(", ")),
            }
        })
    }
}

impl WorldSampler for AnySampler {
    fn id(&self) -> String {
        match self {
            Self::Unrank(sampler) => WorldSampler::id(sampler),
            Self::FirstFit(sampler) => WorldSampler::id(sampler),
            Self::Backtracking(sampler) => WorldSampler::id(sampler),
            Self::Rescued(sampler) => WorldSampler::id(sampler),
        }
    }

    fn draw(&self, observation: &Observation, out: &mut [World]) -> SampleReport {
        match self {
            Self::Unrank(sampler) => sampler.draw(observation, out),
            Self::FirstFit(sampler) => sampler.draw(observation, out),
            Self::Backtracking(sampler) => sampler.draw(observation, out),
            Self::Rescued(sampler) => sampler.draw(observation, out),
        }
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
        assert_eq!(AnySampler::all().map(|sampler| sampler.to_string()), names);
        for name in names {
            assert_eq!(name.parse::<AnySampler>().unwrap().to_string(), name);
        }
        assert_eq!(AnySampler::default().to_string(), "affine");
    }

    #[test]
    fn an_unknown_name_is_told_what_there_is() {
        let error = "mcmc".parse::<AnySampler>().unwrap_err().to_string();
        assert_eq!(
            error,
            "--sampler mcmc: expected affine, uniform, distinct, stratified, first-fit, backtracking or \
             first-fit+backtracking"
        );
        assert!("".parse::<AnySampler>().is_err());
    }
}
