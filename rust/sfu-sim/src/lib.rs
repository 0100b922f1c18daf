//! The SFU core on an emulated network: virtual clock, seeded loss, delay, jitter and reordering, and
//! synthetic clients that send VP8-framed and Opus-like packets. For tests and benchmarks only.
//!
//! A seed fixes everything that the network does. What it cannot fix is the randomness inside
//! cryptography and str0m (keys, SSRCs), which decides no packet's fate but the order of some.

pub mod call;
pub mod camera;
pub mod client;
pub mod decoder;
pub mod flights;
pub mod fuzz;
pub mod link;
pub mod profile;
pub mod received;
pub mod rng;
pub mod stamp;
pub mod world;
