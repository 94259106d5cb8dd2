//! How an object is kept: as the JSON it is sent as, made once. Nobody holds decoded values.
//!
//! Generated pods are almost equal, so they are kept as a shared text with holes and the few
//! strings that differ: fifty thousand of them cost tens of megabytes, not four hundred.

use std::rc::Rc;

use bytes::Bytes;
use serde_json::Value;

/// The JSON text of one object.
#[derive(Debug, Clone)]
pub enum Body {
    /// The text itself.
    Whole(Bytes),
    /// A text with holes and what fills them.
    Made(Rc<Made>),
}

/// A filled [`Blueprint`]. Hole 0 is always the resourceVersion.
#[derive(Debug)]
pub struct Made {
    blueprint: Rc<Blueprint>,
    holes: Box<[Box<str>]>,
}

/// JSON text with numbered holes.
#[derive(Debug)]
pub struct Blueprint {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(Box<str>),
    Hole(usize),
}

impl Blueprint {
    /// Splits serialised JSON at its holes: `@{3}` inside a string is replaced in place, and a
    /// string that is nothing but `@{#3}` is replaced with its quotes (numbers, booleans, objects).
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("@{") {
            let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
            let inner = &rest[at + 2..end];
            let (raw, number) = match inner.strip_prefix('#') {
                Some(number) => (true, number),
                None => (false, inner),
            };
            let Ok(number) = number.parse() else {
                pieces.push(Piece::Text(rest[..end].into()));
                rest = &rest[end..];
                continue;
            };
            let (before, after) = if raw && at > 0 { (at - 1, end + 2) } else { (at, end + 1) };
            pieces.push(Piece::Text(rest[..before].into()));
            pieces.push(Piece::Hole(number));
            rest = &rest[after..];
        }
        pieces.push(Piece::Text(rest.into()));
        Self { pieces }
    }
}

impl Body {
    /// The text of a decoded object.
    pub fn of(value: &Value) -> Self {
        Self::Whole(Bytes::from(value.to_string()))
    }

    /// A filled blueprint; `holes[0]` is the resourceVersion.
    pub fn made(blueprint: &Rc<Blueprint>, holes: Vec<Box<str>>) -> Self {
        Self::Made(Rc::new(Made { blueprint: blueprint.clone(), holes: holes.into() }))
    }

    /// Appends the text.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Whole(bytes) => out.extend_from_slice(bytes),
            Self::Made(made) => {
                for piece in &made.blueprint.pieces {
                    let text = match piece {
                        Piece::Text(text) => &**text,
                        Piece::Hole(number) => made.holes.get(*number).map_or("", |hole| hole),
                    };
                    out.extend_from_slice(text.as_bytes());
                }
            }
        }
    }

    /// The text in one piece.
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes.clone(),
            Self::Made(_) => {
                let mut out = Vec::with_capacity(8 * 1024);
                self.write(&mut out);
                out.into()
            }
        }
    }

    /// The decoded object. Everything kept was JSON when it came in, so null means a defect.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.bytes()).unwrap_or_default()
    }

    /// Bytes that only this body holds.
    pub fn weight(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Made(made) => made.holes.iter().map(|hole| hole.len() + 16).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_inside_strings_and_instead_of_them() {
        let blueprint = Rc::new(Blueprint::parse(
            r#"{"v":"@{0}","name":"api-@{1}-x","restarts":"@{#2}","mail":"a@b","odd":"@{x}"}"#,
        ));
        let body = Body::made(&blueprint, vec!["7".into(), "k2".into(), "12".into()]);
        assert_eq!(
            body.value(),
            serde_json::json!({"v": "7", "name": "api-k2-x", "restarts": 12, "mail": "a@b", "odd": "@{x}"})
        );
    }
}
