//! The account of a device's memory: a budget, from which everything that is made through one connection takes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is taken, in bytes. The words of a buffer count as long as anybody holds them.
#[derive(Debug)]
pub(crate) struct Account {
    budget: AtomicU64,
    taken: Mutex<Taken>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    all: u64,
    /// What can be made again when others need the room.
    spare: u64,
    most: u64,
}

/// A part of the account that goes back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    account: Arc<Account>,
    bytes: u64,
    is_spare: bool,
}

/// The budget has no room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overdrawn {
    pub budget: u64,
    pub taken: u64,
}

impl Account {
    pub fn new(budget: u64) -> Self {
        Self { budget: AtomicU64::new(budget), taken: Mutex::default() }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_budget(&self, bytes: u64) {
        self.budget.store(bytes, Relaxed);
    }

    pub fn budget(&self) -> u64 {
        self.budget.load(Relaxed)
    }

    /// What could be had, if all that is spare were given up.
    pub fn free(&self) -> u64 {
        let taken = self.taken();
        self.budget().saturating_sub(taken.all - taken.spare)
    }

    /// What is taken by things that are not spare.
    pub fn needed(&self) -> u64 {
        let taken = self.taken();
        taken.all - taken.spare
    }

    /// The most that was taken at once.
    pub fn most(&self) -> u64 {
        self.taken().most
    }

    /// Takes some.
    pub fn take(self: &Arc<Self>, bytes: u64, is_spare: bool) -> Result<Lease, Overdrawn> {
        let mut taken = self.taken();
        let budget = self.budget();
        if taken.all.saturating_add(bytes) > budget {
            return Err(Overdrawn { budget, taken: taken.all });
        }
        taken.all += bytes;
        taken.spare += if is_spare { bytes } else { 0 };
        taken.most = taken.most.max(taken.all);
        Ok(Lease { account: Arc::clone(self), bytes, is_spare })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut taken = self.account.taken();
        taken.all -= self.bytes;
        taken.spare -= if self.is_spare { self.bytes } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back_and_is_never_more_than_the_budget() {
        let account = Arc::new(Account::new(100));
        let kept = account.take(60, true).unwrap();
        let other = account.take(40, false).unwrap();
        assert_eq!(account.take(1, false).unwrap_err(), Overdrawn { budget: 100, taken: 100 });
        assert_eq!((account.free(), account.needed(), account.most()), (60, 40, 100));
        drop(kept);
        assert_eq!((account.free(), account.needed()), (60, 40));
        drop(other);
        assert_eq!((account.free(), account.needed(), account.most()), (100, 0, 100));
        assert!(account.take(u64::MAX, false).is_err());
    }
}
