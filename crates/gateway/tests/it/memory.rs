//! What an upload costs in memory, counted by the kernel.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::http::{head, header};
use super::process::{Folder, PATIENCE, Running};

const LARGE: usize = 25 << 20;
/// What one may cost.
const MOST_KIB: u64 = 2 << 10;

/// A provider that counts what it is sent and remembers nothing.
fn sink() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = std::io::BufReader::new(stream);
            let head = head(&mut reader);
            let length: u64 = header(&head, "content-length").unwrap().parse().unwrap();
            let got = std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink()).unwrap();
            let body = format!("{{\"text\":\"{got}\"}}");
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

/// Sends a form with a file of that many bytes; the field that names the model before it or behind it.
fn upload(address: &str, length: usize, model_first: bool) -> String {
    let model = "--xyz\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nsink/m\r\n";
    let file = "--xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";
    let (before, behind) = if model_first {
        (format!("{model}{file}"), "\r\n--xyz--\r\n".to_owned())
    } else {
        (file.to_owned(), format!("\r\n{model}--xyz--\r\n"))
    };
    let whole = before.len() + length + behind.len();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST /v1/audio/transcriptions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: multipart/form-data; boundary=xyz\r\ncontent-length: {whole}\r\n\r\n{before}"
    )
    .unwrap();
    let piece = [7; 64 << 10];
    for at in (0..length).step_by(piece.len()) {
        stream.write_all(&piece[..piece.len().min(length - at)]).unwrap();
    }
    stream.write_all(behind.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A line of the process's status, in KiB.
fn status(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn an_upload_of_25_mb_takes_less_than_2_mib() {
    let folder = Folder::new();
    let provider = sink();
    folder.write(
        "wye.yaml",
        &format!("discover: false\nproviders: {{ sink: {{ dialect: openai_chat, base_url: 'http://{provider}/v1' }} }}\n"),
    );
    let args = ["serve", "--config", "wye.yaml", "--listen", "127.0.0.1:0"];
    let (running, address) = Running::listening(&mut folder.wye(&args));
    let process = running.id();
    // What is the same for one upload and a thousand: code that was not run yet, the log's first page.
    for model_first in [true, false] {
        assert!(upload(&address, 2 << 20, model_first).contains("200 OK"));
    }
    for model_first in [true, false] {
        // From here on the kernel counts anew; where it does not let us, there is nothing to measure.
        if std::fs::write(format!("/proc/{process}/clear_refs"), "5").is_err() {
            return;
        }
        let before = status(process, "VmRSS");
        let answer = upload(&address, LARGE, model_first);
        assert!(answer.contains("200 OK") && answer.contains("\"text\":\"2621"), "{answer}");
        let taken = status(process, "VmHWM").saturating_sub(before);
        println!("25 MB, model first {model_first}: {taken} KiB");
        assert!(taken <= MOST_KIB, "{taken} KiB for one upload, model first {model_first}");
    }
}
