//! Hashes of passwords: bcrypt and argon2, nothing that a graphics card guesses in a day.

use argon2::{Argon2, PasswordHash, PasswordVerifier as _};

/// A hash that passwords are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Bcrypt(String),
    /// In the PHC form, `$argon2id$v=19$..`.
    Argon2(String),
}

/// Why a text is no hash. The text is not repeated: it may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadHash {
    #[error(
        "its hash is neither of bcrypt (`$2y$..`) nor of argon2 (`$argon2id$..`)\nhelp: `htpasswd -B` makes one, as does PHP's `password_hash`; in .rr.yaml write `$$` for each `$`"
    )]
    Unknown,
    #[error("its hash is damaged\nhelp: in .rr.yaml write `$$` for each `$`")]
    Damaged,
}

impl Hash {
    pub(super) fn read(text: &str) -> Result<Self, BadHash> {
        if text.starts_with("$argon2") {
            let hash = PasswordHash::new(text).ok();
            let whole = hash.is_some_and(|it| it.salt.is_some() && it.hash.is_some());
            return match whole {
                true => Ok(Self::Argon2(text.into())),
                false => Err(BadHash::Damaged),
            };
        }
        if !["$2a$", "$2b$", "$2x$", "$2y$"]
            .iter()
            .any(|it| text.starts_with(it))
        {
            return Err(BadHash::Unknown);
        }
        // A wrong password shows whether the hash can be computed at all, but takes as long as a
        // right one: the form is checked in its place.
        let (cost, rest) = text
            .get(4..)
            .and_then(|it| it.split_once('$'))
            .ok_or(BadHash::Damaged)?;
        let cost = cost.len() == 2 && (4..=31).contains(&cost.parse().unwrap_or(0));
        let alphabet = |it: u8| it.is_ascii_alphanumeric() || b"./".contains(&it);
        match cost && rest.len() == 53 && rest.bytes().all(alphabet) {
            true => Ok(Self::Bcrypt(text.into())),
            false => Err(BadHash::Damaged),
        }
    }

    /// Whether it is that of the password. Takes its time, a tenth of a second or so.
    pub(super) fn is_of(&self, password: &str) -> bool {
        match self {
            Self::Bcrypt(hash) => bcrypt::verify(password, hash).unwrap_or(false),
            Self::Argon2(hash) => PasswordHash::new(hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `password_hash('secret', ..)` of PHP made.
    const BCRYPT: &str = "$2y$04$Q0u6JCG.T0MXyMY.4q5Kh.XoJJxRB.nA9uNtmEBP.bywrvPHEnZKG";
    const ARGON2: &str = "$argon2id$v=19$m=64,t=1,p=1$QS5KSnN3eG1vYVNlTC8zNA$+DU4uYN99I8qOddo4lOLirWLmWpI4r3ZrfSS2ps7kNE";

    #[test]
    fn passwords_are_compared_with_what_php_made() {
        for text in [BCRYPT, ARGON2] {
            let hash = Hash::read(text).unwrap();
            assert!(hash.is_of("secret"), "{text}");
            assert!(!hash.is_of("Secret") && !hash.is_of(""), "{text}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let check = |text: &str, expected| assert_eq!(Hash::read(text), Err(expected), "{text}");
        check("secret", BadHash::Unknown);
        check("", BadHash::Unknown);
        check("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", BadHash::Unknown);
        check("$apr1$x$y", BadHash::Unknown);
        check("$2y$10", BadHash::Damaged);
        check("$2y$10$short", BadHash::Damaged);
        check(&BCRYPT.replace("$2y$0", "$2y$x"), BadHash::Damaged);
        check(&BCRYPT[..59], BadHash::Damaged);
        check("$argon2id$v=19", BadHash::Damaged);
    }
}
