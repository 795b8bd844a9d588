//! One sampler, and another for what the first could not find.

use boneyard_core::{Design, Designed, Named, Observation, SampleReport, Share, WorldSampler};

/// Asks `second` for the worlds, and only those, that `first` left empty.
///
/// Law: a world that `first` finds is the one that `first` alone would have given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrElse<A, B> {
    /// Asked for everything.
    pub first: A,
    /// Asked for the rest.
    pub second: B,
}

/// Composes samplers.
pub trait SamplerExt: WorldSampler + Sized {
    /// Completes with `second` what this sampler cannot find.
    fn or_else<B: WorldSampler>(self, second: B) -> OrElse<Self, B> {
        OrElse { first: self, second }
    }
}

impl<S: WorldSampler> SamplerExt for S {}

/// That of the first: the second has few worlds to find.
impl<A: Designed, B: Named> Designed for OrElse<A, B> {
    fn design(&self) -> Design {
        self.first.design()
    }
}

impl<A: Named, B: Named> Named for OrElse<A, B> {
    fn id(&self) -> String {
        format!("{}+{}", self.first.id(), self.second.id())
    }
}

impl<A: WorldSampler, B: WorldSampler> WorldSampler for OrElse<A, B> {
    fn draw(&self, observation: &Observation, out: &mut Share<'_>) -> SampleReport {
        let mut report = self.first.draw(observation, out);
        // By the report, not by looking for empty worlds: with nothing unseen the true world looks empty.
        if report.missing() > 0 {
            let second = self.second.draw(observation, out);
            report.tries += second.tries;
            report.rescued += second.found + second.rescued;
            report.rescued_decisions = u64::from(report.rescued > 0);
        }
        report
    }
}

#[cfg(feature = "device")]
mod device {
    use super::OrElse;
    use boneyard_core::{Result, SampleReport, Samples, WorldSampler};
    use boneyard_device::{Device, DeviceItems, DeviceObservations, DeviceSampler, DeviceWorlds};
    use cubecl::prelude::Runtime;
    use std::ops::Range;

    /// The first sampler runs on the device, the second on the host for the worlds that the first left empty. The host
    /// waits once a chunk to know whether there are any, and once more to read them if so.
    impl<R: Runtime, A: DeviceSampler, B: WorldSampler> Samples<OrElse<A, B>> for Device<R> {
        fn sample(
            &mut self,
            sampler: &mut OrElse<A, B>,
            seen: &DeviceObservations,
            items: &DeviceItems,
            chunk: Range<usize>,
            out: &mut DeviceWorlds,
        ) -> Result<SampleReport> {
            let mut report = self.sample(&mut sampler.first, seen, items, chunk, out)?;
            report += self.rescue(seen, items, out, &sampler.second)?;
            Ok(report)
        }
    }
}
