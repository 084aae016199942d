//! `wye admin`, on a data folder without a gateway.

use std::io::Write;
use std::process::Stdio;

use super::process::{Ended, Folder, ended};

fn with(folder: &Folder, args: &[&str], password: &str) -> Ended {
    ended(folder.wye(args).env("WYE_ADMIN_PASSWORD", password))
}

#[test]
fn the_first_user_is_an_administrator_and_a_password_can_be_reset() {
    let folder = Folder::new();
    let good = "correct horse battery";
    let viewer = with(&folder, &["admin", "create", "ann", "--role", "viewer"], good);
    assert_eq!(viewer.code, Some(2), "{viewer:?}");
    assert!(viewer.err.contains("--role admin"), "{viewer:?}");
    let short = with(&folder, &["admin", "create", "ann"], "short");
    assert_eq!(short.code, Some(2), "{short:?}");
    assert!(short.err.contains("password: is too short; use at least 10 characters"), "{short:?}");
    let made = with(&folder, &["admin", "create", "ann"], good);
    assert_eq!((made.code, made.out.as_str()), (Some(0), "ann is there, with the role admin\n"), "{made:?}");
    let again = with(&folder, &["admin", "create", "ANN"], good);
    assert_eq!(again.code, Some(2), "{again:?}");
    let nobody = with(&folder, &["admin", "reset-password", "bob"], good);
    assert!(nobody.err.contains("there is no user \"bob\""), "{nobody:?}");
    let reset = with(&folder, &["admin", "reset-password", "ann", "--totp"], "staple staple staple");
    assert_eq!(reset.code, Some(0), "{reset:?}");
    for ended in [viewer, short, made, reset] {
        assert!(!ended.out.contains("staple") && !ended.err.contains("horse"), "{ended:?}");
    }
}

#[test]
fn the_password_is_read_from_standard_input() {
    let folder = Folder::new();
    let mut command = folder.wye(&["admin", "create", "ann"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "correct horse battery").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // The rest of these tests gives nothing to read.
    let none = folder.run(&["admin", "create", "bob"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.err.contains("WYE_ADMIN_PASSWORD"), "{none:?}");
}
