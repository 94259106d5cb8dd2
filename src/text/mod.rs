//! Floor 0: text and numbers as Kubernetes people write them. Pure functions, no state.

pub mod age;
pub mod contain;
#[cfg(test)]
mod fuzz_tests;
pub mod hidden;
pub mod jsonpath;
pub mod mask;
pub mod percent;
pub mod quantity;
pub mod sanitise;
pub mod width;
pub mod yaml;

/// A cheap-to-clone, immutable, sanitised string: one pointer wide, shared by all rows that show it.
pub type Text = arcstr::ArcStr;

/// Appends a decimal number: the formatting machinery costs more than the digits, and a table has
/// hundreds of thousands of them.
pub fn push_int(n: i64, out: &mut String) {
    if n < 0 {
        out.push('-');
    }
    let mut rest = n.unsigned_abs();
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_written_like_the_standard_library_writes_them() {
        for n in [0, 1, -1, 9, 10, 99, -100, 1234567890, i64::MAX, i64::MIN] {
            let mut out = String::from("x");
            super::push_int(n, &mut out);
            assert_eq!(out, format!("x{n}"));
        }
    }
}
