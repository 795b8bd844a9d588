//! What comes true of what decisions promise.
//!
//! Games are played out, and four numbers of each decision's move are laid side by side, of P(make) and of E\[Q\]:
//!
//! | number | is that of |
//! |---|---|
//! | `said` | the worlds by which the move was chosen |
//! | `again` | as many other worlds, drawn anew for the same decision |
//! | `dealt` | the true deal, if everybody saw all hands from there on |
//! | `came` | the game as it then went |
//!
//! What is promised too much, `said` − `came`, falls into three parts. `said` − `again` is the *winner's curse*: the best of
//! several estimates is likelier than others to be too high, and new worlds know nothing of that. `again` − `dealt` is what is
//! wrong with the *worlds*: were they as likely as the true deal is, given all that the mover knows, it would be 0 on average.
//! `dealt` − `came` is *clairvoyance*: values take for granted that everybody sees through the dominoes, and nobody does.
//!
//! Where the solver is not the evaluator, what the evaluator is off stands with the worlds.

mod judge;
mod verdict;

pub use judge::{Forecast, Judged};
pub use verdict::{Cell, Mean, Side, Stretch, Verdict, When};
