//! Templates through the admin API: listed, added once, refused where a name is taken.

use serde_json::json;

use super::desk::{Ask, Desk};

#[tokio::test]
async fn a_template_is_added_whole_or_not_at_all() {
    let (desk, admin) = Desk::set_up("discover: false\nroutes: { t2: { targets: ['*'] } }").await;
    let listed = desk.call(Ask::get("/api/v1/templates").bearer(&admin)).await.json();
    let names: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["gophergate", "llm-gateway", "smartroute"]);
    let add = async |name: &str, base: i64| {
        let path = format!("/api/v1/templates/{name}");
        desk.call(Ask::post(&path, &json!({ "base": base })).bearer(&admin)).await
    };
    let taken = add("smartroute", 0).await;
    assert_eq!(taken.status, 409, "{}", taken.text());
    assert!(taken.text().contains("the route t2 is there already"), "{}", taken.text());
    assert_eq!(add("nothing", 0).await.status, 404);
    let added = add("gophergate", 0).await;
    assert_eq!((added.status.as_u16(), added.json()["version"].as_i64()), (200, Some(1)), "{}", added.text());
    let items = desk.call(Ask::get("/api/v1/config/items?kind=route").bearer(&admin)).await.json();
    assert_eq!(items["items"].as_array().unwrap().len(), 5, "{items}");
    assert_eq!(add("gophergate", 1).await.status, 409, "once");
}
