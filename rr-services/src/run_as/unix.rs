//! Looked up in the system's tables; an unknown name is an error, never root.

use nix::unistd::{Group, Uid, User};
use rr_core::process::RunAs;

/// Why processes cannot run as asked; the keys are those of a section.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunAsError {
    #[error("there is no user `{name}` on this system\nhelp: correct `{section}.user`")]
    NoUser { section: String, name: String },
    #[error("there is no group `{name}` on this system\nhelp: correct `{section}.group`")]
    NoGroup { section: String, name: String },
    #[error("`{0}.group` without `{0}.user` has no effect\nhelp: name the user as well")]
    GroupAlone(String),
    #[error(
        "only root may run processes as another user\nhelp: start the server as root, or remove `{0}.user`"
    )]
    NotRoot(String),
    #[error("cannot look up `{0}`: {1}")]
    LookUp(String, nix::Error),
}

/// The numbers of the user, and of the group or that user's own one; `section` is where they stand.
pub(crate) fn look_up(
    section: &str,
    user: Option<&str>,
    group: Option<&str>,
) -> Result<Option<RunAs>, RunAsError> {
    let section = || section.to_owned();
    let Some(name) = user.filter(|it| !it.is_empty()) else {
        return match group {
            None | Some("") => Ok(None),
            Some(_) => Err(RunAsError::GroupAlone(section())),
        };
    };
    let found = User::from_name(name);
    let found = found.map_err(|error| RunAsError::LookUp(name.to_owned(), error))?;
    let user = found.ok_or_else(|| RunAsError::NoUser {
        section: section(),
        name: name.to_owned(),
    })?;
    let gid = match group.filter(|it| !it.is_empty()) {
        None => user.gid,
        Some(name) => {
            let found = Group::from_name(name);
            let found = found.map_err(|error| RunAsError::LookUp(name.to_owned(), error))?;
            let group = found.ok_or_else(|| RunAsError::NoGroup {
                section: section(),
                name: name.to_owned(),
            })?;
            group.gid
        }
    };
    if !Uid::effective().is_root() && user.uid != Uid::effective() {
        return Err(RunAsError::NotRoot(section()));
    }
    Ok(Some(RunAs {
        uid: user.uid.as_raw(),
        gid: gid.as_raw(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_or_refused() {
        assert_eq!(look_up("server", None, None).unwrap(), None);
        let root = look_up("server", Some("root"), None);
        if Uid::effective().is_root() {
            assert_eq!(root.unwrap(), Some(RunAs { uid: 0, gid: 0 }));
        }
        for (user, group, expected) in [
            (
                Some("nobody-at-all"),
                None,
                "there is no user `nobody-at-all`",
            ),
            (
                Some("root"),
                Some("no-group"),
                "there is no group `no-group`",
            ),
            (None, Some("root"), "`server.group` without `server.user`"),
        ] {
            let error = look_up("server", user, group).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
