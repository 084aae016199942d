//! Child processes: started on their core, measured from `/proc`, stopped at the end. Only what was started here is
//! ever signalled.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ticks a second of `/proc/PID/stat`; fixed by Linux's interface to programs.
const TICKS: u64 = 100;
/// How long a child may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Whether a command of that name can be run.
pub(crate) fn have(command: &str) -> bool {
    let probe = Command::new(command).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    probe.is_ok()
}

/// A child that ends with its guard.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts `command`, on `core` if the harness is pinned.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(command: &mut Command, core: Option<u32>) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = match core {
            None => command.spawn(),
            Some(core) => {
                let mut pinned = Command::new("taskset");
                pinned.args(["-c", &core.to_string()]).arg(command.get_program()).args(command.get_args());
                pinned.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
            }
        };
        child.map(|child| Running { child }).map_err(|error| format!("{name}: {error}"))
    }

    /// The child's standard output, if it was asked for; once.
    pub(crate) fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process and its children (nginx serves from workers).
    pub(crate) fn family(&self) -> Vec<u32> {
        let parent = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
        let mut pids = vec![parent];
        pids.extend(
            children.unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()),
        );
        pids
    }

    /// CPU time used so far by all threads of the family.
    pub(crate) fn cpu(&self) -> Cpu {
        let mut cpu = Cpu::default();
        for pid in self.family() {
            let (user, kernel) = ticks(pid).unwrap_or_default();
            cpu.ticks += user + kernel;
            cpu.kernel += kernel;
            let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
            for task in tasks {
                let spent = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
                let nanos = spent.split_whitespace().next().and_then(|first| first.parse().ok());
                let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
                let thread =
                    Thread { nanos: nanos.unwrap_or_default(), worker: name.starts_with("tokio-rt-") };
                cpu.threads.insert(task.file_name().to_string_lossy().into_owned(), thread);
            }
        }
        cpu
    }

    /// Resident memory of the family in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let resident = |pid: u32| -> Option<u64> {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.split_whitespace().next()?.parse().ok()
        };
        self.family().into_iter().filter_map(resident).sum()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let start = tokio::time::Instant::now();
        while start.elapsed() < GRACE {
            if self.ended() {
                return;
            }
            std::thread::yield_now();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// User and system time in ticks: fields 14 and 15, counted after the name, which may contain anything.
fn ticks(pid: u32) -> Option<(u64, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// CPU time at one moment, in two grains.
#[derive(Debug, Default)]
pub(crate) struct Cpu {
    ticks: u64,
    /// Those in the kernel.
    kernel: u64,
    threads: BTreeMap<String, Thread>,
}

/// One thread's share.
#[derive(Debug, Default, Clone, Copy)]
struct Thread {
    nanos: u64,
    /// It is one of those that serve requests in a program that has others too.
    worker: bool,
}

impl Cpu {
    /// The share of the time since `before` that was spent in the kernel.
    pub(crate) fn kernel_since(&self, before: &Cpu) -> f64 {
        let all = self.ticks.saturating_sub(before.ticks).max(1);
        self.kernel.saturating_sub(before.kernel) as f64 / all as f64
    }

    /// Microseconds spent since `before`: from the scheduler's nanoseconds if no thread came or went, else from ticks.
    pub(crate) fn micros_since(&self, before: &Cpu) -> f64 {
        let same = self.threads.keys().eq(before.threads.keys())
            && self.threads.values().any(|thread| thread.nanos > 0);
        let sum = |cpu: &Cpu| cpu.threads.values().map(|thread| thread.nanos).sum::<u64>();
        if same {
            sum(self).saturating_sub(sum(before)) as f64 / 1e3
        } else {
            (self.ticks.saturating_sub(before.ticks) * 1_000_000 / TICKS) as f64
        }
    }

    /// Microseconds that the threads which serve requests spent since `before`; `None` if the program has none apart.
    pub(crate) fn serving_since(&self, before: &Cpu) -> Option<f64> {
        let sum = |cpu: &Cpu| {
            let workers = cpu.threads.values().filter(|thread| thread.worker);
            workers.map(|thread| thread.nanos).reduce(u64::saturating_add)
        };
        Some(sum(self)?.saturating_sub(sum(before)?) as f64 / 1e3)
    }
}
