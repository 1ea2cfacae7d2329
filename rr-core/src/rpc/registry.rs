//! All methods of a server by their full name.

use std::{collections::HashMap, panic::Location, sync::Arc};

use super::{
    Called, Methods, RpcError,
    answer::{Envelope, ReplyTo},
    call::Call,
    codec::NO_CODEC,
    methods::{Codecs, Method},
    packages::Request,
};
use crate::{
    events::Listener,
    goridge::{Codec, Frame},
};

/// The methods that can be called, by `service.Method`.
pub struct Registry {
    methods: HashMap<String, Method>,
    /// Mostly nobody.
    listeners: Arc<[Listener<Called>]>,
}

/// Two methods of one name.
#[derive(Debug, thiserror::Error)]
#[error(
    "the RPC method `{name}` exists twice: registered at {first} and again at {second}; \
     help: rename one of them, or leave one of the services out"
)]
pub struct DuplicateMethod {
    /// `service.Method`.
    pub name: String,
    /// Where the one was added to its [`Methods`].
    pub first: &'static Location<'static>,
    /// Where the other was.
    pub second: &'static Location<'static>,
}

/// A well-formed frame that is no call; its connection cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Sequence and length of the method name are two options.
    #[error("not an RPC request: a frame with {0} options, exactly 2 are needed")]
    Options(usize),
    /// The name would end behind the payload.
    #[error("not an RPC request: a method name of {name} bytes in a payload of {payload}")]
    NameLength {
        /// What the second option says.
        name: u32,
        /// What came.
        payload: usize,
    },
}

impl Registry {
    /// Gathers what services contributed; several may add to one service name.
    ///
    /// # Errors
    /// When two methods have the same name.
    pub fn new(contributed: impl IntoIterator<Item = Methods>) -> Result<Self, DuplicateMethod> {
        let mut all = HashMap::new();
        for Methods { service, methods } in contributed {
            for method in methods {
                let name = format!("{service}.{}", method.name);
                let second = method.registered;
                if let Some(Method { registered, .. }) = all.insert(name.clone(), method) {
                    return Err(DuplicateMethod {
                        name,
                        first: registered,
                        second,
                    });
                }
            }
        }
        Ok(Self {
            methods: all,
            listeners: Arc::default(),
        })
    }

    /// Tells `listeners` of each call when it is over.
    #[must_use]
    pub fn telling(self, listeners: Vec<Listener<Called>>) -> Self {
        Self {
            listeners: listeners.into(),
            ..self
        }
    }

    /// The full names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.methods.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Begins the call that `frame` asks for; what is wrong with method, codec or argument
    /// becomes its answer.
    pub(super) fn call(&self, frame: Frame) -> Result<Call, BadRequest> {
        let Frame {
            flags,
            options,
            mut payload,
            ..
        } = frame;
        let &[sequence, name] = &*options else {
            return Err(BadRequest::Options(options.len()));
        };
        if name as usize > payload.len() {
            return Err(BadRequest::NameLength {
                name,
                payload: payload.len(),
            });
        }
        let held = payload.len();
        let method = payload.split_to(name as usize);
        let codec = flags.codec();
        let reply = ReplyTo {
            method,
            envelope: Envelope::Frame { sequence, codec },
        };
        let method = match self.find(&reply.method) {
            Ok(method) => method,
            Err(unknown) => return Ok(Call::refused(reply, unknown)),
        };
        let codec = match codec {
            None | Some(Codec::Gob) => return Ok(Call::refused(reply, NO_CODEC)),
            Some(codec) => codec,
        };
        let codecs = Codecs {
            argument: codec,
            answer: codec,
        };
        let running = method.start(codecs, payload, reply.blank());
        Ok(Call::running(reply, running, held, &self.listeners))
    }

    /// Begins the call that came in two packages.
    pub(super) fn call_packages(&self, request: Request) -> Call {
        let Request {
            method: name,
            sequence,
            argument,
            raw,
        } = request;
        let envelope = |raw| Envelope::Packages { sequence, raw };
        let held = name.len() + argument.len();
        let method = match self.find(&name) {
            Ok(method) => method,
            Err(unknown) => {
                let reply = ReplyTo {
                    method: name,
                    envelope: envelope(false),
                };
                return Call::refused(reply, unknown);
            }
        };
        let codecs = method.codecs(raw);
        let reply = ReplyTo {
            method: name,
            envelope: envelope(codecs.answer == Codec::Raw),
        };
        let running = method.start(codecs, argument, reply.blank());
        Call::running(reply, running, held, &self.listeners)
    }

    /// The texts are those of Go's net/rpc: PHP packages search for parts of them.
    fn find(&self, name: &[u8]) -> Result<&Method, RpcError> {
        let known = std::str::from_utf8(name)
            .ok()
            .and_then(|it| self.methods.get(it));
        if let Some(method) = known {
            return Ok(method);
        }
        let name = String::from_utf8_lossy(name);
        let Some((service, _)) = name.rsplit_once('.') else {
            return Err(format!("rpc: service/method request ill-formed: {name}").into());
        };
        let exists = self
            .methods
            .keys()
            .any(|known| known.rsplit_once('.').is_some_and(|(it, _)| it == service));
        Err(match exists {
            true => format!("rpc: can't find method {name}").into(),
            false => format!("rpc: can't find service {name}").into(),
        })
    }
}
