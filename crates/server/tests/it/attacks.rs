//! What others let happen, tried on the admin API. `docs/security.md` names the test for each attack.

use std::time::Duration;

use serde_json::json;

use super::desk::{Ask, Browser, Desk, PASSWORD};

const QUIET: &str = "discover: false";

#[tokio::test]
async fn without_users_only_set_up_and_health_answer() {
    let desk = Desk::new(QUIET).await;
    for (method, path, who, _) in wye_server::admin::endpoints() {
        if who != "anyone" {
            assert_eq!(desk.call(Ask::new(&method, &path)).await.status, 401, "{method} {path}");
        }
    }
    assert_eq!(desk.call(Ask::get("/api/v1/setup")).await.json()["open"], true);
    assert_eq!(desk.call(Ask::get("/readyz")).await.status, 200);
    let odd = desk.call(Ask::get("/api/v1/no/such/thing")).await;
    assert_eq!((odd.status.as_u16(), odd.header("content-type")), (404, "application/problem+json"));
    let odd = desk.call(Ask::new("DELETE", "/api/v1/setup")).await;
    assert_eq!((odd.status.as_u16(), odd.code().as_str()), (405, "caller_method_not_allowed"));
    // Ollama's paths beside it stay what they are.
    assert_eq!(desk.call(Ask::get("/api/version")).await.status, 200);
}

#[tokio::test]
async fn set_up_takes_the_printed_code_once_and_is_never_open_again() {
    let desk = Desk::new(QUIET).await;
    let code = desk.auth.setup_code().await.unwrap().unwrap();
    let with =
        |code: &str, name: &str| json!({"code": code, "name": name, "password": PASSWORD, "tokens": true});
    let wrong = desk.call(Ask::post("/api/v1/setup", &with("AAAA-AAAA", "eve"))).await;
    assert_eq!(wrong.status, 401, "{}", wrong.text());
    let short = json!({"code": code, "name": "root", "password": "admin"});
    let short = desk.call(Ask::post("/api/v1/setup", &short)).await;
    assert_eq!((short.status.as_u16(), short.json()["errors"][0]["field"].as_str()), (400, Some("password")));
    let made = desk.call(Ask::post("/api/v1/setup", &with(&code, "root"))).await;
    let admin = made.json()["session"]["access"].as_str().unwrap().to_owned();
    // Not with the same code, not after the first administrator has another name.
    let renamed =
        desk.call(Ask::new("PATCH", "/api/v1/me").json(&json!({"name": "somebody"})).bearer(&admin)).await;
    assert_eq!(renamed.status, 204, "{}", renamed.text());
    for code in [code.as_str(), "AAAA-AAAA"] {
        let again = desk.call(Ask::post("/api/v1/setup", &with(code, "eve"))).await;
        assert_eq!(again.status, 403, "{}", again.text());
    }
    assert!(desk.auth.setup_code().await.unwrap().is_none());
    assert_eq!(desk.call(Ask::get("/api/v1/setup")).await.json()["open"], false);
}

#[tokio::test]
async fn no_password_is_known_beforehand() {
    let (desk, _) = Desk::set_up(QUIET).await;
    for (name, password) in [("admin", "admin"), ("admin", "123456"), ("root", "root"), ("root", "changeme")]
    {
        let seen =
            desk.call(Ask::post("/api/v1/session", &json!({"name": name, "password": password}))).await;
        assert!([401, 429].contains(&seen.status.as_u16()), "{name}: {}", seen.text());
    }
}

#[tokio::test]
async fn a_web_page_of_another_site_can_do_nothing_with_the_cookies() {
    let (desk, _) = Desk::set_up(QUIET).await;
    let browser = desk.browser("root").await;
    let change = || Ask::new("PATCH", "/api/v1/me").json(&json!({"name": "eve"}));
    let status = async |ask: Ask| desk.call(ask).await.status.as_u16();
    // Cookies without the token that only a page of ours can read.
    assert_eq!(status(change().cookies(&browser)).await, 403);
    assert_eq!(status(change().cookies(&browser).with("x-wye-csrf", "guessed")).await, 403);
    // The token of another session.
    let other = desk.browser("root").await;
    assert_eq!(status(change().cookies(&browser).with("x-wye-csrf", &other.csrf)).await, 403);
    // With the token, but from elsewhere.
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:8080"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let ask = change().cookies(&browser).with("x-wye-csrf", &browser.csrf).with(name, value);
        assert_eq!(status(ask).await, 403, "{name}: {value}");
    }
    // A form cannot announce JSON; reading is nothing that another origin is let do either.
    let mut form = change().page(&browser);
    form.headers.retain(|(name, _)| name != "content-type");
    assert_eq!(status(form.with("content-type", "text/plain")).await, 415);
    let read = Ask::get("/api/v1/me").cookies(&browser).with("origin", "https://evil.example");
    assert_eq!(status(read).await, 403);
    // Nobody logs somebody in from elsewhere.
    let login = Ask::post("/api/v1/session", &json!({"name": "root", "password": PASSWORD}));
    assert_eq!(status(login.with("origin", "https://evil.example")).await, 403);
    // The page of ours does all of it.
    assert_eq!(status(change().page(&browser)).await, 204);
    assert_eq!(status(Ask::get("/api/v1/me").cookies(&browser)).await, 200);
}

