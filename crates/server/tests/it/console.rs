//! The console: which paths show it, in which form, and what nobody gets by asking for it.

use std::fs;
use std::io::Read;

use flate2::read::GzDecoder;
use wye_server::{Console, Doors, admin_router, client_router, router};

use super::desk::{Ask, Desk, Seen, call};

const PAGE: &str =
    "<!doctype html>\n<html lang=\"en\"><head><base href=\"/\" /><title>Wye</title></head></html>\n";
const SCRIPT: &str = "console.log(\"a script\")";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A gateway with what Vite writes, and something beside it that is nobody's business.
async fn gateway() -> (Desk, Doors) {
    let (desk, _) = Desk::set_up("{ discover: false, access: { trusted_proxies: [10.0.0.0/8] } }").await;
    let dist = desk.folder().join("dist");
    fs::create_dir_all(dist.join("assets")).unwrap();
    for (name, text) in [
        ("index.html", PAGE),
        ("index.html.br", "stale"),
        ("index.html.gz", "stale"),
        ("favicon.svg", "<svg/>"),
        ("assets/index-A1_b.js", SCRIPT),
        ("assets/index-A1_b.js.br", "in brotli"),
        ("assets/index-A1_b.js.gz", "in gzip"),
        ("assets/inter-Zz.woff2", "a font"),
        ("../secret", "a secret"),
    ] {
        fs::write(dist.join(name), text).unwrap();
    }
    std::os::unix::fs::symlink(desk.folder().join("secret"), dist.join("link.txt")).unwrap();
    let doors = router(desk.app.clone().with_console(Console::of_folder(dist)));
    (desk, doors)
}

async fn get(doors: &Doors, path: &str, headers: &[(&str, &str)]) -> Seen {
    let ask = headers.iter().fold(Ask::get(path), |ask, (name, value)| ask.with(name, value));
    call(doors, ask).await
}

async fn opened(doors: &Doors, path: &str) -> Seen {
    get(doors, path, &[("accept", BROWSER)]).await
}

#[tokio::test]
async fn the_page_finds_its_way_from_every_depth() {
    let (_desk, doors) = gateway().await;
    for (path, base) in [
        ("/", "./"),
        ("/?a=/b/c", "./"),
        ("/requests", "./"),
        ("/requests/", "../"),
        ("/requests/abc", "../"),
        ("/requests/abc?tab=a/b", "../"),
        ("/a/b/c", "../../"),
        ("/a/b/c/", "../../../"),
        ("/index.html", "./"),
    ] {
        let seen = opened(&doors, path).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text());
        assert_eq!(seen.text(), PAGE.replace("href=\"/\"", &format!("href=\"{base}\"")), "{path}");
        assert_eq!(seen.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(seen.header("cache-control"), "no-cache");
    }
    // A program that asks what there is at the root gets the page, too.
    assert_eq!(get(&doors, "/", &[]).await.status, 200);
    assert_eq!(get(&doors, "/", &[("accept", "*/*")]).await.status, 200);
    let deep = format!("/{}", "a/".repeat(50));
    assert_eq!(opened(&doors, &deep).await.status, 404);
}

#[tokio::test]
async fn the_page_is_packed_as_it_is_sent() {
    let (_desk, doors) = gateway().await;
    let seen = get(&doors, "/keys/ci", &[("accept", BROWSER), ("accept-encoding", "gzip, br")]).await;
    assert_eq!(seen.header("content-encoding"), "gzip");
    assert_eq!(seen.header("vary"), "accept-encoding");
    let mut text = String::new();
    GzDecoder::new(seen.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.contains("<base href=\"../\" />"), "{text}");
    let plain = opened(&doors, "/keys/ci").await;
    assert_ne!(seen.header("etag"), plain.header("etag"), "each form has a tag of its own");
    assert_ne!(plain.header("etag"), opened(&doors, "/keys").await.header("etag"));
}

