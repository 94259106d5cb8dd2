//! Work on very many rows by several processors: who types a letter of a filter or turns a sort round waits for it.

use std::sync::OnceLock;
use std::thread::{self, Builder};

/// Fewer are sooner done by one. Tests have few.
const WORTH_IT: usize = if cfg!(test) { 20 } else { 16_384 };
/// More processors are left to others.
const MOST: usize = 4;

/// How many there are; asked for once, for the answer is read from files.
fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, |n| n.get().min(MOST)))
}

/// What `work` makes of each piece of a list, in the order of the list; of a short list there is one piece.
pub(super) fn pieces<T, R>(list: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R>
where
    T: Sync,
    R: Send,
{
    if list.len() < WORTH_IT || processors() == 1 {
        return vec![work(list)];
    }
    let (first, others) = list.split_at(list.len().div_ceil(processors()));
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = others
            .chunks(first.len())
            .map(|piece| (piece, Builder::new().spawn_scoped(scope, move || work(piece))))
            .collect();
        let mut done = vec![work(first)];
        done.extend(others.into_iter().map(|(piece, thread)| match thread.map(|t| t.join()) {
            Ok(Ok(made)) => made,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // The system gives no thread.
            Err(_) => work(piece),
        }));
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_list_in_its_order_however_long_it_is() {
        for len in [0, 1, 19, 20, 21, 100, 1001] {
            let list: Vec<u32> = (0..len).collect();
            let pieces = pieces(&list, <[u32]>::to_vec);
            assert_eq!(pieces.concat(), list);
            assert!(pieces.len() <= MOST);
        }
    }
}
