//! Forms come out as they went in, however they are cut; what readers could take for something else is refused.

use proptest::prelude::*;

use super::*;

/// Parts with their content, all bytes in order, whether it is closed.
type Found = (Vec<(Part, Vec<u8>)>, Vec<u8>, bool);

/// Cuts a form that comes in these pieces; gives the parts with their content, and all bytes as they came out.
fn read(boundary: &str, pieces: &[&[u8]]) -> Result<Found, RequestError> {
    let mut splitter = Splitter::new(boundary);
    let (mut parts, mut out) = (Vec::<(Part, Vec<u8>)>::new(), Vec::new());
    for piece in pieces {
        splitter.push(piece);
        while let Some(step) = splitter.step()? {
            match step {
                Piece::Begin(part, raw) => {
                    parts.push((part, Vec::new()));
                    out.extend_from_slice(&raw);
                }
                Piece::Data(data) => {
                    if let Some((_, content)) = parts.last_mut().filter(|_| !splitter.is_closed()) {
                        content.extend_from_slice(&data);
                    }
                    out.extend_from_slice(&data);
                }
                Piece::End => out.extend_from_slice(b"\r\n"),
                Piece::Close(raw) => out.extend_from_slice(&raw),
            }
        }
    }
    Ok((parts, out, splitter.is_closed()))
}

fn form(boundary: &str, parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (head, content) in parts {
        out.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        out.extend_from_slice(content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

fn contents() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(prop::sample::select(b"\r\n-xB".to_vec()), 0..40),
    ];
    prop::collection::vec(content, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forms_come_out_as_they_went_in(contents in contents(), cuts in prop::collection::vec(0usize..600, 0..8), led: bool) {
        let boundary = "xBoundaryThatIsNotInside";
        let parts: Vec<(&str, Vec<u8>)> =
            contents.iter().map(|c| ("name=\"a b\"; filename=\"x.wav\"", c.clone())).collect();
        let mut whole = form(boundary, &parts);
        if led {
            whole.splice(0..0, *b"\r\n");
        }
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).collect();
        cuts.sort_unstable();
        cuts.push(whole.len());
        let mut pieces = Vec::new();
        let mut at = 0;
        for cut in cuts {
            pieces.push(&whole[at..cut]);
            at = cut;
        }
        let (read, out, closed) = read(boundary, &pieces).unwrap();
        prop_assert!(closed);
        prop_assert_eq!(&out, &whole);
        prop_assert_eq!(read.iter().map(|(_, c)| c.clone()).collect::<Vec<_>>(), contents);
        prop_assert!(read.iter().all(|(part, _)| part.name == "a b" && part.filename.as_deref() == Some("x.wav")));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(prop::sample::select(b"\r\n-b;=\": Cnamex".to_vec()), 0..300)) {
        drop(read("b", &[b"--b\r\n", &bytes]));
        drop(read("b", &[&bytes]));
    }
}

#[test]
fn what_readers_could_take_for_something_else_is_refused() {
    let head = "Content-Disposition: form-data; name=\"a\"";
    for (text, why) in [
        ("hello --b\r\n".to_owned(), "does not begin"),
        (format!("--b\r\n{head}\r\n\r\nx\n--b\r\n"), "CR LF"),
        (format!("--b \r\n{head}\r\n\r\nx"), "line's end"),
        (format!("--b\r\n{head}\r\n\r\nx\r\n--b--\r\n--b"), "follows"),
        (format!("--b\r\n{head}\r\n{head}\r\n\r\n"), "two content-dispositions"),
        (format!("--b\r\n{head}; name=\"model\"\r\n\r\n"), "two names"),
        (format!("--b\r\n{head}; name*=utf-8''model\r\n\r\n"), "name*"),
        (format!("--b\r\n{head}; name*0=\"mod\"; name*1=\"el\"\r\n\r\n"), "name*"),
        ("--b\r\nContent-Disposition : form-data; name=model\r\nContent-Disposition: form-data; name=a\r\n\r\n".to_owned(), "name is none"),
        (format!("--b\r\n{head}; filename=\"\\\"; name=\\\"model\"\r\n\r\n"), "%22"),
        (format!("--b\r\n{head}\n X: y\r\n\r\n"), "not a header"),
        (format!("--b\r\n{head}\r\n x: y\r\n\r\n"), "not a header"),
        ("--b\r\nContent-Type: text/plain\r\n\r\n".to_owned(), "no content-disposition"),
        ("--b\r\nContent-Disposition: attachment; name=a\r\n\r\n".to_owned(), "not form-data"),
        (format!("--b\r\nx: {}\r\n\r\n", "y".repeat(9000)), "8 KiB"),
    ] {
        let error = read("b", &[text.as_bytes()]).unwrap_err();
        assert!(error.message.contains(why), "{text:?}: {}", error.message);
    }
}

#[test]
fn boundaries_are_found() {
    for (given, found) in [
        ("multipart/form-data; boundary=abc", Some("abc")),
        ("Multipart/Form-Data; charset=utf-8; Boundary=\"a:b\"", Some("a:b")),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=\"a b\"", None),
        ("application/json", None),
    ] {
        assert_eq!(boundary(given).ok().as_deref(), found, "{given}");
    }
    let mut splitter = Splitter::new("b");
    splitter.push(
        b"--b\r\nContent-Disposition: form-data; name=m; filename=x\r\nContent-Type: Audio/WAV; q=1\r\n\r\n",
    );
    let Some(Piece::Begin(part, raw)) = splitter.step().unwrap() else { panic!() };
    assert_eq!((part.name.as_str(), part.filename.as_deref()), ("m", Some("x")));
    assert_eq!(part.media_type.as_deref(), Some("audio/wav"));
    assert!(raw.starts_with(b"--b\r\n") && raw.ends_with(b"q=1\r\n\r\n"));
}
