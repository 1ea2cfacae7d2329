//! What services say of the config once all are wired.

use super::*;

/// Looks at what others contribute, and at who is off.
struct Auditor;

impl Service for Auditor {
    const NAME: &'static str = "auditor";
    type Config = ();
    type Needs = ();
    type Offers = ();
    fn absent() -> Option<()> {
        Some(())
    }
    fn init(self, (): (), (): (), cx: &mut Init) -> Result<(), BoxError> {
        let numbers = cx.collect::<u64>();
        cx.check(move |off| {
            let off: Vec<_> = off.iter().map(|it| it.section).collect();
            let message = format!("there are {:?}, off is {off:?}", numbers.all());
            [Diagnostic::warning(message).path("x-list[1]")].into()
        });
        Ok(())
    }
}

#[test]
fn a_check_knows_what_was_contributed_later() {
    let config = Config::from_text(".rr.yaml", "x-list:\n  - a\n  - b\n").unwrap();
    let build = |strict| {
        let numbers = Numbers {
            diary: Diary::default(),
            delay: Duration::ZERO,
        };
        let builder = Server::builder().service(Auditor).service(numbers);
        let builder = builder.service(Five).contribute(1_u64);
        builder.build(&config, Diagnostics::default(), strict)
    };
    let told = "`x-list[1]`: there are [1, 5], off is [\"numbers\"]\n --> .rr.yaml:3:5";
    let server = build(false).unwrap_or_else(|error| panic!("{error}"));
    let warnings = server.warnings().to_string();
    assert!(warnings.contains(&format!("warning: {told}")), "{warnings}");
    let error = build(true).err().unwrap().to_string();
    assert!(error.contains(&format!("error: {told}")), "{error}");
}
