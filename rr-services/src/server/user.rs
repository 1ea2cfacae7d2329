//! Names of users and groups to numbers; an unknown name is an error, never root.

use nix::unistd::{Group, Uid, User};
use rr_core::pool::RunAs;

/// Why workers cannot run as asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunAsError {
    #[error("there is no user `{0}` on this system\nhelp: correct `server.user`")]
    NoUser(String),
    #[error("there is no group `{0}` on this system\nhelp: correct `server.group`")]
    NoGroup(String),
    #[error("`server.group` without `server.user` has no effect\nhelp: name the user as well")]
    GroupAlone,
    #[error(
        "only root may run workers as another user\nhelp: start the server as root, or remove `server.user`"
    )]
    NotRoot,
    #[error("cannot look up `{0}`: {1}")]
    LookUp(String, nix::Error),
}

pub(super) fn look_up(
    user: Option<&str>,
    group: Option<&str>,
) -> Result<Option<RunAs>, RunAsError> {
    let Some(name) = user.filter(|it| !it.is_empty()) else {
        return match group {
            None | Some("") => Ok(None),
            Some(_) => Err(RunAsError::GroupAlone),
        };
    };
    let user = User::from_name(name)
        .map_err(|error| RunAsError::LookUp(name.to_owned(), error))?
        .ok_or_else(|| RunAsError::NoUser(name.to_owned()))?;
    let gid = match group.filter(|it| !it.is_empty()) {
        None => user.gid,
        Some(name) => {
            Group::from_name(name)
                .map_err(|error| RunAsError::LookUp(name.to_owned(), error))?
                .ok_or_else(|| RunAsError::NoGroup(name.to_owned()))?
                .gid
        }
    };
    if !Uid::effective().is_root() && user.uid != Uid::effective() {
        return Err(RunAsError::NotRoot);
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
        assert_eq!(look_up(None, None).unwrap(), None);
        let root = look_up(Some("root"), None);
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
            let error = look_up(user, group).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
