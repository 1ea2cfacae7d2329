//! Forms in pieces of any size.

use proptest::prelude::*;

use super::*;

/// Everything that a form says, whatever the sizes in which it arrives.
fn read(form: &[u8], at_once: usize) -> Result<Vec<(PartHead, Vec<u8>)>, BadMultipart> {
    let mut parser = Parser::new(b"xyz");
    let mut parts: Vec<(PartHead, Vec<u8>)> = Vec::new();
    let mut is_open = false;
    for bytes in form.chunks(at_once.max(1)) {
        parser.feed(bytes);
        while let Some(event) = parser.next()? {
            match event {
                Event::Part(head) => {
                    assert!(!is_open);
                    is_open = true;
                    parts.push((head, Vec::new()));
                }
                Event::Data(data) => {
                    assert!(is_open && !data.is_empty());
                    parts.last_mut().unwrap().1.extend_from_slice(&data);
                }
                Event::End => {
                    assert!(is_open);
                    is_open = false;
                }
            }
        }
    }
    parser.finish().map(|()| parts)
}

/// The name of a field, that of its file, and its content.
type Part<'a> = (&'a str, Option<&'a str>, &'a str);

fn check(form: &str, expected: Result<&[Part<'_>], BadMultipart>) {
    let form = form.replace('\n', "\r\n");
    for at_once in 1..=form.len().max(1) {
        let found = read(form.as_bytes(), at_once);
        let found = found.map(|parts| {
            let text = |it: &[u8]| String::from_utf8(it.to_vec()).unwrap();
            let parts = parts.iter().map(|(head, data)| {
                let name = head.name.as_deref().map_or("-".into(), text);
                (name, head.file.as_deref().map(text), text(data))
            });
            parts.collect::<Vec<_>>()
        });
        let found = found.as_ref().map(|parts| {
            let parts = parts
                .iter()
                .map(|(name, file, data)| (&**name, file.as_deref(), &**data));
            parts.collect::<Vec<_>>()
        });
        let expected = expected.as_ref().map(|it| it.to_vec());
        assert_eq!(
            found.map_err(|it| *it),
            expected.map_err(|it| *it),
            "{form:?} by {at_once}"
        );
    }
}

const D: &str = "Content-Disposition: form-data; name=";

#[test]
fn forms_in_pieces_of_any_size() {
    check("", Ok(&[]));
    check("--xyz--", Ok(&[]));
    check("preamble\n--xyz--\nepilogue\n--xyz\n", Ok(&[]));
    check(
        &format!("--xyz\n{D}a\n\n1\n--xyz--\n"),
        Ok(&[("a", None, "1")]),
    );
    check(
        &format!("--xyz\n{D}a\n\n\n--xyz--\n"),
        Ok(&[("a", None, "")]),
    );
    check(
        &format!("--xyz \t\n{D}a\n\n1\n--xyz\n{D}b\n\n2\n--xyz--"),
        Ok(&[("a", None, "1"), ("b", None, "2")]),
    );
    check(
        &format!("--xyz\n{D}a\n\n\n--xyzz\n--xy\n\n\n--xyz--"),
        Ok(&[("a", None, "\r\n--xyzz\r\n--xy\r\n\r\n")]),
    );
    check("--xyz\n\ntext\n--xyz--", Ok(&[("-", None, "text")]));
    check(
        "--xyz\nContent-Disposition: attachment; name=a\n\ntext\n--xyz--",
        Ok(&[("-", None, "text")]),
    );
}

#[test]
fn what_is_no_form() {
    check("nothing like it", Err(BadMultipart::BrokenOff));
    check("--xyz\n", Err(BadMultipart::BrokenOff));
    check(
        &format!("--xyz\n{D}a\n\nvalue"),
        Err(BadMultipart::BrokenOff),
    );
    check(
        &format!("--xyz\n{D}a\n\nvalue\n--xyz\n"),
        Err(BadMultipart::BrokenOff),
    );
    check("--xyz\nno colon\n\nvalue\n--xyz--", Err(BadMultipart::Head));
    let long = format!("--xyz\nX: {}\n\n1\n--xyz--", "x".repeat(LONGEST_HEAD));
    assert_eq!(
        read(long.replace('\n', "\r\n").as_bytes(), 1000),
        Err(BadMultipart::LongHead)
    );
    let padded = format!("--xyz{}\n", " ".repeat(300));
    assert_eq!(read(padded.as_bytes(), 1000), Err(BadMultipart::Padding));
}

#[test]
fn names_of_fields_and_files() {
    let file = |parameters: &str, name: &str, file: Option<&str>| {
        check(
            &format!("--xyz\nContent-DISPOSITION: Form-Data; {parameters}\n\n1\n--xyz--"),
            Ok(&[(name, file, "1")]),
        );
    };
    file("name=a; filename=b", "a", Some("b"));
    file(
        r#"name="a[b][]"; filename="x; y.txt""#,
        "a[b][]",
        Some("x; y.txt"),
    );
    file(r#"filename="b";name="a";name="c""#, "a", Some("b"));
    file(r#"name="a"; filename="""#, "a", Some(""));
    file(r#"name="q\"\\q""#, r#"q"\q"#, None);
    file(
        r#"name="a"; filename="C:\docs\new.txt""#,
        "a",
        Some("new.txt"),
    );
    file(
        r#"name="a"; filename="../../etc/passwd""#,
        "a",
        Some("passwd"),
    );
    file(r#"name="a"; filename="dir/""#, "a", Some(""));
    file(
        r#"name="a"; filename="b"; filename*=UTF-8''caf%C3%A9.txt"#,
        "a",
        Some("café.txt"),
    );
    file(
        r#"name="a"; filename*=utf-8'en'..%2Fb; filename=c"#,
        "a",
        Some("b"),
    );
    file(
        r#"name="a"; filename*=koi8-r''%C1; filename=c"#,
        "a",
        Some("c"),
    );
    file(
        r#"name="a"; filename*=nonsense; filename=c"#,
        "a",
        Some("c"),
    );
    file(r#"x="name=no"; name=yes"#, "yes", None);
    file(r#"name="open"#, "open", None);
    file("name", "-", None);
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces(form in "(--xyz|\r\n|-|[a-z: ]|Content-Disposition: form-data; name=|\"|;){0,40}", at_once in 1usize..20) {
        prop_assert_eq!(read(form.as_bytes(), at_once), read(form.as_bytes(), form.len()));
    }

    #[test]
    fn content_comes_out_as_it_went_in(content in "(x|\r|\n|-|--xyz[a-z]|\r\n--xy){0,20}", at_once in 1usize..30) {
        let form = format!("--xyz\r\n{D}a\r\n\r\n{content}\r\n--xyz--\r\n");
        let parts = read(form.as_bytes(), at_once).unwrap();
        prop_assert_eq!(&parts[0].1, content.as_bytes());
    }
}
