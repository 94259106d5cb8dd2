//! Values that nobody may see by accident: wiped when dropped, and never written by a debug print.

use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A value of a Secret on its way to a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(Zeroizing<String>);

impl Hidden {
    /// Takes a value in.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, for the one place it is meant for.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(super::mask::MASK)
    }
}

/// Overwrites a shared text where nobody else holds it; false when somebody does.
pub fn wipe(text: &mut std::sync::Arc<str>) -> bool {
    match std::sync::Arc::get_mut(text) {
        Some(text) => {
            text.zeroize();
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;

    #[test]
    fn no_debug_print_shows_a_hidden_value() {
        let hidden = Hidden::new("hunter2".to_owned());
        assert!(!format!("{:?}", Some(&hidden)).contains("hunter2"));
        assert_eq!(hidden.reveal(), "hunter2");
    }

    #[test]
    fn a_text_is_wiped_unless_somebody_else_holds_it() {
        let mut text: Arc<str> = "hunter2".into();
        let other = Arc::clone(&text);
        assert!(!wipe(&mut text));
        assert_eq!(&*other, "hunter2");
        drop(other);
        assert!(wipe(&mut text));
        assert_eq!(&*text, "\0\0\0\0\0\0\0");
    }
}
