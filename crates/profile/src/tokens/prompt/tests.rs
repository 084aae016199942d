//! What of a request counts, in every dialect, and what does not.

use proptest::prelude::*;

use super::*;
use crate::tokens::Family;
use crate::tokens::pieces::PIECE;

fn prompt(fields: &[(&'static str, &'static str)]) -> Prompt {
    Prompt::of(fields.iter().map(|(name, json)| (*name, json.as_bytes())))
}

/// A PNG's first bytes that say 640 × 480, and some more.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAoAAAAHgCAIAAAC6s0uzAAAAAXNSR0IArs4c6QAAAARnQU1BAACx";

#[test]
fn what_is_said_counts_and_what_says_so_does_not() {
    let said = prompt(&[
        ("model", "\"some-model\""),
        (
            "messages",
            r#"[ {"role":"user", "content" : "Tell me\nof \"bees\"."},
            {"role":"assistant","content":[{"type":"text","text":"Bees fly.","signature":"EqQBCkgIARABGAIi"}]} ]"#,
        ),
    ]);
    let mut counts = Counts::of("Tell me\nof \"bees\".");
    counts += &Counts::of("Bees fly.");
    assert_eq!((said.counts(), said.around.messages), (&counts, 2));
    // However it is escaped.
    let escaped =
        prompt(&[("messages", r#"[{"role":"user","content":"\u0e01\u0e23\u0e38\u0e07 \ud83d\ude42 \/"}]"#)]);
    assert_eq!(escaped.counts(), &Counts::of("กรุง 🙂 /"));
}

#[test]
fn every_dialect_says_it_in_its_own_place() {
    let bees = Counts::of("Of bees.");
    for fields in [
        &[("messages", r#"[{"role":"user","content":"Of bees."}]"#)][..],
        &[("input", r#""Of bees.""#)],
        &[("input", r#"[{"role":"user","content":[{"type":"input_text","text":"Of bees."}]}]"#)],
        &[("contents", r#"[{"role":"user","parts":[{"text":"Of bees."}]}]"#)],
        &[("prompt", r#"["Of bees."]"#)],
        &[("message", r#""Of bees.""#), ("metadata", r#"{"user":"somebody"}"#)],
    ] {
        assert_eq!(prompt(fields).counts(), &bees, "{fields:?}");
    }
}

#[test]
fn arguments_and_tools_are_json_that_is_read() {
    let call = prompt(&[(
        "messages",
        r#"[{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"look",
            "input": { "city" : "Rome" } }]}]"#,
    )]);
    let mut counts = Counts::of("look");
    counts += &Counts::of(r#"{"city":"Rome"}"#);
    assert_eq!(call.counts(), &counts);
    let tools = prompt(&[("tools", "[{\"type\": \"function\",\n  \"name\": \"look\"}]")]);
    assert_eq!(tools.counts(), &Counts::of(r#"[{"type":"function","name":"look"}]"#));
    assert!(tools.around.tools && !prompt(&[("tools", "[]")]).around.tools);
}

#[test]
fn of_settings_schemas_are_read() {
    let schema = Counts::of(r#"{"type":"object"}"#);
    for (field, json) in [
        (
            "generationConfig",
            r#"{"maxOutputTokens":5,"responseMimeType":"application/json","responseSchema":{"type":"object"}}"#,
        ),
        (
            "text",
            r#"{"verbosity":"low","format":{"type":"json_schema","name":"x","schema":{"type":"object"}}}"#,
        ),
    ] {
        assert_eq!(prompt(&[(field, json)]).counts(), &schema, "{field}");
    }
    assert_eq!(prompt(&[("response_format", r#"{"type":"json_object"}"#)]).counts(), &Counts::default());
}

#[test]
fn pictures_are_seen_and_base64_is_not_read() {
    for (field, json) in [
        (
            "messages",
            r#"[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,PNG"}}]}]"#,
        ),
        (
            "messages",
            r#"[{"content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"PNG"}}]}]"#,
        ),
        ("contents", r#"[{"parts":[{"inlineData":{"mimeType":"image/png","data":"PNG"}}]}]"#),
        ("input", r#"[{"content":[{"type":"input_image","image_url":"data:image/png;base64,PNG"}]}]"#),
        ("messages", r#"[{"content":"","images":["PNG"]}]"#),
    ] {
        let json = json.replace("PNG", PNG);
        let seen = Prompt::of([(field, json.as_bytes())]);
        assert_eq!(seen.counts(), &Counts::default(), "{json}");
        assert_eq!(seen.pictures(), (&[Picture { width: 640, height: 480, low: false }][..], 1), "{json}");
    }
    let far = r#"[{"content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]}]"#;
    let seen = Prompt::of([("messages", far.as_bytes())]);
    assert_eq!(seen.pictures(), (&[Picture { low: true, ..Picture::default() }][..], 1));
    assert_eq!(seen.tokens(Reader::of("gpt-4o")), 85 + 3);
    let many = format!("[{}]", vec![far; 500].join(","));
    assert_eq!(Prompt::of([("messages", many.as_bytes())]).pictures().1, 500);
    // A file of another kind is neither seen nor read.
    let file = format!(
        r#"[{{"content":[{{"type":"file","file":{{"file_data":"data:application/pdf;base64,{}"}}}}]}}]"#,
        "JVBERi0x".repeat(800)
    );
    assert_eq!(Prompt::of([("messages", file.as_bytes())]).tokens(Reader::of("gpt-4o")), 103);
    // Nor does text pass for either, or a prompt for media.
    let words = r#"[{"role":"user","data":"all of this is read","url":"data:,"}]"#;
    assert_eq!(Prompt::of([("messages", words.as_bytes())]).counts(), &Counts::of("all of this is read"));
    for text in [format!("{} and so on", "iVBORw0K".repeat(100)), "请阅读这份记录".repeat(20)] {
        for json in
            [format!(r#"[{{"data":"{text}"}}]"#), format!(r#"[{{"url":"data:image/png;base64,{text}"}}]"#)]
        {
            let read = Prompt::of([("messages", json.as_bytes())]);
            let (least, pictures) = (Counts::of(&text).tokens(Family::Generic), read.pictures().1);
            assert!(read.tokens(Reader::UNKNOWN) >= least && pictures == 0, "{json}");
        }
    }
}

/// What a request's messages come to by pieces, and what all of them come to.
fn part_and_all(fields: &[(&'static str, String)], model: &str) -> (u64, u64) {
    let (reader, fields) = (Reader::of(model), fields.iter().map(|(name, json)| (*name, json.as_bytes())));
    (Prompt::tokens_of(fields.clone(), reader), Prompt::of(fields).tokens(reader))
}

const ENGLISH: &str =
    "Please read the attached notes, all 12 of them, and tell me which plan costs the least. ";
const CODE: &str = "        if total > LIMIT { return Err(Error::TooMuch { total, limit: LIMIT }); }\n";
const ROWS: &str =
    "{\"id\": 48213, \"name\": \"find_train\", \"at\": \"2026-11-21T22:00:00Z\", \"ok\": true},\n";
const THAI: &str = "ช่วยอ่านบันทึกนี้แล้วบอกฉันสั้น ๆ ว่าแผนไหนประหยัดที่สุดในสิบปีข้างหน้า ";
const CHINESE: &str = "请阅读这份记录，用两三句话告诉我哪个方案在十年内花费最少。";

/// A text as a string of JSON, and the same as Python writes it.
fn strings(text: &str) -> [String; 2] {
    let plain = text.replace('"', "\\\"").replace('\n', "\\n");
    let escape = |letter: char| {
        if letter.is_ascii() { letter.to_string() } else { format!("\\u{:04x}", u32::from(letter)) }
    };
    let escaped = plain.chars().map(escape).collect();
    [plain, escaped]
}

/// By how much pieces tell more or less than all, of so many bytes.
fn errors(make: impl Fn(&str, &str) -> Vec<[Vec<(&'static str, String)>; 2]>) -> Vec<f64> {
    let texts = [ENGLISH, CODE, ROWS, THAI, CHINESE];
    let pairs = texts.iter().flat_map(|a| texts.iter().map(move |b| (*a, *b)));
    let bodies = pairs.flat_map(|(a, b)| make(a, b)).flatten();
    let error = |body: Vec<(&'static str, String)>| {
        ["gpt-4o", "claude-opus-4.7", "llama-2"].map(|model| {
            let (part, all) = part_and_all(&body, model);
            part.abs_diff(all) as f64 / all as f64
        })
    };
    let mut errors: Vec<f64> = bodies.flat_map(error).collect();
    errors.sort_by(f64::total_cmp);
    errors
}

/// Of long texts that are one thing, of such that are several one after the other, and of such whose middle is another than
/// their ends: as one message and as many.
#[test]
fn a_part_of_a_long_text_tells_what_all_of_it_would() {
    for bytes in [2_500_usize, 6_000, 32_000, 100_000] {
        let said = |text: &str| {
            strings(text).map(|text| vec![("messages", format!("[{{\"content\":\"{text}\"}}]"))])
        };
        let errors = errors(|a, b| {
            let half = |text: &str| text.repeat((bytes / 2).div_ceil(text.len()));
            let third = |text: &str| text.repeat((bytes / 3).div_ceil(text.len()));
            let turns = format!("{a}{b}").repeat(bytes.div_ceil(a.len() + b.len()));
            let many: Vec<String> = (0..bytes / 400)
                .map(|nth| {
                    format!(
                        "{{\"role\":\"user\",\"content\":\"{}\"}}",
                        strings(&[a, b][nth % 2].repeat(4))[nth / 2 % 2]
                    )
                })
                .collect();
            let many = vec![("messages", format!("[{}]", many.join(",")))];
            vec![
                said(&(half(a) + &half(b))),
                said(&(third(a) + &third(b) + &third(a))),
                said(&turns),
                [many.clone(), many],
            ]
        });
        assert!(errors[errors.len() / 2] < 0.03, "half of {bytes} bytes");
        assert!(errors[errors.len() * 9 / 10] < 0.1, "nine in ten of {bytes} bytes");
        assert!(errors[errors.len() - 1] < 0.4, "all of {bytes} bytes");
    }
}

/// Tools are read in pieces, too, however they are written.
#[test]
fn a_part_of_many_tools_tells_what_all_of_them_would() {
    let tool = |name: usize, line: &str, blank: &str| {
        format!(
            "{{\"type\":{blank}\"function\",{line}\"function\":{blank}{{\"name\":{blank}\"find_{name}\",{line}\"description\":{blank}\"Finds \
             one of {name}, in \\\"Rome\\\".\\nThe second line says more.\",{line}\"parameters\":{blank}{{\"type\":{blank}\"object\"}}}}}}"
        )
    };
    for (line, blank) in [("", ""), (" ", " "), ("\n      ", " ")] {
        let tools: Vec<String> = (0..200).map(|nth| tool(nth * 7919 % 1000, line, blank)).collect();
        let (part, all) = part_and_all(&[("tools", format!("[{}]", tools.join(",")))], "gpt-4o");
        assert!(part.abs_diff(all) * 100 < all * 10, "{part} for {all} with {line:?}");
    }
}

/// What is no text does not keep texts beside it from being read.
#[test]
fn text_beside_pictures_is_read_as_closely() {
    let picture =
        format!("{{\"image_url\":{{\"url\":\"data:image/png;base64,{PNG}{}\"}}}}", "A".repeat(2_000_000));
    let text = (THAI.to_owned() + ENGLISH).repeat(20);
    let with = format!("[{{\"content\":[{picture},{{\"text\":\"{text}\"}}]}}]");
    let (part, all) = part_and_all(&[("messages", with)], "claude-opus-4.7");
    assert!(part.abs_diff(all) * 100 < all * 8, "{part} for {all}");
}

/// Cheap where pieces were read once, dear everywhere else.
#[test]
fn nobody_knows_which_pieces_are_read() {
    let stretch = 2730;
    let mut text = "\u{e01}".repeat(stretch * 96 / 3).into_bytes();
    for (at, stretch) in text.chunks_exact_mut(stretch).enumerate() {
        let from = (at.wrapping_mul(0x9e37_79b1) >> 16) % (stretch.len() - PIECE + 1);
        let from = from / 3 * 3;
        stretch[from..from + 66].fill(b' ');
    }
    let json = String::from_utf8([b"[{\"content\":\"", text.as_slice(), b"\"}]"].concat()).unwrap();
    let (part, all) = part_and_all(&[("messages", json)], "gpt-4o");
    assert!(part * 3 > all * 2, "{part} for {all}");
}

#[test]
fn tokens_may_come_as_such() {
    let prompt = prompt(&[("prompt", "[1, 2, 30000]")]);
    assert_eq!(prompt.tokens(Reader::of("gpt-4")), 3 + 3);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_walked(field in 0_usize..3, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Prompt::of([(["messages", "tools", "input"][field], bytes.as_slice())]).tokens(Reader::UNKNOWN);
    }

    /// Anything that looks like JSON, and what is broken of it.
    #[test]
    fn any_near_json_is_walked(json in r#"([\[\]{}:,"\\ ]|"(data|url|input|role|detail|text)":?|"data:image/png;base64,|\\u[0-9a-f]{0,4}|x){0,60}"#) {
        let _ = Prompt::of([("messages", json.as_bytes()), ("tools", json.as_bytes())]).tokens(Reader::UNKNOWN);
    }

    /// Whoever weighs while walking comes to what the sums come to.
    #[test]
    fn what_is_weighed_is_what_is_counted(json in r#"([\[\]{}:,"\\ ]|"(data|url|input|role|detail|text)":?|[a-zA-Z0-9_\n]{1,9}|\\u[0-9a-f]{0,4}|.){0,80}"#) {
        for family in ["gpt-4o", "claude-opus-4.7", "gemini-3", "qwen3", "other"] {
            let (reader, fields) = (Reader::of(family), [("messages", json.as_bytes()), ("tools", json.as_bytes())]);
            prop_assert_eq!(Prompt::tokens_of(fields, reader), Prompt::of(fields).tokens(reader));
        }
    }

    /// Of texts without pictures.
    #[test]
    fn no_body_is_more_than_the_most(text: String, roles in 0_usize..20) {
        let messages: Vec<String> = (0..roles).map(|_| format!("{{\"role\":\"u\",\"content\":{text:?}}}")).collect();
        let json = format!("[{}]", messages.join(","));
        for model in ["gpt-4o", "claude-opus-4.7", "gemini-3", "llama-2", "grok-4", "other"] {
            let (reader, fields) = (Reader::of(model), [("messages", json.as_bytes()), ("tools", text.as_bytes())]);
            let most = reader.at_most(json.len() + text.len());
            prop_assert!(Prompt::tokens_of(fields, reader) <= most);
        }
    }

    #[test]
    fn a_text_counts_however_it_is_written(text: String) {
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let json = format!("[{{\"role\":\"user\",\"content\":\"{escaped}\"}}]");
        let said = Prompt::of([("messages", json.as_bytes())]);
        prop_assert_eq!(said.counts(), &Counts::of(&text));
    }
}
