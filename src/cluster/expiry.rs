//! When a credential ends that nobody tells us the end of: the date inside a client certificate, or
//! inside a token that is a JWT. For the header only: nothing is renewed or refused because of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Unix seconds at which the first certificate of this PEM text ends; None when it cannot be read.
pub fn of_certificate(pem: &str) -> Option<i64> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    // Certificate ::= SEQUENCE { tbs SEQUENCE { [0] version?, serial, algorithm, issuer,
    // validity SEQUENCE { notBefore, notAfter }, … } … } (RFC 5280, section 4.1)
    let (_, certificate, _) = value(&der)?;
    let (_, mut rest, _) = value(certificate)?;
    if rest.first() == Some(&0xa0) {
        rest = value(rest)?.2;
    }
    for _ in ["serial", "algorithm", "issuer"] {
        rest = value(rest)?.2;
    }
    let (_, validity, _) = value(rest)?;
    let (_, _, after) = value(validity)?;
    let (tag, end, _) = value(after)?;
    let text = std::str::from_utf8(end).ok()?.strip_suffix('Z')?;
    let full = match tag {
        // UTCTime has two digits for the year: 50 and later are of the last century.
        0x17 if text.get(..2)? >= "50" => format!("19{text}"),
        0x17 => format!("20{text}"),
        0x18 => text.to_owned(),
        _ => return None,
    };
    let at = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", &full).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Unix seconds at which this token ends, if it is a JWT with an `exp`.
pub fn of_token(token: &str) -> Option<i64> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: f64,
    }
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let json = zeroize::Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let claims: Claims = serde_json::from_slice(&json).ok()?;
    // Some issuers write a fraction; RFC 7519 allows it.
    Some(claims.exp as i64)
}

/// One DER value: its tag, its content, and what follows it.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let bytes = usize::from(first & 0x7f);
        if bytes == 0 || bytes > 4 {
            return None;
        }
        let (digits, after) = rest.split_at_checked(bytes)?;
        length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_certificate_says_when_it_ends() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/ann.crt");
        let pem = std::fs::read_to_string(path).unwrap();
        assert_eq!(of_certificate(&pem), Some(4_948_908_474));
        assert_eq!(of_certificate(""), None);
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        for cut in 0..der.len() {
            let short = base64::engine::general_purpose::STANDARD.encode(der.get(..cut).unwrap());
            of_certificate(&format!(
                "-----BEGIN CERTIFICATE-----\n{short}\n-----END CERTIFICATE-----\n"
            ));
        }
    }

    #[test]
    fn a_jwt_says_when_it_ends_and_other_tokens_do_not() {
        let jwt = |claims: &str| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(of_token(&jwt(r#"{"exp":1700000000,"sub":"x"}"#)), Some(1_700_000_000));
        assert_eq!(of_token(&jwt(r#"{"exp":1700000000.5}"#)), Some(1_700_000_000));
        for other in
            [jwt("{}"), jwt("no json"), "opaque".into(), "a.b.c".into(), "..".into(), String::new()]
        {
            assert_eq!(of_token(&other), None, "{other}");
        }
    }
}
