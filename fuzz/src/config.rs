//! Any text as a configuration: a `Config`, or problems that say where they are; as items: the same again once written.

use wye_config::{Format, Layers, Sources, boot_changes, export, import, load, load_layers};
use wye_types::Secret;

/// Reads the input as YAML, TOML or JSON, as its first byte says.
pub fn check(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let format = [Format::Yaml, Format::Toml, Format::Json][usize::from(*first) % 3];
    let sources = Sources {
        env: &|name| (name.len() % 2 == 0).then(|| format!("value-of-{name}")),
        vault: &|name| (name.len() % 2 == 0).then(|| Secret::new(format!("sealed-{name}"))),
        file: &|path| {
            if path.len() % 2 == 0 {
                Ok("from a file\n".to_owned())
            } else {
                Err(std::io::Error::other("gone"))
            }
        },
        local: &[],
    };
    if let Ok(items) = import(&text, format) {
        assert_eq!(import(&export(&items), Format::Yaml), Ok(items.clone()), "{}", export(&items));
        if let Err(problems) = load_layers(&Layers { file: None, items: &items }, &sources) {
            assert!(problems.iter().all(|p| p.line == 0 && !p.message.is_empty()), "{problems:?}");
        }
    }
    match load(&text, format, &sources) {
        Ok(config) => {
            assert!(boot_changes(&config, &config).is_empty(), "it differs from itself");
            assert_eq!(load(&text, format, &sources).map(|again| again.hash()), Ok(config.hash()));
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            // As many as there can be: YAML ends lines with more than `\\n`.
            let lines = text
                .chars()
                .filter(|c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'))
                .count();
            for problem in problems {
                assert!(!problem.message.is_empty());
                assert!(
                    (1..=lines + 2).contains(&problem.line) && problem.column >= 1,
                    "{problem} of {lines} lines"
                );
            }
        }
    }
}
