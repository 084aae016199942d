//! How texts are made alike before they are cut: Unicode's NFKC with a few rules of Google's translators, as a table inside
//! the model. The table is a double array of bytes (darts-clone), of which only the look-up is needed.

/// What a space is written as inside of pieces.
pub(crate) const SPACE: &str = "\u{2581}";

/// The table.
#[derive(Debug)]
pub(crate) struct Charsmap {
    units: Vec<u32>,
    /// What stands for something else, each with a zero at its end.
    texts: Vec<u8>,
}

impl Charsmap {
    /// As it stands in the model; `None` where it is cut off.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (units, texts) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let units = units.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        Some(Self { units, texts: texts.to_vec() })
    }

    /// The text as it is cut into pieces: alike, with one mark in place of each run of spaces and one in front. Empty if
    /// there is nothing but spaces.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut out = Vec::with_capacity(text.len() + text.len() / 2);
        let mut rest = text.as_bytes();
        let mut after_space = true;
        let mut begun = false;
        while !rest.is_empty() {
            let (mut made, taken) = self.prefix(rest);
            rest = rest.get(taken..).unwrap_or_default();
            if !begun {
                // Spaces in front are passed over before there is anything.
                if made == b" " {
                    continue;
                }
                out.extend(SPACE.as_bytes());
                begun = true;
            }
            while after_space && let Some(more) = made.strip_prefix(b" ") {
                made = more;
            }
            for byte in made {
                if *byte == b' ' {
                    out.extend(SPACE.as_bytes());
                } else {
                    out.push(*byte);
                }
            }
            if let Some(last) = made.last() {
                after_space = *last == b' ';
            }
        }
        while out.ends_with(SPACE.as_bytes()) {
            out.truncate(out.len() - SPACE.len());
        }
        String::from_utf8(out).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
    }

    /// What the beginning of `bytes` becomes, and how many of them that is: the longest entry, or a character as it is.
    fn prefix<'t>(&'t self, bytes: &'t [u8]) -> (&'t [u8], usize) {
        let mut found = None;
        let mut place = self.units.first().map_or(0, |root| offset(*root));
        for (byte, length) in bytes.iter().zip(1..) {
            place ^= usize::from(*byte);
            let Some(unit) = self.units.get(place).filter(|unit| **unit & 0x8000_00FF == u32::from(*byte))
            else {
                break;
            };
            place ^= offset(*unit);
            if unit & 0x100 != 0 {
                found = self.units.get(place).map(|leaf| ((leaf & 0x7FFF_FFFF) as usize, length));
            }
        }
        let entry = found.and_then(|(at, length)| {
            let text = self.texts.get(at..)?;
            Some((text.split(|byte| *byte == 0).next()?, length))
        });
        entry.unwrap_or_else(|| {
            let length = character(bytes);
            (bytes.get(..length).unwrap_or(bytes), length)
        })
    }
}

/// How far from its place the children of a node are.
const fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & 0x200) >> 6)) as usize
}

/// Bytes of the character that `bytes`, which are UTF-8, begin with.
pub(crate) fn character(bytes: &[u8]) -> usize {
    let rest = bytes.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80);
    1 + rest.count()
}
