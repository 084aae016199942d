//! How large a picture in base64 is, from the first bytes of its file: no more of it is decoded than the numbers need.

/// Width and height in pixels of a PNG, GIF, JPEG or WebP file; `None` of anything else, and if the numbers do not stand
/// where they should.
#[must_use]
pub fn size(base64: &[u8]) -> Option<(u32, u32)> {
    let file = File(base64);
    let (width, height) = match file.bytes(0)? {
        [0x89, b'P', b'N', b'G'] => {
            (u32::from_be_bytes(file.bytes(16)?), u32::from_be_bytes(file.bytes(20)?))
        }
        [b'G', b'I', b'F', b'8'] => (file.little(6)?, file.little(8)?),
        [0xff, 0xd8, 0xff, _] => jpeg(&file)?,
        [b'R', b'I', b'F', b'F'] => webp(&file)?,
        _ => return None,
    };
    (width > 0 && height > 0).then_some((width, height))
}

/// Goes from segment to segment until one says how large the frame is.
fn jpeg(file: &File<'_>) -> Option<(u32, u32)> {
    /// Segments before the frame that are looked at: tables, and pieces of profiles and notes of 64 KiB each.
    const SEGMENTS: usize = 64;
    let mut at = 2;
    for _ in 0..SEGMENTS {
        let [0xff, kind, high, low] = file.bytes(at)? else { return None };
        if kind == 0xff {
            // A filling byte.
            at += 1;
            continue;
        }
        // Frames of all coding processes; 0xc4, 0xc8 and 0xcc are something else.
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            let [height_high, height_low, width_high, width_low] = file.bytes(at + 5)?;
            let both = |high, low| u32::from(u16::from_be_bytes([high, low]));
            return Some((both(width_high, width_low), both(height_high, height_low)));
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
    }
    None
}

fn webp(file: &File<'_>) -> Option<(u32, u32)> {
    match &file.bytes(12)? {
        b"VP8X" => {
            let three = |at| Some(file.little(at)? | u32::from(file.byte(at + 2)?) << 16);
            Some((three(24)? + 1, three(27)? + 1))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(file.bytes(21)?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((file.little(26)? & 0x3fff, file.little(28)? & 0x3fff)),
        _ => None,
    }
}

/// A file in base64, either alphabet.
struct File<'a>(&'a [u8]);

impl File<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        let first = at / 3 * 4 + at % 3;
        let [high, low] = self.0.get(first..first + 2)? else { return None };
        let both = u16::from(sextet(*high)?) << 6 | u16::from(sextet(*low)?);
        // 4, 2 or 0 bits of the twelve belong to the next byte.
        Some((both >> (4 - 2 * (at % 3))) as u8)
    }

    fn bytes(&self, at: usize) -> Option<[u8; 4]> {
        Some([self.byte(at)?, self.byte(at + 1)?, self.byte(at + 2)?, self.byte(at + 3)?])
    }

    fn little(&self, at: usize) -> Option<u32> {
        Some(u32::from(self.byte(at)?) | u32::from(self.byte(at + 1)?) << 8)
    }
}

const fn sextet(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base64(bytes: &[u8]) -> Vec<u8> {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let letter = |bits: u32| LETTERS[bits as usize & 63];
        let three = |part: &[u8]| {
            let at = |index: usize| u32::from(part.get(index).copied().unwrap_or(0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            [letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)]
        };
        bytes.chunks(3).flat_map(three).collect()
    }

    #[test]
    fn sizes_stand_in_the_first_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x07\x80\0\0\x04\x38\x08\x06";
        assert_eq!(size(&base64(png)), Some((1920, 1080)));
        assert_eq!(size(&base64(b"GIF89a\x40\x01\xf0\0\xf7\0\0")), Some((320, 240)));
        let mut jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xe1\x40\0".to_vec();
        jpeg.resize(jpeg.len() + 0x4000 - 2, 7);
        jpeg.extend(b"\xff\xc4\0\x04ab\xff\xff\xc2\0\x11\x08\x02\x58\x03\x20\x03");
        assert_eq!(size(&base64(&jpeg)), Some((800, 600)));
        assert_eq!(
            size(&base64(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x03\0\xff\x01\0\0\0")),
            Some((1024, 512))
        );
        assert_eq!(size(&base64(b"RIFF\0\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xc3\x7f\0\0\0")), Some((1024, 512)));
        assert_eq!(
            size(&base64(b"RIFF\0\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\0\x04\0\x02\0\0")),
            Some((1024, 512))
        );
        assert_eq!(size(&base64(b"%PDF-1.7 and more")), None);
        assert_eq!(size(&base64(&png[..18])), None);
        assert_eq!(size(b""), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read(start in 0_usize..4, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let starts: [&[u8]; 4] = [b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8", b"\x89PNG", b""];
            let file = [starts[start], &bytes].concat();
            let _ = size(&base64(&file));
            let _ = size(&bytes);
        }

        #[test]
        fn bytes_are_read_where_they_stand(bytes in proptest::collection::vec(any::<u8>(), 1..50)) {
            let encoded = base64(&bytes);
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(File(&encoded).byte(at), Some(*byte));
            }
        }
    }
}