#[tokio::test]
async fn assets_come_in_the_form_that_is_liked_best() {
    let (_desk, doors) = gateway().await;
    let path = "/assets/index-A1_b.js";
    for (takes, coding, body) in [
        ("gzip, deflate, br", "br", "in brotli"),
        ("gzip, br;q=0.3", "gzip", "in gzip"),
        ("br;q=0, gzip;q=0", "", SCRIPT),
        ("deflate", "", SCRIPT),
    ] {
        let seen = get(&doors, path, &[("accept-encoding", takes)]).await;
        assert_eq!((seen.status.as_u16(), seen.header("content-encoding")), (200, coding), "{takes}");
        assert_eq!(seen.text(), body);
        assert_eq!(seen.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(seen.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(seen.header("vary"), "accept-encoding");
        assert_eq!(seen.header("x-content-type-options"), "nosniff");
        let again =
            get(&doors, path, &[("accept-encoding", takes), ("if-none-match", seen.header("etag"))]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        assert_eq!(again.header("etag"), seen.header("etag"));
    }
    // What was not packed comes as it is.
    let font = get(&doors, "/assets/inter-Zz.woff2", &[("accept-encoding", "br")]).await;
    assert_eq!((font.header("content-type"), font.header("content-encoding")), ("font/woff2", ""));
    let icon = get(&doors, "/favicon.svg", &[]).await;
    assert_eq!((icon.header("content-type"), icon.header("cache-control")), ("image/svg+xml", "no-cache"));
    let tag = icon.header("etag");
    for known in [format!("\"x\", W/{tag}"), "*".to_owned()] {
        assert_eq!(get(&doors, "/favicon.svg", &[("if-none-match", &known)]).await.status, 304);
    }
    assert_eq!(get(&doors, "/favicon.svg", &[("if-none-match", "\"x\"")]).await.status, 200);
}

#[tokio::test]
async fn a_head_is_told_what_a_get_would_be() {
    let (_desk, doors) = gateway().await;
    for path in ["/", "/requests/abc", "/assets/index-A1_b.js"] {
        let whole = opened(&doors, path).await;
        let head = call(&doors, Ask::new("HEAD", path).with("accept", BROWSER)).await;
        assert_eq!(head.status, 200);
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-length"), whole.body.len().to_string());
        assert_eq!(head.header("etag"), whole.header("etag"));
    }
}

#[tokio::test]
async fn what_is_beside_the_console_is_not_in_it() {
    let (_desk, doors) = gateway().await;
    for path in [
        "/assets/index-A1_b.js.br",
        "/assets/index-A1_b.js.gz",
        "/index.html.br",
        "/link.txt",
        "/assets",
        "/assets/",
        "/assets/none.js",
        "/../secret",
        "/assets/../../secret",
        "/assets/..%2f..%2fsecret",
        "/%2e%2e/secret",
        "/%2e%2e%2fsecret",
        "//secret",
        "/assets//index-A1_b.js",
        "/./favicon.svg",
        "/etc/passwd",
        "//etc/passwd",
    ] {
        let seen = get(&doors, path, &[("accept", "*/*")]).await;
        assert_eq!(seen.status, 404, "{path}: {}", seen.text());
        // A browser gets the page there, which says that there is no such thing, or nothing.
        let seen = opened(&doors, path).await;
        assert!(seen.status == 404 || seen.text().contains("<base "), "{path}: {}", seen.text());
    }
}

#[tokio::test]
async fn apis_answer_browsers_in_their_own_words() {
    let (desk, doors) = gateway().await;
    for path in [
        "/v1",
        "/v1/nothing",
        "/v1beta/nothing",
        "/v2/nothing",
        "/api",
        "/api/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/pass",
        "/openai",
        "/openai/nothing",
        "/anthropic/v1/nothing",
        "/genai/nothing",
        "/health",
        "/health/nothing",
    ] {
        let with = opened(&doors, path).await;
        let without = desk.call(Ask::get(path).with("accept", BROWSER)).await;
        assert_eq!(with.status, 404, "{path}: {}", with.text());
        let same = |seen: &Seen| seen.json()["error"]["message"].as_str().map(str::to_owned);
        assert_eq!(same(&with), same(&without), "{path}");
        assert!(with.header("content-type").contains("json"), "{path}");
    }
    assert_eq!(opened(&doors, "/rerank").await.status, 405);
    // A program that lost its way, and whoever would change something.
    for ask in [
        Ask::get("/chat/completions"),
        Ask::get("/chat/completions").with("accept", "application/json"),
        Ask::post("/requests", &serde_json::json!({})).with("accept", BROWSER),
        Ask::new("DELETE", "/").with("accept", BROWSER),
    ] {
        let seen = call(&doors, ask.clone()).await;
        assert_eq!(seen.status, 404, "{ask:?}");
        assert!(seen.json()["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn the_page_runs_nothing_but_its_own_and_is_in_no_frame() {
    let (_desk, doors) = gateway().await;
    for path in ["/", "/keys", "/assets/index-A1_b.js", "/favicon.svg"] {
        let seen = opened(&doors, path).await;
        let policy = seen.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "connect-src 'self';",
            "base-uri 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(seen.header(name), value, "{path}");
        }
        assert!(seen.header("permissions-policy").contains("camera=()"));
        assert_eq!(seen.header("strict-transport-security"), "");
    }
    let ask = Ask::get("/").from("10.0.0.1").with("host", "wye.corp").with("x-forwarded-proto", "https");
    assert_ne!(call(&doors, ask).await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn the_console_is_where_the_admin_api_is_and_nowhere_else() {
    let (desk, _) = gateway().await;
    let console = || Console::of_folder(desk.folder().join("dist"));
    let apart = admin_router(desk.app.clone().with_console(console()));
    assert_eq!(opened(&apart, "/keys").await.status, 200);
    let clients = client_router(desk.app.clone().with_console(console()));
    for path in ["/", "/keys", "/favicon.svg"] {
        assert_eq!(opened(&clients, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_gateway_without_a_console_says_how_to_build_one() {
    let (desk, _) = gateway().await;
    let doors = router(desk.app.clone().with_console(Console::of_folder(desk.folder().join("none"))));
    let seen = opened(&doors, "/").await;
    assert_eq!(seen.status, 200);
    assert!(seen.text().contains("make console"), "{}", seen.text());
    assert_eq!(opened(&doors, "/keys").await.status, 404);
}

#[tokio::test]
async fn the_console_inside_the_binary_is_whole_or_not_there() {
    let (desk, _) = gateway().await;
    let doors = router(desk.app.clone().with_console(Console::embedded()));
    let seen = opened(&doors, "/a/b").await;
    if seen.status == 404 {
        assert!(opened(&doors, "/").await.text().contains("make console"));
        return;
    }
    let page = seen.text();
    assert!(page.contains("<base href=\"../\""), "{page}");
    let mut assets = page.split("./assets/").skip(1).filter_map(|rest| rest.split('"').next());
    let script = assets.find(|name| name.ends_with(".js")).unwrap();
    let seen = get(&doors, &format!("/assets/{script}"), &[("accept-encoding", "br, gzip")]).await;
    assert_eq!((seen.status.as_u16(), seen.header("content-encoding")), (200, "br"));
}
