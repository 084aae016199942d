//! The part of a text that the heads read, in the form in which they read it: composed (NFC), lower case, runs of blanks
//! as one, long runs of base64 left out. Whoever types the same thing differently gets the same answer, and two megabytes
//! cost what 1,600 letters cost.

use super::letters;

/// Letters read from the beginning.
const FIRST: usize = 1200;
/// Letters read from the end of what is longer.
const LAST: usize = 400;
/// With a blank before, between and after.
pub(super) const ROOM: usize = FIRST + LAST + 3;
/// Raw bytes looked at for each letter that is kept. Only texts that are nearly all blanks or base64 meet it, and of those
/// the middle says little.
const SLACK: usize = 16;

/// What the heads read of a request: at most 1,600 letters and the blanks around them.
#[derive(Debug)]
pub(super) struct Window {
    letters: [char; ROOM],
    used: usize,
}

impl Window {
    /// Of nothing.
    #[inline(always)]
    pub(super) const fn new() -> Self {
        Self { letters: [' '; ROOM], used: 1 }
    }

    /// Reads texts one after the other, as if a blank stood between them. Once: what is read is ended. In place, since a
    /// window is six kilobytes to be moved.
    pub(super) fn read<'a>(&mut self, parts: impl Iterator<Item = &'a str>) -> &[char] {
        let mut tail = Tail { letters: [' '; LAST], pushed: 0, gap: false };
        for part in parts {
            let rest = self.begin(part);
            // Only what begins with the part is parted from what stands before it.
            tail.take(rest, rest.len() == part.len());
        }
        self.end(&tail);
        self.letters()
    }

    /// What [`Window::read`] makes of texts.
    pub(super) fn of<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        let mut window = Self::new();
        window.read(parts);
        window
    }

    /// The letters, a blank at each end.
    pub(super) fn letters(&self) -> &[char] {
        &self.letters[..self.used]
    }

    /// Takes the beginning of a text while there is room; what is left of it.
    fn begin<'a>(&mut self, part: &'a str) -> &'a str {
        if self.used > FIRST {
            return part;
        }
        self.push(' ');
        let stop = letters::read(part, SLACK * FIRST, &mut |letter| {
            self.push(letter);
            self.used <= FIRST
        });
        part.get(stop..).unwrap_or_default()
    }

    fn end(&mut self, tail: &Tail) {
        if tail.gap || tail.pushed > LAST {
            self.push(' ');
        }
        tail.each(&mut |letter| self.push(letter));
        self.push(' ');
    }

    fn push(&mut self, letter: char) {
        if letter == ' ' && self.letters[self.used - 1] == ' ' {
            return;
        }
        if let Some(place) = self.letters.get_mut(self.used) {
            *place = letter;
            self.used += 1;
        }
    }
}

/// The last letters of what did not fit, as a ring.
struct Tail {
    letters: [char; LAST],
    pushed: usize,
    /// Something before them was not read.
    gap: bool,
}

impl Tail {
    fn take(&mut self, text: &str, apart: bool) {
        if text.is_empty() {
            return;
        }
        if apart {
            self.push(' ');
        }
        let start = letters::last(text, LAST, SLACK * LAST);
        self.gap |= start > 0;
        letters::read(text.get(start..).unwrap_or_default(), usize::MAX, &mut |letter| {
            self.push(letter);
            true
        });
    }

    fn push(&mut self, letter: char) {
        if letter == ' ' && self.pushed > 0 && self.letters[(self.pushed - 1) % LAST] == ' ' {
            return;
        }
        self.letters[self.pushed % LAST] = letter;
        self.pushed += 1;
    }

