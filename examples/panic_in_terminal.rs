//! Takes the terminal over as the program does, and panics: the integration tests look at what is
//! left of the terminal.

#![allow(clippy::panic)]

use wheelhouse::runtime::terminal::Guard;

fn main() -> std::io::Result<()> {
    let _guard = Guard::enter(true)?;
    let elsewhere = std::env::args().nth(1).is_some_and(|arg| arg == "elsewhere");
    if elsewhere {
        // Its end alone would leave a program that nobody hears or sees.
        let _ = std::thread::spawn(|| panic!("a panic beside the main thread")).join();
        loop {
            std::thread::park();
        }
    }
    panic!("a panic in the main thread");
}
