//! `deals.json`: from seeds to hands.

use super::found::{Found, Tally};
use super::position::hands;
use anyhow::Result;
use boneyard_rules::{Deal, mersenne::PythonRandom};

pub fn check(file: &Found<'_>, tally: &mut Tally) -> Result<()> {
    let file = file.record()?;
    file.get("about")?.text()?;
    for list in ["deal_from_seed", "big_seeds"] {
        for found in file.get(list)?.records()? {
            let record = found.record()?;
            record.expect("hands", hands(&Deal::from_seed(record.get("seed")?.number()?)), tally)?;
            record.finish()?;
        }
    }
    for found in file.get("deal_with_fixed_p0")?.records()? {
        let record = found.record()?;
        let fixed = record.get("p0_hand")?.all_below(28)?;
        let fixed = fixed.into_iter().fold(0, |set, id| set | 1 << id);
        let deal = Deal::from_seed_with_hand(record.get("seed")?.number()?, fixed)?;
        record.expect("hands", hands(&deal), tally)?;
        record.finish()?;
    }
    for found in file.get("mt_u32")?.records()? {
        let record = found.record()?;
        let mut random = PythonRandom::new(record.get("seed")?.number()?);
        for number in record.get("u32")?.records()? {
            number.expect(random.next_u32(), tally)?;
        }
        record.finish()?;
    }
    file.finish()
}
