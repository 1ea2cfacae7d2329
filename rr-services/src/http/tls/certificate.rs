//! What a certificate says, in words that PHP code knows.

use std::{fmt::Write as _, path::Path};

use rustls::pki_types::CertificateDer;
use x509_parser::{
    asn1_rs::FromDer as _,
    certificate::X509Certificate,
    objects::{oid_registry, oid2abbrev},
    x509::{AttributeTypeAndValue, X509Name},
};

use crate::http::Attributes;

/// A client's certificate as attributes, by the names of Apache's mod_ssl:
///
/// - `SSL_CLIENT_VERIFY`: `SUCCESS` where an authority vouches for it, `GENEROUS` where nobody
///   checked, `NONE` where there is none (and none of the others then);
/// - `SSL_CLIENT_S_DN`, `SSL_CLIENT_I_DN`: subject and issuer, as in RFC 4514;
/// - `SSL_CLIENT_M_SERIAL`: the serial number, hexadecimal.
pub(super) fn attributes(certificate: Option<&CertificateDer<'_>>, verified: bool) -> Attributes {
    let mut attributes = Attributes::default();
    let verify = match (certificate, verified) {
        (None, _) => "NONE",
        (Some(_), true) => "SUCCESS",
        (Some(_), false) => "GENEROUS",
    };
    attributes.set("SSL_CLIENT_VERIFY", verify);
    let read = certificate.and_then(|it| X509Certificate::from_der(it).ok());
    if let Some((_, certificate)) = read {
        attributes.set("SSL_CLIENT_S_DN", name(certificate.subject()));
        attributes.set("SSL_CLIENT_I_DN", name(certificate.issuer()));
        attributes.set("SSL_CLIENT_M_SERIAL", hex(certificate.raw_serial()));
    }
    attributes
}

/// Browsers will refuse it; that is better told where somebody can renew it.
pub(super) fn warn_if_expired(certificate: &CertificateDer<'_>, path: &Path) {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
        return;
    };
    if !certificate.validity().is_valid() {
        tracing::warn!(
            target: "http",
            "the certificate in `{}` is not valid now: it is from {} to {}",
            path.display(),
            certificate.validity().not_before,
            certificate.validity().not_after,
        );
    }
}

/// `CN=Anna,O=Shop\, Inc.,C=DE`: the last part first, what separates escaped.
fn name(name: &X509Name<'_>) -> String {
    let mut parts: Vec<_> = name
        .iter()
        .map(|part| {
            let pairs: Vec<_> = part.iter().map(pair).collect();
            pairs.join("+")
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

fn pair(pair: &AttributeTypeAndValue<'_>) -> String {
    let kind = match oid2abbrev(pair.attr_type(), oid_registry()) {
        Ok(known) if known.len() <= 2 => known.to_owned(),
        _ => pair.attr_type().to_id_string(),
    };
    match pair.as_str() {
        Ok(text) => format!("{kind}={}", escaped(text)),
        Err(_) => format!("{kind}=#{}", hex(pair.as_slice())),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => out.extend(['\\', c]),
            '#' if at == 0 => out.push_str("\\#"),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            // No newline gets into anybody's log.
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    write!(out, "\\{byte:02X}").ok();
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02X}").ok();
        out
    })
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_cannot_pretend_to_be_two() {
        let check = |text, expected: &str| assert_eq!(escaped(text), expected);
        check("Anna", "Anna");
        check("Anna,O=Bank", "Anna\\,O\\=Bank");
        check("#1", "\\#1");
        check(" a b ", "\\ a b\\ ");
        check("a\nb", "a\\0Ab");
        check("\\", "\\\\");
    }
}
