//! The result, as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::clients::Counts;

pub fn report(
    arguments: &Arguments,
    seconds: Duration,
    counts: &Counts,
    sfu_cpu: Duration,
    client_cpu: Duration,
    latencies_ns: &[u64],
) -> Value {
    let share = |cpu: Duration| cpu.as_secs_f64() / seconds.as_secs_f64();
    let latency_ms = |quantile: f64| {
        let at = (latencies_ns.len().saturating_sub(1) as f64 * quantile) as usize;
        latencies_ns.get(at).map(|ns| *ns as f64 / 1e6)
    };
    json!({
        "rooms": arguments.rooms,
        "participants": arguments.participants,
        "camera_bps": arguments.camera_bps,
        "microphone_bps": arguments.microphone_bps,
        "seconds": seconds.as_secs_f64(),
        "forwarded_packets": counts.delivered,
        "forwarded_per_second": counts.delivered as f64 / seconds.as_secs_f64(),
        "delivered_ratio": counts.delivered as f64 / counts.expected as f64,
        "sfu_cpu_us_per_forwarded_packet": sfu_cpu.as_secs_f64() * 1e6 / counts.delivered as f64,
        "sfu_cpu_share_of_a_core": share(sfu_cpu),
        "client_cpu_share_of_a_core": share(client_cpu),
        "latency_ms": {
            "p50": latency_ms(0.5), "p90": latency_ms(0.9), "p99": latency_ms(0.99), "p999": latency_ms(0.999),
        },
    })
}
