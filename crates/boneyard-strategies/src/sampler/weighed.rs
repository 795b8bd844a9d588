//! Worlds that do not all count the same.

use boneyard_core::{
    Design, Designed, Host, HostItems, HostObservations, HostWorlds, Named, Result, SampleReport, Sampler,
    Samples, WeightRule,
};
use std::ops::Range;

/// Draws with `sampler`, and gives every world the weight that `weight` says.
///
/// Law: the worlds are those of the sampler. Enumerated worlds have weights too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Weighed<S, W> {
    /// Draws.
    pub sampler: S,
    /// Says how much a world counts.
    pub weight: W,
}

impl<S: Designed, W: Named> Designed for Weighed<S, W> {
    fn design(&self) -> Design {
        self.sampler.design()
    }
}

impl<S: Named, W: Named> Named for Weighed<S, W> {
    fn id(&self) -> String {
        format!("{}*{}", self.sampler.id(), self.weight.id())
    }
}

impl<S: Sampler<Host>, W: WeightRule> Samples<Weighed<S, W>> for Host {
    fn sample(
        &mut self,
        weighed: &mut Weighed<S, W>,
        seen: &HostObservations,
        items: &HostItems,
        chunk: Range<usize>,
        out: &mut HostWorlds,
    ) -> Result<SampleReport> {
        let report = weighed.sampler.sample(self, seen, items, chunk, out)?;
        let worlds = out.owners.iter().zip(&out.worlds);
        let weight = |(&owner, world): (&u32, _)| weighed.weight.weight(&seen[owner as usize], world);
        out.weights = Some(worlds.map(weight).collect());
        Ok(report)
    }
}

#[cfg(feature = "device")]
mod device {
    use super::Weighed;
    use boneyard_core::{Result, SampleReport, Sampler, Samples};
    use boneyard_device::{Device, DeviceItems, DeviceObservations, DeviceWeight, DeviceWorlds};
    use cubecl::prelude::Runtime;
    use std::ops::Range;

    impl<R: Runtime, S: Sampler<Device<R>>, W: DeviceWeight> Samples<Weighed<S, W>> for Device<R> {
        fn sample(
            &mut self,
            weighed: &mut Weighed<S, W>,
            seen: &DeviceObservations,
            items: &DeviceItems,
            chunk: Range<usize>,
            out: &mut DeviceWorlds,
        ) -> Result<SampleReport> {
            let report = weighed.sampler.sample(self, seen, items, chunk, out)?;
            self.weigh(&weighed.weight, seen, out)?;
            Ok(report)
        }
    }
}
