//! A `.env` file: names and values, as shells and libraries read them.

use wye_config::Problem;

/// A variable of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) line: usize,
}

/// Reads the variables; the last of a name counts.
///
/// # Errors
/// Lines that are neither `NAME=value` nor comments.
pub(crate) fn read(text: &str) -> Result<Vec<Variable>, Vec<Problem>> {
    let mut variables: Vec<Variable> = Vec::new();
    let mut problems = Vec::new();
    let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    for (line, written) in lines.enumerate().map(|(at, line)| (at + 1, line.trim())) {
        if written.is_empty() || written.starts_with('#') {
            continue;
        }
        let written = written.strip_prefix("export ").unwrap_or(written);
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match written.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
            Some((name, value)) if is_name(name) => {
                variables.retain(|variable| variable.name != name);
                variables.push(Variable { name: name.to_owned(), value: unquoted(value), line });
            }
            // The line itself may be a key, so it is not shown.
            _ => problems.push(crate::problem(line, "", "this is no line of a .env file; write NAME=value")),
        }
    }
    if problems.is_empty() { Ok(variables) } else { Err(problems) }
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote)
            && let Some((inside, _)) = rest.split_once(quote)
        {
            return inside.to_owned();
        }
    }
    value.split(" #").next().unwrap_or(value).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_shells_do() {
        let text = "# keys\nexport A=1 # one\nB=\"two words\"\nC='a=b'\nA=2\n\nD=\n";
        let read = read(text).unwrap();
        let pairs: Vec<(&str, &str)> = read.iter().map(|v| (v.name.as_str(), v.value.as_str())).collect();
        assert_eq!(pairs, [("B", "two words"), ("C", "a=b"), ("A", "2"), ("D", "")]);
    }

    #[test]
    fn other_lines_are_told_and_not_shown() {
        let problems = read("A=1\nsk-secret-key\n").unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 2);
        assert!(!problems[0].message.contains("sk-"));
    }
}