    fn each(&self, take: &mut impl FnMut(char)) {
        for at in self.pushed.saturating_sub(LAST)..self.pushed {
            take(self.letters[at % LAST]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn read(parts: &[&str]) -> String {
        Window::of(parts.iter().copied()).letters().iter().collect()
    }

    #[test]
    fn one_form_for_what_is_typed_differently() {
        assert_eq!(read(&["Hello \n\t World"]), " hello world ");
        assert_eq!(read(&["Cafe\u{301} A\u{30a}ngström \u{212b}"]), " café ångström å ");
        assert_eq!(read(&["\u{feff}ก\u{e48}\u{e38}\u{200b}ก"]), " ก\u{e38}\u{e48}ก ");
        assert_eq!(read(&["\u{1112}\u{1161}\u{11ab}", "한"]), " 한 한 ");
        assert_eq!(read(&[""]), " ");
        assert_eq!(read(&[]), " ");
        let key = "QUJD".repeat(40);
        assert_eq!(read(&[&format!("see {key}== now")]), " see now ");
        assert_eq!(read(&["a_rather/long-word"]), " a_rather/long-word ");
        assert_eq!(read(&["ＡＢ，“ｃ”？好。"]), " ab,“c”?好. ");
    }

    #[test]
    fn long_texts_are_read_at_both_ends() {
        let text = format!("{}{}{}", "a".repeat(10) + " ", "b c ".repeat(100_000), "the end");
        let window = read(&[&text]);
        assert!((ROOM - 2..=ROOM).contains(&window.chars().count()));
        assert!(window.starts_with(" aaaaaaaaaa b c") && window.ends_with(" c the end "));
        let parts: Vec<String> = (0..3000).map(|n| n.to_string()).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let window = read(&parts);
        assert!(window.starts_with(" 0 1 2 3") && window.ends_with(" 2998 2999 "));
        let whole = "ab ".repeat(500);
        assert_eq!(read(&[&whole]), format!(" {whole}"), "what fits is read whole");
        assert_eq!(read(&[&"A".repeat(3_000_000)]), " ");
        assert_eq!(read(&[&" ".repeat(3_000_000)]), " ");
    }

    #[test]
    fn marks_after_the_blank_that_ends_the_beginning_are_read() {
        for letters in FIRST - 3..FIRST + 3 {
            let text = format!("{} \u{308}b\u{2003}\u{308}\u{323} c", "天".repeat(letters));
            let wanted = read(&[&text]);
            assert!(wanted.ends_with(" \u{308}b \u{323}\u{308} c "), "{letters}");
            assert_eq!(read(&[&text.replace(' ', "  ")]), wanted, "{letters}");
            assert_eq!(read(&[&text.replace('\u{2003}', "\n\u{2003}")]), wanted, "{letters}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn composed_or_not_is_the_same(text in "\\PC{0,300}", times in 1_usize..40) {
            let text = text.repeat(times);
            let (nfc, nfd): (String, String) = (text.nfc().collect(), text.nfd().collect());
            prop_assert_eq!(read(&[&nfc]), read(&[&nfd]));
            prop_assert_eq!(read(&[&nfc]), read(&[&text]));
        }

        #[test]
        fn marks_and_jamo_are_composed(
            text in "[eåกขิุู\u{e38}\u{e3a}\u{e48}\u{e49}\u{300}-\u{345}\u{1100}-\u{11ff}\u{9c7}\u{9be}\u{3099}か가 ]{0,60}",
        ) {
            let nfc: String = text.nfc().collect();
            let nfd: String = text.nfd().collect();
            prop_assert_eq!(read(&[&nfc]), read(&[&nfd]));
            prop_assert_eq!(read(&[&nfc]), read(&[&text]));
        }

        #[test]
        fn case_and_blanks_are_the_same(text in "[a-zA-Zéüжщก-ฮ天地0-9.,!? ]{0,4000}") {
            prop_assert_eq!(read(&[&text]), read(&[&text.to_uppercase()]));
            prop_assert_eq!(read(&[&text]), read(&[&text.replace(' ', " \n ")]));
        }

        #[test]
        fn any_texts_are_read(parts in proptest::collection::vec(any::<String>(), 0..4)) {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let window = read(&parts);
            prop_assert!(window.starts_with(' ') && window.ends_with(' '));
            prop_assert!(!window.contains("  "));
            prop_assert!(window.chars().count() <= ROOM);
        }
    }
}
