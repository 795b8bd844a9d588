//! One device in use: launches, buffers, read-backs, and a count of each.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
};

use cubecl::{
    CubeElement, Runtime,
    client::ComputeClient,
    future::block_on,
    prelude::{CubeCount, CubeDim},
    server::Handle,
};

use crate::{
    Buffer, Grid, Kernel, Readback, Region, RuntimeError, buffers::Ledger, error::panic_text, launch::Limits,
};

/// How a session behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionOptions {
    /// Bytes that all buffers of the session may hold together; `None` is as much as the device gives.
    pub memory_budget: Option<u64>,
    /// Check every launch as the first one of its kernel is checked. Slower: the host waits for the submission.
    pub check_every_launch: bool,
}

/// What a session has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Kernels launched; an empty grid launches nothing.
    pub launches: u64,
    /// Times the host waited for the device: reads and explicit synchronisations.
    pub syncs: u64,
    /// Buffers allocated, uploads included.
    pub allocations: u64,
}

/// A device in use by one thread.
///
/// CubeCL gives every host thread its own stream, and memory written on one stream may be reused while another
/// still reads it; so a session stays on the thread that opened it (it is neither `Send` nor `Sync`).
pub struct Session<R: Runtime> {
    client: ComputeClient<R>,
    device: String,
    options: SessionOptions,
    limits: Limits,
    largest_buffer: u64,
    counts: Cell<Counts>,
    in_use: Ledger,
    /// Variants whose first launch went well.
    known: RefCell<HashSet<(Kernel, u32)>>,
    /// Kernels launched since the last check, for the text of an error.
    unchecked: RefCell<Vec<Kernel>>,
    one_thread: PhantomData<*const ()>,
}

impl<R: Runtime> std::fmt::Debug for Session<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("runtime", &self.runtime_name())
            .field("device", &self.device)
            .field("counts", &self.counts.get())
            .finish_non_exhaustive()
    }
}

impl<R: Runtime> Session<R> {
    /// Wraps a client that was opened elsewhere; `device` is its name for messages and records.
    #[must_use]
    pub fn new(client: ComputeClient<R>, device: String, options: SessionOptions) -> Self {
        let properties = client.properties();
        let hardware = &properties.hardware;
        let limits = Limits {
            cube_count: (hardware.max_cube_count.0, hardware.max_cube_count.1),
            cube_dim: hardware.max_cube_dim.0,
            units_per_cube: hardware.max_units_per_cube,
        };
        let largest_buffer = properties.memory.max_page_size;
        Self {
            client,
            device,
            options,
            limits,
            largest_buffer,
            counts: Cell::default(),
            in_use: Arc::default(),
            known: RefCell::default(),
            unchecked: RefCell::default(),
            one_thread: PhantomData,
        }
    }

