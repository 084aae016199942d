//! What an image is by its first bytes. What a server says of it is not believed.

/// The media type of an image that models take; `None` if it is none.
pub(super) fn mime(data: &[u8]) -> Option<&'static str> {
    let brand = data.get(8..12).unwrap_or_default();
    match data {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', ..] if brand == b"WEBP" => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => match brand {
            b"heic" | b"heix" | b"hevc" | b"hevx" => Some("image/heic"),
            b"mif1" | b"msf1" | b"heim" | b"heis" => Some("image/heif"),
            b"avif" | b"avis" => Some("image/avif"),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_what_an_image_is() {
        assert_eq!(mime(b"\x89PNG\r\n\x1a\n.."), Some("image/png"));
        assert_eq!(mime(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(mime(b"GIF89a.."), Some("image/gif"));
        assert_eq!(mime(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(mime(b"\0\0\0\x1cftypheic\0\0"), Some("image/heic"));
        for other in [&b""[..], b"<html>", b"%PDF-1.7", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x1cftypmp42", b"<svg "]
        {
            assert_eq!(mime(other), None);
        }
    }
}
