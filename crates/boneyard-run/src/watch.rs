//! Watching a run.

use boneyard::core::Played;
use boneyard::device::DeviceReport;
use std::time::Duration;

/// Is told how far a run has come, by all its devices at once, and may end it.
pub trait Watch: Sync {
    /// So many games have come one ply further.
    fn ply(&self, _games: usize) {}

    /// These were played.
    fn played(&self, _played: &Played) {}

    /// So many games have got so many labels.
    fn labelled(&self, _games: usize, _labels: usize) {}

    /// So many files were written.
    fn written(&self, _files: usize) {}

    /// A device was opened; it took so long.
    fn opened(&self, _took: Duration) {}

    /// A device has ended its part, and did this.
    fn device(&self, _report: &DeviceReport) {}

    /// Nothing is left but so many blocks that others are making.
    fn waiting(&self, _blocks: usize) {}

    /// Calls `write`, which writes files: nothing may interrupt it.
    fn writing<T>(&self, write: impl FnOnce() -> T) -> T {
        write()
    }

    /// Whether the run is to end now; asked often. What was being played is lost, what was written is not.
    fn ends(&self) -> bool {
        false
    }
}