#[tokio::test]
async fn a_name_that_is_made_to_lead_here_does_not() {
    let desk = Desk::new("{ discover: false, access: { cors_origins: ['https://wye.example', '*'] } }").await;
    let status =
        async |host: &str| desk.call(Ask::get("/api/v1/setup").with("host", host)).await.status.as_u16();
    for host in ["evil.example:9930", "127.0.0.1.evil.example", "10.0.0.1:9930", "[::1", ""] {
        let expected = if host == "[::1" { 200 } else { 403 };
        assert_eq!(status(host).await, expected, "{host}");
    }
    for host in ["localhost:9930", "127.0.0.1:9930", "[::1]:9930", "wye.example"] {
        assert_eq!(status(host).await, 200, "{host}");
    }
    // On an address of the network the name is the owner's affair.
    let seen = desk.call(Ask::get("/api/v1/setup").with("host", "wye.corp").from("192.0.2.7")).await;
    assert_eq!(seen.status, 200);
}

#[tokio::test]
async fn no_answer_allows_other_origins_to_read_or_frame_the_admin_api() {
    let desk = Desk::new("{ discover: false, access: { cors_origins: ['*'] } }").await;
    let asked = Ask::new("OPTIONS", "/api/v1/setup")
        .with("origin", "https://evil.example")
        .with("access-control-request-method", "POST");
    let seen = desk.call(asked).await;
    assert_eq!(seen.status, 403);
    assert_eq!(seen.header("access-control-allow-origin"), "");
    let seen = desk.call(Ask::get("/api/v1/setup")).await;
    assert!(seen.header("content-security-policy").contains("frame-ancestors 'none'"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("strict-transport-security", ""),
        ("access-control-allow-origin", ""),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn clients_doors_open_to_listed_pages_only_and_never_with_credentials() {
    let preflight = |origin: &str| {
        Ask::new("OPTIONS", "/v1/chat/completions")
            .with("origin", origin)
            .with("access-control-request-method", "POST")
            .with("access-control-request-headers", "authorization, content-type")
    };
    let closed = Desk::new(QUIET).await;
    let seen = closed.call(preflight("https://chat.example")).await;
    assert_eq!((seen.status.as_u16(), seen.header("access-control-allow-origin")), (405, ""));
    let listed = Desk::new("{ discover: false, access: { cors_origins: ['https://chat.example'] } }").await;
    let seen = listed.call(preflight("https://chat.example")).await;
    assert_eq!(seen.status, 204);
    assert_eq!(seen.header("access-control-allow-origin"), "https://chat.example");
    assert_eq!(seen.header("access-control-allow-headers"), "authorization, content-type");
    assert_eq!(
        listed.call(preflight("https://evil.example")).await.header("access-control-allow-origin"),
        ""
    );
    let any = Desk::new("{ discover: false, access: { cors_origins: ['*'] } }").await;
    let seen = any.call(Ask::get("/v1/models").with("origin", "https://whoever.example")).await;
    assert_eq!(seen.header("access-control-allow-origin"), "*");
    assert!(!seen.headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn a_made_up_forwarding_header_gives_nobody_a_fresh_throttle() {
    let desk = {
        let (desk, _) = Desk::set_up("{ discover: false, access: { trusted_proxies: [10.0.0.0/8] } }").await;
        desk
    };
    let mut throttled = None;
    for turn in 0..40 {
        // Another account and another made-up address each time: only the connection's address is the same.
        let who = json!({"name": format!("user{turn}"), "password": "wrong wrong wrong"});
        let ask = Ask::post("/api/v1/session", &who)
            .from("203.0.113.9")
            .with("x-forwarded-for", &format!("198.51.100.{turn}"));
        let seen = desk.call(ask).await;
        if seen.status == 429 {
            assert!(seen.header("retry-after").parse::<u64>().unwrap() >= 1);
            assert_eq!(seen.code(), "caller_throttled");
            throttled = Some(turn);
            break;
        }
    }
    assert!(throttled.is_some(), "nobody was throttled");
    // Somebody else, whom the trusted proxy vouches for, is not.
    let ask = Ask::post("/api/v1/session", &json!({"name": "root", "password": PASSWORD})).from("10.0.0.1");
    let seen = desk.call(ask.with("x-forwarded-for", "198.51.100.7")).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
}

#[tokio::test]
async fn whoever_logs_out_is_out() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    let browser = desk.browser("root").await;
    let other = desk.browser("root").await;
    let me = |of: &Browser| Ask::get("/api/v1/me").cookies(of);
    let out = desk.call(Ask::new("POST", "/api/v1/session/logout").page(&browser)).await;
    assert_eq!(out.status, 204, "{}", out.text());
    assert!(
        out.headers.get_all("set-cookie").iter().all(|line| line.to_str().unwrap().contains("Max-Age=0"))
    );
    assert_eq!(desk.call(me(&browser)).await.status, 401);
    assert_eq!(desk.call(me(&other)).await.status, 200);
    let out = desk.call(Ask::new("POST", "/api/v1/session/logout-everywhere").bearer(&admin)).await;
    assert_eq!(out.status, 204, "{}", out.text());
    assert_eq!(desk.call(me(&other)).await.status, 401);
    assert_eq!(desk.call(Ask::get("/api/v1/me").bearer(&admin)).await.status, 401);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_a_copy_ends_the_session() {
    let (desk, _) = Desk::set_up(QUIET).await;
    let first = desk.browser("root").await;
    desk.hands.forward(Duration::from_secs(60));
    let refresh = |of: &Browser| Ask::post("/api/v1/session/refresh", &json!({})).cookies(of);
    let seen = desk.call(refresh(&first)).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let second = Browser::of(&seen);
    desk.hands.forward(Duration::from_secs(60));
    assert_eq!(desk.call(refresh(&first)).await.status, 401);
    assert_eq!(
        desk.call(refresh(&second)).await.status,
        401,
        "the thief's and the owner's are both worth nothing"
    );
}

#[tokio::test]
async fn cookies_stay_where_they_belong() {
    let (desk, _) = Desk::set_up("{ discover: false, access: { trusted_proxies: [10.0.0.0/8] } }").await;
    let who = json!({"name": "root", "password": PASSWORD});
    let lines = |seen: &super::desk::Seen| -> Vec<String> {
        seen.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect()
    };
    // Over the network they are for https alone, whether the proxy says so or nobody does.
    for proto in ["https", "http"] {
        let ask = Ask::post("/api/v1/session", &who)
            .from("10.0.0.1")
            .with("x-forwarded-proto", proto)
            .with("host", "wye.corp");
        let seen = desk.call(ask).await;
        for line in lines(&seen) {
            assert!(line.contains("; Secure") && line.contains("SameSite=Strict"), "{line}");
            assert!(line.starts_with("__Host-"), "{line}");
        }
        assert_eq!(seen.headers.contains_key("strict-transport-security"), proto == "https");
        assert!(!seen.text().contains("access\""), "a browser's tokens are in its cookies alone");
    }
    let seen = desk.call(Ask::post("/api/v1/session", &who)).await;
    assert!(lines(&seen).iter().all(|line| line.starts_with("wye_") && !line.contains("Secure")));
    assert!(lines(&seen)[..2].iter().all(|line| line.contains("HttpOnly")));
}

#[tokio::test]
async fn the_admin_api_can_have_an_address_of_its_own() {
    let desk = Desk::new(QUIET).await;
    assert_eq!(desk.call_admin(Ask::get("/api/v1/setup")).await.status, 200);
    assert_eq!(desk.call_client(Ask::get("/api/v1/setup")).await.status, 404);
    assert_eq!(desk.call_admin(Ask::get("/v1/models")).await.status, 404);
    assert_eq!(desk.call_client(Ask::get("/v1/models")).await.status, 200);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(desk.call_admin(Ask::get(path)).await.status, 200);
        assert_eq!(desk.call_client(Ask::get(path)).await.status, 200);
    }
}

#[tokio::test]
async fn secrets_never_come_back() {
    const SECRET: &str = "sk-live-0123456789abcdefghij";
    let (desk, admin) =
        Desk::set_up("{ discover: false, providers: { groq: { api_key: gsk_0123456789abcdefghij } } }").await;
    let put = Ask::new("PUT", "/api/v1/secrets/main").json(&json!({"value": SECRET})).bearer(&admin);
    let put = desk.call(put).await;
    assert_eq!(put.status, 204, "{}", put.text());
    // One that is written into the configuration is refused, without being said again.
    let literal = json!({"body": {"api_key": SECRET}, "base": 0});
    let refused = desk
        .call(Ask::new("PUT", "/api/v1/config/items/provider/openai").json(&literal).bearer(&admin))
        .await;
    assert_eq!(refused.status, 400);
    assert!(!refused.text().contains(SECRET));
    let named = json!({"body": {"api_key": "vault:main"}, "base": 0});
    let taken =
        desk.call(Ask::new("PUT", "/api/v1/config/items/provider/openai").json(&named).bearer(&admin)).await;
    assert_eq!(taken.status, 200, "{}", taken.text());
    let made = desk.call(Ask::post("/api/v1/keys", &json!({"name": "ci"})).bearer(&admin)).await;
    let key = made.json()["key"].as_str().unwrap().to_owned();
    for path in [
        "/api/v1/secrets",
        "/api/v1/config",
        "/api/v1/config/items",
        "/api/v1/config/items/provider/groq",
        "/api/v1/config/versions",
        "/api/v1/config/versions/1",
        "/api/v1/config/diff?from=0&to=2",
        "/api/v1/config/export",
        "/api/v1/keys",
        "/api/v1/audit",
        "/api/v1/secrets-export",
    ] {
        let seen = desk.call(Ask::get(path).bearer(&admin)).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text());
        for secret in [SECRET, "gsk_0123456789abcdefghij", key.as_str(), PASSWORD] {
            assert!(!seen.text().contains(secret), "{path} tells {secret}");
        }
    }
    let needed = desk.call(Ask::new("DELETE", "/api/v1/secrets/main").bearer(&admin)).await;
    assert_eq!((needed.status.as_u16(), needed.code().as_str()), (409, "caller_conflict"));
}

#[tokio::test]
async fn the_second_factor_is_asked_for_by_the_server() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    let begun = desk.call(Ask::post("/api/v1/me/totp", &json!({"password": PASSWORD})).bearer(&admin)).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let begun = begun.json();
    assert!(begun["svg"].as_str().unwrap().contains("<svg"));
    let secret = data_encoding::BASE32_NOPAD.decode(begun["secret"].as_str().unwrap().as_bytes()).unwrap();
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret)
        .with_account_name("root".to_owned())
        .build()
        .unwrap();
    let code = || totp.generate(wye_types::Clock::unix_ms(&*desk.hands) / 1000).to_string();
    let confirm = Ask::post("/api/v1/me/totp/confirm", &json!({"code": code()})).bearer(&admin);
    let confirmed = desk.call(confirm).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let recovery = confirmed.json()["codes"][0].as_str().unwrap().to_owned();
    // The password alone gives nothing that opens anything.
    let half = async || {
        let seen =
            desk.call(Ask::post("/api/v1/session", &json!({"name": "root", "password": PASSWORD}))).await;
        assert!(
            seen.json()["session"].is_null() && !seen.headers.contains_key("set-cookie"),
            "{}",
            seen.text()
        );
        seen.json()["pre_auth"].as_str().unwrap().to_owned()
    };
    let pre_auth = half().await;
    assert_eq!(desk.call(Ask::get("/api/v1/me").bearer(&pre_auth)).await.status, 401);
    let with = |pre_auth: &str, code: &str| {
        Ask::post(
            "/api/v1/session/second-factor",
            &json!({"pre_auth": pre_auth, "code": code, "tokens": true}),
        )
    };
    // The code that switched it on was used; the secret is the server's, so that none can be sent along.
    assert_eq!(desk.call(with(&pre_auth, &code())).await.status, 401);
    let own = json!({"pre_auth": pre_auth, "code": code(), "secret": "JBSWY3DPEHPK3PXP"});
    assert_eq!(desk.call(Ask::post("/api/v1/session/second-factor", &own)).await.status, 400);
    desk.hands.forward(Duration::from_secs(60));
    let entered = desk.call(with(&half().await, &code())).await;
    assert_eq!(entered.status, 200, "{}", entered.text());
    // A step counts once, a recovery code too.
    assert_eq!(desk.call(with(&half().await, &code())).await.status, 401);
    assert_eq!(desk.call(with(&half().await, &recovery)).await.status, 200);
    assert_eq!(desk.call(with(&half().await, &recovery)).await.status, 401);
}
