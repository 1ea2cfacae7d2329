//! Any bytes from a worker are frames, noise that is logged, or an error: each byte once, and none is waited for in vain.
#![no_main]

use std::{
    io::{self, Cursor, Write},
    sync::mpsc,
};

use libfuzzer_sys::fuzz_target;
use rr_core::relay::{Relay, Wire};

struct Log(mpsc::Sender<usize>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.len()).ok();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("it needs nothing");
    for (wire, head) in [(Wire::Frames, 12), (Wire::Packages, 17)] {
        let (sender, logged) = mpsc::channel();
        let io = tokio::io::join(Cursor::new(bytes.to_vec()), tokio::io::sink());
        let mut relay = Relay::new(io, wire);
        relay.log_noise(Log(sender));
        let framed = runtime.block_on(async {
            let mut framed = 0;
            // The end of the bytes is an error too.
            while let Ok(frame) = relay.recv().await {
                framed += head + frame.payload.len();
            }
            framed
        });
        drop(relay);
        assert!(framed + logged.iter().sum::<usize>() <= bytes.len());
    }
});
