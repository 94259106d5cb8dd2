//! Damages one field of a protobuf message, however deep it lies, and gives all fields around it their
//! right lengths again, so that the damage is met where it is and not at the first length.

use super::random::Random;

/// One field as it stands.
#[derive(Clone, Debug)]
struct Field {
    tag: u64,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Number(u64),
    Fixed(Vec<u8>),
    Bytes(Vec<u8>),
}

/// The magic before an object in its envelope.
const MAGIC: &[u8] = b"k8s\0";

/// The same message with one field changed; None where there is none.
pub(super) fn change(
    input: &[u8],
    random: &mut Random,
    words: &[Vec<u8>],
    corpus: &[Vec<u8>],
) -> Option<Vec<u8>> {
    if let Some(inner) = input.strip_prefix(MAGIC) {
        return Some([MAGIC, &change(inner, random, words, corpus)?].concat());
    }
    let mut fields = read(input)?;
    if fields.is_empty() {
        return None;
    }
    let at = random.below(fields.len());
    // Deeper, where something lies deeper.
    if let Body::Bytes(bytes) = &mut fields[at].body
        && !random.one_in(4)
        && let Some(changed) = change(bytes, random, words, corpus)
    {
        *bytes = changed;
        return Some(write(&fields));
    }
    match random.below(9) {
        0 => drop(fields.remove(at)),
        1 => {
            let copy = fields[at].clone();
            let to = random.below(fields.len() + 1);
            fields.insert(to, copy);
        }
        2 => {
            let other = random.below(fields.len());
            fields.swap(at, other);
        }
        3 => fields[at].tag ^= (1 + random.next() % 40) << 3,
        4 => {
            // Another wire type: the body follows the tag, not the table.
            let field = &mut fields[at];
            field.tag = field.tag & !7 | [0, 1, 2, 5, 3, 4, 7][random.below(7)];
        }
        5 => {
            let other = random.pick(corpus);
            let end = other.len().min(2000);
            let from = random.below(end + 1);
            fields[at].body = Body::Bytes(other[from..end].to_vec());
        }
        6 => {
            // A length that lies, behind which everything else still stands.
            let mut out = write(&fields[..at]);
            varint(&mut out, fields[at].tag);
            let lies = [0, 1, 127, 128, 1 << 14, 1 << 31, u64::MAX, u64::MAX >> 1, 1 << 35];
            varint(&mut out, *random.pick(&lies));
            out.extend(write(&fields[at + 1..]));
            return Some(out);
        }
        7 => {
            // The same again and again.
            let copy = fields[at].clone();
            let times = 1 + random.below(50);
            fields.splice(at..at, std::iter::repeat_n(copy, times));
        }
        _ => {
            let field = &mut fields[at];
            match &mut field.body {
                Body::Number(number) => {
                    let odd = [0, 1, 2, 0x7f, 0x80, 1 << 31, 1 << 32, 1 << 62, 1 << 63, u64::MAX];
                    *number = *random.pick(&odd);
                }
                Body::Fixed(bytes) => bytes.iter_mut().for_each(|byte| *byte = random.byte()),
                Body::Bytes(bytes) => match random.below(4) {
                    0 => bytes.clear(),
                    1 if !words.is_empty() => bytes.clone_from(random.pick(words)),
                    2 => bytes.insert(random.below(bytes.len() + 1), random.byte()),
                    _ => bytes.truncate(random.below(bytes.len() + 1)),
                },
            }
        }
    }
    Some(write(&fields))
}

/// The fields of a message; None where it is none as a whole.
fn read(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = take_varint(&mut bytes)?;
        if tag >> 3 == 0 {
            return None;
        }
        let body = match tag & 7 {
            0 => Body::Number(take_varint(&mut bytes)?),
            1 => Body::Fixed(bytes.split_off(..8)?.to_vec()),
            5 => Body::Fixed(bytes.split_off(..4)?.to_vec()),
            2 => {
                let length = usize::try_from(take_varint(&mut bytes)?).ok()?;
                Body::Bytes(bytes.split_off(..length)?.to_vec())
            }
            _ => return None,
        };
        fields.push(Field { tag, body });
    }
    Some(fields)
}

fn write(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for Field { tag, body } in fields {
        varint(&mut out, *tag);
        match body {
            Body::Number(number) => varint(&mut out, *number),
            Body::Fixed(bytes) => out.extend_from_slice(bytes),
            Body::Bytes(bytes) => {
                varint(&mut out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
        }
    }
    out
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = bytes.split_off_first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
