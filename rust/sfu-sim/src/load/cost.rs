//! CPU time from the scheduler, in ns (/proc/PID/task/TID/schedstat, first field).

use std::fs;
use std::time::Duration;

/// Names of the media threads start like this.
const THREAD_PREFIX: &str = "sfu-";

/// CPU time of the media threads of a process, without its other threads.
pub fn cpu_of_sfu(pid: u32) -> Result<Duration, String> {
    let tasks = format!("/proc/{pid}/task");
    let entries = fs::read_dir(&tasks).map_err(|why| format!("{tasks}: {why}"))?;
    let mut total = Duration::ZERO;
    for task in entries.flatten() {
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        let is_main_of_load = task.file_name().to_str() == Some(&pid.to_string());
        if name.starts_with(THREAD_PREFIX) && !is_main_of_load {
            total += on_cpu(&task.path().join("schedstat").to_string_lossy())?;
        }
    }
    Ok(total)
}

/// CPU time of the calling thread.
pub fn cpu_of_this_thread() -> Result<Duration, String> {
    on_cpu("/proc/thread-self/schedstat")
}

fn on_cpu(path: &str) -> Result<Duration, String> {
    let text = fs::read_to_string(path).map_err(|why| format!("{path}: {why}"))?;
    let ns = text.split_whitespace().next().and_then(|ns| ns.parse().ok());
    ns.map(Duration::from_nanos)
        .ok_or_else(|| format!("{path}: unreadable"))
}
