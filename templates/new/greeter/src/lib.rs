//! A service of your own: it greets by name, and PHP asks for that over RPC.

use rr_core::{
    BoxError, Init, Service,
    rpc::{Methods, Plain, RpcError},
};

/// Greets; `greeter = { path = "greeter" }` in the manifest puts it into the server.
pub struct Greeter;

/// Says a greeting to whoever asks for it.
// The comments of a config become the descriptions of its schema.
#[derive(Clone, serde::Deserialize, schemars::JsonSchema)]
pub struct GreeterConfig {
    /// What comes before the name.
    pub greeting: String,
}

impl Service for Greeter {
    const NAME: &'static str = "greeter";
    type Config = GreeterConfig;
    type Needs = ();
    type Offers = ();

    fn init(self, config: GreeterConfig, (): (), cx: &mut Init) -> Result<(), BoxError> {
        let greet = move |Plain(name): Plain<String>| {
            let greeting = config.greet(&name);
            async { Ok::<_, RpcError>(Plain(greeting)) }
        };
        cx.contribute(Methods::new(Self::NAME).method("Greet", greet));
        Ok(())
    }
}

impl GreeterConfig {
    fn greet(&self, name: &str) -> String {
        format!("{}, {name}!", self.greeting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_is_the_configured_one() {
        let config = GreeterConfig {
            greeting: "Ahoy".to_owned(),
        };
        assert_eq!(config.greet("Ada"), "Ahoy, Ada!");
    }
}
