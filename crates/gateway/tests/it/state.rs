//! What the gateway remembers: the data folder, the master key, the database, and the commands that work on them.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use super::http::Connection;
use super::process::{Ended, Folder, Running, ended};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A folder with a gateway that has run once.
fn started() -> Folder {
    let folder = Folder::new();
    folder.write("wye.yaml", "discover: false\n");
    let (wye, _) = Running::listening(&mut folder.wye(&SERVE));
    wye.stop();
    folder
}

fn mode(folder: &Folder, name: &str) -> u32 {
    std::fs::metadata(folder.0.join(name)).unwrap().permissions().mode() & 0o777
}

fn refused(folder: &Folder, words: &str) {
    let ended = folder.run(&SERVE);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains(words), "{ended:?}");
}

fn status_with(address: &str, key: &str) -> u16 {
    let mut connection = Connection::to(address);
    connection.post("/v1/chat/completions", &format!("authorization: Bearer {key}\r\n"), "{");
    connection.answer().status
}

pub(crate) fn with_input(folder: &Folder, args: &[&str], input: &str) -> Ended {
    let mut command = folder.wye(args);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn secrets_that_the_file_waits_for_can_be_set_one_by_one() {
    let folder = Folder::new();
    let lab = |name: &str| {
        format!("  {name}: {{dialect: openai_chat, base_url: 'http://lab/v1', api_key: 'vault:{name}'}}\n")
    };
    folder.write("wye.yaml", &format!("discover: false\nproviders:\n{}{}", lab("one"), lab("two")));
    assert_eq!(folder.run(&["check"]).code, Some(2));
    for name in ["one", "two"] {
        let set = with_input(&folder, &["vault", "set", name], "sk-of-the-lab-1234\n");
        assert_eq!(set.code, Some(0), "{set:?}");
    }
    let checked = folder.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[test]
fn a_secret_that_is_typed_is_not_shown() {
    use rustix::pty;
    let folder = started();
    let mut terminal =
        std::fs::File::from(pty::openpt(pty::OpenptFlags::RDWR | pty::OpenptFlags::NOCTTY).unwrap());
    pty::grantpt(&terminal).unwrap();
    pty::unlockpt(&terminal).unwrap();
    let name = pty::ptsname(&terminal, Vec::new()).unwrap();
    let side = std::fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = folder.wye(&["vault", "set", "lab"]);
    let mut child = command.stdin(side).spawn().unwrap();
    // The command holds the other end of the terminal.
    drop(command);
    let mut asked = [0; 12];
    child.stderr.as_mut().unwrap().read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"Secret lab: ");
    terminal.write_all(b"sk-of-the-lab-1234\n").unwrap();
    assert!(child.wait().unwrap().success());
    // What the terminal shows, up to its end.
    let mut shown = Vec::new();
    let _ = terminal.read_to_end(&mut shown);
    assert!(!shown.windows(3).any(|part| part == b"sk-"), "{}", String::from_utf8_lossy(&shown));
    assert_eq!(folder.run(&["vault", "list"]).out, "lab\t…1234\t\n");
}

#[test]
fn folder_and_key_are_for_their_owner_alone_and_the_key_stays() {
    let folder = started();
    assert_eq!((mode(&folder, "wye-data"), mode(&folder, "wye-data/master.key")), (0o700, 0o600));
    let key = std::fs::read(folder.0.join("wye-data/master.key")).unwrap();
    assert_eq!(key.len(), 45, "32 bytes in base64 and the end of the line");
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    assert_eq!(Connection::to(&address).get("/readyz").json()["status"], "ready");
    wye.stop();
    assert_eq!(std::fs::read(folder.0.join("wye-data/master.key")).unwrap(), key);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = started();
    let file = folder.0.join("wye-data/master.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    refused(&folder, "can be read by others (mode 640); shut it with `chmod 600");
}

#[test]
fn a_lost_or_wrong_key_is_refused_and_no_new_one_is_made() {
    let folder = started();
    let file = folder.0.join("wye-data/master.key");
    let key = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    refused(&folder, "there is no master key, but the database holds secrets");
    assert!(!file.exists());
    let mut wrong = folder.wye(&SERVE);
    wrong.env("WYE_MASTER_KEY", "0123456789012345678901234567890123456789");
    let said = ended(&mut wrong);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("sealed under another master key"), "{said:?}");
    let said = ended(folder.wye(&SERVE).env("WYE_MASTER_KEY", "short"));
    assert!(said.code == Some(2) && said.err.contains("WYE_MASTER_KEY is too short"), "{said:?}");
    // The right one, given in the other way, is right.
    let (wye, _) = Running::listening(folder.wye(&SERVE).env("WYE_MASTER_KEY", key.trim()));
    wye.stop();
}

#[test]
fn a_key_made_by_a_command_works_within_two_polls_and_a_disabled_one_no_longer() {
    let folder = Folder::new();
    folder.write("wye.yaml", "discover: false\nkeys: [sesame]\n");
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let made = folder.run(&["keys", "create", "ci", "--owner", "ann"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let key = made.out.trim().to_owned();
    assert!(key.starts_with("wye-"), "{made:?}");
    wye.log("the configuration was changed version=1");
    assert_eq!((status_with(&address, &key), status_with(&address, "wye-x")), (400, 401));
    let listed = folder.run(&["keys", "list"]).out;
    assert!(listed.contains(&format!("ci\t{}\ton\t-\tann", &key[43..])), "{listed}");
    assert_eq!(folder.run(&["keys", "disable", "ci"]).code, Some(0));
    wye.log("the configuration was changed version=2");
    assert_eq!(status_with(&address, &key), 401);
    let twice = folder.run(&["keys", "create", "ci"]);
    assert!(twice.code == Some(2) && twice.err.contains("the key ci is there already"), "{twice:?}");
    let none = folder.run(&["keys", "rotate", "none"]);
    assert!(none.code == Some(2) && none.err.contains("there is no such thing as the key none"), "{none:?}");
    wye.stop();
}

#[test]
fn the_configuration_is_exported_imported_and_brought_back() {
    let folder = started();
    folder.run(&["keys", "create", "one"]);
    folder.run(&["keys", "create", "two"]);
    let export = folder.run(&["config", "export"]).out;
    assert!(export.contains("one") && export.contains("sha256"), "{export}");
    let back = folder.run(&["config", "rollback", "1"]);
    assert!(back.out.starts_with("version 3 "), "{back:?}");
    folder.write("export.yaml", &export);
    let import = folder.run(&["config", "import", "export.yaml"]);
    assert!(import.out.starts_with("version 4 "), "{import:?}");
    let history = folder.run(&["config", "history"]).out;
    let column = |line: &str, at: usize| line.split('\t').nth(at).unwrap().to_owned();
    let lines: Vec<&str> = history.lines().collect();
    assert_eq!(lines.len(), 4, "{history}");
    assert_eq!(column(lines[0], 2), column(lines[2], 2), "the same hash again");
    assert_eq!(column(lines[1], 4), "-key two");
    folder.write("bad.yaml", "routes: {x: {targets: [nobody/m]}}\n");
    let bad = folder.run(&["config", "import", "bad.yaml"]);
    assert!(bad.code == Some(2) && bad.err.contains("routes.x"), "{bad:?}");
    assert_eq!(folder.run(&["config", "history"]).out, history);
    let check = folder.run(&["check"]);
    assert_eq!(check.out, "wye.yaml: ok (0 providers, 0 routes, 2 client keys)\n");
}

#[test]
fn templates_are_shown_and_added_once() {
    let folder = started();
    let list = folder.run(&["template", "list"]).out;
    let names: Vec<&str> = list.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, ["gophergate", "llm-gateway", "smartroute"]);
    for name in names {
        let shown = folder.run(&["template", "show", name]);
        assert!(shown.out.starts_with("routes:\n"), "{shown:?}");
        let added = folder.run(&["template", "show", name, "--add"]);
        assert!(added.out.starts_with("version "), "{added:?}");
        let again = folder.run(&["template", "show", name, "--add"]);
        assert!(again.code != Some(0) && again.err.contains("is there already"), "{again:?}");
    }
    assert_eq!(folder.run(&["check"]).out, "wye.yaml: ok (0 providers, 9 routes, 0 client keys)\n");
    assert_eq!(folder.run(&["template", "show", "none"]).code, Some(2));
}

#[test]
fn a_running_gateway_goes_on_when_the_master_key_is_replaced() {
    let folder = started();
    let file = folder.0.join("wye-data/master.key");
    let old = std::fs::read_to_string(&file).unwrap();
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    assert_eq!(with_input(&folder, &["vault", "set", "lab"], "sk-of-the-lab-1234\n").code, Some(0));
    let rotated = folder.run(&["vault", "rotate"]);
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    assert_ne!(std::fs::read_to_string(&file).unwrap(), old);
    folder.write(
        "wye.yaml",
        "discover: false\nproviders: {lab: {dialect: openai_chat, base_url: 'http://lab/v1', api_key: 'vault:lab'}}\n",
    );
    wye.log("configuration reloaded");
    assert_eq!(Connection::to(&address).get("/readyz").json()["status"], "ready");
    wye.stop();
    let listed = folder.run(&["vault", "list"]).out;
    assert_eq!(listed, "lab\t…1234\tprovider lab\n");
    let removed = folder.run(&["vault", "remove", "lab"]);
    assert!(
        removed.code == Some(2) && removed.err.contains("still named by the provider lab"),
        "{removed:?}"
    );
    // A replacement that was broken off before the database knew of it leaves the old key in force.
    std::fs::write(folder.0.join("wye-data/master.key.new"), "x".repeat(44)).unwrap();
    let new = folder.0.join("wye-data/master.key.new");
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (wye, _) = Running::listening(&mut folder.wye(&SERVE));
    wye.stop();
    // One that was broken off after it is finished at the next start.
    std::fs::rename(&file, folder.0.join("kept.key")).unwrap();
    std::fs::rename(folder.0.join("kept.key"), &new).unwrap();
    std::fs::write(&file, "y".repeat(44)).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (wye, _) = Running::listening(&mut folder.wye(&SERVE));
    wye.stop();
    assert!(!new.exists());
}

#[test]
fn a_database_that_is_away_at_the_start_stops_nobody() {
    let folder = Folder::new();
    folder.write("wye.yaml", "discover: false\n");
    // Nothing listens on port 1.
    let url = "postgres://wye@127.0.0.1:1/wye?sslmode=disable";
    let mut serve = folder.wye(&SERVE);
    serve.env("DATABASE_URL", url).env("VALKEY_URL", "redis://127.0.0.1:1");
    let (wye, address) = Running::listening(&mut serve);
    let ready = Connection::to(&address).get("/readyz");
    assert_eq!((ready.status, ready.json()["status"].as_str()), (200, Some("degraded")));
    assert_eq!(ready.json()["degraded"], serde_json::json!(["limits", "log", "configuration"]));
    assert!(!ready.body.contains("127.0.0.1"), "why is for operators: {ready:?}");
    let told = Connection::to(&address).get("/v1/models");
    assert_eq!(told.header("x-wye-degraded"), Some("limits, log, configuration"), "{told:?}");
    wye.stop();
    let made = ended(folder.wye(&["keys", "create", "ci"]).env("DATABASE_URL", url));
    assert!(made.code == Some(1) && made.err.contains("the database is unavailable"), "{made:?}");
    let odd = ended(folder.wye(&SERVE).env("DATABASE_URL", "mysql://nobody"));
    assert!(odd.code == Some(2) && odd.err.contains("DATABASE_URL"), "{odd:?}");
}

#[test]
fn the_first_start_prints_a_code_that_makes_the_first_administrator() {
    let folder = Folder::new();
    // Any free port; the line with the code tells which.
    folder.write("wye.yaml", "discover: false\naccess: {admin_listen: '127.0.0.1:0'}\n");
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let code = wye.log("nobody administers this gateway yet").rsplit(' ').next().unwrap().to_owned();
    let told = wye.log("/api/v1/setup");
    let admin = told.split_once("http://").and_then(|(_, rest)| rest.split('/').next()).unwrap();
    let setup = |address: &str, code: &str| {
        let mut connection = Connection::to(address);
        let body = format!("{{\"code\":\"{code}\",\"name\":\"ann\",\"password\":\"correct horse battery\"}}");
        connection.post("/api/v1/setup", "content-type: application/json\r\n", &body);
        connection.answer().status
    };
    assert_eq!(setup(&address, &code), 404, "clients' address has no admin API");
    assert!(setup(admin, &code) < 300);
    assert!(setup(admin, &code) >= 400, "once");
    wye.stop();
    let (wye, _) = Running::listening(&mut folder.wye(&SERVE));
    assert!(!wye.stop().iter().any(|line| line.contains("nobody administers")));
}

#[test]
fn a_second_gateway_on_the_same_folder_is_refused() {
    let folder = started();
    let (wye, _) = Running::listening(&mut folder.wye(&SERVE));
    refused(&folder, "another gateway runs on the data folder wye-data; stop it, or give this one its own");
    assert_eq!(folder.run(&["keys", "create", "ci"]).code, Some(0), "commands work beside it");
    wye.stop();
    let (wye, _) = Running::listening(&mut folder.wye(&SERVE));
    wye.stop();
}

#[test]
fn a_database_that_was_taken_away_under_a_gateway_is_told_of() {
    let folder = started();
    assert_eq!(mode(&folder, "wye-data/wye.db"), 0o600);
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let file = folder.0.join("wye-data/wye.db");
    std::fs::rename(&file, folder.0.join("away.db")).unwrap();
    wye.log("the database is unavailable: its file is gone or was replaced");
    assert_eq!(Connection::to(&address).get("/readyz").json()["status"], "degraded");
    std::fs::rename(folder.0.join("away.db"), &file).unwrap();
    wye.log("well again");
    wye.stop();
}