    /// The runtime's name, `cuda` or `wgpu<wgsl>`.
    #[must_use]
    pub fn runtime_name(&self) -> &'static str {
        R::name(&self.client)
    }

    /// The device's name.
    #[must_use]
    pub fn device_name(&self) -> &str {
        &self.device
    }

    /// The client, for its properties and for what this type does not cover.
    #[must_use]
    pub fn client(&self) -> &ComputeClient<R> {
        &self.client
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// Bytes held by the buffers of this session.
    #[must_use]
    pub fn bytes_in_use(&self) -> u64 {
        self.in_use.load(Ordering::Relaxed)
    }

    /// The largest single buffer in bytes that this device takes.
    #[must_use]
    pub fn largest_buffer(&self) -> u64 {
        self.largest_buffer
    }

    /// Launches a kernel over a grid; an empty grid launches nothing.
    ///
    /// `submit` calls the kernel's `launch_unchecked` with exactly the client, count and dimension it is given.
    /// The first launch of each variant and cube dimension, and with
    /// [`SessionOptions::check_every_launch`] every launch, waits until the kernel is compiled and submitted, so
    /// that a failure is this call's error.
    ///
    /// # Errors
    /// [`RuntimeError::Limit`] when the grid does not fit the device, [`RuntimeError::Launch`] when the kernel
    /// cannot be compiled or submitted, [`RuntimeError::Execution`] when the check finds an earlier failure.
    pub fn launch<F>(&self, kernel: Kernel, grid: Grid, submit: F) -> Result<(), RuntimeError>
    where
        F: FnOnce(&ComputeClient<R>, CubeCount, CubeDim) + Send,
    {
        let Some((count, dim)) = self.limits.fit(self.runtime_name(), kernel, grid)? else {
            return Ok(());
        };
        let known = self.known.borrow().contains(&(kernel, grid.cube_dim()));
        self.count(|counts| counts.launches += 1);
        if known && !self.options.check_every_launch {
            let mut unchecked = self.unchecked.borrow_mut();
            if !unchecked.contains(&kernel) {
                unchecked.push(kernel);
            }
            submit(&self.client, count, dim);
            return Ok(());
        }

        self.flush()?;
        // A kernel that cannot be generated panics on the device's own thread, where the panic is swallowed and
        // the buffers keep their old bytes. Running the submission on that thread brings the failure back here.
        let client = &self.client;
        let submitted = client.exclusive(move || {
            catch_unwind(AssertUnwindSafe(|| submit(client, count, dim))).map_err(|panic| panic_text(&*panic))
        });
        let panicked = match submitted {
            Ok(Ok(())) => None,
            Ok(Err(panic)) => Some(first_lines(&panic)),
            Err(error) => Some(first_lines(&error.to_string())),
        };
        let fail = |reason: String| RuntimeError::Launch {
            runtime: self.runtime_name().to_owned(),
            kernel: kernel.to_string(),
            reason,
        };
        // Flushed in any case: errors of this launch must not be blamed on the next one.
        let flushed = client.flush().map_err(|error| first_lines(&error.to_string()));
        if let Some(panic) = panicked {
            return Err(fail(match flushed {
                Err(reason) => reason,
                Ok(()) => format!("{panic} (the cause is the panic before this on standard error)"),
            }));
        }
        flushed.map_err(fail)?;
        self.known.borrow_mut().insert((kernel, grid.cube_dim()));
        Ok(())
    }

    /// Allocates `len` elements; their contents are arbitrary.
    ///
    /// # Errors
    /// [`RuntimeError::OutOfMemory`] when the budget, the largest buffer or the device is exceeded.
    pub fn alloc<T: CubeElement>(&self, len: usize) -> Result<Buffer<T>, RuntimeError> {
        self.make(len, |client, bytes| client.empty(bytes))
    }

    /// Allocates a buffer with these contents.
    ///
    /// # Errors
    /// As [`Session::alloc`].
    pub fn upload<T: CubeElement>(&self, values: &[T]) -> Result<Buffer<T>, RuntimeError> {
        self.make(values.len(), |client, bytes| {
            if values.is_empty() {
                return client.empty(bytes);
            }
            client.create_from_slice(T::as_bytes(values))
        })
    }

    fn make<T, F>(&self, len: usize, create: F) -> Result<Buffer<T>, RuntimeError>
    where
        T: CubeElement,
        F: FnOnce(&ComputeClient<R>, usize) -> Handle + Send,
    {
        let asked = len as u64 * size_of::<T>() as u64;
        let in_use = self.bytes_in_use();
        let full = |bound: String| RuntimeError::OutOfMemory {
            runtime: self.runtime_name().to_owned(),
            asked,
            in_use,
            bound,
        };
        if let Some(budget) = self.options.memory_budget
            && in_use + asked > budget
        {
            return Err(full(format!("the budget is {budget} bytes")));
        }
        if asked > self.largest_buffer {
            return Err(full(format!("one buffer may hold at most {} bytes", self.largest_buffer)));
        }

        // A failed allocation panics on the device's thread; `exclusive` brings it back. In persistent mode an
        // allocation is exactly as large as asked for and its memory is reused for later ones of that size.
        let client = &self.client;
        // An empty buffer must still be a valid kernel argument.
        let bytes = (asked as usize).max(size_of::<T>());
        let made = client
            .exclusive(move || client.memory_persistent_allocation((), |()| create(client, bytes)))
            .and_then(|made| made);
        match made {
            Ok(handle) => {
                self.count(|counts| counts.allocations += 1);
                Ok(Buffer::new(handle, len, &self.in_use))
            }
            Err(_) => {
                // The failure may have left the persistent mode on; entering and leaving it turns it off.
                let _ = client.memory_persistent_allocation((), |()| ());
                client.memory_cleanup();
                Err(full("the device has no more".into()))
            }
        }
    }

    /// Gives memory of dropped buffers back to the device, before a retry with other sizes.
    pub fn release_unused(&self) {
        self.client.memory_cleanup();
    }

    /// Submits what is pending and reports failures so far. The host does not wait for the device.
    ///
    /// # Errors
    /// [`RuntimeError::Execution`] when something submitted earlier failed.
    pub fn flush(&self) -> Result<(), RuntimeError> {
        let flushed = self.client.flush();
        self.checked(flushed)
    }

    /// Waits until the device has done everything; counted in [`Counts::syncs`].
    ///
    /// # Errors
    /// [`RuntimeError::Execution`] when something submitted earlier failed.
    pub fn sync(&self) -> Result<(), RuntimeError> {
        self.count(|counts| counts.syncs += 1);
        let synced = block_on(self.client.sync());
        self.checked(synced)
    }

    /// Reads several buffers back in one synchronisation; counted in [`Counts::syncs`].
    ///
    /// # Errors
    /// [`RuntimeError::Execution`] when something submitted earlier, or the read, failed;
    /// [`RuntimeError::Readback`] when a buffer came back short.
    pub fn read(&self, regions: &[Region]) -> Result<Readback, RuntimeError> {
        // wgpu's read does not report failed launches; flush does.
        self.flush()?;
        self.count(|counts| counts.syncs += 1);
        let handles = regions.iter().map(|region| region.handle.clone()).collect();
        let parts = match block_on(self.client.read_async(handles)) {
            Ok(parts) => parts,
            Err(error) => return self.checked(Err(error)).map(|()| unreachable!()),
        };
        for (part, region) in parts.iter().zip(regions) {
            if part.len() < region.bytes {
                return Err(RuntimeError::Readback {
                    runtime: self.runtime_name().to_owned(),
                    expected: format!("{} bytes", region.bytes),
                    got: format!("{} bytes", part.len()),
                });
            }
        }
        Ok(Readback::new(self.runtime_name(), parts))
    }

    /// Reads one buffer back; counted in [`Counts::syncs`].
    ///
    /// # Errors
    /// As [`Session::read`].
    pub fn read_one<T: CubeElement>(&self, buffer: &Buffer<T>) -> Result<Vec<T>, RuntimeError> {
        self.read(&[buffer.region()])?.take()
    }

    fn checked(&self, result: Result<(), cubecl::server::ServerError>) -> Result<(), RuntimeError> {
        let kernels = self.unchecked.take();
        result.map_err(|error| RuntimeError::Execution {
            runtime: self.runtime_name().to_owned(),
            kernels: match kernels.as_slice() {
                [] => "none".into(),
                kernels => kernels.iter().map(Kernel::name).collect::<Vec<_>>().join(", "),
            },
            reason: first_lines(&error.to_string()),
        })
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        change(&mut counts);
        self.counts.set(counts);
    }
}

/// A runtime's message without the backtrace that it carries.
fn first_lines(text: &str) -> String {
    let kept = text.split("Backtrace").next().unwrap_or_default();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, feature = "wgpu"))]
mod tests {
    use super::*;
    use crate::{DeviceRuntime, Wgpu};

    /// More than any device has, past the checks that `alloc` makes first.
    #[test]
    fn an_allocation_that_the_device_refuses_is_an_error() {
        let session = Wgpu::open(0, SessionOptions::default()).expect("a wgpu adapter");
        let refused = session.make::<u32, _>(4, |client, _| client.empty(1 << 50)).unwrap_err();
        assert!(refused.is_out_of_memory(), "{refused}");
        assert!(refused.to_string().ends_with("0 bytes in use, the device has no more"), "{refused}");
        assert_eq!(session.counts().allocations, 0);

        let buffer = session.upload(&[1u32, 2, 3]).unwrap();
        assert_eq!(session.read_one(&buffer).unwrap(), [1, 2, 3]);
    }
}
