//! Any text as a configuration: a `Config`, or problems that say where they are.

use wye_config::{Format, Sources, boot_changes, load};

/// Reads the input as YAML, TOML or JSON, as its first byte says.
pub fn check(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let format = [Format::Yaml, Format::Toml, Format::Json][usize::from(*first) % 3];
    let sources = Sources {
        env: &|name| (name.len() % 2 == 0).then(|| format!("value-of-{name}")),
        file: &|path| {
            if path.len() % 2 == 0 {
                Ok("from a file\n".to_owned())
            } else {
                Err(std::io::Error::other("gone"))
            }
        },
        local: &[],
    };
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
