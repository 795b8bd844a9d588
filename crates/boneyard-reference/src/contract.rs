//! Bid and outcome.

/// How a contract ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contract {
    /// The bidder's team has the points it needs.
    Made,
    /// The other team has so many points that the bidder's team cannot get there any more.
    Set,
}

/// The points of 42 that a bid asks for: the bid itself, and all 42 for bids of 42 and more.
pub fn needed(bid: i32) -> i32 {
    bid.min(42)
}

/// Whether a contract is decided by the points banked by team 0 and team 1; `None` while it is open.
pub fn contract(banked: [i32; 2], bid: i32, bidder: usize) -> Option<Contract> {
    let team = bidder % 2;
    let still_out = 42 - banked[0] - banked[1];
    if banked[team] >= needed(bid) {
        Some(Contract::Made)
    } else if banked[team] + still_out < needed(bid) {
        Some(Contract::Set)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decided_as_soon_as_it_is_certain() {
        assert_eq!(contract([0, 0], 30, 0), None);
        assert_eq!(contract([29, 12], 30, 0), None);
        assert_eq!(contract([30, 0], 30, 2), Some(Contract::Made));
        assert_eq!(contract([0, 12], 30, 0), None);
        assert_eq!(contract([0, 13], 30, 0), Some(Contract::Set));
        assert_eq!(contract([13, 0], 30, 3), Some(Contract::Set));
        assert_eq!(contract([12, 30], 30, 1), Some(Contract::Made));
    }

    #[test]
    fn marks_need_every_point() {
        for bid in [42, 84, 126] {
            assert_eq!(contract([0, 41], bid, 1), None);
            assert_eq!(contract([0, 42], bid, 1), Some(Contract::Made));
            assert_eq!(contract([1, 0], bid, 1), Some(Contract::Set));
        }
    }
}
