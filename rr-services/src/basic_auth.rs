//! The `basic_auth` middleware: user names and passwords (RFC 7617).

mod password;
mod users;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rr_core::{BoxError, Init, Service};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    http::{Attributes, Middleware},
    parsed::Parsed,
    paths::{PathPattern, covers, segments},
};
use users::Users;

/// The middleware `basic_auth`; name it in `http.middleware`.
#[derive(Debug)]
pub struct BasicAuth;

/// Lets users in by name and password. PHP gets the name as the attribute `remote_user`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct BasicAuthConfig {
    /// What browsers call the place when they ask for the password.
    #[serde(default = "restricted")]
    realm: String,
    /// A file with lines `name:hash`, as `htpasswd -B` writes it; hashes are of bcrypt or argon2.
    /// It is read when the server starts.
    #[serde(default)]
    users_file: Option<PathBuf>,
    /// The same lines in the config, where each `$` is written `$$`.
    #[serde(default)]
    users: Vec<String>,
    /// Patterns of what is protected, such as `/admin/*`; everything by default.
    #[serde(default)]
    paths: Vec<Parsed<PathPattern>>,
    /// Patterns of what is not, although `paths` cover it.
    #[serde(default)]
    except: Vec<Parsed<PathPattern>>,
}

fn restricted() -> String {
    "restricted".into()
}

/// Who may go where.
struct Gate {
    users: Users,
    challenge: HeaderValue,
    paths: Vec<Parsed<PathPattern>>,
    except: Vec<Parsed<PathPattern>>,
}

impl Service for BasicAuth {
    const NAME: &'static str = "basic_auth";
    const SECTION: &'static str = "http.basic_auth";
    type Config = BasicAuthConfig;
    type Needs = ();
    type Offers = ();

    fn again() -> Option<Self> {
        Some(Self)
    }

    fn init(self, config: BasicAuthConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let gate = Arc::new(Gate::new(config)?);
        let guard = from_fn(move |mut request: Request, next: Next| {
            let gate = Arc::clone(&gate);
            async move {
                if !gate.guards(request.uri().path()) {
                    return next.run(request).await;
                }
                let client = request.extensions().get::<ConnectInfo<SocketAddr>>();
                let client = client.map(|it| it.0.ip().to_canonical());
                let Some(user) = gate.user(request.headers(), client).await else {
                    return gate.refusal();
                };
                let extensions = request.extensions_mut();
                let attributes = extensions.get_or_insert_default::<Attributes>();
                attributes.set("remote_user", user);
                next.run(request).await
            }
        });
        cx.contribute(Middleware::named(Self::NAME, guard).passes_bodies());
        Ok(())
    }
}

impl Gate {
    fn new(config: BasicAuthConfig) -> Result<Self, BoxError> {
        let realm = config.realm.replace(['"', '\\'], "");
        let challenge = format!("Basic realm=\"{realm}\", charset=\"UTF-8\"");
        let challenge = HeaderValue::try_from(challenge)
            .map_err(|_| format!("`realm` is `{realm}`, which cannot be sent in a header"))?;
        Ok(Self {
            users: Users::read(config.users_file.as_deref(), &config.users)?,
            challenge,
            paths: config.paths,
            except: config.except,
        })
    }

    fn guards(&self, path: &str) -> bool {
        let meant = segments(path);
        if !self.paths.is_empty() && !covers(&self.paths, &meant) {
            return false;
        }
        // What is spelled oddly is no exception: PHP may read it otherwise than we do.
        let plain = path.split('/').filter(|it| !it.is_empty()).eq(&meant);
        !(plain && covers(&self.except, &meant))
    }

    /// Who asks, if the password is right; `client` is told in the log where it is wrong.
    async fn user(&self, headers: &HeaderMap, client: Option<IpAddr>) -> Option<String> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(given), None) = (given.next(), given.next()) else {
            return None;
        };
        let (scheme, encoded) = given.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
        let (name, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        if self.users.check(name, password).await {
            return Some(name.to_owned());
        }
        // What nobody is called may be a password, typed into the wrong field.
        let user = self.users.has(name).then_some(name);
        let remote_address = client.map(|it| it.to_string());
        tracing::warn!(target: "basic_auth", remote_address, user, "a login is refused");
        None
    }

    fn refusal(&self) -> Response {
        let mut response = (StatusCode::UNAUTHORIZED, "unauthorized\n").into_response();
        let challenge = self.challenge.clone();
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, challenge);
        response
    }
}
