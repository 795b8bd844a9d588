//! `deals.json`: from seeds to hands.

use super::place::{Place, Tally};
use super::position::hands;
use anyhow::Result;
use boneyard_rules::{Deal, mersenne::PythonRandom};

pub fn check(file: &Place<'_>, tally: &mut Tally) -> Result<()> {
    let file = file.record()?;
    file.get("about")?.text()?;
    for list in ["deal_from_seed", "big_seeds"] {
        for place in file.get(list)?.records()? {
            let record = place.record()?;
            record.expect("hands", hands(&Deal::from_seed(record.get("seed")?.number()?)), tally)?;
            record.finish()?;
        }
    }
    for place in file.get("deal_with_fixed_p0")?.records()? {
        let record = place.record()?;
        let fixed = record.get("p0_hand")?.all_below(28)?;
        let fixed = fixed.into_iter().fold(0, |set, id| set | 1 << id);
        let deal = Deal::from_seed_with_hand(record.get("seed")?.number()?, fixed)?;
        record.expect("hands", hands(&deal), tally)?;
        record.finish()?;
    }
    for place in file.get("mt_u32")?.records()? {
        let record = place.record()?;
        let mut random = PythonRandom::new(record.get("seed")?.number()?);
        for number in record.get("u32")?.records()? {
            number.expect(random.next_u32(), tally)?;
        }
        record.finish()?;
    }
    file.finish()
}
