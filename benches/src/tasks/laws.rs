//! The house of laws, one line each.

use super::On;
use anyhow::{Result, ensure};
use boneyard_tests::laws;
use cubecl::prelude::Runtime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Holds the device to every law; what is broken prints why.
pub fn run<R: Runtime>(on: &On<R>) -> Result<()> {
    let laws = laws::all::<R>();
    println!("laws: {}", laws.len());
    let mut broken = 0;
    for (name, law) in laws {
        let start = Instant::now();
        let kept = catch_unwind(AssertUnwindSafe(|| law(on.client.clone()))).is_ok();
        broken += u32::from(!kept);
        let seconds = start.elapsed().as_secs_f64();
        println!("  {name:>40}: {}, {seconds:.1} s", if kept { "holds" } else { "BROKEN" });
    }
    ensure!(broken == 0, "{broken} laws are broken");
    println!("  all hold");
    Ok(())
}
