//! What the walk accepts is what a deserializer accepts.

use proptest::prelude::*;

use super::*;

fn walks(text: &[u8]) -> bool {
    let checked = Walk::new(text).and_then(|mut walk| walk.value().and(walk.end()));
    let mut unchecked = Walk::unchecked(text);
    assert_eq!(unchecked.value().and(unchecked.end()), checked);
    checked.is_some()
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<&serde_json::value::RawValue>(text).is_ok()
}

#[test]
fn accepts_json_and_nothing_else() {
    let texts = [
        "",
        " ",
        "{}",
        "[]",
        " { } ",
        "[ ]",
        "null",
        "tru",
        "true ",
        "-",
        "-0",
        "01",
        "1.",
        ".5",
        "1e",
        "1e+5",
        "1.5E-3",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":1,}",
        "{\"a\" : [ 1 , {\"b\":null}] }",
        "{a:1}",
        "[1 2]",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"tab\there\"",
        "\"\u{7f}é\"",
        "\"open",
        "\"\\",
        "{\"a\":1]",
        "[1}",
        "1 2",
        "\u{feff}1",
        "[[[[]]]]",
        "{\"\\\"\":\"\\\\\"}",
        "nulll",
    ];
    for text in texts {
        assert_eq!(walks(text.as_bytes()), is_json(text.as_bytes()), "{text}");
    }
    assert!(!walks(b"\"\xff\""));
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(walks(deep(121).as_bytes()));
    assert!(!walks(deep(122).as_bytes()));
}

#[test]
fn fields_and_items_are_where_they_stand() {
    let text = br#" {"a": [1, "x\"y" ,{}] , "b\u0041" :null} "#;
    let mut seen = Vec::new();
    let mut walk = Walk::new(text).unwrap();
    let walked = walk.fields(|key, walk| {
        let key = String::from_utf8_lossy(key).into_owned();
        if key == "a" {
            return walk.items(|walk| {
                seen.push((key.clone(), walk.raw()?));
                Some(())
            });
        }
        seen.push((key, walk.raw()?));
        Some(())
    });
    assert_eq!(walked.and(walk.end()), Some(()));
    let seen: Vec<_> = seen.iter().map(|(key, raw)| (key.as_str(), *raw)).collect();
    let wanted = [("a", Some("1")), ("a", Some("\"x\\\"y\"")), ("a", Some("{}")), ("b\\u0041", None)];
    assert_eq!(seen, wanted);
}

/// Any JSON, keys with escapes and characters of all lengths among it.
fn json() -> impl Strategy<Value = String> {
    let text = || prop_oneof!["[a-z]{0,9}", "\\PC{0,80}", Just("m\u{0}\u{1f}\"\\/\u{7f}\u{2028}".to_owned())];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(6, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    });
    (value, any::<bool>()).prop_map(|(value, pretty)| {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        text.unwrap()
    })
}

/// What strings may hold that ends them, that is escaped, or that is no UTF-8.
const ODD: &[&[u8]] =
    &["é".as_bytes(), b"\xff", b"\xc3", b"\\n", b"\x01", b"\"", "ไทย".as_bytes(), b"\\", b"\xed\xa0\x80"];

proptest! {
    /// What comes from a network: JSON with some bytes changed, put in, taken out, or cut short.
    #[test]
    fn agrees_about_json_that_was_tampered_with(
        text in json(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>(), prop::sample::select(
            &b"{}[]:,\"\\/untfe0-.+ \t\n\x00\x0b\x0c\x7f\xef\xbb\xbf\xc3\xed\xa0\x80\xff"[..],
        )), 0..4),
    ) {
        let mut bytes = text.into_bytes();
        prop_assert!(walks(&bytes), "{}", String::from_utf8_lossy(&bytes));
        for (at, what, any, odd) in changes {
            let at = at.index(bytes.len() + 1);
            match what {
                0 => bytes.insert(at, odd),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 if at < bytes.len() => bytes[at] = any,
                3 => bytes.truncate(at),
                _ => {}
            }
            prop_assert_eq!(walks(&bytes), is_json(&bytes), "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn agrees_with_a_deserializer(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("{".to_owned()), Just("}".into()), Just("[".into()), Just("]".into()), Just(",".into()),
                Just(":".into()), Just("\"a\"".into()), Just("\"a\":".into()), Just("-1.5e3".into()), Just("null".into()),
                "\"[ -~é\\\\]{0,90}\"", "[ \t\n]{1,3}",
            ],
            0..12,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let text = pieces.concat();
        prop_assert_eq!(walks(text.as_bytes()), is_json(text.as_bytes()));
        let cut = &text.as_bytes()[..cut.index(text.len() + 1)];
        prop_assert_eq!(walks(cut), is_json(cut));
    }

    #[test]
    fn the_next_special_byte_is_found_wherever_it_stands(
        plain in prop_oneof![0usize..300, 4000usize..4300, 8100usize..8300],
        (high, at) in (any::<bool>(), any::<prop::sample::Index>()),
        byte in any::<u8>(),
        more in 0usize..90,
    ) {
        let mut text = vec![b'x'; plain];
        if high && plain > 0 {
            text[at.index(plain)] = 0xc3;
        }
        text.push(byte);
        text.extend(std::iter::repeat_n(0xc3, more));
        let special_byte = byte < b' ' || byte == b'"' || byte == b'\\';
        let mut bits = 0;
        prop_assert_eq!(special(&text, 0, &mut bits), special_byte.then_some(plain));
        prop_assert!(byte < b' ' || !special_byte || !high || plain == 0 || bits & HIGH != 0);
    }

    /// Long strings with anything in them, at any place.
    #[test]
    fn long_strings_agree_with_a_deserializer(
        plain in prop_oneof![30usize..70, 4050usize..4200],
        odd in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(
            ODD
        )), 0..3),
    ) {
        let mut text = vec![b'x'; plain];
        for (at, odd) in odd {
            let at = at.index(text.len());
            text.splice(at..at, odd.iter().copied());
        }
        let text = [b"\"", text.as_slice(), b"\""].concat();
        prop_assert_eq!(walks(&text), is_json(&text), "{}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn what_goes_with_media_is_seen() {
    let saw = |text: &str| {
        let mut walk = Walk::unchecked(text.as_bytes());
        walk.value().unwrap();
        walk.saw_media()
    };
    let of_media =
        ["image_url", "input_image", "image", "image/png", "audio/wav", "input_audio", "images", "audio"];
    for word in of_media {
        assert!(saw(&format!("{{\"type\":\"{word}\"}}")) && saw(&format!("[{{\"{word}\":1}}]")), "{word}");
    }
    assert!(!saw(r#"{"role":"user","content":"an image","type":"input_text","i":"a"}"#));
}
