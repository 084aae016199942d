//! Records whose reader does not read, or whose disk is full.

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::http::Connection;
use super::process::{Folder, Running};

/// Requests whose records are together larger than a pipe.
fn fill(address: &str) {
    let mut client = Connection::to(address);
    for _ in 0..400 {
        client.ask(&"long".repeat(40), false);
        assert_eq!(client.answer().status, 404);
    }
}

#[test]
fn a_reader_that_does_not_read_keeps_nobody_from_stopping() {
    let folder = Folder::new();
    folder.write("my.yaml", "discover: false\nshutdown_grace: 0s\n");
    let mut child = folder.wye(&["serve", "--listen", "127.0.0.1:0", "--config", "my.yaml"]).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let mut wye = Running::without_output(child);
    fill(line.trim().strip_prefix("listening on http://").unwrap());
    wye.signal("TERM");
    wye.log("nobody takes the records");
    assert_eq!(wye.end().code(), Some(0));
}

#[test]
fn records_that_cannot_be_written_are_said_to_be_lost() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("NOTICE: skipped, this system has no /dev/full");
        return;
    };
    let folder = Folder::new();
    let child = folder.wye(&["serve", "--listen", "127.0.0.1:0"]).stdout(full).spawn().unwrap();
    let mut wye = Running::without_output(child);
    let ready = wye.log("ready");
    let address = ready.split_once("address=").and_then(|(_, rest)| rest.split(' ').next()).unwrap();
    fill(address);
    let line = wye.log("records cannot be written");
    assert!(line.contains("No space left"), "{line}");
    wye.signal("TERM");
    wye.log("records were lost to the end");
    assert_eq!(wye.end().code(), Some(0));
    assert!(!wye.rest().iter().any(|line| line.contains("cannot be written")), "it is said once");
}

#[test]
fn a_reader_that_has_gone_is_said_once() {
    let folder = Folder::new();
    let mut child = folder.wye(&["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    drop(out);
    let wye = Running::without_output(child);
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    fill(address);
    wye.log("nobody reads the records any more");
    fill(address);
    assert_eq!(Connection::to(address).get("/readyz").status, 200);
    assert!(!wye.stop().iter().any(|line| line.contains("nobody reads")), "it is said once");
}
